public import Domain

extension Ledger {
  /// The objects that were managed until they were deleted or got another number, with all values that the PBX has accepted, as far back
  /// as the history goes. Values from an audit or an adoption may have been set by hand, so they aren't included.
  public func formerObjects() throws(LedgerError) -> [FormerObject] {
    try database.read("reading the former objects") { () throws(LedgerError) in
      let rows = try database.rows(
        """
        WITH former (kind, number) AS (
          SELECT kind, number FROM freed
          UNION
          SELECT kind, registered_number FROM intents
          WHERE registered_number IS NOT NULL AND registered_number <> number AND outcome = 'holds'
        )
        SELECT {PBXObject}, entry, dn FROM intents
        WHERE verb <> 'delete' AND outcome = 'holds' AND (kind, number) IN (SELECT kind, number FROM former)
          AND (kind, number) NOT IN (SELECT kind, number FROM objects)
        ORDER BY id
        """
      ) { row throws(LedgerError) in
        (item: try PBXObject(&row), entry: try row.next() as EntryID, dn: try row.next() as String)
      }
      return Dictionary(grouping: rows, by: \.item.key).compactMap { key, rows in
        rows.last.map { FormerObject(key, entry: $0.entry, dn: $0.dn, items: Set(rows.map(\.item))) }
      }
      .sorted { $0.key < $1.key }
    }
  }

  /// Ends the management of objects: they stay on the PBX, and are foreign from now on until they are adopted. Permissions
  /// to adopt them end too.
  public func release(_ keys: Set<ObjectKey>, at time: Timestamp) throws(LedgerError) {
    try database.write("releasing \(keys.count) objects") { () throws(LedgerError) in
      for key in keys.sorted() { try database.release(key, at: time) }
    }
  }
}

extension Database {
  fileprivate func hasManaged(_ key: ObjectKey) throws(LedgerError) -> Bool {
    try value(
      of: "SELECT EXISTS (SELECT 1 FROM objects WHERE kind = ? AND number = ? AND unproven_reason IS NULL)", key.values)
  }

  /// Ends the management of an object, or the permission to adopt one.
  func release(_ key: ObjectKey, at time: Timestamp) throws(LedgerError) {
    let isManaged = try hasManaged(key)
    let owned = try run("DELETE FROM objects WHERE kind = ? AND number = ?", key.values)
    let shown = try run("DELETE FROM adoptions WHERE kind = ? AND number = ? AND known <> 0", key.values)
    let allowed = try run("DELETE FROM adoptions WHERE kind = ? AND number = ?", key.values)
    // An object that was only allowed, and neither managed nor shown by a table, may or may not exist.
    if owned == 0, shown == 0, allowed > 0 { return }
    // A foreign object ends the allocation of its number: the entry gets another number of the pool.
    if !isManaged, key.kind == .extension { try run("DELETE FROM allocations WHERE number = ?", [.text(key.number)]) }
    try deleteObject(key, at: time)
    try deleteLoss(of: key)
    try record(foreign: key, at: time)
  }

  /// Deletes the records of an object that is no longer managed.
  func deleteObject(_ key: ObjectKey, at time: Timestamp) throws(LedgerError) {
    try run("DELETE FROM objects WHERE kind = ? AND number = ?", key.values)
    try deleteHeld(key, isGone: true, at: time)
    try deleteBackoff(of: key)
  }

  func record(foreign key: ObjectKey, at time: Timestamp) throws(LedgerError) {
    try run("INSERT OR IGNORE INTO known_foreign (kind, number, since) VALUES (?, ?, ?)", key.values + [.time(time)])
  }
}

extension KnownForeign {
  /// kind, number, since
  init(_ row: inout Row) throws(LedgerError) {
    self.init(ObjectKey(try row.next(), try row.next()), since: try row.nextTime())
  }
}
