public import Domain

// A freeze is a matter of the calendar, as an account's expiry is: its times are the wall clock's, as an admin wrote them.

extension Ledger {
  /// The freeze in force; nil if there is none now.
  public func freeze() throws(LedgerError) -> Freeze? {
    let now = now()
    return try database.read("reading whether it is frozen") { () throws(LedgerError) in try database.freeze(at: now) }
  }

  /// Begins a freeze, or replaces the end and the reason of the one in force.
  ///
  /// - Returns: the freeze in force from now on.
  @discardableResult
  public func begin(_ freeze: Freeze) throws(LedgerError) -> Freeze {
    try database.write("freezing") { () throws(LedgerError) in
      let since = try database.freeze(at: freeze.since)?.since ?? freeze.since
      let freeze = Freeze(since: since, until: freeze.until, reason: freeze.reason)
      try database.replaceFreeze(with: freeze)
      return freeze
    }
  }

  /// Ends the freeze at an admin's word. Returns what it was; nil if there was none.
  @discardableResult
  public func endFreeze() throws(LedgerError) -> Freeze? {
    guard let freeze = try database.anyFreeze() else { return nil }
    return try database.write("ending a freeze") { () throws(LedgerError) in
      try database.replaceFreeze(with: nil)
      if !freeze.isOver(at: now()) { try database.record(.thawed, onAlert: AlertRecord.freeze) }
      return freeze
    }
  }

  /// Ends the freeze if its time is over. Returns what it was; nil if nothing ended.
  public func endFreezeIfOver() throws(LedgerError) -> Freeze? {
    guard let freeze = try database.anyFreeze(), freeze.isOver(at: now()) else { return nil }
    return try endFreeze()
  }
}

extension Database {
  /// - Parameter freeze: nil to end the present one.
  func replaceFreeze(with freeze: Freeze?) throws(LedgerError) {
    try run("DELETE FROM freeze")
    guard let freeze else { return }
    try run(
      "INSERT INTO freeze (id, since, until, reason) VALUES (1, ?, ?, ?)",
      [freeze.since.stored, freeze.until.stored, .text(freeze.reason)])
  }

  /// The freeze that is in force at this moment.
  func freeze(at now: Timestamp) throws(LedgerError) -> Freeze? {
    try anyFreeze().flatMap { $0.isOver(at: now) ? nil : $0 }
  }

  /// The freeze, also one whose time is over.
  func anyFreeze() throws(LedgerError) -> Freeze? {
    try rows("SELECT since, until, reason FROM freeze") { row throws(LedgerError) in
      Freeze(since: try row.next(), until: try row.next(), reason: try row.next())
    }.first
  }
}
