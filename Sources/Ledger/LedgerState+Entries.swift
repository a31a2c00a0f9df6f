public import Domain

extension Ledger {
  /// What of it is about some entries, or about some numbers. All doubts, of which there are few.
  ///
  /// - Parameter now: seconds since 1970, as for `memory`.
  public func state(
    of entries: Set<EntryID>, _ keys: Set<ObjectKey>, at now: Timestamp? = nil
  ) throws(LedgerError) -> LedgerState {
    try database.read("reading what it remembers of \(entries.count) entries") { () throws(LedgerError) in
      var owned: [ObjectKey: ManagedObject] = [:]
      var allocations: [Allocation] = []
      var open: Set<ObjectKey> = []
      for entry in entries {
        for object in try objects(of: entry) { owned[object.key] = object }
        allocations += try database.rows(
          "SELECT number, entry, dn, pool, at FROM allocations WHERE entry = ?", [entry.stored], as: Allocation.init)
        open.formUnion(try openKeys(of: entry))
      }
      let keys = keys.union(owned.keys).union(allocations.map(\.key)).union(open).sorted()
      var state = LedgerState(inDoubtCalls: try inDoubtCalls())
      for key in keys {
        if owned[key] == nil { owned[key] = try object(key) }
        try addAll(of: key, to: &state)
      }
      state.objects = owned.values.sorted { $0.key < $1.key }
      state.allocations = allocations
      state.restored = try restored()
      state.lost = try database.losses()
      try database.addDecisions(on: keys, to: &state)
      state.loaded = try database.loadedKinds()
      if let now { state.recent = try database.recentChanges(at: now) }
      state.counts = try counts()
      return state
    }
  }

  /// The numbers under which something was held for the entry, or refused to it, though it may ask for others by now.
  private func openKeys(of entry: EntryID) throws(LedgerError) -> [ObjectKey] {
    try database.rows(
      """
      SELECT kind, number FROM refusals WHERE entry = ?1
      UNION SELECT kind, number FROM held JOIN holds ON hold = holds.name WHERE entry = ?1 AND ended_at IS NULL
      """, [entry.stored]
    ) { row throws(LedgerError) in ObjectKey(try row.next(), try row.next()) }
  }

  private func objects(of entry: EntryID) throws(LedgerError) -> [ManagedObject] {
    try database.rows(
      """
      SELECT kind, number, first_name, last_name, email, caller_id, company, entry, dn, ownership, absence_reason,
        absence_since, absence_reads, absence_change, unproven_reason, unproven_since, unproven_otherwise
      FROM objects WHERE entry = ?
      """, [entry.stored], as: ManagedObject.init)
  }

  private func object(_ key: ObjectKey) throws(LedgerError) -> ManagedObject? {
    try database.rows(
      """
      SELECT kind, number, first_name, last_name, email, caller_id, company, entry, dn, ownership, absence_reason,
        absence_since, absence_reads, absence_change, unproven_reason, unproven_since, unproven_otherwise
      FROM objects WHERE kind = ? AND number = ?
      """, key.values, as: ManagedObject.init
    ).first
  }

  /// What else is remembered of a number.
  private func addAll(of key: ObjectKey, to state: inout LedgerState) throws(LedgerError) {
    state.refusals += try database.rows(
      """
      SELECT kind, number, first_name, last_name, email, caller_id, company, entry, verdict, error_code, message, since,
        asked_at
      FROM refusals WHERE kind = ? AND number = ?
      """, key.values, as: Refusal.init)
    state.adoptions += try adoptions(of: key)
    state.formerHolders += try database.rows(
      "SELECT kind, number, entry, dn, at FROM freed WHERE kind = ? AND number = ?", key.values, as: FormerHolder.init)
    state.knownForeign += try database.rows(
      "SELECT kind, number, since FROM known_foreign WHERE kind = ? AND number = ?", key.values, as: KnownForeign.init)
    state.backoffs += try database.rows(
      "SELECT kind, number, failures, next_at, message FROM setbacks WHERE kind = ? AND number = ?", key.values,
      as: ChangeBackoff.init)
  }
}
