/// The attribute that tells entries apart whatever they are called.
public enum IdentityAttribute: String, Hashable, Sendable, CaseIterable {
  /// RFC 4530.
  case entryUUID
  /// Active Directory's, in binary.
  case objectGUID
  /// 389 Directory Server's and its relatives'.
  case nsUniqueId

  /// The entry's id in lower case; nil where the entry doesn't show it.
  public func id(of entry: borrowing Entry) -> String? {
    guard let value = entry.first(rawValue) else { return nil }
    switch self {
    case .entryUUID, .nsUniqueId: return value.text?.lowercased()
    case .objectGUID: return guid(value.bytes)
    }
  }
}

extension Connection {
  /// Where the entry with an immutable id is now; nil where none is seen below any of `bases`.
  ///
  /// The server should have an index for the attribute; Active Directory needs none (MS-ADTS 3.1.1.3.1.2.4).
  public func name(
    ofID id: String, _ identity: IdentityAttribute, below bases: [String]
  ) throws(LDAPError) -> String? {
    if identity == .objectGUID { return try read("<GUID=\(id)>", attributes: ["1.1"])?.dn }
    let filter = "(\(identity.rawValue)=\(filterText(id)))"
    for base in Set(bases) {
      let request = SearchRequest(base: base, scope: .sub, filter: filter, attributes: ["1.1"], pageSize: 0)
      if let dn = try search(request, into: nil as String?, { found, entry in found = entry.dn }).0 { return dn }
    }
    return nil
  }
}

/// Bytes as the texts of ids have them; by default in the groups of a UUID (RFC 4122, section 3).
func hexadecimal(_ bytes: [UInt8], groups: [Int] = [4, 2, 2, 2, 6]) -> String {
  var rest = bytes[...]
  return groups.map { count in
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
  .joined(separator: "-")
}

/// The canonical text of a GUID; nil where the bytes aren't one. The first three groups are little-endian
/// (MS-DTYP 2.3.4.2).
func guid(_ bytes: [UInt8]) -> String? {
  guard bytes.count == 16 else { return nil }
  return hexadecimal(bytes[..<4].reversed() + bytes[4..<6].reversed() + bytes[6..<8].reversed() + bytes[8...])
}
