import Domain
import Testing
import Text

@testable import Mapping

@Suite(.timeLimit(.minutes(15))) struct `Names in ASCII` {
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
    #expect(transliterated(name, as: .ascii).trimmingBlanks == expected.trimmingBlanks)
  }

  @Test(
    arguments: [
      (.german, "Jürgen Groß", "Juergen Gross"), (.german, "ÄRGER Ünal", "AERGER Uenal"),
      (.german, "Åse Bjørn", "Ase Bjorn"),
      (.german, "U\u{308}nal", "Uenal"), (.german, "Łukasz", "Lukasz"),
      (.nordic, "Åse Bjørn Næss", "Aase Bjoern Naess"), (.nordic, "Þór Guðrún", "Thor Gudrun"),
      (.nordic, "Mäkelä Öberg", "Maekelae Oeberg"), (.nordic, "Gülşen", "Gulsen"),
      (.polish, "Łukasz Żółć Śląsk", "Lukasz Zolc Slask"), (.polish, "Ćwikła-Świątek", "Cwikla-Swiatek"),
      (.turkish, "Işık Şahin İnönü Çağrı Ğ", "Isik Sahin Inonu Cagri G"), (.turkish, "Gülşen ÖZTÜRK", "Gulsen OZTURK"),
      (.cyrillic, "Игорь Щербаков", "Igor Shcherbakov"), (.cyrillic, "Елена Юрьева", "Yelena Yuryeva"),
      (.cyrillic, "ЖУКОВ", "ZHUKOV"), (.cyrillic, "Їжак Євген", "Yizhak Yevgen"),
      (.cyrillic, "Ђорђе Љиљана", "Djordje Ljiljana"),
      (.cyrillic, "José", "Jose"),
      (.greek, "Γιώργος Παπαδόπουλος", "Giorgos Papadopoulos"), (.greek, "Ευάγγελος Μπέλλου", "Evangelos Bellou"),
      (.greek, "ΑΥΓΟΥΣΤΟΣ", "AVGOUSTOS"), (.greek, "Χρήστος", "Christos"),
      (.german, "Игорь", "Igor"), (.polish, "Ελένη", "Eleni"), (.greek, "田中", "tian zhong"),
      (.turkish, "O’Brien – 🎉", "O'Brien - "), (.german, "", ""), (.nordic, "plain", "plain"),
    ] as [(Transliteration, String, String)])
  func `follows a country's conventions`(manner: Transliteration, name: String, expected: String) {
    #expect(transliterated(name, as: manner) == expected)
    #expect(transliterated(name, as: manner) == transliterated(composed(name), as: manner), "however it is composed")
  }

  @Test(arguments: Transliteration.allCases)
  func `gives only ASCII, and is stable`(manner: Transliteration) {
    let name = "Æther Ñandú Đặng Žižek Иван Ωμέγα محمد 田中 ﬁ Ⅳ ½ 🎉 \u{301} ẞ"
    let result = transliterated(name, as: manner)
    #expect(result.utf8.allSatisfy { $0 < 0x80 }, "\(result)")
    #expect(transliterated(result, as: manner) == result)
    #expect(transliterated(name, as: manner) == result)
  }

  @Test func `can be asked for by many tasks at once`() async {
    await withTaskGroup(of: String.self) { group in
      for _ in 0..<100 { group.addTask { transliterated("Щербаков Παπαδόπουλος", as: .cyrillic) } }
      for await text in group { #expect(text == "Shcherbakov Papadopoulos") }
    }
  }

  @Test func `leaves only ASCII of any letter`() {
    for value in UInt32(0)..<0x2_FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let result = transliterated(String(scalar), as: .ascii)
      if !result.utf8.allSatisfy({ $0 < 0x80 }) { Issue.record("U+\(String(value, radix: 16)) becomes \(result)") }
    }
  }
}

extension String {
  fileprivate var trimmingBlanks: String { trimmed(self) }
}
