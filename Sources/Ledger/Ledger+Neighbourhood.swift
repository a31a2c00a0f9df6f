public import Domain

/// The input for a plan of some entries: these entries, all entries that want or have a number that one of them wants or has, and so on.
public struct Neighbourhood: Sendable {
  /// In the order of the sources; sources of users first.
  public var entries: [EntryRecord] = []
  /// Numbers of other entries, as far as the plan may ask for them.
  public var reserved: [ReservedNumber] = []
  public var state = LedgerState()

  public init() {}

  /// The entries with which the neighbourhood begins.
  public enum Scope: Hashable, Sendable {
    /// These entries only.
    case entries(Set<EntryID>)
    /// All affected and unsettled entries, except for entries that only add objects of these kinds.
    case known(leaving: Set<ObjectKind>)
    /// After `known`: affected entries that only add objects, up to this count, without the entries of earlier parts.
    case additions(atMost: Int)
  }
}

extension Ledger {
  /// The neighbourhood of some entries; nil if `additions` finds none.
  ///
  /// - Parameters:
  ///   - linksUsers: whether contacts depend on the numbers of extensions, because a source excludes contacts that are users too.
  ///   - now: the present time.
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
        found.state.limitExceptions(to: try database.keysNearby())
      case .additions:
        // No limit applies to additions, so recent changes and totals aren't counted.
        found.state = try stateNearby(at: nil)
        found.state.limitExceptions(to: try database.keysNearby())
      }
      return found
    }
  }

  /// Adds the owners of the numbers in these ranges, for the choice of a free number of a pool.
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
      found.state.sharedMailboxes = try database.sharedMailboxes()
    }
    found.reserved += reserved.filter { !near.contains($0.entry) }
  }

  /// The ledger's state of the neighbourhood.
  ///
  /// - Parameter now: nil to leave out the counts for the limits.
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
    if now != nil {
      let unproven = try unprovenCounts()
      for (kind, count) in try counts() { state.totals?.managed[kind] = count - (unproven[kind] ?? 0) }
    }
    return state
  }
}

extension LedgerState {
  /// Removes refusals of other numbers, and admins' decisions on them.
  fileprivate mutating func limitExceptions(to keys: Set<ObjectKey>) {
    refusals = refusals.filter { keys.contains($0.item.key) }
    undecided = undecided.filter { keys.contains($0.key) }
    rejections = rejections.filter { keys.contains($0.key) }
    approvals = approvals.compactMap { approval in
      let members = approval.members.filter { keys.contains($0.key) }
      return members.isEmpty ? nil : Approval(approval.name, because: approval.cause, members)
    }
  }
}

extension Database {
  /// The addresses of `LedgerState.sharedMailboxes`.
  func sharedMailboxes() throws(LedgerError) -> Set<String> {
    let mails: [String] = try column(
      of: """
        WITH mailed AS MATERIALIZED (
          SELECT lower(email) AS mail, EXISTS (
            SELECT 1 FROM entries
            WHERE entries.entry = objects.entry AND entries.kind = 'extension' AND sighting IS NOT 'disabled') AS is_there
          FROM objects WHERE kind = 'extension' AND email <> ''
        )
        SELECT mail FROM mailed WHERE NOT is_there INTERSECT SELECT mail FROM mailed WHERE is_there
        """)
    return Set(mails.map { $0.lowercased() })
  }
}

extension ReservedNumber {
  /// number, entry, dn
  init(_ row: inout Row) throws(LedgerError) {
    self.init(try row.next(), of: try row.next(), dn: try row.next())
  }
}
