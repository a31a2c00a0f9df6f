import Configuration
package import Directory
import Domain
package import Journal
package import LDAP
package import Ledger
import Reconcile

// Entries that are read and planned by themselves: those of a notification, and one that an admin names.

/// What follows from some entries, each read by itself into the ledger. Nothing is concluded from anybody's absence.
struct EntryPlan: Sendable {
  /// The entries of which something was read.
  let entries: Set<EntryID>
  /// Their neighbourhood.
  let part: AffectedPart
  let incremental: IncrementalPlan

  /// nil if nothing in the ledger depends on the entries.
  ///
  /// - Parameters:
  ///   - isAsked: whether an admin asks for the entries: then values that the PBX has refused are sent again.
  ///   - shown: entries whose objects are wanted too, although the directory no longer shows them.
  init?(
    of notifications: [ChangeNotification], from lookup: EntryLookup, _ setup: CompiledConfiguration, by policy: Policy,
    into ledger: Ledger, at now: Timestamp, isAsked: Bool, showing shown: Set<EntryID> = []
  ) async throws {
    let reader = try await IncrementalReader(of: notifications, from: lookup, setup, ledger, at: now)
    entries = reader.entries
    guard
      let found = try await ledger.neighbourhood(
        of: .entries(entries.union(shown)), linksUsers: policy.linksUsers, at: now)
    else { return nil }
    part = try await AffectedPart(
      found, of: ledger, setup.sources, with: .ofFewEntries, identity: setup.identityName, at: now)
    var policy = policy
    if isAsked { policy.retriedEntries = entries }
    var incremental = IncrementalPlan(of: entries, in: part.reading, remembering: part.state, by: policy, at: now)
    if let reason = reader.remainder { incremental.requireCompleteRead(because: reason) }
    self.incremental = incremental
  }
}

extension Plan {
  /// The conflicts and held sets of some entries, without those of the rest of the neighbourhood.
  func about(_ entries: Set<EntryID>) -> Plan {
    var own = Plan()
    own.updates = updates
    own.conflicts = conflicts.filter { entries.contains($0.wanted.entry) }
    own.alsoUsers = alsoUsers.filter { entries.contains($0.entry) }
    own.pendingRemovals = pendingRemovals.filter { entries.contains($0.entry) }
    own.unproven = unproven.filter { entries.contains($0.entry) }
    own.held = held.filter { set in (set.objects + set.dependents).contains { entries.contains($0.entry) } }
    own.freeze = freeze
    own.frozen = frozen.filter { entries.contains($0.entry) || $0.before.map { entries.contains($0.entry) } == true }
    own.rejected = rejected.filter { entries.contains($0.entry) }
    own.deferredLosses = deferredLosses.filter { entries.contains($0.entry) }
    if overflow?.wantedObjects.contains(where: { entries.contains($0.entry) }) == true { own.overflow = overflow }
    return own
  }
}

extension SyncRun {
  /// An admin's run over one entry.
  package static let entry = "sync"
}

extension RunPreview {
  /// What an admin's run over one entry would do now.
  ///
  /// - Throws: `RunError` if other entries aren't known as the configuration reads them; `LDAPError`, `LedgerError`.
  package init(
    of notification: ChangeNotification, from lookup: EntryLookup, _ setup: CompiledConfiguration, log: Log
  ) async throws {
    let ledger = try await StateFolder.ledgerCopy(setup)
    let now = ledger.now()
    let policy = SyncRun(setup, trigger: SyncRun.entry, log: log).policy
    let found = try await EntryPlan(
      of: [notification], from: lookup, setup, by: policy, into: ledger, at: now, isAsked: true,
      showing: Set([notification.id.map(EntryID.init)].compactMap(\.self)))
    var reading = found?.part.reading ?? .ofFewEntries
    let entries = found?.entries ?? []
    reading.problems += try await ledger.problems().filter { problem in
      problem.entry.map(entries.contains) == true
    }
    let state = found?.part.state ?? LedgerState()
    reading.decide(by: state)
    self.init(
      ledger: ledger, state: state, read: DirectoryRead(of: reading, on: lookup.connection.uri, at: now),
      plan: found?.incremental.neighbourhood ?? Plan(), remainder: found?.incremental.unexplainedRemainder)
  }
}

extension Ledger {
  /// Why a run over a few entries can't be made: what it compares them with isn't known. nil if it can.
  ///
  /// - Parameter setup: the configuration in force.
  package func reasonForCompleteRead(_ setup: CompiledConfiguration) throws(LedgerError) -> String? {
    if try lastReads().complete == nil { return "no read of the directory has been complete so far" }
    let policy = try settings()[.policy]
    return policy == setup.policyDigest ? nil : "the configuration has changed since the last complete read"
  }
}
