public import Domain
import Text

// What the directory says, entry by entry, kept current by every read.

extension Ledger {
  // MARK: - A read of all entries

  /// Says what the sources are searched and mapped with from now on: entries that were stored with other settings don't count until
  /// they are read again.
  ///
  /// - Parameter policy: Tells the rules of planning from others. With other rules every entry is affected.
  public func begin(with settings: [SourcePlace: UInt64], policy: UInt64) throws(LedgerError) {
    var new = settings
    new[.policy] = policy
    try database.write("beginning a read") { () throws(LedgerError) in
      let old = try database.settings()
      if old == new { return }
      if old[.policy] != policy {
        try database.run("INSERT OR IGNORE INTO affected SELECT entry FROM entries UNION SELECT entry FROM objects")
      }
      try database.run("DELETE FROM settings")
      for (place, digest) in new {
        try database.run(
          "INSERT INTO settings (kind, source, digest) VALUES (?, ?, ?)",
          [place.kind.stored, place.position.stored, digest.stored])
      }
    }
  }

  /// What the sources are searched and mapped with, as far as that is known.
  public func settings() throws(LedgerError) -> [SourcePlace: UInt64] { try database.settings() }

  /// The digests of the entries that needn't be mapped if they are unchanged, and the count of all others.
  ///
  /// - Parameter now: seconds since 1970 by the wall clock, by which accounts expire.
  public func digests(at now: Timestamp) throws(LedgerError) -> (known: [UInt64], others: Int) {
    var known: [UInt64] = []
    var others = 0
    // Settings tell their source too, so the view's comparison of kinds and sources, which takes as long as the rest, is left out.
    try database.each(
      """
      SELECT CASE WHEN settings IN (SELECT digest FROM settings) AND (expires_at IS NULL OR expires_at > ?)
        THEN digest END FROM entries
      """, [now.stored]
    ) { row throws(LedgerError) in
      if let digest: UInt64 = try row.next() { known.append(digest) } else { others += 1 }
    }
    return (known, others)
  }

  /// Stores what entries became, and marks those as affected of which something else became than before.
  ///
  /// - Parameter read: Tells this read from others.
  /// - Returns: The entries that are stored under another DN too.
  public func store(_ records: [EntryRecord], in read: Int64) throws(LedgerError) -> Set<EntryID> {
    try database.write("storing \(records.count) entries") { () throws(LedgerError) in
      var several: Set<EntryID> = []
      for record in records where try database.store(record, in: read) { several.insert(record.mapped.entry) }
      return several
    }
  }

  /// The rows of an entry, one for each source that shows it.
  public func rows(of entry: EntryID) throws(LedgerError) -> [EntryRow] {
    try database.rows(
      "SELECT id, entry, kind, dn, digest, seen FROM entries WHERE entry = ? ORDER BY kind DESC, source, id",
      [entry.stored], as: EntryRow.init)
  }

  /// The sources that show an entry, or showed it when it was read last, and where it has an object.
  public func places(of entry: EntryID) throws(LedgerError) -> Set<SourcePlace> {
    Set(
      try database.rows(
        """
        SELECT kind, source FROM entries WHERE entry = ?1
        UNION SELECT kind, -1 FROM objects WHERE entry = ?1 AND kind NOT IN (SELECT kind FROM entries WHERE entry = ?1)
        """, [entry.stored]
      ) { row throws(LedgerError) in SourcePlace(try row.next(), try row.next()) })
  }

  /// The rows of a kind, but for entries that their source leaves out.
  public func rows(of kind: ObjectKind) throws(LedgerError) -> [EntryRow] {
    try database.rows(
      "SELECT id, entry, kind, dn, digest, seen FROM entries WHERE kind = ? AND sighting IS NOT NULL", [kind.stored],
      as: EntryRow.init)
  }

