import Configuration
import Directory
import Domain
import LDAP
import Ledger
import Mapping
import Reconcile

/// A part of the ledger's state to plan: the neighbourhood of entries that have changed or have open changes.
struct AffectedPart: Sendable {
  private(set) var reading: ReadResult
  private(set) var state: LedgerState

  /// - Parameters:
  ///   - found: a neighbourhood without the totals of all entries.
  ///   - sources: the sources of the configuration in force.
  ///   - read: the read without its entries: whether it is complete, and the changes of the search settings.
  ///   - identity: the attribute with the immutable ID, for messages.
  ///   - now: seconds since 1970.
  init(
    _ found: Neighbourhood, of ledger: Ledger, _ sources: [Source], with read: ReadResult, identity: String,
    at now: Timestamp
  ) async throws(LedgerError) {
    var found = found
    reading = read
    reading.add(found.entries, sources, identity, at: now)
    if reading.isComplete {
      let ranges = Set(reading.unnumbered.filter { !$0.isServed(by: found.state) }.flatMap(\.pool.ranges))
      if !ranges.isEmpty { try await ledger.addNumbers(in: Array(ranges), to: &found) }
    }
    reading.reserved += found.reserved
    state = found.state
    state.addForms(ofForeignContactsIn: reading.wanted, sources.first?.dialPlans)
    if var totals = state.totals, needsTotals(for: reading, remembering: state) {
      try await ledger.addTotals(to: &totals)
      state.totals = totals
    }
  }
}

/// The parts to plan one after another, so that a first load of any size needs little memory.
///
/// The first part has all entries that the limits and the pools decide on together. Later parts only add objects of kinds without a
/// finished first load, to which no limit applies.
struct AffectedParts {
  private let ledger: Ledger
  private let sources: [Source]
  private let read: ReadResult
  private let identity: String
  private let now: Timestamp
  private let linksUsers: Bool
  /// How many entries a later part begins with.
  private let size: Int
  /// The scope of the next part; nil if there is none.
  private var scope: Neighbourhood.Scope?
  private let isInOnePart: Bool

  /// - Parameters: as for `AffectedPart`; `inOnePart` for a plan that is reviewed as a whole.
  init(
    of ledger: Ledger, _ sources: [Source], _ policy: Policy, with read: ReadResult, identity: String,
    at now: Timestamp, inOnePart isInOnePart: Bool = false,
    size: Int = 2000
  ) async throws(LedgerError) {
    (self.ledger, self.sources, self.read, self.identity, self.now) = (ledger, sources, read, identity, now)
    self.size = size
    linksUsers = policy.linksUsers
    var kinds = isInOnePart || linksUsers ? [] : Set(ObjectKind.allCases).subtracting(try await ledger.loadedKinds())
    // The phonebook's size limits all contacts together.
    if policy.maxContacts != nil { kinds.remove(.contact) }
    scope = .known(leaving: kinds)
    self.isInOnePart = kinds.isEmpty
  }

  /// The next part, after `Ledger.endPart` has ended the last one; nil if none is left.
  mutating func next() async throws(LedgerError) -> AffectedPart? {
    guard let scope, let found = try await ledger.neighbourhood(of: scope, linksUsers: linksUsers, at: now) else {
      return nil
    }
    self.scope = isInOnePart ? nil : .additions(atMost: size)
    return try await AffectedPart(found, of: ledger, sources, with: read, identity: identity, at: now)
  }
}

extension Policy {
  /// Whether contacts depend on the numbers of extensions.
  var linksUsers: Bool { phonebook.contains(where: \.skipsUsers) }
}

extension ReadResult {
  /// A read of a few entries: absence has no meaning.
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
