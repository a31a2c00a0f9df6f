extension Connection {
  /// Reads groups and nested groups, also in cycles. For servers that don't resolve nested groups.
  ///
  /// One search finds all visible groups, so that only members that can be groups are read. An invisible member beside known groups
  /// or outside all sources may be a hidden group: then the membership is incomplete.
  ///
  /// - Parameters:
  ///   - ignored: members that are neither groups nor persons, such as the placeholder of an empty group.
  ///   - mayContain: whether an entry with this DN may be in the source.
  ///   - limit: the most reads of groups and of members that may be groups.
  ///   - willSearch: called before each search.
  /// - Throws: also if the limit is exceeded: nothing may be concluded from a part of the members.
  public func members(
    of groups: [String], ignoring ignored: DNSet = DNSet(), pageSize: Int, limit: Int = maxGroupReads,
    mayContain: @Sendable (DN) -> Bool, willSearch: @Sendable (SearchRequest) -> Void
  ) throws(LDAPError) -> Membership {
    let known = try visibleGroups(around: groups, pageSize, willSearch)
    let rootDSE = try rootDSE()
    var walk = GroupTraversal(from: groups.map(DN.init), limit: limit)
    while true {
      if let link = walk.waiting.popLast() {
        // Groups may contain each other in a cycle.
        guard walk.seen.insert(link.dn) else { continue }
        try walk.countRead(of: link)
        for member in try expand(link, known, &walk.membership, willSearch) {
          let next = GroupTraversal.Step(dn: member, parent: link.dn)
          if ignored.contains(member) || rootDSE.holdsNoGroup(member) { continue }
          if known.names.contains(member) {
            walk.waiting.append(next)
          } else if known.isBesideGroups(member) || !mayContain(member) {
            walk.unclear[member.parent, default: []].append(next)
          }
        }
      } else if let (place, links) = walk.unclear.popFirst() {
        try walk.countRead(of: links.first)
        try resolve(links, in: place, pageSize, &walk, willSearch)
      } else {
        return walk.membership
      }
    }
  }

  /// Adds the members of a group, and returns those with DNs.
  private func expand(
    _ link: GroupTraversal.Step, _ known: KnownGroups, _ membership: inout Membership,
    _ willSearch: (SearchRequest) -> Void
  ) throws(LDAPError) -> [DN] {
    let request = SearchRequest(entry: link.dn.text, attributes: groupAttributes)
    willSearch(request)
    guard let group = try read(request.base, attributes: request.attributes) else {
      membership.markIncomplete(because: link.incompleteReason)
      return []
    }
    // A member that isn't a group.
    if link.parent != nil && !known.names.contains(link.dn) && !group.showsMembers { return [] }
    let rootDSE = try rootDSE()
    if let reason = group.incompleteReason(isNeverEmpty: rootDSE.family == .openLDAP || rootDSE.isHidden) {
      membership.markIncomplete(because: "the group \(link.dn.text) \(reason)")
    }
    return membership.add(group)
  }

  /// Finds out which members are visible: a few are read one by one, because they may be groups of an unknown class; for many only
  /// the DNs of their siblings are read.
  private func resolve(
    _ links: [GroupTraversal.Step], in place: DN, _ pageSize: Int, _ walk: inout GroupTraversal,
    _ willSearch: (SearchRequest) -> Void
  ) throws(LDAPError) {
    if links.count <= 20 {
      walk.waiting += links
      return
    }
    let request = SearchRequest(
      base: place.text, scope: .one, filter: "(objectClass=*)", attributes: ["1.1"], pageSize: pageSize)
    willSearch(request)
    let seen = try names(request, into: DNSet()) { names, dn in names.insert(dn) }
    if let hidden = links.first(where: { !seen.contains($0.dn) }) {
      walk.membership.markIncomplete(because: hidden.incompleteReason)
    }
  }

  /// Folds the DNs of a search into `state`; none if its base isn't visible.
  private func names<State: Sendable>(
    _ request: SearchRequest, into state: State, _ fold: @Sendable (inout State, DN) -> Void
  ) throws(LDAPError) -> State {
    do throws(LDAPError) {
      return try search(request, into: state) { state, entry in fold(&state, DN(entry.dn)) }.0
    } catch {
      if error.kind != .noSuchBase { throw error }
      return state
    }
  }

  /// The names of all groups in the naming contexts of some.
  private func visibleGroups(
    around groups: [String], _ pageSize: Int, _ willSearch: (SearchRequest) -> Void
  ) throws(LDAPError) -> KnownGroups {
    var known = KnownGroups()
    for group in groups { known.insert(DN(group)) }
    let rootDSE = try rootDSE()
    for context in Set(groups.map(DN.init).map { rootDSE.namingContext(of: $0) ?? $0.parent.folded }).sorted() {
      let request = SearchRequest(
        base: context, scope: .sub, filter: groupFilter, attributes: ["1.1"], pageSize: pageSize)
      willSearch(request)
      // If the top isn't visible, possible groups are read one by one.
      known = try names(request, into: known) { known, dn in known.insert(dn) }
    }
    return known
  }
}

