public import Domain

extension Ledger {
  /// What of it is about some entries, or about some numbers. All doubts, of which there are few.
  ///
  /// - Parameter now: seconds since 1970, as for `memory`.
  public func memory(
    of entries: Set<EntryID>, _ keys: Set<Key>, at now: Seconds? = nil
  ) throws(LedgerError) -> Memory {
    try database.read("reading what it remembers of \(entries.count) entries") { () throws(LedgerError) in
      var owned: [Key: Owned] = [:]
      var allocations: [Allocation] = []
      var open: Set<Key> = []
      for entry in entries {
        for object in try objects(of: entry) { owned[object.key] = object }
        allocations += try database.rows(
          "SELECT number, entry, dn, pool, at FROM allocations WHERE entry = ?", [entry.stored], as: Allocation.init)
        open.formUnion(try openKeys(of: entry))
      }
      let keys = keys.union(owned.keys).union(allocations.map(\.key)).union(open).sorted()
      var memory = Memory(doubts: try doubts())
      for key in keys {
        if owned[key] == nil { owned[key] = try object(key) }
        try addAll(of: key, to: &memory)
      }
      memory.owned = owned.values.sorted { $0.key < $1.key }
      memory.allocations = allocations
      memory.restored = try restored()
      memory.lost = try database.losses()
      try database.addDecisions(on: keys, to: &memory)
      memory.loaded = try database.loadedKinds()
      if let now { memory.recent = try database.recentChanges(at: now) }
      memory.counts = try counts()
      return memory
    }
  }

  /// The numbers under which something was held for the entry, or refused to it, though it may ask for others by now.
  private func openKeys(of entry: EntryID) throws(LedgerError) -> [Key] {
    try database.rows(
      """
      SELECT kind, number FROM refusals WHERE entry = ?1
      UNION SELECT kind, number FROM held JOIN holds ON hold = holds.name WHERE entry = ?1 AND ended_at IS NULL
      """, [entry.stored]
    ) { row throws(LedgerError) in Key(try row.next(), try row.next()) }
  }

  private func objects(of entry: EntryID) throws(LedgerError) -> [Owned] {
    try database.rows(
      """
      SELECT kind, number, first_name, last_name, email, caller_id, company, entry, dn, ownership, absence_reason,
        absence_since, absence_reads, absence_change, unproven_reason, unproven_since, unproven_otherwise
      FROM objects WHERE entry = ?
      """, [entry.stored], as: Owned.init)
  }

  private func object(_ key: Key) throws(LedgerError) -> Owned? {
    try database.rows(
      """
      SELECT kind, number, first_name, last_name, email, caller_id, company, entry, dn, ownership, absence_reason,
        absence_since, absence_reads, absence_change, unproven_reason, unproven_since, unproven_otherwise
      FROM objects WHERE kind = ? AND number = ?
      """, key.values, as: Owned.init
    ).first
  }

  /// What else is remembered of a number.
  private func addAll(of key: Key, to memory: inout Memory) throws(LedgerError) {
    memory.refusals += try database.rows(
      """
      SELECT kind, number, first_name, last_name, email, caller_id, company, entry, verdict, error_code, message, since,
        asked_at
      FROM refusals WHERE kind = ? AND number = ?
      """, key.values, as: Refusal.init)
    memory.adoptions += try adoptions(of: key)
    memory.freed += try database.rows(
      "SELECT kind, number, entry, dn, at FROM freed WHERE kind = ? AND number = ?", key.values, as: Freed.init)
    memory.knownForeign += try database.rows(
      "SELECT kind, number, since FROM known_foreign WHERE kind = ? AND number = ?", key.values, as: KnownForeign.init)
    memory.setbacks += try database.rows(
      "SELECT kind, number, failures, next_at, message FROM setbacks WHERE kind = ? AND number = ?", key.values,
      as: Setback.init)
  }
}
