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

  /// Reads the ledger, then the directory, and compares. A failed read gives an outlook too, for its certificate's sake.
  ///
  /// - Parameters:
  ///   - surveying: whether the pass also looks for what a run doesn't need to know.
  ///   - imprint: with which there was nothing to do. Where the directory is as it was, nothing is compared; where it nearly
  ///     is, what is different alone.
  /// - Throws: `ConfigurationError` for a secret that can't be read, `LedgerError`.
  init(
    _ setup: CompiledConfiguration, _ ledger: Ledger?, _ rules: Policy, _ log: RunLog, runsLintChecks: Bool = false,
    after digests: DigestTable? = nil
  ) async throws {
    let server = try setup.server()
    let exclusions = try setup.sources.map { try ExclusionList(of: $0.selection) }
    let now = ledger?.now() ?? setup.clock.wall
    var baseline = ReadBaseline()
    (baseline.reachedMarker, baseline.earlierMarker) = (setup.reachedMarker, setup.earlierMarker)
    if let ledger {
      standing = try await LedgerVersion(of: ledger)
      baseline.lastComplete = try await ledger.lastReads().complete
      baseline.markers = try await ledger.markers() + [setup.earlierMarker]
      baseline.acceptedFalls = try await ledger.acceptedDrops()
      baseline.owned = try await ledger.counts()
      baseline.entries = { kind in try? await ledger.entries(of: kind) }
      baseline.knownServers = try await ledger.knownServers()
    } else {
      standing = nil
    }
    var found: (delta: IncrementalPlan, state: LedgerState)?
    var pass = await DirectoryRead.read(
      setup, server, exclusions, after: baseline, at: now, runsLintChecks: runsLintChecks, unlike: digests, log: log
    ) { reading in
      // Where contacts share numbers, or users are left out, one entry's change may be another's gain.
      guard let ledger, rules.phonebook.allSatisfy({ $0 == PhonebookPolicy() }) else { return false }
      // A ledger that can't be read is asked again for all of it, and that is an error.
      found = try? await IncrementalPlan.plan(reading, ledger, rules, at: now)
      return found.map { $0.delta.remainder == nil } ?? false
    }
    if pass.digestMatch == nil {
      state = try await ledger?.state(at: now) ?? LedgerState()
      pass.reading.decide(by: state)
      plan = pass.failure == nil ? Reconcile.plan(for: pass.reading, remembering: state, by: rules, at: now) : Plan()
    } else {
      state = found?.state ?? LedgerState()
      pass.reading.decide(by: state)
      var plan = found?.delta.plan ?? Plan()
      let seen = Set(plan.updates.compactMap { if case .absence(let key, _) = $0 { key } else { nil } })
      plan.pendingRemovals = try await ledger?.absent().filter { !seen.contains($0.key) } ?? []
      self.plan = plan
    }
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
