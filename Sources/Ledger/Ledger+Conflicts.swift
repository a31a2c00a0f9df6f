public import Domain

// What entries want and can't have, as runs found it: for `status`, which plans nothing.

extension Ledger {
  /// Replaces all conflicts, after a run that planned all entries with open changes.
  public func store(conflicts: [WantedObject]) throws(LedgerError) {
    try replace(
      try database.conflicts("SELECT kind, number, entry FROM conflicts"), with: Set(conflicts.map(Dispute.init)))
  }

  /// Replaces the conflicts of the neighbourhood that was planned last.
  public func store(conflictsOfNeighbourhood conflicts: [WantedObject]) throws(LedgerError) {
    let before = try database.conflicts(
      "SELECT kind, number, entry FROM near_entries CROSS JOIN conflicts USING (entry)")
    try replace(before, with: Set(conflicts.map(Dispute.init)))
  }

  /// Adds conflicts that a run found.
  public func add(conflicts: [WantedObject]) throws(LedgerError) {
    try replace([], with: Set(conflicts.map(Dispute.init)))
  }

  /// How many conflicts the runs found.
  public func conflictCount() throws(LedgerError) -> Int {
    try database.read("counting conflicts") { () throws(LedgerError) in
      try database.value(of: "SELECT count(*) FROM conflicts")
    }
  }

  private func replace(_ before: Set<Dispute>, with conflicts: Set<Dispute>) throws(LedgerError) {
    if before == conflicts { return }
    try database.write("keeping conflicts") { () throws(LedgerError) in
      for conflict in before.subtracting(conflicts) {
        try database.run(
          "DELETE FROM conflicts WHERE kind = ? AND number = ? AND entry = ?",
          conflict.key.values + [conflict.entry.stored])
      }
      for conflict in conflicts.subtracting(before) {
        try database.run(
          "INSERT OR IGNORE INTO conflicts (kind, number, entry) VALUES (?, ?, ?)",
          conflict.key.values + [conflict.entry.stored])
      }
    }
  }
}

extension Dispute {
  fileprivate init(_ wanted: WantedObject) { self.init(wanted.item.key, wanted.entry) }
}

extension Database {
  /// - Parameter sql: with the columns kind, number, entry.
  fileprivate func conflicts(_ sql: StaticString) throws(LedgerError) -> Set<Dispute> {
    Set(try rows(sql, as: Dispute.init))
  }
}
