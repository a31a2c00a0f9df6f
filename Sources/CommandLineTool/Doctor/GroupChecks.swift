import Configuration
import Directory
import Domain
import LDAP

extension DoctorReport {
  /// Checks a source's groups and exclusions at one server; nil if that failed, which is reported.
  mutating func selector(
    of source: Source, among sources: [Source], _ connection: Connection, _ pageSize: Int, _ server: ConnectionSettings
  ) async -> EntrySelector? {
    let what = "\(connection.uri), groups and exclusions of \"\(source.name)\""
    let lines = source.selection.groups.map {
      SearchRequest(entry: $0, attributes: ["member"]).commandLine(uri: connection.uri, server)
    }
    do {
      let exclusions = try ExclusionList(of: source.selection)
      let selector = try await EntrySelector(source, exclusions, among: sources, at: connection, pageSize: pageSize)
      if let reason = selector.incompleteReason {
        fail(
          what, reason,
          remedy: "check the group's name, and that \(server.identity) may read it: \(lines.joined(separator: "; "))")
      } else {
        let summary = try await selector.summary(at: connection, pageSize)
        if !summary.isEmpty { pass(what, summary) }
      }
      return selector
    } catch let error as LDAPError {
      fail(what, "\(error)", remedy: ([error.remedy] + lines).joined(separator: "; "))
    } catch {
      fail(what, "\(error)", remedy: "")
    }
    return nil
  }
}

extension EntrySelector {
  /// Counts of selected and excluded entries; empty if it selects all.
  fileprivate func summary(at connection: Connection, _ pageSize: Int) async throws(LDAPError) -> String {
    func count(_ filter: String) async throws(LDAPError) -> Int {
      let request = SearchRequest(
        base: source.base, scope: source.scope, filter: "(&\(source.filter)\(filter))", attributes: ["1.1"],
        pageSize: pageSize)
      return try await connection.search(request, into: ()) { _, _ in }.1.entries
    }
    var (excluded, disabled): (String?, String?)
    // Some servers treat an unknown attribute like one that no entry has.
    if let exclude = source.selection.exclude {
      let count = try await count(exclude)
      excluded = "all but the \(count) of \(exclude)" + (count == 0 ? ", which excludes nobody" : "")
    }
    if let filter = source.disabledFilter {
      let count = try await count(filter)
      disabled = "\(count) disabled by \(filter)" + (count == 0 ? ", which matches nobody" : "")
    }
    let words = [
      membership.map { "\(counted($0.names.count + $0.uids.count, "member")) in \(counted($0.groups, "group"))" },
      groupFilter.map { "members by the server's own filter \($0)" },
      excluded, disabled,
      exclusions.isEmpty ? nil : "\(counted(exclusions.lines.count, "entry", "entries")) listed as excluded",
    ]
    return words.compactMap(\.self).joined(separator: "; ")
  }
}
