public import Domain

// Entries that the directory no longer shows, or no longer under the same DN.

extension Ledger {
  /// Deletes the rows of entries that have another DN now, and marks other rows to be mapped by the next read.
  public func updateNames(
    removing gone: [EntryRow], rereading several: [EntryRow], in read: Int64
  ) throws(LedgerError) {
    if gone.isEmpty && several.isEmpty { return }
    try database.write("settling names") { () throws(LedgerError) in
      for row in gone {
        try database.remove(entryRow: row.id)
        try database.mark(row.entry)
      }
      for row in several {
        // The entry was in this read, even without its digest.
        try database.run("UPDATE entries SET digest = NULL, seen = ? WHERE id = ?", [read.stored, row.id.stored])
        try database.mark(row.entry)
      }
    }
  }

  /// Deletes the entries that a complete read didn't find, and marks them as affected.
  ///
  /// - Parameters:
  ///   - read: the read, which has stored the changed entries.
  ///   - unseen: the digests that the read didn't find.
  ///   - now: as for `digests`.
  /// - Returns: how many entries are gone.
  @discardableResult
  public func removeMissing(from read: Int64, unseen: Set<UInt64>, at now: Timestamp) throws(LedgerError) -> Int {
    try database.write("removing entries that are gone") { () throws(LedgerError) in
      var entries: Set<EntryID> = []
      for row in try database.missing(from: read, unseen: unseen, at: now) {
        let entry: EntryID = try database.value(of: "SELECT entry FROM entries WHERE id = ?", [row.stored])
        try database.remove(entryRow: row)
        try database.mark(entry)
        entries.insert(entry)
      }
      return entries.count
    }
  }

  /// Marks the entries that an incomplete read didn't find as uncertain: they don't count until they are read again.
  ///
  /// - Parameters: as for `removeMissing`.
  public func markMissingUncertain(from read: Int64, unseen: Set<UInt64>, at now: Timestamp) throws(LedgerError) {
    try database.write("doubting entries") { () throws(LedgerError) in
      for row in try database.missing(from: read, unseen: unseen, at: now) { try database.markUncertain(entryRow: row) }
    }
  }

  /// Marks an entry as uncertain in the sources that no longer show it.
  public func markUncertain(_ entry: EntryID, in places: Set<SourcePlace>) throws(LedgerError) {
    try database.write("doubting an entry") { () throws(LedgerError) in
      let rows = try database.rows("SELECT id, kind, source FROM entries WHERE entry = ?", [entry.stored]) {
        row throws(LedgerError) in (id: try row.next() as Int64, place: SourcePlace(try row.next(), try row.next()))
      }
      for row in rows where places.contains(row.place) { try database.markUncertain(entryRow: row.id) }
      try database.mark(entry)
    }
  }

  /// Deletes the digests of a source, so that the next read maps all of its entries.
  public func deleteDigests(of place: SourcePlace) throws(LedgerError) {
    try database.write("forgetting digests") { () throws(LedgerError) in
      try database.run(
        "UPDATE entries SET digest = NULL WHERE kind = ? AND source = ? AND digest IS NOT NULL",
        [place.kind.stored, place.position.stored])
    }
  }
}

extension Database {
  /// The rows that a read neither stored nor recognised.
  fileprivate func missing(from read: Int64, unseen: Set<UInt64>, at now: Timestamp) throws(LedgerError) -> [Int64] {
    var gone: [Int64] = []
    try forEachRow(
      """
      SELECT id,
        CASE WHEN settings.digest IS entries.settings AND (expires_at IS NULL OR expires_at > ?) THEN entries.digest END
      FROM entries LEFT JOIN settings ON settings.kind = entries.kind AND settings.source = entries.source
      WHERE seen <> ?
      """, [now.stored, read.stored]
    ) { row throws(LedgerError) in
      let (id, digest): (Int64, UInt64?) = (try row.next(), try row.next())
      if digest.map(unseen.contains) ?? true { gone.append(id) }
    }
    return gone
  }

  /// Marks a row as uncertain: settings of 0 match no source.
  fileprivate func markUncertain(entryRow row: Int64) throws(LedgerError) {
    try run("UPDATE entries SET settings = 0, digest = NULL WHERE id = ? AND settings <> 0", [row.stored])
  }

  fileprivate func remove(entryRow row: Int64) throws(LedgerError) {
    try removeResult(ofRow: row)
    try run("DELETE FROM entries WHERE id = ?", [row.stored])
  }

  /// Deletes the rows of an entry. If the entry still exists, the next read stores it again.
  func deleteEntries(of entry: EntryID) throws(LedgerError) {
    let rows: [Int64] = try column(of: "SELECT id FROM entries WHERE entry = ?", [entry.stored])
    for row in rows { try remove(entryRow: row) }
    try run("DELETE FROM affected WHERE entry = ?", [entry.stored])
  }
}
