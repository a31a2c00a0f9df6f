import CLDAP
import Text

/// A distinguished name (RFC 4514). Two are equal if they name the same entry of a server (RFC 4518): case, blanks, escapes,
/// other names of the usual types and the order within a multi-valued RDN don't count.
public struct DN: Hashable, Sendable {
  /// As it was written.
  public let text: String
  /// The spelling by which names are compared: small letters if the text isn't a DN.
  public let folded: String

  public init(_ text: String) {
    self.text = text
    folded = Self.folded(text)
  }

  public static func == (left: DN, right: DN) -> Bool { left.folded == right.folded }

  public func hash(into hasher: inout Hasher) { hasher.combine(folded) }

  public var isEmpty: Bool { folded.isEmpty }

  /// The name of the entry above, in the same spelling. Empty above the first, and if the text isn't a DN.
  public var parent: DN { DN(firstRDN?.rest ?? "") }

  /// The first value of the first RDN, with its escapes undone. Empty if the text isn't a DN or the value isn't text.
  public var namingValue: String { firstRDN?.value ?? "" }

  /// True if the name is this one or lies below it.
  public func covers(_ dn: DN) -> Bool { isEmpty || dn == self || dn.folded.hasSuffix("," + folded) }

  private var firstRDN: (value: String, rest: String)? {
    // libldap ends the process for an empty one.
    if text.isEmpty { return nil }
    return unsafe text.withCString { start in
      var (rdn, end): (LDAPRDN?, UnsafeMutablePointer<CChar>?)
      guard unsafe ldap_str2rdn(start, &rdn, &end, UInt32(LDAP_DN_FORMAT_LDAPV3)) == LDAP_SUCCESS,
        let rdn = unsafe rdn, let end = unsafe end, let first = unsafe rdn.pointee
      else { return nil }
      defer { unsafe ldap_rdnfree(rdn) }
      let rest = unsafe String(cString: end).drop { $0 == "," || $0 == " " }
      let isBinary = unsafe first.pointee.la_flags & UInt32(LDAP_AVA_BINARY) != 0
      let value = unsafe isBinary ? nil : String(validating: bytes(first.pointee.la_value), as: UTF8.self)
      return (value ?? "", String(rest))
    }
  }

  private static func folded(_ text: String) -> String {
    var names: LDAPDN?
    guard unsafe ldap_str2dn(text, &names, UInt32(LDAP_DN_FORMAT_LDAPV3)) == LDAP_SUCCESS else {
      return text.lowercased()
    }
    defer { unsafe ldap_dnfree(names) }
    guard var name = unsafe names else { return "" }
    var parts: [String] = []
    while let part = unsafe name.pointee {
      parts.append(unsafe folded(part))
      unsafe name += 1
    }
    return parts.joined(separator: ",")
  }

  /// One RDN, its attributes with their values sorted.
  private static func folded(_ rdn: LDAPRDN) -> String {
    var cursor = unsafe rdn
    var parts: [String] = []
    while let pair = unsafe cursor.pointee {
      let type = unsafe String(decoding: bytes(pair.pointee.la_attr), as: UTF8.self)
      let value = unsafe bytes(pair.pointee.la_value)
      let isBinary = unsafe pair.pointee.la_flags & UInt32(LDAP_AVA_BINARY) != 0
      parts.append(isBinary ? foldedType(type) + "=" + binaryValue(value) : foldedPair(type, value))
      unsafe cursor += 1
    }
    return parts.sorted().joined(separator: "+")
  }
}

/// An attribute with its value, as in a folded name.
func foldedPair(_ type: String, _ value: [UInt8]) -> String { foldedType(type) + "=" + foldedValue(value) }

/// The types that names are made of, by their object identifiers and other names (RFC 4519, RFC 4524, RFC 2985).
private let types = [
  "2.5.4.3": "cn", "commonname": "cn", "2.5.4.4": "sn", "surname": "sn", "2.5.4.5": "serialnumber", "2.5.4.6": "c",
  "countryname": "c", "2.5.4.7": "l", "localityname": "l", "2.5.4.8": "st", "stateorprovincename": "st",
  "2.5.4.9": "street", "streetaddress": "street", "2.5.4.10": "o", "organizationname": "o", "2.5.4.11": "ou",
  "organizationalunitname": "ou", "2.5.4.12": "title", "2.5.4.42": "givenname", "gn": "givenname",
  "0.9.2342.19200300.100.1.1": "uid", "userid": "uid", "0.9.2342.19200300.100.1.3": "mail", "rfc822mailbox": "mail",
  "0.9.2342.19200300.100.1.25": "dc", "domaincomponent": "dc", "1.2.840.113549.1.9.1": "email",
  "emailaddress": "email", "pkcs9email": "email",
]

private func foldedType(_ type: String) -> String {
  let name = type.lowercased()
  return types[name] ?? name
}

/// The value as RFC 4518 prepares it: small letters, no invisible characters, no spaces at the ends, single spaces inside. Only
/// the characters that a DN must escape are escaped.
private func foldedValue(_ bytes: [UInt8]) -> String {
  guard let text = String(validating: bytes, as: UTF8.self) else { return binaryValue(bytes) }
  var result = ""
  var isBlankDue = false
  for scalar in text.lowercased().unicodeScalars {
    if scalar.properties.isWhitespace || (0x09...0x0D).contains(scalar.value) {
      isBlankDue = !result.isEmpty
      continue
    }
    switch scalar.properties.generalCategory {
    case .control, .format: continue
    default: break
    }
    if isBlankDue { result += " " }
    isBlankDue = false
    switch scalar {
    case ",", "+", "\"", "\\", "<", ">", ";": result += "\\" + hexadecimal([UInt8(scalar.value)], groups: [1])
    case "#" where result.isEmpty: result += "\\23"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// A value that isn't text, in the form of a DN (RFC 4514, section 2.4).
private func binaryValue(_ bytes: [UInt8]) -> String { "#" + hexadecimal(bytes, groups: [bytes.count]) }

/// A set of DNs, in any spelling.
///
/// It stores a hash of 16 bytes for each, so that a group of 100,000 takes some 4 MiB. Two DNs with the same hash are less likely than
/// a failed disk.
public struct DNSet: Sendable {
  private struct Fingerprint: Hashable, Sendable {
    let first, second: Int

    init(_ text: String) {
      var (first, second) = (Hasher(), Hasher())
      first.combine(text)
      second.combine(1)
      second.combine(text)
      (self.first, self.second) = (first.finalize(), second.finalize())
    }
  }

  private var names: Set<Fingerprint> = []

  /// Tells these names from others, in every process, in any order.
  public private(set) var digest: UInt64 = 0

  public init() {}

  public init(_ names: [String]) { for name in names { insert(DN(name)) } }

  public var count: Int { names.count }
  public var isEmpty: Bool { names.isEmpty }

  public func contains(_ dn: DN) -> Bool { names.contains(Fingerprint(dn.folded)) }

  /// - Returns: true for a new one.
  @discardableResult
  public mutating func insert(_ dn: DN) -> Bool {
    guard names.insert(Fingerprint(dn.folded)).inserted else { return false }
    digest ^= fnv1a(dn.folded.utf8.span)
    return true
  }
}
