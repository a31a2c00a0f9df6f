public import Domain

extension Ledger {
  /// When the first of the changes that failed is to be tried again, in seconds since 1970; nil where none is.
  public func nextTry() throws(LedgerError) -> Seconds? {
    try database.value(of: "SELECT min(next_at) FROM setbacks") as Int64?
  }

  /// Counts another failure of each object's change, and puts its next try off.
  ///
  /// - Parameter failures: what the PBX said of each.
  public func setBack(_ failures: [Key: String], at time: Seconds) throws(LedgerError) {
    try database.write("noting \(failures.count) failures") { () throws(LedgerError) in
      for (key, message) in failures.sorted(by: { $0.key < $1.key }) {
        let count: Int = try database.value(
          of: """
            INSERT INTO setbacks (kind, number, failures, next_at, message) VALUES (?, ?, 1, ?, ?)
            ON CONFLICT DO UPDATE SET failures = failures + 1, message = excluded.message
            RETURNING failures
            """, key.values + [time.stored, .text(message)])
        try database.run(
          "UPDATE setbacks SET next_at = ? WHERE kind = ? AND number = ?",
          [(time + Setback.pause(after: count)).stored] + key.values)
      }
    }
  }
}

extension Database {
  func forgetSetback(of key: Key) throws(LedgerError) {
    try run("DELETE FROM setbacks WHERE kind = ? AND number = ?", key.values)
  }
}

extension Setback {
  /// Those of a key, failures, next_at, message
  init(_ row: inout Row) throws(LedgerError) {
    self.init(
      Key(try row.next(), try row.next()), failures: try row.next(), nextAt: try row.next(), message: try row.next())
  }
}
