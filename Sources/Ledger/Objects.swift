import Domain

extension Ledger {
  func objects() throws(LedgerError) -> [Owned] {
    let rows = try database.prepare(
      """
      SELECT \(Item.columns), entry, dn, ownership, absence_reason, absence_since, absence_reads
      FROM objects
      """)
    var objects: [Owned] = []
    while try rows.step() {
      objects.append(
        Owned(
          rows.item(0), entry: EntryID(rows.text(7)), dn: rows.text(8),
          ownership: Owned.Ownership(rawValue: rows.text(9)) ?? .created,
          absence: Absence.Reason(rawValue: rows.text(10)).map {
            Absence($0, since: rows.integer(11), reads: Int(rows.integer(12)))
          }))
    }
    return objects
  }

  /// Writes an object as the PBX holds it now. An absence that it had is over.
  func put(_ object: Owned, at now: Seconds) throws(LedgerError) {
    let insert = try database.prepare(
      """
      INSERT INTO objects (\(Item.columns), entry, dn, ownership, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET
        first_name = excluded.first_name, last_name = excluded.last_name, email = excluded.email,
        caller_id = excluded.caller_id, company = excluded.company, entry = excluded.entry, dn = excluded.dn,
        ownership = excluded.ownership, updated_at = excluded.updated_at,
        absence_reason = NULL, absence_since = NULL, absence_reads = NULL
      """)
    try insert.run(
      object.item.columnValues + [
        .text(object.entry.text), .text(object.dn), .text(object.ownership.rawValue), .integer(now), .integer(now),
      ])
    try countChange()
  }

  func remove(_ key: Key) throws(LedgerError) {
    try database.prepare("DELETE FROM objects WHERE kind = ? AND number = ?").run(key.columnValues)
    try countChange()
  }

  func setAbsence(_ absence: Absence?, of key: Key) throws(LedgerError) {
    let update = try database.prepare(
      """
      UPDATE objects SET absence_reason = ?, absence_since = ?, absence_reads = ? WHERE kind = ? AND number = ?
      """)
    try update.run(
      [
        .init(absence?.reason.rawValue), .init(absence?.since), .init((absence?.reads).map { Int64($0) }),
      ] + key.columnValues)
  }

  func setHolder(_ entry: EntryID, _ dn: String, of key: Key, at now: Seconds) throws(LedgerError) {
    let update = try database.prepare(
      "UPDATE objects SET entry = ?, dn = ?, updated_at = ? WHERE kind = ? AND number = ?")
    try update.run([.text(entry.text), .text(dn), .integer(now)] + key.columnValues)
    try countChange()
  }

  private func countChange() throws(LedgerError) {
    try database.execute("UPDATE generation SET value = value + 1")
  }
}
