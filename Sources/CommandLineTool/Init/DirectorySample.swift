import LDAP
import Mapping

/// What `init` has read of a directory: counts of all entries of people and contacts, and a random sample of them.
///
/// Memory doesn't grow with the directory: beyond `sampleSize` a random entry makes room for each new one.
struct DirectorySample: Sendable {
  /// A group whose name says that it is about phones.
  struct PhoneGroup: Sendable {
    let dn: String
    let members: Membership
  }

  var family = RootDSE.Family.other
  var product = ""
  var contexts: [String] = []
  /// The attributes that may hold internal numbers or phone numbers of a desk.
  var numberAttributes = Self.usualNumberAttributes
  /// The attribute with the immutable ID; nil if none is known.
  var identity: IdentityAttribute?
  /// The number of entries of people and contacts.
  private(set) var count = 0
  private(set) var sample: [Entry] = []
  var groups: [PhoneGroup] = []
  /// Entries that are neither people nor contacts and have a number: lifts, doors, rooms, the switchboard. At most `sampleSize`.
  var others: [Entry] = []
  /// Why entries may be missing, as clauses.
  var gaps: [String] = []

  static let sampleSize = 10_000
  /// The same choice in each run.
  private var random = UInt64(0x9E37_79B9_7F4A_7C15)

  init() {}

  var isSample: Bool { count > sample.count }

  mutating func add(_ entry: borrowing Entry) {
    count += 1
    if sample.count < Self.sampleSize { return sample.append(copy entry) }
    // Vitter's algorithm R, with the generator of Knuth's MMIX.
    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let place = Int((random >> 33) % UInt64(count))
    if place < Self.sampleSize { sample[place] = copy entry }
  }
}

extension DirectorySample {
  /// Selects people and contacts. A class that the server doesn't know matches nothing (RFC 4511, section 4.5.1.7).
  var filter: String {
    family == .activeDirectory
      ? "(&(|(objectClass=user)(objectClass=contact))(!(objectClass=computer)))"
      : "(|(objectClass=person)(objectClass=posixAccount)(objectClass=account)(objectClass=contact))"
  }

  /// Attributes of names, places and mail addresses.
  static let usualAttributes = [
    "objectClass", "uid", "sAMAccountName", "cn", "displayName", "givenName", "sn", "mail", "o", "company", "l",
    "physicalDeliveryOfficeName", "c", "mobile",
  ]

  static let faxAttributes = ["facsimileTelephoneNumber", "otherFacsimileTelephoneNumber"]

  static let usualNumberAttributes =
    ["telephoneNumber", "ipPhone", "otherTelephone", "otherIpPhone", "msRTCSIP-Line"]
    + (1...15).map { "extensionAttribute\($0)" }

  /// Whether the name of an attribute says that it may hold the number of a desk phone.
  static func mayHoldNumbers(_ attribute: String) -> Bool {
    let name = attribute.lowercased()
    let signs = ["phone", "telefon", "extension", "durchwahl", "nebenstelle", "sip", "voip"]
    let others = [
      "fax", "facsimile", "mobile", "handy", "pager", "home", "cell", "private", "assistant", "secretary", "supported",
      "photo",
      "config", "policy",
    ]
    return signs.contains(where: name.contains) && !others.contains(where: name.contains)
  }

  /// Whether the name of a group says that its members have phones.
  static func isAboutPhones(_ group: String) -> Bool {
    let name = group.lowercased()
    return ["phone", "telefon", "voip", "pbx", "3cx", "nebenstelle", "durchwahl", "extension"].contains {
      name.contains($0)
    } && !["smartphone", "admin", "iphone"].contains { name.contains($0) }
  }

  var attributes: [String] {
    var seen: Set<String> = []
    return
      (Self.usualAttributes + numberAttributes + disabledAttributes + [identity?.name].compactMap(\.self)
      + Self.faxAttributes)
      .filter { seen.insert($0.lowercased()).inserted }
  }
}

/// The DN of the entry above, as the server wrote it; empty above the first.
func parentText(of dn: String) -> String {
  var isEscaped = false
  for index in dn.utf8.indices {
    switch dn.utf8[index] {
    case _ where isEscaped: isEscaped = false
    case UInt8(ascii: "\\"): isEscaped = true
    case UInt8(ascii: ","): return String(dn[dn.utf8.index(after: index)...].drop { $0 == " " })
    default: break
    }
  }
  return ""
}
