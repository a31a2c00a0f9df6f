public import Domain

extension Ledger {
  /// Counts another failure of each object's change, and puts its next try off.
  ///
  /// - Parameter failures: what the PBX said of each.
  public func setBack(_ failures: [Key: String], at time: Seconds) throws(LedgerError) {
    try database.write("noting \(failures.count) failures") { () throws(LedgerError) in
      for (key, message) in failures.sorted(by: { $0.key < $1.key }) {
        let count: Int = try database.value(
          "failures",
          of: """
            INSERT INTO setbacks (kind, number, failures, next_at, message) VALUES (:kind, :number, 1, :at, :message)
            ON CONFLICT DO UPDATE SET failures = failures + 1, message = excluded.message
            RETURNING failures
            """, key.columns, ["at": time, "message": message])
        try database.run(
          "UPDATE setbacks SET next_at = :at WHERE kind = :kind AND number = :number", key.columns,
          ["at": time + Setback.pause(after: count)])
      }
    }
  }

  func forgetSetback(of key: Key) throws(LedgerError) {
    try database.run("DELETE FROM setbacks WHERE kind = :kind AND number = :number", key.columns)
  }
}

extension Setback {
  init(_ row: borrowing Statement) throws(LedgerError) {
    self.init(
      Key(try row["kind"], try row["number"]), failures: try row["failures"], nextAt: try row["next_at"],
      message: try row["message"])
  }
}
