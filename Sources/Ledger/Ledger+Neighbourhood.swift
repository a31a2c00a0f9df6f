public import Domain

/// What a plan of some entries is made from: these, all that want or have a number that one of them wants or has, and so on.
public struct Neighbourhood: Sendable {
  /// In the order of the sources; those of users first.
  public var entries: [EntryRecord] = []
  /// Numbers that entries which aren't among them have or want, as far as a plan may ask for these.
  public var reserved: [ReservedNumber] = []
  public var state = LedgerState()

  public init() {}

  /// Which entries it begins with.
  public enum Scope: Hashable, Sendable {
    /// These entries only.
    case entries(Set<EntryID>)
    /// All that is affected or isn't settled, without the entries that only add objects of these kinds.
    case known(leaving: Set<ObjectKind>)
    /// After `known`: at most so many affected entries that neither have an object nor want the number of one, and want no
    /// objects of other kinds. None that an earlier part was about.
    case additions(atMost: Int)
  }
}

extension Ledger {
  /// The neighbourhood of some entries; nil if `additions` finds none.
  ///
  /// - Parameters:
  ///   - linksUsers: whether contacts depend on the numbers of extensions, because a source leaves out contacts that are
  /// users too.
  ///   - now: seconds since 1970.
  public func neighbourhood(
    of scope: Neighbourhood.Scope, linksUsers: Bool, at now: Timestamp
  ) throws(LedgerError) -> Neighbourhood? {
    try database.read("reading what is to be planned") { () throws(LedgerError) in
      guard try database.findNeighbourhood(of: scope, linksUsers: linksUsers) else { return nil }
      var found = Neighbourhood()
      found.entries = try database.entriesNearby()
      found.reserved = try database.rows(
        """
        SELECT reserved.number, entry, dn FROM near_keys
          JOIN reserved ON reserved.number = near_keys.number JOIN entries ON entries.id = entry_row
        WHERE near_keys.kind = 'extension' AND entry NOT IN (SELECT entry FROM near_entries)
        """, as: ReservedNumber.init)
      switch scope {
      case .known:
        found.state = try stateNearby(at: now)
      case .entries:
        found.state = try stateNearby(at: now)
        found.state.keepExceptions(of: try database.keysNearby())
      case .additions:
        // No limit is about them, so what else was done and how much there is needn't be counted.
        found.state = try stateNearby(at: nil)
        found.state.keepExceptions(of: try database.keysNearby())
      }
      return found
    }
  }

  /// All that the choice of a free number of a pool needs besides: whose the numbers of these ranges are.
  public func addNumbers(in ranges: [NumberRange], to found: inout Neighbourhood) throws(LedgerError) {
    let near = Set(found.entries.map(\.mapped.entry))
    var reserved: [ReservedNumber] = []
    try database.read("reading the numbers of pools") { () throws(LedgerError) in
      for range in ranges {
        reserved += try database.rows(
          """
          SELECT number, entry, dn FROM wanted JOIN entries ON entries.id = entry_row
          WHERE wanted.kind = 'extension' AND number BETWEEN ?1 AND ?2 AND length(number) = length(?1)
          UNION SELECT number, entry, dn FROM reserved JOIN entries ON entries.id = entry_row
          WHERE number BETWEEN ?1 AND ?2 AND length(number) = length(?1)
          UNION SELECT number, entry, dn FROM objects
          WHERE kind = 'extension' AND number BETWEEN ?1 AND ?2 AND length(number) = length(?1)
          UNION SELECT number, allocations.entry, allocations.dn FROM allocations JOIN entries USING (entry)
          WHERE number BETWEEN ?1 AND ?2 AND length(number) = length(?1) AND kind = 'extension'
            AND (sighting IN ('unmappable', 'without number') OR attributes IS NOT NULL)
          """, [.text(range.first), .text(range.last)], as: ReservedNumber.init)
      }
      found.state.formerHolders = try database.rows("SELECT {FormerHolder} FROM freed", as: FormerHolder.init)
      found.state.allocations = try database.rows("SELECT {Allocation} FROM allocations", as: Allocation.init)
    }
    found.reserved += reserved.filter { !near.contains($0.entry) }
  }

  /// - Parameter now: nil without the counts that the limits need.
  private func stateNearby(at now: Timestamp?) throws(LedgerError) -> LedgerState {
    var state = LedgerState(
      owned: try database.rows(
        """
        SELECT {ManagedObject} FROM near_keys CROSS JOIN objects USING (kind, number)
        ORDER BY kind DESC, length(number), number
        """, as: ManagedObject.init),
      inDoubtCalls: try database.rows(
        """
        SELECT {InDoubtCall} FROM intents WHERE state = 'open' AND EXISTS (SELECT 1 FROM near_keys
          WHERE near_keys.kind = intents.kind AND near_keys.number IN (intents.number, registered_number))
        ORDER BY id
        """, as: InDoubtCall.init))
    state.formerHolders = try database.rows(
      """
      SELECT {FormerHolder} FROM near_keys CROSS JOIN freed USING (kind, number)
      UNION SELECT {FormerHolder} FROM near_entries CROSS JOIN freed USING (entry)
      """, as: FormerHolder.init)
    state.allocations = try database.rows(
      """
      SELECT {Allocation} FROM near_entries CROSS JOIN allocations USING (entry)
      UNION SELECT {Allocation} FROM near_keys JOIN allocations USING (number) WHERE kind = 'extension'
      """, as: Allocation.init)
    try addExceptions(to: &state, at: now)
    state.totals = LedgerState.Totals()
    if now != nil, try database.value(of: "SELECT EXISTS (SELECT 1 FROM near_keys)") {
      let unproven = try unprovenCounts()
      for (kind, count) in try counts() { state.totals?.managed[kind] = count - (unproven[kind] ?? 0) }
    }
    return state
  }
}

extension LedgerState {
  /// Leaves out refusals of other numbers, and what admins decided or are to decide on them.
  fileprivate mutating func keepExceptions(of keys: Set<ObjectKey>) {
    refusals = refusals.filter { keys.contains($0.item.key) }
    undecided.formIntersection(keys)
    rejections = rejections.filter { keys.contains($0.key) }
    approvals = approvals.compactMap { approval in
      let members = approval.members.filter { keys.contains($0.key) }
      return members.isEmpty ? nil : Approval(approval.name, members)
    }
  }
}

extension ReservedNumber {
  /// number, entry, dn
  init(_ row: inout Row) throws(LedgerError) {
    self.init(try row.next(), of: try row.next(), dn: try row.next())
  }
}
