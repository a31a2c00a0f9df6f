import CLDAP

/// A part of an attribute's values, which Active Directory returns if there are many (MS-ADTS 3.1.1.3.1.3.3):
/// `member;range=0-1499`, and `member;range=1500-*` for the last.
struct RangedAttribute: Hashable {
  /// The server's spelling.
  let name: String
  /// The same without the range.
  let attribute: String
  let first: Int
  /// nil if there are no more values.
  let last: Int?

  /// nil for a name without a range.
  init?(_ name: String) {
    // Most names have no options at all.
    guard name.utf8.contains(UInt8(ascii: ";")) else { return nil }
    let parts = name.split(separator: ";")
    guard let position = parts.firstIndex(where: { $0.lowercased().hasPrefix("range=") }) else { return nil }
    let bounds = parts[position].dropFirst("range=".count).split(separator: "-")
    guard bounds.count == 2, let first = Int(bounds[0]), first >= 0 else { return nil }
    if bounds[1] == "*" {
      last = nil
    } else {
      guard let last = Int(bounds[1]), last >= first, last < .max else { return nil }
      self.last = last
    }
    self.name = name
    self.first = first
    attribute = (parts[..<position] + parts[(position + 1)...]).joined(separator: ";")
  }
}

extension Handle {
  /// The entry with all values of the attributes that the server returned in part; the rest is requested.
  func complete(_ entry: Entry, _ server: ConnectionSettings) throws(LDAPError) -> Entry {
    var entry = entry
    for part in entry.names.compactMap(RangedAttribute.init) { entry = try complete(entry, part, server) }
    return entry
  }

  private func complete(_ entry: Entry, _ first: RangedAttribute, _ server: ConnectionSettings) throws(LDAPError)
    -> Entry
  {
    var values = entry.values(first.name)
    var last = first.last
    while let end = last {
      let (part, more) = try part(of: first.attribute, from: end + 1, entry.dn, server)
      values += more
      last = part.last
    }
    // Besides the part, the entry has the attribute itself without values.
    return entry.removing(first.name).setting(first.attribute, values)
  }

  /// The values from `start` on, or as many of them as the server returns at once.
  private func part(
    of attribute: String, from start: Int, _ dn: String, _ server: ConnectionSettings
  ) throws(LDAPError) -> (RangedAttribute, [AttributeValue]) {
    let request = SearchRequest(entry: dn, attributes: ["\(attribute);range=\(start)-*"])
    var found: (RangedAttribute, [AttributeValue])?
    _ = try search(request, server, inParts: true) { entry in
      let part = entry.names.compactMap(RangedAttribute.init).first { $0.attribute == attribute && $0.first == start }
      found = part.map { ($0, entry.values($0.name)) }
    }
    if let found { return found }
    throw LDAPError(
      .search, .other, code: LDAP_DECODING_ERROR,
      detail: "\(dn) doesn't return its \(attribute) from value \(start) on; it may have changed meanwhile")
  }
}
