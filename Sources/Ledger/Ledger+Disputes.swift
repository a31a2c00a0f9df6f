import Domain

extension Database {
  /// Stores the claims to numbers that other entries have; they replace those of the last complete read.
  func store(_ disputes: Set<Dispute>) throws(LedgerError) {
    let before = try self.disputes()
    for it in before.subtracting(disputes) {
      try run("DELETE FROM disputes WHERE kind = ? AND number = ? AND entry = ?", it.key.values + [it.entry.stored])
    }
    for it in disputes.subtracting(before) {
      try run("INSERT INTO disputes (kind, number, entry) VALUES (?, ?, ?)", it.key.values + [it.entry.stored])
    }
  }

  func disputes() throws(LedgerError) -> Set<Dispute> {
    Set(
      try rows("SELECT kind, number, entry FROM disputes") { row throws(LedgerError) in
        Dispute(ObjectKey(try row.next(), try row.next()), try row.next())
      })
  }
}
