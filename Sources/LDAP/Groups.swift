extension Connection {
  /// Reads groups, and the groups in them, whichever of them name each other. For servers that don't follow nested groups
  /// by themselves.
  ///
  /// Each group that can be seen is found by one search, so that of a group's members no more are looked at than can be
  /// groups. A member that isn't seen where groups are, or where no person of the source can be, may be a group that is
  /// hidden from this bind: then the membership is in doubt.
  ///
  /// - Parameters:
  ///   - mayHold: whether an entry of that name may be one of those that are asked for.
  ///   - note: is told of each search before it is made.
  public func members(
    of groups: [String], pageSize: Int, mayHold: @Sendable (String) -> Bool, note: @Sendable (SearchRequest) -> Void
  ) throws(LDAPError) -> Membership {
    let known = try visibleGroups(around: groups, pageSize, note)
    var membership = Membership()
    var seen = NameSet()
    var waiting = groups.map { (dn: $0, parent: nil as String?) }
    while let (dn, parent) = waiting.popLast() {
      // Groups may name each other in a circle.
      guard seen.insert(dn) else { continue }
      let request = SearchRequest(entry: dn, attributes: groupAttributes)
      note(request)
      guard let group = try read(request) else {
        membership.doubt(
          parent.map { "\(dn), which the group \($0) names as a member, isn't seen: it may be a group" }
            ?? "the group \(dn) isn't seen")
        continue
      }
      // A member that is no group after all.
      if parent != nil && !known.names.contains(dn) && !group.showsMembers { continue }
      if let reason = group.reasonToDoubt(isOpenLDAP: try rootDSE().family == .openLDAP) {
        membership.doubt("the group \(dn) \(reason)")
      }
      for member in membership.take(group) {
        let isUnclear = known.isBesideGroups(member) || !mayHold(member)
        if isUnclear || known.names.contains(member) { waiting.append((member, dn)) }
      }
    }
    return membership
  }

  private func read(_ request: SearchRequest) throws(LDAPError) -> Entry? {
    try read(request.base, filter: request.filter, attributes: request.attributes)
  }

  /// The names of all groups in the naming contexts of some.
  private func visibleGroups(
    around groups: [String], _ pageSize: Int, _ note: (SearchRequest) -> Void
  ) throws(LDAPError) -> KnownGroups {
    var known = KnownGroups()
    for group in groups { known.insert(group) }
    let contexts = try rootDSE().namingContexts
    for context in Set(groups.map { group in contexts.first { covers($0, group) } ?? above(group) }).sorted() {
      let request = SearchRequest(
        base: context, scope: .sub, filter: groupFilter, attributes: ["1.1"], pageSize: pageSize)
      note(request)
      do throws(LDAPError) {
        known = try search(request, into: known) { known, entry in known.insert(entry.dn) }.0
      } catch {
        // Not seen from the top: what can't be seen from there is looked at one by one.
        if error.kind != .noSuchBase { throw error }
      }
    }
    return known
  }
}

private let groupClasses = ["groupOfNames", "groupOfUniqueNames", "groupOfMembers", "posixGroup", "group"]
private let groupFilter = "(|" + groupClasses.map { "(objectClass=\($0))" }.joined() + ")"
private let groupAttributes = ["objectClass", "member", "uniqueMember", "memberUid", "memberURL"]

/// Groups by their names, and where they are.
private struct KnownGroups: Sendable {
  private(set) var names = NameSet()
  private var places = NameSet()

  mutating func insert(_ dn: String) {
    names.insert(dn)
    places.insert(above(dn))
  }

  func isBesideGroups(_ dn: String) -> Bool { places.contains(above(dn)) }
}

extension Entry {
  fileprivate var showsMembers: Bool {
    ["member", "uniqueMember", "memberUid"].contains { !values($0).isEmpty }
  }

  /// Why an entry that is to be a group doesn't tell who is in it; nil where it does.
  fileprivate func reasonToDoubt(isOpenLDAP: Bool) -> String? {
    if showsMembers { return nil }
    if !values("memberURL").isEmpty { return "is dynamic: take the filter of its memberURL instead" }
    let classes = values("objectClass").compactMap { $0.text?.lowercased() }
    if !classes.isEmpty && !groupClasses.contains(where: { classes.contains($0.lowercased()) }) {
      return "is no group that is known here"
    }
    // RFC 4519, sections 3.5 and 3.6: those have a member always. 389 Directory Server lets them be empty.
    let isNeverEmpty = classes.contains("groupofnames") || classes.contains("groupofuniquenames")
    return isOpenLDAP && isNeverEmpty ? "shows no members; let the bind identity read them" : nil
  }
}

/// The DN of the entry above, folded; empty above the first.
private func above(_ dn: String) -> String {
  let text = foldedDN(dn)
  var isEscaped = false
  for index in text.utf8.indices {
    if !isEscaped && text.utf8[index] == UInt8(ascii: ",") { return String(text[text.utf8.index(after: index)...]) }
    isEscaped = !isEscaped && text.utf8[index] == UInt8(ascii: "\\")
  }
  return ""
}