/// The most reads for the members of a source's groups. A server that makes up groups without an end would otherwise never let a run end.
public let maxGroupReads = 20_000

private let groupClasses = ["groupOfNames", "groupOfUniqueNames", "groupOfMembers", "posixGroup", "group"]
private let groupFilter = "(|" + groupClasses.map { "(objectClass=\($0))" }.joined() + ")"
private let groupAttributes = ["objectClass", "member", "uniqueMember", "memberUid", "memberURL"]

/// The progress of reading groups.
private struct GroupTraversal {
  struct Step {
    let dn: DN
    /// The group that has it as a member; nil for an initial one.
    let parent: DN?

    /// The meaning of its being invisible.
    var incompleteReason: String {
      parent.map {
        "\(dn.text), which the group \($0.text) names as a member, isn't visible: it may be a group (if it is no person: ignore_members)"
      }
        ?? "the group \(dn.text) isn't visible"
    }
  }

  var membership = Membership()
  var seen = DNSet()
  var waiting: [Step]
  /// Members that may be hidden groups, by their parent entry.
  var unclear: [DN: [Step]] = [:]
  private var reads = 0
  private let limit: Int
  private let top: String

  init(from groups: [DN], limit: Int) {
    waiting = groups.map { Step(dn: $0, parent: nil) }
    self.limit = limit
    top = groups.map(\.text).joined(separator: "; ")
  }

  /// - Throws: if there were too many reads before.
  mutating func countRead(of step: Step?) throws(LDAPError) {
    reads += 1
    if reads <= limit { return }
    let last = step.map { ", the last one \($0.dn.text)\($0.parent.map { " in \($0.text)" } ?? "")" } ?? ""
    throw LDAPError(
      .search, .tooManyGroups, code: 0,
      detail: "the group \(top) contains more than \(limit) groups and members that may be groups\(last)")
  }
}

/// Groups by their DNs, and their parents.
private struct KnownGroups: Sendable {
  private(set) var names = DNSet()
  private var places = DNSet()

  mutating func insert(_ dn: DN) {
    names.insert(dn)
    places.insert(dn.parent)
  }

  func isBesideGroups(_ dn: DN) -> Bool { places.contains(dn.parent) }
}

extension Entry {
  fileprivate var showsMembers: Bool {
    ["member", "uniqueMember", "memberUid"].contains { !values($0).isEmpty }
  }

  /// Why a group's members aren't known; nil if they are.
  ///
  /// - Parameter isNeverEmpty: whether the server may enforce RFC 4519, sections 3.5 and 3.6, by which a group always has a member.
  ///   389 Directory Server lets them be empty.
  fileprivate func incompleteReason(isNeverEmpty: Bool) -> String? {
    if showsMembers { return nil }
    if !values("memberURL").isEmpty { return "is dynamic: use the filter of its memberURL instead" }
    let classes = values("objectClass").compactMap { $0.text?.lowercased() }
    if !classes.isEmpty && !groupClasses.contains(where: { classes.contains($0.lowercased()) }) {
      return "isn't a known kind of group"
    }
    let hasMembers = classes.contains("groupofnames") || classes.contains("groupofuniquenames")
    return isNeverEmpty && hasMembers ? "shows no members; give the bind identity the right to read them" : nil
  }
}

extension RootDSE {
  /// Whether a member with this DN can't be a group of this server: it is in none of its naming contexts, or represents an
  /// account of another domain (MS-ADTS 6.1.1.4.10).
  fileprivate func holdsNoGroup(_ dn: DN) -> Bool {
    if dn.folded.hasPrefix("cn=s-1-") && dn.parent.folded.hasPrefix("cn=foreignsecurityprincipals,") { return true }
    return !namingContexts.isEmpty && namingContext(of: dn) == nil
  }
}
