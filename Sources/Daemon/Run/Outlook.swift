import Configuration
import Domain
import Journal
import LDAP
import Ledger
import Platform
import Reconcile

/// What a run would do now, and all that it was concluded from: the ledger's memory and one pass over the directory.
struct Outlook: Sendable {
  /// The ledger's place in its history when it was asked; nil where there is no ledger yet.
  let standing: Standing?
  let memory: Memory
  let pass: DirectoryReading
  let plan: Plan

  /// Reads the ledger, then the directory, and compares. A failed read gives an outlook too, for its certificate's sake.
  ///
  /// - Parameters:
  ///   - surveying: whether the pass also looks for what a run doesn't need to know.
  ///   - imprint: with which there was nothing to do. Where the directory is as it was, nothing is compared; where it nearly
  ///     is, what is different alone.
  /// - Throws: `ConfigurationError` for a secret that can't be read, `LedgerError`.
  init(
    _ setup: Setup, _ ledger: Ledger?, _ rules: Rules, _ log: RunLog, surveying: Bool = false,
    after imprint: Imprint? = nil
  ) async throws {
    let server = try setup.server()
    let exclusions = try setup.sources.map { try ExclusionList(of: $0.selection) }
    let now = ledger?.now() ?? setup.clock.wall
    var precedent = Precedent()
    (precedent.reachedMarker, precedent.earlierMarker) = (setup.reachedMarker, setup.earlierMarker)
    if let ledger {
      standing = try await Standing(of: ledger)
      precedent.lastComplete = try await ledger.lastReads().complete
      precedent.markers = try await ledger.markers() + [setup.earlierMarker]
      precedent.acceptedFalls = try await ledger.acceptedFalls()
      precedent.owned = try await ledger.counts()
      precedent.entries = { kind in try? await ledger.entries(of: kind) }
      precedent.knownServers = try await ledger.knownServers()
    } else {
      standing = nil
    }
    var found: (delta: Delta, memory: Memory)?
    var pass = await DirectoryReading.read(
      setup, server, exclusions, after: precedent, at: now, surveying: surveying, unlike: imprint, log: log
    ) { reading in
      // Where contacts share numbers, or users are left out, one entry's change may be another's gain.
      guard let ledger, rules.phonebook.allSatisfy({ $0 == PhonebookRule() }) else { return false }
      // A ledger that can't be read is asked again for all of it, and that is an error.
      found = try? await Delta.of(reading, ledger, rules, at: now)
      return found.map { $0.delta.remainder == nil } ?? false
    }
    if pass.likeness == nil {
      memory = try await ledger?.memory(at: now) ?? Memory()
      pass.reading.decide(by: memory)
      plan = pass.failure == nil ? Reconcile.plan(for: pass.reading, remembering: memory, by: rules, at: now) : Plan()
    } else {
      memory = found?.memory ?? Memory()
      pass.reading.decide(by: memory)
      var plan = found?.delta.plan ?? Plan()
      let seen = Set(plan.notes.compactMap { if case .absence(let key, _) = $0 { key } else { nil } })
      plan.waiting = try await ledger?.absent().filter { !seen.contains($0.key) } ?? []
      self.plan = plan
    }
    self.pass = pass
  }

  /// The same for an admin, who waits for no next try.
  init(_ setup: Setup, _ ledger: Ledger?, log: Log, surveying: Bool = false) async throws {
    try await self.init(setup, ledger, setup.rules(backsOff: false), RunLog(log: log), surveying: surveying)
  }

  /// Itself, where the read came to its end.
  func throwingFailure() throws(LDAPError) -> Outlook {
    if let failure = pass.failure { throw failure }
    return self
  }
}

/// Which ledger, and how many changes it has seen: a plan made at another standing is of another world.
struct Standing: Hashable, Sendable {
  let ledger: String
  let generation: Int64

  /// The generation first: a change in between makes a plan look too old, never too new.
  init(of ledger: Ledger) async throws(LedgerError) {
    generation = try await ledger.generation()
    self.ledger = try await ledger.name()
  }

  init(ledger: String, generation: Int64) {
    self.ledger = ledger
    self.generation = generation
  }
}
