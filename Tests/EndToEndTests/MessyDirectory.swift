import Foundation
import TestSupport

/// A directory of 500 as they grew over the years: half is right, and of the other half each entry has some mess of its own.
struct MessyDirectory {
  /// One kind of mess: what an entry's telephoneNumber and mobile are, and what they should be when all that is certain is done.
  struct Kind {
    let name: String
    var numbers: [String]
    var mobile: [String] = []
    var mail: String?
    /// What `conflicts` leads to: telephoneNumber, then mobile. nil where nothing may be touched.
    var expected: (numbers: [String], mobile: [String])?
    /// Whether the entry gets the lowest free number instead of its one value.
    var getsNumber = false
  }

  struct Person {
    let name: String
    let kind: Kind
  }

  private(set) var people: [Person] = []
  private(set) var ldif = ""

  /// - Parameters:
  ///   - clean: how many are as they should be.
  ///   - messy: how many aren't.
  init(seed: UInt64, clean: Int, messy: Int) {
    var random = SplitMix64(state: seed)
    for index in 0..<clean {
      let separator = [" ", "-", "", " - "].randomElement(using: &random) ?? ""
      add("c\(index)", Kind(name: "clean", numbers: ["+49 30 9018\(separator)\(1000 + index)"]))
    }
    let makers = Self.makers
    for index in 0..<messy {
      let holder = Int.random(in: 0..<clean, using: &random)
      // Two each, so that the one behind is nobody else's.
      add("m\(index)", makers[index % makers.count](1300 + 2 * index, 1000 + holder, index))
    }
    // Names that a DN and LDIF must escape.
    for (name, number) in [("Berg\\, Anna", 2901), ("Mül\\+ler", 2902), ("\\#x \\\"y\\\"", 2903), ("z\\ ", 2904)] {
      add(name, Kind(name: "out of range", numbers: ["+49 30 9018 \(number)"], getsNumber: true))
    }
    for index in 0..<20 { addPartner(index) }
  }

  private mutating func add(_ uid: String, _ kind: Kind) {
    let text = uid.replacing("\\", with: "").trimmingCharacters(in: .whitespaces)
    people.append(Person(name: text, kind: kind))
    ldif += record(
      "uid=\(uid),\(Installation.people)",
      [("objectClass", "inetOrgPerson"), ("cn", text), ("givenName", text), ("sn", kind.name)]
        + [("mail", kind.mail ?? "p\(people.count)@example.com")]
        + kind.numbers.map { ("telephoneNumber", $0) } + kind.mobile.map { ("mobile", $0) })
  }

  private mutating func addPartner(_ index: Int) {
    let number = "+49 40 5550 \(1000 + index)"
    let values: [(String, String)] =
      switch index % 5 {
      case 0: [("telephoneNumber", number)]
      case 1: [("telephoneNumber", "+49 40 5550 1000")]
      case 2: [("telephoneNumber", number), ("mobile", "040/5550\(1000 + index)")]
      case 3: [("telephoneNumber", number + " / 41")]
      default: [("telephoneNumber", number), ("mobile", "12")]
      }
    ldif += record(
      cn("k\(index)"),
      [("objectClass", "inetOrgPerson"), ("cn", "k\(index)"), ("givenName", "k"), ("sn", "\(index)")] + values)
  }

  private func record(_ dn: String, _ values: [(String, String)]) -> String {
    "dn:: \(Data(dn.utf8).base64EncodedString())\n"
      + values.map { "\($0):: \(Data($1.utf8).base64EncodedString())\n" }.joined() + "\n"
  }

