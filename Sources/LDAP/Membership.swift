import Text

/// The members of some groups, direct and nested.
public struct Membership: Sendable {
  /// Members by their DNs (RFC 4519; `member`, `uniqueMember`).
  public internal(set) var names = DNSet()
  /// Members by their uids, as in posixGroup (RFC 2307; `memberUid`).
  public internal(set) var uids: Set<String> = []
  /// The number of groups read.
  public internal(set) var groups = 0
  /// Why it may be incomplete, as a clause; nil if all groups were read completely.
  public internal(set) var incompleteReason: String?

  public init() {}

  /// Tells these members from others, in every process.
  public var digest: UInt64 { uids.reduce(names.digest) { $0 ^ fnv1a($1.utf8.span, after: 1) } }

  /// The attribute that `contains` uses besides the DN.
  public var attributes: Set<String> { uids.isEmpty ? [] : ["uid"] }

  public func contains(_ entry: borrowing Entry) -> Bool {
    if names.contains(DN(entry.dn)) { return true }
    return !uids.isEmpty && entry.values("uid").contains { $0.text.map { uids.contains($0.lowercased()) } ?? false }
  }

  /// Whether it names an entry by a DN that the entry no longer has: without referential integrity, a rename doesn't reach the groups.
  public func contains(former dn: DN) -> Bool {
    names.contains(dn) || dn.folded.hasPrefix("uid=") && uids.contains(dn.namingValue.lowercased())
  }

  mutating func markIncomplete(because reason: String) { incompleteReason = incompleteReason ?? reason }

  /// Adds the members of a group's entry, and returns those with DNs.
  mutating func add(_ group: borrowing Entry) -> [DN] {
    groups += 1
    uids.formUnion(group.values("memberUid").compactMap { $0.text?.lowercased() })
    let members =
      (group.values("member").compactMap(\.text) + group.values("uniqueMember").compactMap(\.text).map(plain)).map(
        DN.init)
    for member in members { names.insert(member) }
    return members
  }
}

/// A `uniqueMember` without the bits that may follow the name (RFC 4517, section 3.3.21): `cn=a#'0101'B`.
private func plain(_ member: String) -> String {
  guard member.hasSuffix("'B"), let hash = member.lastIndex(of: "#"), member[hash...].dropFirst().first == "'" else {
    return member
  }
  return String(member[..<hash])
}
