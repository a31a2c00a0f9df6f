package import Domain
package import LDAP
package import Ledger

/// Reads and stores the changed entries of notifications. The cost depends only on the changes, not on the size of the directory.
package struct IncrementalReader: Sendable {
  /// The entries that were read.
  package private(set) var entries: Set<EntryID> = []
  /// Why a complete read must follow, as a clause; nil if the entries suffice.
  package private(set) var remainder: String?

  private let lookup: EntryLookup
  private let setup: CompiledConfiguration
  private let ledger: Ledger
  private let settings: [SourcePlace: UInt64]
  private let now: Timestamp
  private let read = Int64.random(in: 1...Int64.max)
  /// The selectors of the sources that were needed so far: groups may be large.
  private var selectors: [Int: EntrySelector] = [:]

  /// Reads each entry through every source that covers its DN, and looks for a missing entry by its ID: a read decides, not
  /// a notification.
  ///
  /// - Throws: `LDAPError`, `LedgerError`, `ConfigurationError` for a list of exclusions that can't be read.
  package init(
    of notifications: [ChangeNotification], from lookup: EntryLookup, _ setup: CompiledConfiguration, _ ledger: Ledger,
    at now: Timestamp
  ) async throws {
    self.lookup = lookup
    self.setup = setup
    self.ledger = ledger
    self.now = now
    settings = try await ledger.settings()
    for notification in Set(notifications) { try await handle(notification) }
  }

  /// Reads a changed entry through the sources, even if its DN is another than the notification's: it may have left some sources and still
  /// be in others.
  private mutating func handle(_ notification: ChangeNotification) async throws {
    var records = notification.isGone ? [] : try await records(of: notification.dn)
    // Another entry may have the DN by now.
    if let id = notification.id, !records.contains(where: { $0.mapped.entry.text == id }) {
      try await store(records)
      records = []
      let dn = try await lookup.connection.name(ofID: id, lookup.identity, below: setup.bases)
      if let dn, notification.isGone || dn != notification.dn { records = try await self.records(of: dn) }
    }
    try await store(records)
    if records.isEmpty, !notification.isGone, try await isContainer(notification.dn) {
      remainder = remainder ?? "the branch \(notification.dn) has changed, which may have moved the entries in it"
    }
    let entry = records.first?.mapped.entry ?? notification.id.map(EntryID.init)
    try await markAbsence(
      of: notification, entry, in: Set(records.map { SourcePlace($0.mapped.kind, $0.mapped.source) }))
  }

  /// Whether an entry is of a class that has others below it. A server notifies of a moved branch by its topmost entry only.
  private func isContainer(_ dn: String) async throws(LDAPError) -> Bool {
    let classes = try await lookup.connection.read(dn, attributes: ["objectClass"])?.values("objectClass") ?? []
    return classes.contains { Self.containerClasses.contains($0.text?.lowercased() ?? "") }
  }

  /// RFC 4519; and Active Directory's container.
  private static let containerClasses: Set = ["organizationalunit", "organization", "locality", "country", "container"]

  /// The mappings of the entry with this DN by the sources; none for an entry without an ID.
  private mutating func records(of dn: String) async throws -> [EntryRecord] {
    var records: [EntryRecord] = []
    for (index, source) in setup.sources.enumerated() where source.covers(DN(dn)) {
      // The filter first: it excludes most entries, without a look at the groups.
      guard var entry = try await lookup.read(dn, for: [source], filter: source.filter) else { continue }
      var decision = EntrySelector.Decision.selected
      if !source.selectsAllEntries {
        let selector = try await selector(index)
        guard let member = try await lookup.read(dn, for: [source], with: selector.attributes, filter: selector.filter)
        else { continue }
        decision = selector.decision(on: member, lookup.identity.id(of: member))
        entry = member
      }
      guard let id = lookup.identity.id(of: entry) else {
        remainder = remainder ?? "\(dn) shows no \(lookup.identity.name)"
        continue
      }
      let mapped = source.mapped(
        entry, EntryID(id), decision, isOff: try await lookup.isOff(dn, by: source.disabledFilter), at: now)
      records.append(
        source.record(
          entry, mapped, decision, source.fieldsWithValues(of: mapped, entry), digest: nil,
          settings: settings[source.place] ?? 0, at: now))
    }
    return records
  }

  private mutating func store(_ records: [EntryRecord]) async throws {
    guard let first = records.first?.mapped else { return }
    let rows = try await ledger.rows(of: first.entry)
    let former = rows.filter { DN($0.dn) != DN(first.dn) }
    for dn in Set(former.map(\.dn)) {
      // Another entry with the same ID is left alone, and so is this one: a complete read reports both.
      guard let known = try await lookup.read(dn, for: []), lookup.identity.id(of: known) == first.entry.text else {
        continue
      }
      remainder = remainder ?? "\(first.dn) and \(dn) have the same \(lookup.identity.name)"
      return
    }
    try await ledger.store(records, in: read)
    try await ledger.updateNames(removing: rows.filter { $0.dn != first.dn }, rereading: [], in: read)
    entries.insert(first.entry)
  }

  private mutating func selector(_ index: Int) async throws -> EntrySelector {
    if let selector = selectors[index] { return selector }
    let selector = try await EntrySelector(
      setup.sources[index], try ExclusionList(of: setup.sources[index].selection), among: setup.sources,
      at: lookup.connection, pageSize: lookup.pageSize)
    selectors[index] = selector
    return selector
  }

  /// Marks the entry as uncertain in the sources that no longer show it; only a complete read decides on it.
  private mutating func markAbsence(
    of notification: ChangeNotification, _ entry: EntryID?, in places: Set<SourcePlace>
  ) async throws(LedgerError) {
    let name = notification.dn.isEmpty ? notification.id ?? "an entry" : notification.dn
    guard let entry else {
      remainder = remainder ?? "\(name) isn't in any source"
      return
    }
    let left = try await ledger.places(of: entry).subtracting(places)
    if left.isEmpty { return }
    try await ledger.markUncertain(entry, in: left)
    let kinds = Set(left.map(\.kind.rawValue)).sorted().joined(separator: " or ")
    remainder = remainder ?? "\(name) is no longer in any source of its \(kinds)"
  }
}