  /// Each is given a number of its own, one that somebody has, and its place.
  private static let makers: [@Sendable (_ own: Int, _ other: Int, _ index: Int) -> Kind] = [
    // Both come with the first run, so only the order of IDs decided who has it.
    { _, other, _ in Kind(name: "duplicate", numbers: ["+49 30 9018 \(other)"]) },
    { own, _, _ in Kind(name: "out of range", numbers: ["+49 30 9018 \(own + 1700)"], getsNumber: true) },
    { _, _, _ in Kind(name: "missing", numbers: [], getsNumber: true) },
    { own, _, _ in
      Kind(
        name: "slash", numbers: ["+49 30 9018 \(own) / \(own + 1)"])
    },
    { _, other, _ in Kind(name: "slash of another's", numbers: ["+49 30 9018 \(other) / 17"]) },
    { own, _, index in
      // A mobile phone's number alone.
      Kind(
        name: "mobile", numbers: ["+49 171 3920\(100 + index)"], expected: ([], ["+49 171 3920\(100 + index)"]),
        getsNumber: true)
    },
    { own, _, index in
      Kind(
        name: "mobile beside", numbers: ["+49 171 3925\(100 + index)", "+49 30 9018 \(own)"],
        expected: (["+49 30 9018 \(own)"], ["+49 171 3925\(100 + index)"]))
    },
    { own, _, index in
      Kind(
        name: "mobile in both", numbers: ["0171 3922\(100 + index)", "+49 30 9018 \(own)"],
        mobile: ["+49 171 3922\(100 + index)"], expected: (["+49 30 9018 \(own)"], ["+49 171 3922\(100 + index)"]))
    },
    { own, _, index in
      Kind(
        name: "two mobiles", numbers: ["0171 3923\(100 + index)", "+49 30 9018 \(own)"],
        mobile: ["+49 172 3923\(100 + index)"])
    },
    { own, _, _ in Kind(name: "two numbers", numbers: ["+49 30 9018 \(own)", "+49 30 9018 \(own + 1)"]) },
    { own, other, _ in Kind(name: "two, one taken", numbers: ["+49 30 9018 \(other)", "+49 30 9018 \(own)"]) },
    { own, _, _ in Kind(name: "glued", numbers: ["+49 30 9018\(own)\(own + 1)"]) },
    { own, _, _ in Kind(name: "fax", numbers: ["+49 30 9018 \(own) Fax"]) },
    { own, _, _ in Kind(name: "fax beside", numbers: ["+49 30 9018 \(own)", "Fax: +49 30 9018 \(own + 1) (alt)"]) },
    { own, _, _ in Kind(name: "letters", numbers: ["+49 3O 9O18 \(own)"]) },
    { own, _, _ in Kind(name: "words", numbers: ["+49 30 9018 \(own) bis \(own + 1)"]) },
    { _, _, _ in Kind(name: "no number", numbers: ["n/a"]) },
    { own, _, _ in Kind(name: "mail", numbers: ["+49 30 9018 \(own)"], mail: "ina at example.com") },
    { own, _, _ in
      Kind(
        name: "outside line", numbers: ["0 49 30 9018 \(own)"], expected: (["+49 30 9018 \(own)"], []))
    },
    { _, _, index in Kind(name: "protected", numbers: ["+49 30 9018 19\(90 + index % 10)"]) },
    { own, _, _ in Kind(name: "elsewhere", numbers: ["+49 40 5551 \(own)"]) },
    { _, _, _ in Kind(name: "emergency", numbers: ["112"]) },
    { own, _, _ in Kind(name: "comma", numbers: ["+49 30 9018 \(own), +49 30 9018 \(own + 1)"]) },
    { own, _, _ in Kind(name: "extension of another building", numbers: ["+49 40 5551 0 ext. \(own)"]) },
    { own, _, _ in Kind(name: "two extensions", numbers: ["+49 30 9018 \(own) ext. 1001"]) },
    { _, _, _ in Kind(name: "too long", numbers: [String(repeating: "9", count: 200)]) },
    // These are read as they are.
    { own, _, _ in Kind(name: "full width", numbers: ["＋４９ ３０ ９０１８ " + wide(own, 0xFF10)]) },
    { own, _, _ in Kind(name: "other script", numbers: ["+49 30 9018 " + wide(own, 0x660)]) },
    { own, _, _ in Kind(name: "hidden", numbers: ["+49\u{A0}30\u{A0}9018\u{A0}\(own)\u{200B}"]) },
    { own, _, _ in Kind(name: "Durchwahl", numbers: ["+49 30 90180 Durchwahl \(own)"]) },
    { own, _, _ in Kind(name: "internal", numbers: ["\(own)"]) },
    { own, _, _ in Kind(name: "label", numbers: ["Tel.: 030/9018-\(own)"]) },
  ]
}

/// Digits of another script, which begin at a code point.
private func wide(_ number: Int, _ zero: UInt32) -> String {
  String(String.UnicodeScalarView(String(number).utf8.compactMap { Unicode.Scalar(zero + UInt32($0 - 0x30)) }))
}
