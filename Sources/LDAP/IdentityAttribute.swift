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
