import Configuration
package import Directory
package import Domain
package import LDAP

/// Why a source doesn't select an entry of the directory.
package enum SelectorMismatch: Hashable, Sendable {
  case base
  case filter
  /// With a remark if some members are invisible.
  case group(String?)
  case exclude
  /// By this line of the list of exclusions.
  case listed(String)

  /// The same in a few words, with the source.
  func clause(_ source: Source) -> String {
    switch self {
    case .base: "it is outside the base of \"\(source.name)\""
    case .filter: "the filter of \"\(source.name)\" doesn't match it"
    case .group: "the group of \"\(source.name)\" doesn't have it"
    case .exclude: "the exclude of \"\(source.name)\" matches it"
    case .listed(let line): "the exclusions of \"\(source.name)\" name it (\(line))"
    }
  }

  package func text(_ source: Source) -> String {
    switch self {
    case .base: "the entry is outside its base \(source.base) and scope \(source.scope.rawValue)"
    case .filter: "the entry doesn't match its filter \(source.filter)"
    case .group(let reason):
      "the entry isn't a member of its group \(source.selection.groups.joined(separator: ", "))"
        + (reason.map { ", as far as visible: \($0)" } ?? "")
    case .exclude: "the entry matches its exclude \(source.selection.exclude ?? "")"
    case .listed(let line): "the entry is excluded by the line \(line)"
    }
  }
}

extension EntryLookup {
  /// The first reason, in the order of a run, why a source doesn't select an entry; nil if it does.
  package func reason(_ source: Source, leavesOut entry: Entry, _ id: EntryID) async throws -> SelectorMismatch? {
    func matches(_ filter: String) async throws(LDAPError) -> Bool {
      try await connection.read(entry.dn, filter: filter, attributes: ["1.1"]) != nil
    }
    if !source.covers(DN(entry.dn)) { return .base }
    if try await !matches(source.filter) { return .filter }
    let selector = try await EntrySelector(
      source, ExclusionList(of: source.selection), among: sources, at: connection, pageSize: pageSize)
    // With the uid, which the templates may not use.
    let whole = try await connection.read(entry.dn, attributes: selector.attributes.union(["1.1"]).sorted()) ?? entry
    let verdict = selector.decision(on: whole, id.text)
    if verdict == .notMember { return .group(selector.incompleteReason) }
    if let filter = selector.groupFilter, try await !matches(filter) { return .group(selector.incompleteReason) }
    if let exclude = source.selection.exclude, try await matches(exclude) { return .exclude }
    if case .excluded(let line) = verdict { return .listed(selector.exclusions.lines[line]) }
    return nil
  }
}