  /// Deletes the rows of entries that have another DN now, and has other entries mapped by the next read.
  public func settleNames(
    removing gone: [EntryRow], lookingInto several: [EntryRow], in read: Int64
  ) throws(LedgerError) {
    if gone.isEmpty && several.isEmpty { return }
    try database.write("settling names") { () throws(LedgerError) in
      for row in gone {
        try database.remove(entryRow: row.id)
        try database.mark(row.entry)
      }
      for row in several {
        // It came in this read, whatever its digest is by then.
        try database.run("UPDATE entries SET digest = NULL, seen = ? WHERE id = ?", [read.stored, row.id.stored])
        try database.mark(row.entry)
      }
    }
  }

  /// Takes out the entries that a complete read didn't show, and marks them as affected.
  ///
  /// - Parameters:
  ///   - read: The read, which has stored those that had changed.
  ///   - unseen: The digests that didn't come again.
  ///   - now: As for `digests`.
  /// - Returns: How many entries are gone.
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

  /// Doesn't count the entries that an incomplete read didn't show, until they are read again: whether they are there isn't known.
  ///
  /// - Parameters: As for `removeMissing`.
  public func doubtMissing(from read: Int64, unseen: Set<UInt64>, at now: Timestamp) throws(LedgerError) {
    try database.write("doubting entries") { () throws(LedgerError) in
      for row in try database.missing(from: read, unseen: unseen, at: now) { try database.markUncertain(entryRow: row) }
    }
  }

  /// The same for an entry that some sources no longer show.
  public func markUncertain(_ entry: EntryID, in places: Set<SourcePlace>) throws(LedgerError) {
    try database.write("doubting an entry") { () throws(LedgerError) in
      let rows = try database.rows("SELECT id, kind, source FROM entries WHERE entry = ?", [entry.stored]) {
        row throws(LedgerError) in (id: try row.next() as Int64, place: SourcePlace(try row.next(), try row.next()))
      }
      for row in rows where places.contains(row.place) { try database.markUncertain(entryRow: row.id) }
      try database.mark(entry)
    }
  }

  /// Has all entries of a source mapped by the next read.
  public func forgetDigests(of place: SourcePlace) throws(LedgerError) {
    try database.write("forgetting digests") { () throws(LedgerError) in
      try database.run(
        "UPDATE entries SET digest = NULL WHERE kind = ? AND source = ? AND digest IS NOT NULL",
        [place.kind.stored, place.position.stored])
    }
  }

  /// The names of the sites that an entry is of.
  public func sites() throws(LedgerError) -> Set<String> {
    Set(
      try database.rows("SELECT DISTINCT site FROM certain_entries WHERE site IS NOT NULL") { row throws(LedgerError) in
        try row.next()
      })
  }

  /// The count of entries with disabled accounts.
  public func disabledCount() throws(LedgerError) -> Int {
    try database.value(of: "SELECT count(*) FROM certain_entries WHERE sighting <> 'mapped' AND sighting = 'disabled'")
  }

  /// The lines of a source's exclusions that name an entry.
  public func excludedLines(of place: SourcePlace) throws(LedgerError) -> Set<Int> {
    Set(
      try database.rows(
        "SELECT DISTINCT excluded_line FROM certain_entries WHERE kind = ? AND source = ? AND excluded_line IS NOT NULL",
        [place.kind.stored, place.position.stored]
      ) { row throws(LedgerError) in try row.next() })
  }

  /// How many entries of a source have values for which fields.
  public func fieldCounts(of place: SourcePlace) throws(LedgerError) -> [ObjectField: Int] {
    let counts = try database.rows(
      "SELECT fields, count(*) FROM certain_entries WHERE kind = ? AND source = ? AND sighting IS NOT NULL GROUP BY fields",
      [place.kind.stored, place.position.stored]
    ) { row throws(LedgerError) in (bits: try row.next() as Int, count: try row.next() as Int) }
    var result: [ObjectField: Int] = [:]
    for (index, field) in ObjectField.allCases.enumerated() {
      result[field] = counts.reduce(0) { $1.bits & 1 << index == 0 ? $0 : $0 + $1.count }
    }
    return result
  }

