public import Domain

extension Ledger {
  /// The earliest retry of a failed change or a call in doubt; nil without one.
  ///
  /// - Parameter time: the beginning of a run, which has tried the changes that were due then.
  public func nextTry(after time: Timestamp = 0) throws(LedgerError) -> Timestamp? {
    try database.time(of: "SELECT min(next_at) FROM setbacks WHERE next_at > ?", [.time(time)])
  }

  /// Calls whose result is unknown, in the order of their intents, and changes that fail again and again.
  public func unsettled() throws(LedgerError) -> (inDoubt: [InDoubtCall], failing: [ChangeBackoff]) {
    try database.read("reading what isn't settled") { () throws(LedgerError) in
      (try inDoubtCalls(), try database.backoffs())
    }
  }

  /// Counts another failure of each object's change, and postpones its retry.
  ///
  /// - Returns: the time of each retry.
  @discardableResult
  public func recordFailures(_ failures: [ObjectKey: ChangeFailure], at time: Timestamp) throws(LedgerError)
    -> [ObjectKey: Timestamp]
  {
    var nextTries: [ObjectKey: Timestamp] = [:]
    try database.write("noting \(failures.count) failures") { () throws(LedgerError) in
      for (key, failure) in failures.sorted(by: { $0.key < $1.key }) {
        let earlier: [Int] = try database.column(
          of: "SELECT failures FROM setbacks WHERE kind = ? AND number = ?", key.values)
        let total = failure.total(after: earlier.first)
        let next = time + failure.schedule.pause(after: total)
        try database.run(
          "INSERT OR REPLACE INTO setbacks (kind, number, failures, next_at, message) VALUES (?, ?, ?, ?, ?)",
          key.values + [total.stored, .time(next), .text(failure.message)])
        nextTries[key] = next
      }
    }
    return nextTries
  }
}

extension Database {
  /// All of them, in the order of their objects.
  func backoffs() throws(LedgerError) -> [ChangeBackoff] {
    try rows(
      "SELECT kind, number, failures, next_at, message FROM setbacks ORDER BY kind DESC, length(number), number",
      as: ChangeBackoff.init)
  }

  func deleteBackoff(of key: ObjectKey) throws(LedgerError) {
    try run("DELETE FROM setbacks WHERE kind = ? AND number = ?", key.values)
  }
}

extension ChangeBackoff {
  /// The columns of a key, failures, next_at, message
  init(_ row: inout Row) throws(LedgerError) {
    self.init(
      ObjectKey(try row.next(), try row.next()), failures: try row.next(), nextAt: try row.nextTime(),
      message: try row.next()
    )
  }
}
