import Configuration
package import Directory
package import Domain
package import Journal
package import LDAP
package import Ledger
import Platform
import Reconcile

/// The plan of a run that would start now, with its inputs: a read of the directory into a private copy of the ledger.
package struct RunPreview: Sendable {
  /// The copy, or an empty ledger before the first run.
  package let ledger: Ledger
  package let state: LedgerState
  /// The read; with all entries, also if it failed: then as they were stored before.
  package let read: DirectoryRead
  package let plan: Plan
  /// Of a preview of one entry: what is left to a complete read and isn't reported otherwise, as a clause.
  package let remainder: String?
  /// Whether it is of one entry and its neighbourhood.
  package let isOfEntry: Bool

  /// The pending removals, those that are due included, with the number of complete reads without them so far; the preview's own read
  /// doesn't count.
  package var pendingRemovals: [ManagedObject] {
    let reads = Dictionary(
      state.objects.compactMap { object in object.absence.map { (object.key, $0.reads) } },
      uniquingKeysWith: { first, _ in first })
    let due = Set((plan.changes + plan.frozen).filter { $0.call.action == .delete }.map(\.call.key))
    return state.managed.filter { due.contains($0.key) && $0.absence != nil }
      + plan.pendingRemovals.map { object in
        var object = object
        let known = reads[object.key] ?? 0
        object.absence?.reads = known
        return object
      }
  }

  /// Reads the directory and plans for all entries, as an admin's run does. If the read fails there is no plan.
  ///
  /// - Parameters:
  ///   - purpose: the additional checks of the read.
  ///   - usesLedger: whether it begins with a copy of the ledger or with an empty ledger.
  /// - Throws: `ConfigurationError` for a secret that can't be read, `LedgerError`.
  package init(
    _ setup: CompiledConfiguration, log: Log, for purpose: DirectoryRead.Purpose = .run, usesLedger: Bool = true
  ) async throws {
    let path = StateFolder.ledgerFile(setup.configuration.state.directory)
    ledger = try Ledger(privateCopyOf: usesLedger && Ledger.exists(at: path) ? path : nil, clock: setup.clock)
    let now = ledger.now()
    let before = try await ledger.state(at: now)
    var read = try await DirectoryRead(
      setup, into: ledger, after: ReadBaseline(of: ledger, setup), at: now, for: purpose, log: RunLog(log: log))
    var found = try await ledger.neighbourhood(of: .known(leaving: []), linksUsers: true, at: now) ?? Neighbourhood()
    found.state = before
    let all = try await AffectedPart(
      found, of: ledger, setup.sources, with: read.reading, identity: setup.identityName, at: now)
    (read.reading, state) = (all.reading, all.state)
    read.reading.problems = try await ledger.problems() + read.reading.problems
    read.reading.decide(by: state)
    plan =
      read.failure == nil
      ? Reconcile.plan(for: read.reading, remembering: state, by: setup.policy(backsOff: false), at: now) : Plan()
    self.read = read
    (remainder, isOfEntry) = (nil, false)
  }

  /// A preview of one entry.
  init(ledger: Ledger, state: LedgerState, read: DirectoryRead, plan: Plan, remainder: String?) {
    (self.ledger, self.state, self.read, self.plan, self.remainder) = (ledger, state, read, plan, remainder)
    isOfEntry = true
  }

  /// Returns the preview itself.
  ///
  /// - Throws: the error with which the read failed.
  package func throwingFailure() throws(LDAPError) -> RunPreview {
    if let failure = read.failure { throw failure }
    return self
  }
}

/// Identifies a ledger and its generation. A plan is valid only for the version from which it was made.
package struct LedgerVersion: Hashable, Sendable {
  package let ledger: String
  package let generation: Int64

  /// The generation first: a change in between makes a plan look too old, never too new.
  package init(of ledger: Ledger) async throws(LedgerError) {
    generation = try await ledger.generation()
    self.ledger = try await ledger.name()
  }

  package init(ledger: String, generation: Int64) {
    self.ledger = ledger
    self.generation = generation
  }
}