  // MARK: - What is to be planned

  /// What can't be mapped, in the order of the sources.
  public func problems() throws(LedgerError) -> [MappingProblem] {
    try database.read("reading what can't be mapped") { () throws(LedgerError) in
      try database.rows(
        """
        SELECT entry, dn, attribute, value, reason, remedy, is_missing_number, kept_field
        FROM problems JOIN leading_entries ON id = entry_row
        ORDER BY kind DESC, source, id, position
        """, as: MappingProblem.init)
    }
  }
}

extension Database {
  fileprivate func settings() throws(LedgerError) -> [SourcePlace: UInt64] {
    let rows = try rows("SELECT kind, source, digest FROM settings") { row throws(LedgerError) in
      (SourcePlace(try row.next(), try row.next()), try row.next() as UInt64)
    }
    return Dictionary(rows) { first, _ in first }
  }

  func mark(_ entry: EntryID) throws(LedgerError) {
    try run("INSERT OR IGNORE INTO affected VALUES (?)", [entry.stored])
  }

  /// Marks the entries that want the number, and the entry that has it.
  func mark(_ key: ObjectKey) throws(LedgerError) {
    try run(
      """
      INSERT OR IGNORE INTO affected (entry)
      SELECT entry FROM wanted JOIN entries ON entries.id = entry_row WHERE wanted.kind = ?1 AND number = ?2
      UNION SELECT entry FROM objects WHERE kind = ?1 AND number = ?2
      """, key.values)
  }

