package import Directory
package import Domain
package import LDAP
import Ledger
import Platform

/// How many entries of a held set the directory still shows when they are looked up by their immutable IDs, outside all
/// sources. A deleted entry isn't found; an entry that a wrong filter leaves out is.
package struct IDLookup: Hashable, Sendable {
  /// How many were looked for.
  let asked: Int
  let found: Int

  /// Looking for more would take too long.
  private static let most = 200
  private static let time = Duration.seconds(5)

  package init(asked: Int, found: Int) {
    self.asked = asked
    self.found = found
  }

  /// Looks for the first of these entries, two hundred of them and five seconds long at most.
  ///
  /// - Parameter uri: the server that was read last.
  /// - Throws: `ConfigurationError` for a secret that can't be read, `LDAPError`.
  package init(of entries: [EntryID], _ setup: CompiledConfiguration, at uri: String?) async throws {
    let lookup = try await EntryLookup(setup, at: uri)
    let deadline = ContinuousClock.now + Self.time
    var (asked, found) = (0, 0)
    for entry in entries.prefix(Self.most) where ContinuousClock.now < deadline {
      asked += 1
      if try await lookup.name(of: entry, setup) != nil { found += 1 }
    }
    self.init(asked: asked, found: found)
  }

  /// - Parameter count: how many the set has.
  package func text(of count: Int) -> String {
    let share = asked < count ? "\(found) of the first \(asked)" : "\(found) of \(asked)"
    return "\(share) can still be read in the directory by their ID"
  }
}

extension EntryLookup {
  /// Where an entry is now, in a source or out of all; nil where it isn't seen.
  package func name(of entry: EntryID, _ setup: CompiledConfiguration) async throws(LDAPError) -> String? {
    let contexts = try await connection.rootDSE().namingContexts
    return try await connection.name(ofID: entry.text, identity, below: contexts.isEmpty ? setup.bases : contexts)
  }
}

extension SyncRun {
  /// The same for each set of removals that is new: what the directory shows of the others was noted. A directory that can't
  /// be asked is no reason for a run to fail.
  func lookups(_ held: [HeldSet], _ ledger: Ledger?, _ setup: CompiledConfiguration, at uri: String?) async -> [String:
    IDLookup]
  {
    var lookups: [String: IDLookup] = [:]
    for set in held where set.action == .removal {
      if let known = try? await ledger?.hold(named: set.name), known.endedAt == nil, let noted = known.lookup {
        lookups[set.name] = IDLookup(asked: noted.asked, found: noted.found)
      } else {
        lookups[set.name] = try? await IDLookup(of: set.objects.map(\.entry), setup, at: uri)
      }
    }
    return lookups
  }
}
