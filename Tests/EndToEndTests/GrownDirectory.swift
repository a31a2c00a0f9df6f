import Foundation
import TestSupport

/// A company of 400 people on two sites, as its directory grew: numbers with labels, full-width digits, mobile phones, two numbers in a
/// value, none at all, disabled accounts, contacts in a unit, former employees, service accounts, and a group with phones.
struct GrownDirectory {
  private(set) var ldif = ""
  /// The extension of each entry that has a usable number, by its DN.
  private(set) var extensions: [String: String] = [:]
  private(set) var contacts = 0
  private var random: SplitMix64

  init(seed: UInt64) {
    random = SplitMix64(state: seed)
    add("dc=example,dc=com", [("objectClass", "dcObject"), ("objectClass", "organization"), ("o", "Example")])
    for unit in [
      "ou=people", "ou=partners", "ou=groups", "ou=services", "ou=berlin,ou=people", "ou=hamburg,ou=people",
      "ou=former,ou=people",
    ] { add("\(unit),dc=example,dc=com", [("objectClass", "organizationalUnit")]) }
    for index in 0..<250 { person(index, at: "berlin", "30", "9018", 1000 + index) }
    for index in 250..<400 { person(index, at: "hamburg", "40", "5555", 2750 + index) }
    for index in 0..<12 {
      add(
        "uid=x\(index),ou=former,ou=people,dc=example,dc=com",
        names("x\(index)", "Ex") + [("telephoneNumber", "+49 30 9018-\(1000 + index)")])
    }
    for index in 0..<5 {
      add(
        "uid=svc\(index),ou=services,dc=example,dc=com",
        [
          ("objectClass", "account"), ("objectClass", "extensibleObject"),
          ("telephoneNumber", "+49 30 9018-\(1900 + index)"),
        ])
    }
    for index in 0..<30 { partner(index) }
    add(
      "cn=phones,ou=groups,dc=example,dc=com",
      [("objectClass", "groupOfNames")] + extensions.keys.sorted().map { ("member", $0) })
  }

  private mutating func person(_ index: Int, at site: String, _ area: String, _ trunk: String, _ number: Int) {
    let dn = "uid=p\(index),ou=\(site),ou=people,dc=example,dc=com"
    let full = "+49 \(area) \(trunk)-\(number)"
    let wide = String(
      String.UnicodeScalarView(
        full.unicodeScalars.map { ("0"..."9").contains($0) ? Unicode.Scalar($0.value + 0xFEE0) ?? $0 : $0 }))
    let (value, isUsable): (String?, Bool) =
      switch Int.random(in: 0..<100, using: &random) {
      case ..<50: (full, true)
      case ..<60: ("+49 \(area) \(trunk) \(number)", true)
      case ..<68: ("0\(area) / \(trunk)-\(number)", true)
      case ..<74: ("Tel.: +49 (\(area)) \(trunk)-\(number)", true)
      case ..<78: (wide, true)
      case ..<82: (String(number), true)
      case ..<86: ("+49\(area)\(trunk)\(number)", true)
      case ..<90: ("+49 171 3920\(1000 + index)", false)
      case ..<93: ("\(full) / 17", false)
      case ..<95: ("see the secretary", false)
      default: (nil, false)
      }
    let isDisabled = index % 40 == 0
    let disabled = isDisabled ? [("shadowExpire", "1"), ("objectClass", "shadowAccount")] : []
    let mobile = index % 3 == 0 ? [("mobile", "+49 171 3930\(1000 + index)")] : []
    add(dn, disabled + names("p\(index)", "Anna") + mobile + (value.map { [("telephoneNumber", $0)] } ?? []))
    if isUsable && !isDisabled { extensions[dn] = String(number) }
  }

  private func names(_ uid: String, _ first: String) -> [(String, String)] {
    [
      ("objectClass", "inetOrgPerson"), ("cn", "\(first) Łęcki \(uid)"), ("givenName", first), ("sn", "Łęcki \(uid)"),
      ("mail", "\(uid)@example.com"),
    ]
  }

  private mutating func partner(_ index: Int) {
    let numbers = ["+47 22 55 \(1000 + index)", "+49 89 7\(400 + index) 0", "089 5544-\(100 + index)"]
    contacts += 1
    add(
      "cn=k\(index),ou=partners,dc=example,dc=com",
      [
        ("objectClass", "inetOrgPerson"), ("givenName", "Pat"), ("sn", "Extern \(index)"),
        ("o", ["Fjord AS", "Kunze KG", "Blau & Co"][index % 3]), ("telephoneNumber", numbers[index % 3]),
      ])
  }

  private mutating func add(_ dn: String, _ values: [(String, String)]) {
    ldif +=
      "dn: \(dn)\n" + values.map { "\($0):: \(Data($1.utf8).base64EncodedString())\n" }.joined() + "\n"
  }
}
