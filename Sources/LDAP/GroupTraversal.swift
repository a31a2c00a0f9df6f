extension Connection {
  /// Reads groups, and the groups in them, whichever of them name each other. For servers that don't follow nested groups
  /// by themselves.
  ///
  /// Each group that can be seen is found by one search, so that of a group's members no more are looked at than can be
  /// groups. A member that isn't seen where groups are, or where no person can be who is asked for, may be a group that
  /// is hidden from this bind: then the membership is in doubt.
  ///
  /// - Parameters:
  ///   - ignored: members that are known to be no groups and nobody, such as the one that a group without members must have.
  ///   - mayHold: whether an entry of that name may be one of those that are asked for.
  ///   - note: is told of each search before it is made.
  public func members(
    of groups: [String], ignoring ignored: DNSet = DNSet(), pageSize: Int, mayContain: @Sendable (DN) -> Bool,
    note: @Sendable (SearchRequest) -> Void
  ) throws(LDAPError) -> Membership {
    let known = try visibleGroups(around: groups, pageSize, note)
    let rootDSE = try rootDSE()
    var walk = GroupTraversal(from: groups.map(DN.init))
    while true {
      if let link = walk.waiting.popLast() {
        // Groups may name each other in a circle.
        guard walk.seen.insert(link.dn) else { continue }
        for member in try expand(link, known, &walk.membership, note) {
          let next = GroupTraversal.Step(dn: member, parent: link.dn)
          if ignored.contains(member) || rootDSE.holdsNoGroup(member) { continue }
          if known.names.contains(member) {
            walk.waiting.append(next)
          } else if known.isBesideGroups(member) || !mayContain(member) {
            walk.unclear[member.parent, default: []].append(next)
          }
        }
      } else if let (place, links) = walk.unclear.popFirst() {
        try resolve(links, in: place, pageSize, &walk, note)
      } else {
        return walk.membership
      }
    }
  }

  /// Takes the members of a group, and returns those that have names.
  private func expand(
    _ link: GroupTraversal.Step, _ known: KnownGroups, _ membership: inout Membership, _ note: (SearchRequest) -> Void
  ) throws(LDAPError) -> [DN] {
    let request = SearchRequest(entry: link.dn.text, attributes: groupAttributes)
    note(request)
    guard let group = try read(request.base, attributes: request.attributes) else {
      membership.markIncomplete(because: link.incompleteReason)
      return []
    }
    // A member that is no group after all.
    if link.parent != nil && !known.names.contains(link.dn) && !group.showsMembers { return [] }
    let rootDSE = try rootDSE()
    if let reason = group.incompleteReason(isNeverEmpty: rootDSE.family == .openLDAP || rootDSE.isHidden) {
      membership.markIncomplete(because: "the group \(link.dn.text) \(reason)")
    }
    return membership.add(group)
  }

  /// Finds out which members are seen at all: a few are read one by one, for they may be groups of a sort that isn't known
  /// here; of many no more is asked than the names of all that lies beside them.
  private func resolve(
    _ links: [GroupTraversal.Step], in place: DN, _ pageSize: Int, _ walk: inout GroupTraversal,
    _ note: (SearchRequest) -> Void
  ) throws(LDAPError) {
    if links.count <= 20 {
      walk.waiting += links
      return
    }
    let request = SearchRequest(
      base: place.text, scope: .one, filter: "(objectClass=*)", attributes: ["1.1"], pageSize: pageSize)
    note(request)
    let seen = try names(request, into: DNSet()) { names, dn in names.insert(dn) }
    if let hidden = links.first(where: { !seen.contains($0.dn) }) {
      walk.membership.markIncomplete(because: hidden.incompleteReason)
    }
  }

  /// Folds the names that a search gives into `state`; none where its base isn't seen.
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
    around groups: [String], _ pageSize: Int, _ note: (SearchRequest) -> Void
  ) throws(LDAPError) -> KnownGroups {
    var known = KnownGroups()
    for group in groups { known.insert(DN(group)) }
    let rootDSE = try rootDSE()
    for context in Set(groups.map(DN.init).map { rootDSE.namingContext(of: $0) ?? $0.parent.folded }).sorted() {
      let request = SearchRequest(
        base: context, scope: .sub, filter: groupFilter, attributes: ["1.1"], pageSize: pageSize)
      note(request)
      // Where the top isn't seen, what can be groups is looked at one by one.
      known = try names(request, into: known) { known, dn in known.insert(dn) }
    }
    return known
  }
}

private let groupClasses = ["groupOfNames", "groupOfUniqueNames", "groupOfMembers", "posixGroup", "group"]
private let groupFilter = "(|" + groupClasses.map { "(objectClass=\($0))" }.joined() + ")"
private let groupAttributes = ["objectClass", "member", "uniqueMember", "memberUid", "memberURL"]

/// How far the reading of groups has come.
private struct GroupTraversal {
  struct Step {
    let dn: DN
    /// The group that names it; nil for one of those to begin with.
    let parent: DN?

    /// What it means that it isn't seen.
    var incompleteReason: String {
      parent.map {
        "\(dn.text), which the group \($0.text) names as a member, isn't seen: it may be a group (if it is nobody: ignore_members)"
      }
        ?? "the group \(dn.text) isn't seen"
    }
  }

  var membership = Membership()
  var seen = DNSet()
  var waiting: [Step]
  /// Members that may be hidden groups, by the entry above them.
  var unclear: [DN: [Step]] = [:]

  init(from groups: [DN]) { waiting = groups.map { Step(dn: $0, parent: nil) } }
}

/// Groups by their names, and where they are.
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

  /// Why an entry that is to be a group doesn't tell who is in it; nil where it does.
  ///
  /// - Parameter isNeverEmpty: whether the server may hold to RFC 4519, sections 3.5 and 3.6, by which a group has a member always.
  ///   389 Directory Server lets them be empty.
  fileprivate func incompleteReason(isNeverEmpty: Bool) -> String? {
    if showsMembers { return nil }
    if !values("memberURL").isEmpty { return "is dynamic: take the filter of its memberURL instead" }
    let classes = values("objectClass").compactMap { $0.text?.lowercased() }
    if !classes.isEmpty && !groupClasses.contains(where: { classes.contains($0.lowercased()) }) {
      return "is no group that is known here"
    }
    let hasMembers = classes.contains("groupofnames") || classes.contains("groupofuniquenames")
    return isNeverEmpty && hasMembers ? "shows no members; let the bind identity read them" : nil
  }
}

extension RootDSE {
  /// Whether a member of that name can't be a group of this server: it is in none of its naming contexts, or stands for an
  /// account of another domain (MS-ADTS 6.1.1.4.10).
  fileprivate func holdsNoGroup(_ dn: DN) -> Bool {
    if dn.folded.hasPrefix("cn=s-1-") && dn.parent.folded.hasPrefix("cn=foreignsecurityprincipals,") { return true }
    return !namingContexts.isEmpty && namingContext(of: dn) == nil
  }
}
