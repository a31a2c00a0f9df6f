import Domain
import LDAP
import Testing

@testable import Mapping

@Suite(.timeLimit(.minutes(15))) struct `Names` {
  private typealias Limit = NamePolicy.NameLimit

  @Test(
    arguments: [
      ("Anna Maria Berg", 32, nil, "Anna Maria Berg"), ("Anna Maria Berg", 15, nil, "Anna Maria Berg"),
      ("Anna Maria Berg", 14, nil, "Anna Maria"), ("Anna Maria Berg", 11, nil, "Anna Maria"),
      ("Anna Maria Berg", 10, nil, "Anna Maria"), ("Anna Maria Berg", 9, nil, "Anna"),
      ("Anna Maria Berg", 3, nil, "Ann"),
      ("Müller-Lüdenscheidt", 12, nil, "Müller"), ("Müller-Lüdenscheidt", 7, nil, "Müller"),
      ("Müller-Lüdenscheidt", 6, nil, "Müller"), ("Müller-Lüdenscheidt", 5, nil, "Mülle"),
      ("Müller", nil, 7, "Müller"), ("Müller", nil, 6, "Mülle"), ("Müller", nil, 2, "M"), ("Müller", nil, 3, "Mü"),
      ("Ünal", nil, 1, ""), ("田中一郎", nil, 8, "田中"), ("Anna 👩‍👩‍👧 Berg", 7, nil, "Anna"), ("👩‍👩‍👧", 4, nil, "👩‍👩"),
      ("👩‍👩‍👧", 1, nil, "👩"),
      ("👩‍👩‍👧", 5, nil, "👩‍👩‍👧"),
      ("Anna Berg", 9, 4, "Anna"), ("Anna - Berg", 8, nil, "Anna"), ("- Berg", 3, nil, "- B"), ("x", 1, 1, "x"),
    ] as [(String, Int?, Int?, String)])
  func `are shortened at a word, never inside a character`(
    name: String, characters: Int?, bytes: Int?, expected: String
  ) {
    let result = shortened(name, to: Limit(characters: characters, bytes: bytes))
    #expect(result == expected)
    #expect(result.unicodeScalars.count <= characters ?? .max && result.utf8.count <= bytes ?? .max)
  }

  /// Seeded: whatever the name and the limit.
  @Test(arguments: 1...40)
  func `keep to every limit, and are stable once shortened`(most: Int) {
    let pieces = ["Anna", " ", "-", "Ü", "é", "e\u{301}", "👩‍👩‍👧", "🇩🇪", "田", "Łęcki", " - "]
    var state: UInt64 = UInt64(most) &* 0x9E37_79B9_7F4A_7C15
    for _ in 0..<200 {
      var name = ""
      for _ in 0..<12 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        name += pieces[Int(state >> 33) % pieces.count]
      }
      name = fieldText(name)
      for limit in [Limit(characters: most, bytes: nil), Limit(characters: nil, bytes: most)] {
        let cut = shortened(name, to: limit)
        #expect(cut.unicodeScalars.count <= limit.characters ?? .max && cut.utf8.count <= limit.bytes ?? .max)
        #expect(
          name.unicodeScalars.starts(with: cut.unicodeScalars) && shortened(cut, to: limit) == cut, "\(name) \(most)")
        #expect(cut == fieldText(cut))
      }
    }
  }

  @Test(arguments: [
    ("A\u{308}nne", "\u{C4}nne"), ("e\u{301}te\u{301}", "\u{E9}t\u{E9}"), ("\u{212B}se", "\u{C5}se"), ("Anna", "Anna"),
    ("Łęcki", "Łęcki"), ("\u{1100}\u{1161}", "\u{AC00}"), ("", ""), ("q\u{308}", "q\u{308}"),
  ])
  func `are composed`(text: String, expected: String) {
    // By scalars, as a String is equal to itself in every form.
    #expect(Array(composed(text).unicodeScalars) == Array(expected.unicodeScalars))
    #expect(Array(fieldText(text).unicodeScalars) == Array(expected.unicodeScalars))
  }

  /// Nobody gets mail because of what can't be seen.
  @Test func `that differ only in composition are no change`() {
    let old = PBXObject.extension(Extension(number: "1234", firstName: "A\u{308}nne"))
    #expect(old.changes(to: .extension(Extension(number: "1234", firstName: "\u{C4}nne"))).isEmpty)
  }

  @Test func `are found by filters in either form`() throws {
    for value in ["J\u{F6}rg", "Jo\u{308}rg"] {
      #expect(try render("{a | replace \"ö\" \"oe\"}", ["a": [value]]) == "Joerg")
      #expect(try render("{a | match \"ö\"}", ["a": [value]]).unicodeScalars.count == 1)
    }
  }

  @Test func `are transliterated field by field`() throws {
    let templates = ExtensionTemplates(
      number: try Template("{telephoneNumber | digits | last 4}"), firstName: try Template("{givenName}"),
      lastName: try Template("{sn}"), email: try Template("{mail}"), callerID: nil)
    let names = NamePolicy(
      transliteration: .german,
      limits: [.firstName: Limit(characters: 8, bytes: nil), .lastName: Limit(characters: nil, bytes: 10)])
    let mapping = UserMapping(templates: templates, dialPlans: DialPlans(try dialPlan()), names: names, disabled: .auto)
    let entry = person([
      "givenName": ["Jürgen Karl"], "sn": ["Müller-Lüdenscheidt"], "mail": ["juergen@münchen.de"],
      "telephoneNumber": ["+49 30 9018-1234"],
    ])
    let item = try #require(mapping.map(entry, id: id, now: now).wanted.first).item
    #expect(
      item
        == .extension(
          Extension(number: "1234", firstName: "Juergen", lastName: "Mueller", email: "juergen@xn--mnchen-3ya.de")))
  }

  @Test func `of which nothing is left are a problem`() throws {
    let templates = ContactTemplates(
      numbers: [try Template("{telephoneNumber}")], firstName: try Template("{givenName}"), lastName: try Template("x"),
      company: nil)
    let mapping = ContactMapping(
      templates: templates, dialPlans: DialPlans(try dialPlan()), names: NamePolicy(transliteration: .german))
    let mapped = mapping.map(
      person(["givenName": ["🎉"], "telephoneNumber": ["030 901820"]]), id: id, now: now)
    #expect(
      mapped.problems.map(\.reason) == [
        "the first name would be empty: [names] transliterate = \"german\" has no letters for it"
      ])
  }

  private func extensions(_ names: NamePolicy, last: String = "{sn}") throws -> UserMapping {
    UserMapping(
      templates: ExtensionTemplates(
        number: try Template("1234"), firstName: try Template("{givenName ?? cn}"), lastName: try Template(last),
        email: nil, callerID: nil),
      dialPlans: DialPlans(try dialPlan()), names: names, disabled: .auto)
  }

  @Test func `of which nothing can be sent are replaced by the next operand`() throws {
    let entry = person(["givenName": ["🎉"], "cn": ["Ann"], "sn": ["Berg"]])
    let mapped = try extensions(NamePolicy(transliteration: .ascii)).map(entry, id: id, now: now)
    #expect(mapped.wanted.map(\.item.name) == ["Ann Berg"] && mapped.problems.isEmpty)
  }

  @Test func `that are optional and become empty are reported, and the person has a phone`() throws {
    let entry = person(["givenName": ["Ann"], "sn": ["🎉"]])
    let mapped = try extensions(NamePolicy(transliteration: .ascii)).map(entry, id: id, now: now)
    #expect(mapped.wanted.map(\.item.name) == ["Ann"])
    #expect(mapped.problems.map(\.attribute) == ["sn"])
    let plain = try extensions(NamePolicy(transliteration: .ascii)).map(
      person(["givenName": ["Ann"]]), id: id, now: now)
    #expect(plain.problems.isEmpty, "there was nothing to lose")
  }

  @Test func `with a limit too small for the first letter are reported`() throws {
    let names = NamePolicy(limits: [.firstName: Limit(characters: nil, bytes: 1)])
    let mapped = try extensions(names).map(person(["givenName": ["Ünal"], "sn": ["x"]]), id: id, now: now)
    let reason = "the first name would be empty: the limit of [names] is too small for its first letter"
    #expect(mapped.problems.map(\.reason) == [reason])
  }

  @Test(arguments: Transliteration.allCases)
  func `that begin with a ligature keep its letters`(manner: Transliteration) {
    #expect(transliterated("\u{FB01}sher", as: manner) == "fisher")
    #expect(transliterated("\u{FF21}nn", as: manner) == "Ann")
  }

  @Test(
    arguments: [
      (Limit(characters: 12, bytes: nil), "Mus (mobile)"), (Limit(characters: nil, bytes: 15), "Muster (mobile)"),
      (Limit(characters: 9, bytes: nil), "Muster"), (nil, "Muster (mobile)"),
    ] as [(Limit?, String)])
  func `are shortened for a label within their limit`(limit: NamePolicy.NameLimit?, expected: String) {
    let names = NamePolicy(limits: limit.map { [.lastName: $0] } ?? [:])
    #expect(names.labelled("Muster", "mobile", in: .lastName) == expected)
  }
}
