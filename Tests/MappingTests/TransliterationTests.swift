import Testing

@testable import Mapping

@Suite struct `Transliteration` {
  @Test(arguments: [
    ("Jürgen Groß", "Juergen Gross"),
    ("Änne", "Aenne"),
    ("ÄRGER", "AERGER"),
    ("MÜ", "MUE"),
    ("Ü.", "Ue."),
    ("GROẞ", "GROSS"),
    ("A\u{308}nne", "Aenne"),
    ("Åse Bjørn Næss", "Aase Bjoern Naess"),
    ("Þór Guðrún", "Thor Gudrun"),
    ("Łukasz Żółć Śląsk", "Lukasz Zolc Slask"),
    ("Işık Şahin İnönü Çağrı Ğ", "Isik Sahin Inoenue Cagri G"),
    ("Đorđe Žižek Čapek Háček", "Dorde Zizek Capek Hacek"),
    ("Ștefan Țepeș", "Stefan Tepes"),
    ("Nguyễn Văn Đức", "Nguyen Van Duc"),
    ("José Muñoz Façade", "Jose Munoz Facade"),
    ("e\u{301}te\u{301}", "ete"),
    ("Ħal Ŧ Ƀ", "Hal T B"),
    ("O’Brien – Şık", "O'Brien - Sik"),
    ("O'Brien-Smith 3", "O'Brien-Smith 3"),
    ("a\u{a0}b\u{3000}c", "a b c"),
    ("Иван 田中 🎉", " "),
    ("", ""),
  ])
  func `writes names in ASCII`(name: String, expected: String) {
    #expect(transliterated(name).trimmingBlanks == expected.trimmingBlanks)
  }

  @Test func `leaves nothing but ASCII of any letter`() {
    for value in UInt32(0)..<0x2_FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let result = transliterated(String(scalar))
      if !result.utf8.allSatisfy({ $0 < 0x80 }) { Issue.record("U+\(String(value, radix: 16)) becomes \(result)") }
    }
  }
}

extension String {
  fileprivate var trimmingBlanks: String { trimmed(self) }
}
