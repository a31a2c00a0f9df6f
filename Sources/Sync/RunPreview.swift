import Configuration
package import Directory
package import Domain
package import Journal
package import LDAP
package import Ledger
import Platform
import Reconcile

/// What a run would do now, and all that it was concluded from: the ledger's memory and one pass over the directory.
package struct RunPreview: Sendable {
  /// The ledger's place in its history when it was asked; nil where there is no ledger yet.
  let standing: LedgerVersion?
  package let state: LedgerState
  package let pass: DirectoryRead
  package let plan: Plan

  /// The objects that wait for their removal, with the complete reads that have missed them so far: a look that isn't a run is none.
  package var pendingRemovals: [ManagedObject] {
    let reads = Dictionary(
      state.objects.compactMap { object in object.absence.map { (object.key, $0.reads) } },
      uniquingKeysWith: { first, _ in first })
    return plan.pendingRemovals.map { object in
      var object = object
      let known = reads[object.key] ?? 0
      object.absence?.reads = known
      return object
    }
  }

  /// What can't become what the configuration asks for.
  package let problems: [MappingProblem]

  /// Reads the directory and compares all of it with the ledger, which is left as it is. A failed read gives a preview too, for its
  /// certificate's sake.
  ///
  /// - Parameter runsLintChecks: whether the read also looks for what a run doesn't need to know.
  /// - Throws: `ConfigurationError` for a secret that can't be read, `LedgerError`.
  init(
    _ setup: CompiledConfiguration, _ ledger: Ledger?, _ rules: Policy, _ log: RunLog, runsLintChecks: Bool = false
  ) async throws {
    let now = ledger?.now() ?? setup.clock.wall
    standing = if let ledger { try await LedgerVersion(of: ledger) } else { nil }
    var pass = try await DirectoryRead(setup, ledger, at: now, runsLintChecks: runsLintChecks, log: log)
    state = try await ledger?.state(at: now) ?? LedgerState()
    pass.reading.decide(by: state)
    problems = pass.reading.problems
    plan = pass.failure == nil ? Reconcile.plan(for: pass.reading, remembering: state, by: rules, at: now) : Plan()
    self.pass = pass
  }

  /// The same for an admin, who waits for no next try.
  package init(_ setup: CompiledConfiguration, _ ledger: Ledger?, log: Log, runsLintChecks: Bool = false) async throws {
    try await self.init(setup, ledger, setup.rules(backsOff: false), RunLog(log: log), runsLintChecks: runsLintChecks)
  }

  /// Itself, where the read came to its end.
  package func throwingFailure() throws(LDAPError) -> RunPreview {
    if let failure = pass.failure { throw failure }
    return self
  }
}

/// Which ledger, and how many changes it has seen: a plan made at another standing is of another world.
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

extension DirectoryRead {
  /// Whether it saw all that there is.
  var isComplete: Bool { failure == nil && record.incomplete == nil }

  /// Reads all sources, by what the ledger knows of earlier reads.
  ///
  /// - Parameter target: where the entries go; nil to have them in `reading`.
  init(
    _ setup: CompiledConfiguration, _ ledger: Ledger?, at now: Timestamp, runsLintChecks: Bool = false,
    into target: Ledger? = nil, log: RunLog
  ) async throws {
    let server = try setup.server()
    let exclusions = try setup.sources.map { try ExclusionList(of: $0.selection) }
    var baseline = ReadBaseline()
    (baseline.reachedMarker, baseline.earlierMarker) = (setup.reachedMarker, setup.earlierMarker)
    if let ledger {
      baseline.lastComplete = try await ledger.lastReads().complete
      baseline.markers = try await ledger.markers() + [setup.earlierMarker]
      baseline.acceptedFalls = try await ledger.acceptedDrops()
      baseline.owned = try await ledger.counts()
      baseline.entries = { kind in try? await ledger.entries(of: kind) }
      baseline.knownServers = try await ledger.knownServers()
    }
    self = try await .read(
      setup, server, exclusions, after: baseline, at: now, runsLintChecks: runsLintChecks, into: target, log: log)
  }
}
