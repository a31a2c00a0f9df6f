public import Domain

extension Ledger {
  /// Records objects of the PBX that are known to be foreign: no call is sent for them, even if the directory wants their
  /// numbers, until they are adopted or free. Objects that are known already keep their time.
  public func record(foreign keys: Set<ObjectKey>, at time: Timestamp) throws(LedgerError) {
    try database.write("noting \(keys.count) foreign objects") { () throws(LedgerError) in
      for key in keys.sorted() {
        try database.run(
          "INSERT OR IGNORE INTO known_foreign (kind, number, since) VALUES (?, ?, ?)", key.values + [.time(time)])
      }
    }
  }

  /// Deletes the records of foreign objects and taken numbers: the PBX shows that the numbers are free.
  public func delete(foreign keys: Set<ObjectKey>) throws(LedgerError) {
    try database.write("forgetting \(keys.count) foreign objects") { () throws(LedgerError) in
      for key in keys.sorted() {
        try database.run("DELETE FROM known_foreign WHERE kind = ? AND number = ?", key.values)
        try database.run("DELETE FROM refusals WHERE kind = ? AND number = ? AND verdict = 'taken'", key.values)
      }
    }
  }
}

extension KnownForeign {
  /// kind, number, since
  init(_ row: inout Row) throws(LedgerError) {
    self.init(ObjectKey(try row.next(), try row.next()), since: try row.nextTime())
  }
}
