package import Directory
package import Domain
package import LDAP
import Ledger
import Platform

/// How many entries of a held set the directory still has, looked up by their immutable IDs outside all sources. A deleted entry isn't
/// found; an entry that a wrong filter excludes is.
package struct IDLookup: Hashable, Sendable {
  /// How many entries were looked up.
  let asked: Int
  let found: Int
  /// Why the sources don't select the first entry that was found, as a clause; empty if that is unknown, or if one does.
  package private(set) var unselected = ""
  /// The DN of each entry that was found; nil for one that wasn't. Without entries that weren't looked for.
  package private(set) var names: [EntryID: String?] = [:]

  /// More lookups would take too long.
  private static let maxCount = 200
  private static let time = Duration.seconds(5)

  package init(asked: Int, found: Int, unselected: String = "") {
    self.asked = asked
    self.found = found
    self.unselected = unselected
  }

  /// Looks up the first of these entries: 200 at most, for 5 s at most.
  ///
  /// - Parameters:
  ///   - kind: the kind of their objects.
  ///   - uri: the server that was read last.
  /// - Throws: `ConfigurationError` for a secret that can't be read, `LDAPError`.
  package init(of entries: [EntryID], as kind: ObjectKind, _ setup: CompiledConfiguration, at uri: String?) async throws
  {
    let lookup = try await EntryLookup(setup, at: uri)
    let deadline = ContinuousClock.now + Self.time
    var names: [EntryID: String?] = [:]
    for entry in entries.prefix(Self.maxCount) where ContinuousClock.now < deadline {
      names[entry] = .some(try await lookup.name(of: entry, setup))
    }
    self.init(asked: names.count, found: names.values.count { $0 != nil })
    self.names = names
    let first = entries.lazy.compactMap { entry in (names[entry] ?? nil).map { (entry, $0) } }.first
    if let (entry, dn) = first, ContinuousClock.now < deadline {
      unselected = (try? await lookup.unselectedText(of: entry, dn, as: kind)) ?? ""
    }
  }

  /// A lookup as it was stored.
  init(_ stored: HeldSetRecord.Lookup) {
    self.init(asked: stored.asked, found: stored.found, unselected: stored.unselected)
  }

  /// Whether each of so many entries was looked for.
  package func isComplete(_ count: Int) -> Bool { asked == count }
  package var foundAll: Bool { asked > 0 && found == asked }

  /// The result as a clause.
  ///
  /// - Parameters:
  ///   - count: the number of entries of the held set.
  ///   - time: when they were looked up; nil for now.
  package func text(of count: Int, at time: Timestamp? = nil) -> String {
    let share = asked < count ? "\(found) of the first \(asked)" : "\(found) of \(asked)"
    return "\(share) can still be read in the directory by their ID" + (time.map { ", at \(localTime($0))" } ?? "")
      + (unselected.isEmpty ? "" : ", such as \(unselected)")
  }
}

extension EntryLookup {
  /// Why no source of a kind selects an entry that is there, after its DN; empty if one does.
  fileprivate func unselectedText(of entry: EntryID, _ dn: String, as kind: ObjectKind) async throws -> String {
    guard let shown = try await read(dn, for: sources) else { return "" }
    var texts: [String] = []
    for source in sources where source.kind == kind {
      guard let mismatch = try await reason(source, leavesOut: shown, entry) else { return "" }
      if mismatch != .base { texts.append(mismatch.clause(source)) }
    }
    return "\(shown.dn): \(texts.isEmpty ? "it is in the base of no source" : texts.joined(separator: ", and "))"
  }

  /// The present DN of an entry, in a source or outside all; nil if it isn't found.
  package func name(of entry: EntryID, _ setup: CompiledConfiguration) async throws(LDAPError) -> String? {
    let contexts = try await connection.rootDSE().namingContexts
    return try await connection.name(ofID: entry.text, identity, below: contexts.isEmpty ? setup.bases : contexts)
  }
}

extension SyncRun {
  /// The lookups of all held sets of removals: for a known set as stored, for a new set from the directory. If the directory can't be
  /// read, the run goes on without.
  func lookups(_ held: [HeldSet], _ ledger: Ledger?, _ setup: CompiledConfiguration, at uri: String?) async -> [String:
    IDLookup]
  {
    var lookups: [String: IDLookup] = [:]
    for set in held where set.action == .removal {
      if let known = try? await ledger?.hold(named: set.name), known.endedAt == nil, let noted = known.lookup {
        lookups[set.name] = IDLookup(noted)
      } else {
        lookups[set.name] = try? await IDLookup(of: set.objects.map(\.entry), as: set.kind, setup, at: uri)
      }
    }
    return lookups
  }
}
