import Configuration
import Domain
package import LDAP
import Text

/// Decides which entries a source selects, for one run and one server: with its groups and exclusions as they are now.
///
/// The server decides a part of it by `filter`; each entry shows the rest.
package struct EntrySelector: Sendable {
  package enum Decision: Hashable, Sendable {
    case selected
    case notMember
    /// Excluded by this line of the exclusion list.
    case excluded(Int)
  }

  package let source: Source
  /// The filter of the search request.
  let filter: String
  package let exclusions: ExclusionList
  /// The filter's part about groups, if the server resolves nested groups.
  package let groupFilter: String?
  /// nil without groups, or if the server resolves them.
  package let membership: Membership?
  /// Why members may be missing, so that no entry counts as missing.
  package let incompleteReason: String?
  /// The entries that match the source's filter for disabled accounts, after the search for them.
  private(set) var disabledEntries = DisabledEntries()

  /// Reads the groups of a source.
  ///
  /// - Parameters:
  ///   - sources: all sources; a member outside all of them is checked: it may be a nested group.
  ///   - willSearch: receives each search before it is made.
  /// - Throws: `LDAPError`; one of the kind `badFilter` if the server can't decide the source's exclusion.
  package init(
    _ source: Source, _ exclusions: ExclusionList, among sources: [Source], at connection: Connection, pageSize: Int,
    willSearch: @Sendable (SearchRequest) -> Void = { _ in }
  ) async throws(LDAPError) {
    let groups = source.selection.groups
    self.source = source
    self.exclusions = exclusions
    if groups.isEmpty {
      (membership, groupFilter, incompleteReason) = (nil, nil, nil)
    } else if try await connection.rootDSE().family == .activeDirectory {
      membership = nil
      (groupFilter, incompleteReason) = try await connection.membersFilter(of: groups, willSearch)
    } else {
      let found = try await connection.members(
        of: groups, ignoring: DNSet(source.selection.ignoredMembers), pageSize: pageSize,
        mayContain: { dn in sources.contains { $0.covers(dn) } }, willSearch: willSearch)
      (membership, groupFilter, incompleteReason) = (found, nil, found.incompleteReason)
    }
    let exclude = source.selection.exclude
    for (key, filter, loss) in [
      ("exclude", exclude, "it would take nobody"),
      ("disabled", source.disabledFilter, "nobody would count as disabled"),
    ] {
      guard let filter, let part = try await connection.undecidedPart(of: filter, at: source.base) else { continue }
      throw LDAPError(
        .search, .badFilter, code: 0, detail: "\(connection.uri) can't decide \(part) of its \(key), so \(loss)")
    }
    let parts = [groupFilter, exclude.map { "(!\($0))" }].compactMap(\.self)
    filter = parts.isEmpty ? source.filter : "(&\(source.filter)\(parts.joined()))"
  }

  /// Selects the source's entries that `filter` leaves out; nil if it leaves out none.
  var restFilter: String? { filter == source.filter ? nil : "(&\(source.filter)(!\(filter)))" }

  /// Finds the source's disabled entries, if a filter identifies them.
  package mutating func findDisabledEntries(
    at connection: Connection, by identity: IdentityAttribute, pageSize: Int,
    willSearch: @Sendable (SearchRequest) -> Void
  ) async throws(LDAPError) {
    guard let disabled = source.disabledFilter else { return }
    let request = SearchRequest(
      base: source.base, scope: source.scope, filter: "(&\(filter)\(disabled))", attributes: [identity.name],
      pageSize: pageSize)
    willSearch(request)
    disabledEntries = try await connection.search(request, into: DisabledEntries()) { found, entry in
      if let id = identity.id(of: entry) { found.insert(id) }
    }.0
  }

  /// The attributes that it needs, in addition to those of the source's templates.
  package var attributes: Set<String> { membership?.attributes ?? [] }

  /// Decides whether the source selects the entry.
  ///
  /// - Parameter id: the entry's immutable ID; nil if it shows none.
  package func decision(on entry: borrowing Entry, _ id: String?) -> Decision {
    if let membership, !membership.contains(entry) { return .notMember }
    return exclusions.line(of: entry.dn, id).map(Decision.excluded) ?? .selected
  }
}

