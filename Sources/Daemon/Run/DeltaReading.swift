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
    for hint in Set(hints) {
      try await noteAbsence(of: hint, from: Set(Kind.allCases).subtracting(try await take(hint)), ledger)
    }
  }

  /// Leaves an entry alone whose id another one has too: the one that the ledger knows is still there under its name. A complete read
  /// tells of both.
  fileprivate mutating func leaveTwins(among owned: [Owned]) async throws {
    for object in owned {
      guard let dn = reading.name(of: object.entry, as: object.key.kind), foldedDN(dn) != foldedDN(object.dn),
        let known = try await desk.read(object.dn, for: []), desk.identity.id(of: known) == object.entry.text
      else { continue }
      remainder = remainder ?? "\(dn) and \(object.dn) have the same \(desk.identity.name)"
      for kind in Kind.allCases { reading.withdraw(object.entry, as: kind) }
    }
  }

  /// As what the sources show the entry, be it under another name than the hint's: an entry may have left those for the one and
  /// stay in those for the other.
  private mutating func take(_ hint: Hint) async throws -> Set<Kind> {
    let seen = hint.isGone ? [] : try await read(hint.dn, hint.id)
    guard seen.isEmpty, let id = hint.id,
      let dn = try await desk.connection.name(ofID: id, desk.identity, below: setup.bases), hint.isGone || dn != hint.dn
    else { return seen }
    return try await read(dn, id)
  }

  private mutating func read(_ dn: String, _ id: String?) async throws -> Set<Kind> {
    var seen: Set<Kind> = []
    for (index, source) in setup.sources.enumerated() where source.covers(dn) {
      // The filter first: most entries that a group could bring in are out by that.
      guard var entry = try await desk.read(dn, for: [source], filter: source.filter) else { continue }
      if !source.isWhole {
        let sieve = try await sieve(index)
        guard let member = try await desk.read(dn, for: [source], with: sieve.attributes, filter: sieve.filter),
          sieve.verdict(on: member, desk.identity.id(of: member)) == .taken
        else { continue }
        entry = member
      }
      let found = desk.identity.id(of: entry)
      reading.take(
        entry, found, from: source, desk.identity, now, isOff: try await desk.isOff(dn, by: source.disabledFilter))
      // Somebody else may have the name by now.
      if id == nil || found == id { seen.insert(source.kind) }
    }
    return seen
  }

  private mutating func sieve(_ index: Int) async throws -> Sieve {
    if let sieve = sieves[index] { return sieve }
    let sieve = try await Sieve(
      setup.sources[index], try ExclusionList(of: setup.sources[index].selection), among: setup.sources,
      at: desk.connection, pageSize: desk.pageSize)
    sieves[index] = sieve
    return sieve
  }

  /// Nothing follows from it here but that a complete read must count it, if the entry has anything of a kind as which it wasn't
  /// seen.
  private mutating func noteAbsence(of hint: Hint, from kinds: Set<Kind>, _ ledger: Ledger) async throws(LedgerError) {
    if kinds.isEmpty { return }
    if let id = hint.id {
      let owned = try await ledger.memory(of: [EntryID(id)], []).owned
      if !owned.contains(where: { kinds.contains($0.key.kind) }) { return }
    } else if kinds.count < Kind.allCases.count {
      return
    }
    remainder =
      "\(hint.dn.isEmpty ? hint.id ?? "an entry" : hint.dn) isn't in any source of its \(kinds.map(\.rawValue).sorted().joined(separator: " or ")) any more"
  }
}

extension Delta {
  /// What follows from the hints.
  init(_ hints: [Hint], _ desk: Desk, _ setup: Setup, _ ledger: Ledger, _ rules: Rules, at now: Seconds) async throws {
    var pass = try await DeltaReading(of: hints, from: desk, setup, ledger, at: now)
    let memory = try await Delta.memory(of: pass.reading, ledger, at: now)
    try await pass.leaveTwins(among: memory.owned)
    self = Delta(pass.reading, remembering: memory, by: rules, at: now)
    if let first = pass.remainder { leave(first) }
  }

  /// What follows from entries that were read, and what the ledger remembers of them.
  static func of(
    _ reading: Reading, _ ledger: Ledger, _ rules: Rules, at now: Seconds
  ) async throws(LedgerError) -> (delta: Delta, memory: Memory) {
    let memory = try await memory(of: reading, ledger, at: now)
    return (Delta(reading, remembering: memory, by: rules, at: now), memory)
  }

  private static func memory(of reading: Reading, _ ledger: Ledger, at now: Seconds) async throws(LedgerError) -> Memory
  {
    try await ledger.memory(of: reading.entries, Set(reading.wanted.map(\.item.key)), at: now)
  }
}
