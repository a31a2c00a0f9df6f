import Domain
import LDAP
import Ledger
import Reconcile

/// The entries that the directory said have changed, each read by itself: the cost is that of the change, whatever the
/// size of the directory.
struct DeltaReading: Sendable {
  private(set) var reading = Reading()
  /// Why a complete read must follow, as a clause; nil where the entries alone tell all.
  private(set) var remainder: String?

  private let desk: Desk
  private let setup: Setup
  private let now: Seconds
  private let exclusions: [ExclusionList]
  /// Those of the sources that were needed so far: groups may be large.
  private var sieves: [Int: Sieve] = [:]

  /// Reads each entry through every source that its name lies in. An entry that isn't there is looked for by its id: what is
  /// believed is a read, not a hint.
  ///
  /// - Throws: `LDAPError`, `LedgerError`, `ConfigurationError` for a list of exclusions that can't be read.
  init(of hints: [Hint], from desk: Desk, _ setup: Setup, _ ledger: Ledger, at now: Seconds) async throws {
    self.desk = desk
    self.setup = setup
    self.now = now
    exclusions = try setup.sources.map { try ExclusionList(of: $0.selection) }
    for hint in Set(hints) where try await !take(hint) { try await noteAbsence(of: hint, ledger) }
  }

  /// Whether a source shows the entry, be it under another name than the hint's.
  private mutating func take(_ hint: Hint) async throws(LDAPError) -> Bool {
    if !hint.isGone, try await read(hint.dn, hint.id) { return true }
    guard let id = hint.id, let dn = try await desk.connection.name(ofID: id, desk.identity, below: setup.bases),
      dn != hint.dn
    else { return false }
    return try await read(dn, id)
  }

  private mutating func read(_ dn: String, _ id: String?) async throws(LDAPError) -> Bool {
    var isSeen = false
    for (index, source) in setup.sources.enumerated() where source.covers(dn) {
      // The filter first: most entries that a group could bring in are out by that.
      guard var entry = try await desk.read(dn, for: [source], filter: source.filter) else { continue }
      if !source.isWhole {
        let sieve = try await sieve(index)
        guard let seen = try await desk.read(dn, for: [source], with: sieve.attributes, filter: sieve.filter),
          sieve.verdict(on: seen, desk.identity.id(of: seen)) == .taken
        else { continue }
        entry = seen
      }
      let found = desk.identity.id(of: entry)
      reading.take(entry, found, from: source, desk.identity, now)
      // Somebody else may have the name by now.
      if id == nil || found == id { isSeen = true }
    }
    return isSeen
  }

  private mutating func sieve(_ index: Int) async throws(LDAPError) -> Sieve {
    if let sieve = sieves[index] { return sieve }
    let sieve = try await Sieve(
      setup.sources[index], exclusions[index], among: setup.sources, at: desk.connection, pageSize: desk.pageSize)
    sieves[index] = sieve
    return sieve
  }

  /// Nothing follows from it here but that a complete read must count it, if the entry has anything.
  private mutating func noteAbsence(of hint: Hint, _ ledger: Ledger) async throws(LedgerError) {
    if let id = hint.id, try await ledger.memory(of: [EntryID(id)], []).owned.isEmpty { return }
    remainder = "\(hint.dn.isEmpty ? hint.id ?? "an entry" : hint.dn) isn't in any source any more"
  }
}

extension Delta {
  /// What follows from the hints.
  init(_ hints: [Hint], _ desk: Desk, _ setup: Setup, _ ledger: Ledger, _ rules: Rules, at now: Seconds) async throws {
    let pass = try await DeltaReading(of: hints, from: desk, setup, ledger, at: now)
    self = try await Delta.of(pass.reading, ledger, rules, at: now).delta
    if let first = pass.remainder { leave(first) }
  }

  /// What follows from entries that were read, and what the ledger remembers of them.
  static func of(
    _ reading: Reading, _ ledger: Ledger, _ rules: Rules, at now: Seconds
  ) async throws(LedgerError) -> (delta: Delta, memory: Memory) {
    let memory = try await ledger.memory(of: reading.entries, Set(reading.wanted.map(\.item.key)), at: now)
    return (Delta(reading, remembering: memory, by: rules, at: now), memory)
  }
}
