package import Domain
package import LDAP
package import Ledger
package import Reconcile

/// The entries that the directory said have changed, each read by itself: the cost is that of the change, whatever the
/// size of the directory.
struct IncrementalReader: Sendable {
  private(set) var reading = ReadResult()
  /// Why a complete read must follow, as a clause; nil where the entries alone tell all.
  private(set) var remainder: String?

  private let lookup: EntryLookup
  private let setup: CompiledConfiguration
  private let now: Timestamp
  /// Those of the sources that were needed so far: groups may be large.
  private var selectors: [Int: EntrySelector] = [:]

  /// Reads each entry through every source that its name lies in. An entry that isn't there is looked for by its id: what is
  /// believed is a read, not a hint.
  ///
  /// - Throws: `LDAPError`, `LedgerError`, `ConfigurationError` for a list of exclusions that can't be read.
  init(
    of notifications: [ChangeNotification], from lookup: EntryLookup, _ setup: CompiledConfiguration, _ ledger: Ledger,
    at now: Timestamp
  ) async throws {
    self.lookup = lookup
    self.setup = setup
    self.now = now
    for notification in Set(notifications) {
      try await recordAbsence(
        of: notification, from: Set(ObjectKind.allCases).subtracting(try await handle(notification)), ledger)
    }
  }

  /// Leaves an entry alone whose id another one has too: the one that the ledger knows is still there under its name. A complete read
  /// tells of both.
  fileprivate mutating func requireUniqueIDs(among owned: [ManagedObject]) async throws {
    for object in owned {
      guard let dn = reading.name(of: object.entry, as: object.key.kind), DN(dn) != DN(object.dn),
        let known = try await lookup.read(object.dn, for: []), lookup.identity.id(of: known) == object.entry.text
      else { continue }
      remainder = remainder ?? "\(dn) and \(object.dn) have the same \(lookup.identity.name)"
      for kind in ObjectKind.allCases { reading.withdraw(object.entry, as: kind) }
    }
  }

  /// As what the sources show the entry, be it under another name than the hint's: an entry may have left those for the one and
  /// stay in those for the other.
  private mutating func handle(_ notification: ChangeNotification) async throws -> Set<ObjectKind> {
    let seen = notification.isGone ? [] : try await read(notification.dn, notification.id)
    guard seen.isEmpty, let id = notification.id,
      let dn = try await lookup.connection.name(ofID: id, lookup.identity, below: setup.bases),
      notification.isGone || dn != notification.dn
    else { return seen }
    return try await read(dn, id)
  }

  private mutating func read(_ dn: String, _ id: String?) async throws -> Set<ObjectKind> {
    var seen: Set<ObjectKind> = []
    for (index, source) in setup.sources.enumerated() where source.covers(DN(dn)) {
      // The filter first: most entries that a group could bring in are out by that.
      guard var entry = try await lookup.read(dn, for: [source], filter: source.filter) else { continue }
      if !source.selectsAllEntries {
        let selector = try await selector(index)
        guard let member = try await lookup.read(dn, for: [source], with: selector.attributes, filter: selector.filter),
          selector.verdict(on: member, lookup.identity.id(of: member)) == .taken
        else { continue }
        entry = member
      }
      let found = lookup.identity.id(of: entry)
      reading.add(
        entry, found, from: source, lookup.identity, now, isOff: try await lookup.isOff(dn, by: source.disabledFilter))
      // Somebody else may have the name by now.
      if id == nil || found == id { seen.insert(source.kind) }
    }
    return seen
  }

  private mutating func selector(_ index: Int) async throws -> EntrySelector {
    if let selector = selectors[index] { return selector }
    let selector = try await EntrySelector(
      setup.sources[index], try ExclusionList(of: setup.sources[index].selection), among: setup.sources,
      at: lookup.connection, pageSize: lookup.pageSize)
    selectors[index] = selector
    return selector
  }

  /// Nothing follows from it here but that a complete read must count it, if the entry has anything of a kind as which it wasn't
  /// seen.
  private mutating func recordAbsence(
    of notification: ChangeNotification, from kinds: Set<ObjectKind>, _ ledger: Ledger
  ) async throws(LedgerError) {
    if kinds.isEmpty { return }
    if let id = notification.id {
      let owned = try await ledger.state(of: [EntryID(id)], []).objects
      if !owned.contains(where: { kinds.contains($0.key.kind) }) { return }
    } else if kinds.count < ObjectKind.allCases.count {
      return
    }
    remainder =
      "\(notification.dn.isEmpty ? notification.id ?? "an entry" : notification.dn) isn't in any source of its \(kinds.map(\.rawValue).sorted().joined(separator: " or ")) any more"
  }
}

extension IncrementalPlan {
  /// What follows from the hints.
  package init(
    _ notifications: [ChangeNotification], _ lookup: EntryLookup, _ setup: CompiledConfiguration, _ ledger: Ledger,
    _ rules: Policy, at now: Timestamp
  ) async throws {
    var pass = try await IncrementalReader(of: notifications, from: lookup, setup, ledger, at: now)
    let state = try await IncrementalPlan.state(of: pass.reading, ledger, at: now)
    try await pass.requireUniqueIDs(among: state.objects)
    self = IncrementalPlan(pass.reading, remembering: state, by: rules, at: now)
    if let first = pass.remainder { requireCompleteRead(because: first) }
  }

  /// What follows from entries that were read, and what the ledger remembers of them.
  package static func plan(
    _ reading: ReadResult, _ ledger: Ledger, _ rules: Policy, at now: Timestamp
  ) async throws(LedgerError) -> (delta: IncrementalPlan, state: LedgerState) {
    let state = try await state(of: reading, ledger, at: now)
    return (IncrementalPlan(reading, remembering: state, by: rules, at: now), state)
  }

  private static func state(of reading: ReadResult, _ ledger: Ledger, at now: Timestamp) async throws(LedgerError)
    -> LedgerState
  {
    try await ledger.state(of: reading.entries, Set(reading.wanted.map(\.item.key)), at: now)
  }
}