  /// The rows that a read neither stored nor recognised.
  fileprivate func missing(from read: Int64, unseen: Set<UInt64>, at now: Timestamp) throws(LedgerError) -> [Int64] {
    var gone: [Int64] = []
    try each(
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

  /// No settings are 0, so it doesn't count.
  fileprivate func markUncertain(entryRow row: Int64) throws(LedgerError) {
    try run("UPDATE entries SET settings = 0, digest = NULL WHERE id = ? AND settings <> 0", [row.stored])
  }

  fileprivate func remove(entryRow row: Int64) throws(LedgerError) {
    try removeResult(ofRow: row)
    try run("DELETE FROM entries WHERE id = ?", [row.stored])
  }

  /// Takes out what the directory said of an entry. As long as it is there, the next read says it again.
  func forgetEntries(of entry: EntryID) throws(LedgerError) {
    let rows = try rows("SELECT id FROM entries WHERE entry = ?", [entry.stored]) { row throws(LedgerError) in
      try row.next() as Int64
    }
    for row in rows { try remove(entryRow: row) }
    try run("DELETE FROM affected WHERE entry = ?", [entry.stored])
  }

  private func removeResult(ofRow row: Int64) throws(LedgerError) {
    try run("DELETE FROM wanted WHERE entry_row = ?", [row.stored])
    try run("DELETE FROM reserved WHERE entry_row = ?", [row.stored])
    try run("DELETE FROM problems WHERE entry_row = ?", [row.stored])
  }

  /// - Returns: whether the entry is stored under another DN too.
  fileprivate func store(_ record: EntryRecord, in read: Int64) throws(LedgerError) -> Bool {
    let mapped = record.mapped
    let rows = try rows(
      "SELECT id, source, dn, result, settings FROM entries WHERE entry = ? AND kind = ?",
      [mapped.entry.stored, mapped.kind.stored]
    ) { row throws(LedgerError) in
      (
        id: try row.next() as Int64, source: try row.next() as Int, dn: try row.next() as String,
        result: try row.next() as UInt64, settings: try row.next() as UInt64
      )
    }
    let result = record.result
    if let row = rows.first(where: { $0.dn == mapped.dn && $0.source == mapped.source }) {
      if row.result == result {
        try run(
          "UPDATE entries SET digest = ?, settings = ?, seen = ?, expires_at = ? WHERE id = ?",
          [record.digest.stored, record.settings.stored, read.stored, record.expiresAt.stored, row.id.stored])
        if row.settings == 0 { try mark(mapped.entry) }
      } else {
        try removeResult(ofRow: row.id)
        try run(
          """
          UPDATE entries SET sighting = ?, digest = ?, settings = ?, result = ?, seen = ?, expires_at = ?, site = ?,
            excluded_line = ?, fields = ?, attributes = ? WHERE id = ?
          """, record.values(result, read) + [row.id.stored])
        try storeResult(of: record, row: row.id)
        try mark(mapped.entry)
      }
    } else {
      let row = try insert(
        """
        INSERT INTO entries (kind, entry, source, dn, sighting, digest, settings, result, seen, expires_at, site,
          excluded_line, fields, attributes)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [mapped.kind.stored, mapped.entry.stored, mapped.source.stored, .text(mapped.dn)] + record.values(result, read))
      try storeResult(of: record, row: row)
      try mark(mapped.entry)
    }
    return rows.contains { $0.dn != mapped.dn }
  }

  private func storeResult(of record: EntryRecord, row: Int64) throws(LedgerError) {
    for (position, wanted) in record.mapped.wanted.enumerated() {
      try run(
        """
        INSERT OR IGNORE INTO wanted ({PBXObject}, open, entry_row, position)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """, wanted.item.values + [(wanted.open?.stored).stored, row.stored, position.stored])
    }
    let choices = record.mapped.wanted.filter { $0.item.kind == .extension }.flatMap { $0.open?.choices[.number] ?? [] }
    for number in record.mapped.reserved + choices {
      try run("INSERT OR IGNORE INTO reserved (number, entry_row) VALUES (?, ?)", [.text(number), row.stored])
    }
    for (position, problem) in record.mapped.problems.enumerated() {
      try run(
        """
        INSERT INTO problems (entry_row, position, attribute, value, reason, remedy, is_missing_number, kept_field)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """, [row.stored, position.stored] + problem.values)
    }
  }
}

extension EntryRecord {
  /// sighting, digest, settings, result, seen, expires_at, site, excluded_line, fields, attributes
  fileprivate func values(_ result: UInt64, _ read: Int64) -> [SQLiteValue] {
    [
      mapped.sighting.stored, digest.stored, settings.stored, result.stored, read.stored, expiresAt.stored,
      mapped.site.stored, excludedLine.stored, fields.bits.stored, attributes.stored,
    ]
  }

  /// A hash of the entry's mapping, to notice a change.
  fileprivate var result: UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ text: String) {
      hash = fnv1a(text.utf8.span, after: hash)
      hash = (hash ^ 0xff) &* 0x100_0000_01b3
    }
    func add(_ values: [SQLiteValue]) {
      for value in values { if case .text(let text) = value { add(text) } }
    }
    add([mapped.sighting.stored, mapped.site.stored, attributes.stored])
    add("\(fields.bits) \(excludedLine ?? -1)")
    for wanted in mapped.wanted { add(wanted.item.values + [(wanted.open?.stored).stored]) }
    for number in mapped.reserved { add(number) }
    for problem in mapped.problems { add(problem.values) }
    return hash
  }
}

extension EntryRow {
  /// id, entry, kind, dn, digest, seen
  init(_ row: inout Row) throws(LedgerError) {
    self.init(
      id: try row.next(), entry: try row.next(), kind: try row.next(), dn: try row.next(), digest: try row.next(),
      read: try row.next())
  }
}

extension MappingProblem {
  /// attribute, value, reason, remedy, is_missing_number, kept_field
  var values: [SQLiteValue] {
    [.text(attribute), .text(value), .text(reason), .text(remedy), isMissingNumber.stored, keptField.stored]
  }

  /// entry, dn, and those
  init(_ row: inout Row) throws(LedgerError) {
    let (entry, dn): (EntryID, String) = (try row.next(), try row.next())
    self.init(
      dn: dn, entry: entry, attribute: try row.next(), value: try row.next(), reason: try row.next(),
      remedy: try row.next(), isMissingNumber: try row.next(), keptField: try row.next())
  }
}
