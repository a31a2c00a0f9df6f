import CLDAP

/// The attribute with the immutable ID.
public struct IdentityAttribute: Hashable, Sendable {
  /// How its values become text.
  public enum Syntax: String, Hashable, Sendable, CaseIterable {
    /// Text, compared without case.
    case text
    /// The sixteen bytes of a GUID, as Microsoft writes them (MS-DTYP 2.3.4.2).
    case guid
    /// Any bytes, as hexadecimal digits.
    case octets
  }

  public let name: String
  public let syntax: Syntax

  /// - Parameter syntax: nil for the usual one of that attribute.
  public init(_ name: String, _ syntax: Syntax? = nil) {
    let known = Self.known.first { $0.name.lowercased() == name.lowercased() }
    self.init(name: known?.name ?? name, syntax: syntax ?? known?.syntax ?? .text)
  }

  private init(name: String, syntax: Syntax) { (self.name, self.syntax) = (name, syntax) }

  /// RFC 4530.
  public static let entryUUID = IdentityAttribute(name: "entryUUID", syntax: .text)
  /// Active Directory's, in binary.
  public static let objectGUID = IdentityAttribute(name: "objectGUID", syntax: .guid)
  /// 389 Directory Server's and its relatives'.
  public static let nsUniqueId = IdentityAttribute(name: "nsUniqueId", syntax: .text)
  /// IBM Security Directory Server's.
  static let ibmEntryUUID = IdentityAttribute(name: "ibm-entryUUID", syntax: .text)
  /// NetIQ eDirectory's, in binary.
  static let edirectoryGUID = IdentityAttribute(name: "GUID", syntax: .octets)

  private static let known = [entryUUID, objectGUID, nsUniqueId, ibmEntryUUID, edirectoryGUID]

  /// The entry's ID in lower case; nil if the entry has none, or one that doesn't match the syntax. Of several values the first in
  /// byte order, because servers return them in any order.
  public func id(of entry: borrowing Entry) -> String? {
    let values = entry.values(name)
    let first = values.count > 1 ? values.min { $0.bytes.lexicographicallyPrecedes($1.bytes) } : values.first
    guard let value = first, !value.bytes.isEmpty else { return nil }
    switch syntax {
    case .text: return value.text?.lowercased()
    case .guid: return guid(value.bytes)
    case .octets: return hexadecimal(value.bytes, groups: [value.bytes.count])
    }
  }

  /// The filter that finds the entry with an ID.
  func filter(for id: String) -> String {
    switch syntax {
    case .text: return "(\(name)=\(filterText(id)))"
    case .octets: return "(\(name)=\(filterText(octets(id))))"
    case .guid:
      let bytes = octets(id)
      return bytes.count == 16 ? "(\(name)=\(filterText(turned(bytes))))" : "(\(name)=\(filterText(id)))"
    }
  }
}

extension Connection {
  /// The present DN of the entry with an immutable ID; nil if none is visible below any of `bases`.
  ///
  /// The server should have an index for the attribute; Active Directory needs none (MS-ADTS 3.1.1.3.1.2.4).
  public func name(
    ofID id: String, _ identity: IdentityAttribute, below bases: [String]
  ) throws(LDAPError) -> String? {
    if identity == .objectGUID { return try read("<GUID=\(id)>", attributes: ["1.1"])?.dn }
    for base in Set(bases) {
      let request = SearchRequest(
        base: base, scope: .sub, filter: identity.filter(for: id), attributes: ["1.1"], pageSize: 0)
      if let dn = try search(request, into: nil as String?, { found, entry in found = entry.dn }).0 { return dn }
    }
    return nil
  }

  /// The attribute with this server's immutable IDs, by its root DSE and schema.
  public func identityAttribute() throws(LDAPError) -> IdentityAttribute {
    let rootDSE = try rootDSE()
    switch rootDSE.family {
    case .activeDirectory: return .objectGUID
    // Its entryUUID plugin covers only new entries; every entry has nsUniqueId.
    case .directoryServer389: return .nsUniqueId
    // Known by itself, even if its schema isn't readable.
    case .openLDAP: return .entryUUID
    case .apacheDS, .other: break
    }
    let types = try descriptions("attributeTypes")?.map { $0.lowercased() } ?? []
    for attribute in [IdentityAttribute.entryUUID, .nsUniqueId, .ibmEntryUUID, .edirectoryGUID]
    where types.contains(where: { $0.contains("'\(attribute.name.lowercased())'") }) {
      return attribute
    }
    let reason =
      rootDSE.isHidden
      ? "shows no root DSE" : types.isEmpty ? "shows no schema" : "has none of the known ones"
    throw LDAPError(
      .rootDSE, .unknownIdentity, code: LDAP_UNDEFINED_TYPE,
      detail: "\(uri) \(reason), so the attribute with the immutable ID isn't known")
  }
}

/// Bytes as text of an ID; by default in the groups of a UUID (RFC 4122, section 3).
func hexadecimal(_ bytes: [UInt8], groups: [Int] = [4, 2, 2, 2, 6]) -> String {
  var rest = bytes[...]
  return groups.map { count in
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
  .joined(separator: "-")
}

/// The canonical text of a GUID; nil if the bytes aren't one. The first three groups are little-endian
/// (MS-DTYP 2.3.4.2).
func guid(_ bytes: [UInt8]) -> String? {
  bytes.count == 16 ? hexadecimal(turned(bytes)) : nil
}

/// A GUID's bytes converted between the order of its text and that of its value.
private func turned(_ bytes: [UInt8]) -> [UInt8] {
  bytes[..<4].reversed() + bytes[4..<6].reversed() + bytes[6..<8].reversed() + bytes[8...]
}

/// The bytes of an ID's hexadecimal digits, without hyphens; none if they aren't pairs.
private func octets(_ id: String) -> [UInt8] {
  let digits = id.utf8.filter { $0 != UInt8(ascii: "-") }.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
  guard digits.count.isMultiple(of: 2) else { return [] }
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
