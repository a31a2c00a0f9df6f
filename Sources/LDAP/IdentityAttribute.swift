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

/// The canonical text of a GUID; nil where the bytes aren't one. The first three groups are little-endian
/// (MS-DTYP 2.3.4.2).
func guid(_ bytes: [UInt8]) -> String? {
  guard bytes.count == 16 else { return nil }
  let groups = [[3, 2, 1, 0], [5, 4], [7, 6], [8, 9], [10, 11, 12, 13, 14, 15]]
  return groups.map { group in
    group.map { index in (bytes[index] < 16 ? "0" : "") + String(bytes[index], radix: 16) }.joined()
  }
  .joined(separator: "-")
}