/// Entries with disabled accounts, by their immutable IDs: a rename meanwhile would change their DNs.
struct DisabledEntries: Sendable {
  private var ids: Set<String> = []
  /// Distinguishes this set from others, in any order of insertion.
  private(set) var digest: UInt64 = 0

  mutating func insert(_ id: String) {
    if ids.insert(id).inserted { digest ^= fnv1a(id.utf8.span) }
  }

  func contains(_ id: String?) -> Bool { id.map(ids.contains) ?? false }
}

extension Source {
  /// Whether a change of a group can change the selection without a change of the user's entry.
  package var dependsOnGroups: Bool {
    let text = (filter + (selection.exclude ?? "") + (disabledFilter ?? "")).lowercased()
    return !selection.groups.isEmpty || ["memberof", "nsrole", "primarygroupid"].contains { text.contains($0) }
  }

  /// The search settings for the read report. The filter's digest stands alone if nothing else narrows the source.
  func query(_ exclusions: ExclusionList) -> SearchReport.Query {
    let groups =
      selection.groups.isEmpty ? nil : digest(selection.groups.map { DN($0).folded }.sorted().joined(separator: "\n"))
    let parts = [
      digest(filter), groups.map { "group=\($0)" }, selection.exclude.map { "exclude=\(digest($0))" },
      exclusions.digest.map { "list=\($0)" },
    ]
    return SearchReport.Query(
      kind: kind, base: base, scope: scope.rawValue, filterHash: parts.compactMap(\.self).joined(separator: " "))
  }
}

extension Source {
  /// The search settings in words, with the settings that decide an entry's number and whether it counts as disabled. One per line, so
  /// that a change can be reported with its old and its new text.
  var asked: String {
    let numbers = fields.filter { $0.field == .number }.map(\.text)
    let pairs =
      [
        ("filter", filter), ("group", selection.groups.joined(separator: "; ")), ("exclude", selection.exclude ?? ""),
        ("number", numbers.joined(separator: " ")), ("rules", numberRules), ("pool", pool),
        ("disabled", disabled?.text ?? ""),
      ] + fields.filter { $0.field != .number }.map { ($0.field?.rawValue ?? $0.key, $0.text) }
    return pairs.filter { !$0.1.isEmpty }
      .map { "\($0) \($1.split(whereSeparator: \.isNewline).joined(separator: " "))" }.joined(separator: "\n")
  }
}

extension CompiledConfiguration {
  /// Whether a notification may concern a group: for a deleted entry, the class is unknown.
  package func mayBeGroup(_ notification: ChangeNotification) -> Bool {
    notification.isGroup || notification.isGone && !sources.contains { $0.covers(DN(notification.dn)) }
  }
}

extension Connection {
  /// A filter for the members of some groups of Active Directory, nested ones as well (MS-ADTS 3.1.1.3.4.4.3), and for
  /// users with this primary group, who aren't among the other members. Also the reason why members may be missing, if any.
  fileprivate func membersFilter(
    of groups: [String], _ willSearch: @Sendable (SearchRequest) -> Void
  ) throws(LDAPError) -> (filter: String, incompleteReason: String?) {
    var parts: [String] = []
    var incompleteReason: String?
    for dn in groups {
      let request = SearchRequest(entry: dn, attributes: ["objectClass", "primaryGroupToken"])
      willSearch(request)
      let group = try read(dn, attributes: request.attributes)
      parts.append("(memberOf:1.2.840.113556.1.4.1941:=\(filterText(dn)))")
      parts += group?.first("primaryGroupToken")?.text.map { ["(primaryGroupID=\(filterText($0)))"] } ?? []
      let isGroup = group?.values("objectClass").contains { $0.text?.lowercased() == "group" }
      if isGroup != true {
        incompleteReason = incompleteReason ?? "the group \(dn) \(isGroup == nil ? "isn't visible" : "is no group")"
      }
    }
    return ("(|\(parts.joined()))", incompleteReason)
  }
}
