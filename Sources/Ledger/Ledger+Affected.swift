public import Domain

// Entries that are marked as affected: they must be planned, part by part.

extension Ledger {
  /// Ends the part of the last neighbourhood: removes the marks of its entries, except for unsettled ones, and excludes its entries from
  /// the next parts.
  ///
  /// - Parameters:
  ///   - unsettled: nil to keep all marks.
  ///   - freed: the keys that the part's changes took from an object. The entries that want them stay marked.
  public func endPart(unsettled: Set<EntryID>?, freed: [ObjectKey]) throws(LedgerError) {
    try database.write("unmarking entries") { () throws(LedgerError) in
      if let unsettled {
        try database.run("DELETE FROM affected WHERE entry IN (SELECT entry FROM near_entries)")
        for entry in unsettled { try database.mark(entry) }
        for key in freed { try database.mark(key) }
      }
      try database.run(
        "INSERT OR IGNORE INTO planned_entries SELECT entry FROM near_entries JOIN affected USING (entry)")
    }
  }

  /// Whether an entry wants one of these numbers, which no object has.
  public func isAnyWanted(of freed: [ObjectKey]) throws(LedgerError) -> Bool {
    for key in freed
    where try database.value(
      of: """
        SELECT NOT EXISTS (SELECT 1 FROM objects WHERE kind = ?1 AND number = ?2)
          AND EXISTS (SELECT 1 FROM wanted WHERE kind = ?1 AND number = ?2)
        """, key.values)
    { return true }
    return false
  }

  /// How many entries are left for later parts.
  public func unplannedCount() throws(LedgerError) -> Int {
    try database.value(
      of: "SELECT count(*) FROM marked_entries WHERE only_adds AND entry NOT IN (SELECT entry FROM planned_entries)")
  }
}

extension Database {
  func mark(_ entry: EntryID) throws(LedgerError) {
    try run("INSERT OR IGNORE INTO affected VALUES (?)", [entry.stored])
  }

  /// Marks the entries that want the number or were allocated it, and the entry that has it.
  func mark(_ key: ObjectKey) throws(LedgerError) {
    try run(
      """
      INSERT OR IGNORE INTO affected (entry)
      SELECT entry FROM wanted JOIN entries ON entries.id = entry_row WHERE wanted.kind = ?1 AND number = ?2
      UNION SELECT entry FROM objects WHERE kind = ?1 AND number = ?2
      UNION SELECT entry FROM allocations WHERE ?1 = 'extension' AND number = ?2
      """, key.values)
  }
}
