import Configuration
import Directory
import Domain
import LDAP
import Ledger
import Mapping
import Reconcile

/// The part of the ledger's state to plan: the neighbourhood of all entries that have changed or have open changes.
struct AffectedPart: Sendable {
  private(set) var reading: ReadResult
  private(set) var state: LedgerState

  /// - Parameters:
  ///   - sources: of the configuration in force.
  ///   - entries: those that changed; nil for all that is affected.
  ///   - identity: the attribute with the immutable id, for messages.
  ///   - read: what a read found beside the entries: whether it is complete, and what changed in the search settings.
  ///   - now: seconds since 1970.
  init(
    of ledger: Ledger, _ sources: [Source], _ policy: Policy, entries: Set<EntryID>? = nil,
    with read: ReadResult = ReadResult(), identity: String, at now: Timestamp
  ) async throws(LedgerError) {
    let linksUsers = policy.phonebook.contains(where: \.skipsUsers)
    var found = try await ledger.neighbourhood(of: entries, linksUsers: linksUsers, at: now)
    reading = read
    reading.add(found.entries, sources, identity, at: now)
    if reading.isComplete {
      let ranges = Set(reading.unnumbered.filter { !$0.isServed(by: found.state) }.flatMap(\.pool.ranges))
      if !ranges.isEmpty { try await ledger.addNumbers(in: Array(ranges), to: &found) }
    }
    reading.reserved += found.reserved
    state = found.state
    if var totals = state.totals, needsTotals(for: reading, remembering: state) {
      try await ledger.addTotals(to: &totals)
      state.totals = totals
    }
  }
}

extension ReadResult {
  /// Nothing is concluded from anybody's absence.
  static var ofFewEntries: ReadResult {
    var reading = ReadResult()
    reading.markIncomplete(because: "a few entries were read by themselves")
    return reading
  }

  /// Adds stored entries. An entry with a number from a pool is mapped again, from its stored attributes.
  fileprivate mutating func add(_ records: [EntryRecord], _ sources: [Source], _ identity: String, at now: Timestamp) {
    let sources = Dictionary(sources.map { ($0.place, $0) }) { first, _ in first }
    for record in records {
      var mapped = record.mapped
      if let attributes = record.attributes, let source = sources[SourcePlace(mapped.kind, mapped.source)] {
        mapped.unnumbered = source.unnumbered(attributes, mapped, at: now)
      }
      add(mapped, identity)
    }
  }
}
