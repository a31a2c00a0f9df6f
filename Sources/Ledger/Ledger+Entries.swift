public import Domain
import Text

// The directory's entries with their mappings; every read keeps them current.

extension Ledger {
  /// Begins a read with these settings of the sources. Entries that were stored with other settings don't count until they are read again.
  ///
  /// - Parameter policy: the digest of the policy. If the policy has changed, every entry is affected.
  public func beginRead(with settings: [SourcePlace: UInt64], policy: UInt64) throws(LedgerError) {
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

  /// The digests of the settings with which the sources are searched and mapped, as far as known.
  public func settings() throws(LedgerError) -> [SourcePlace: UInt64] { try database.settings() }

  /// The digests of the entries that needn't be mapped if they are unchanged, and the count of all others.
  ///
  /// - Parameter now: seconds since 1970 by the wall clock, by which accounts expire.
  public func digests(at now: Timestamp) throws(LedgerError) -> (known: [UInt64], others: Int) {
    var known: [UInt64] = []
    var others = 0
    // The settings' digest includes the source, so this doesn't compare kinds and sources, which would take as long again.
    try database.forEachRow(
      """
      SELECT CASE WHEN settings IN (SELECT digest FROM settings) AND (expires_at IS NULL OR expires_at > ?)
        THEN digest END FROM entries
      """, [now.stored]
    ) { row throws(LedgerError) in
      if let digest: UInt64 = try row.next() { known.append(digest) } else { others += 1 }
    }
    return (known, others)
  }

  /// Stores mapped entries, and marks entries whose mapping has changed as affected.
  ///
  /// - Parameter read: the number of the read.
  @discardableResult public func store(
    _ records: [EntryRecord], in read: Int64
  ) throws(LedgerError) -> StoredEntries {
    try database.write("storing \(records.count) entries") { () throws(LedgerError) in
      var stored = StoredEntries()
      for record in records { try database.store(record, in: read, &stored) }
      return stored
    }
  }
}

/// What storing mapped entries has shown.
public struct StoredEntries: Hashable, Sendable {
  /// The entries that are stored under another DN too.
  public fileprivate(set) var renamed: Set<EntryID> = []
  /// The count of entries that are new or have changed. Of an entry without a digest only its result shows that.
  public fileprivate(set) var changed = 0
}

extension Database {
  fileprivate func settings() throws(LedgerError) -> [SourcePlace: UInt64] {
    let rows = try rows("SELECT kind, source, digest FROM settings") { row throws(LedgerError) in
      (SourcePlace(try row.next(), try row.next()), try row.next() as UInt64)
    }
    return Dictionary(rows) { first, _ in first }
  }

  fileprivate func store(
    _ record: EntryRecord, in read: Int64, _ stored: inout StoredEntries
  ) throws(LedgerError) {
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
    let wanted = mapped.wanted.map { $0.item.values + [($0.open?.stored).stored] }
    let result = record.result(wanting: wanted)
    if let row = rows.first(where: { $0.dn == mapped.dn && $0.source == mapped.source }) {
      if row.result == result {
        try run(
          "UPDATE entries SET digest = ?, settings = ?, seen = ?, expires_at = ? WHERE id = ?",
          [record.digest.stored, record.settings.stored, read.stored, record.expiresAt.stored, row.id.stored])
        if row.settings == 0 { try mark(mapped.entry) }
        // Without a digest it is mapped at each read.
        if record.digest != nil { stored.changed += 1 }
      } else {
        try removeResult(ofRow: row.id)
        try run(
          """
          UPDATE entries SET sighting = ?, digest = ?, settings = ?, result = ?, seen = ?, expires_at = ?, site = ?,
            excluded_line = ?, fields = ?, attributes = ? WHERE id = ?
          """, record.values(result, read) + [row.id.stored])
        try storeResult(of: record, wanting: wanted, row: row.id)
        try mark(mapped.entry)
        stored.changed += 1
      }
    } else {
      let row = try insert(
        """
        INSERT INTO entries (kind, entry, source, dn, sighting, digest, settings, result, seen, expires_at, site,
          excluded_line, fields, attributes)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [mapped.kind.stored, mapped.entry.stored, mapped.source.stored, .text(mapped.dn)] + record.values(result, read))
      try storeResult(of: record, wanting: wanted, row: row)
      try mark(mapped.entry)
      stored.changed += 1
    }
    if rows.contains(where: { $0.dn != mapped.dn }) { stored.renamed.insert(mapped.entry) }
  }

  /// - Parameter wanted: the values of the wanted objects.
  private func storeResult(of record: EntryRecord, wanting wanted: [[SQLiteValue]], row: Int64) throws(LedgerError) {
    for (position, values) in wanted.enumerated() {
      try run(
        """
        INSERT OR IGNORE INTO wanted ({PBXObject}, open, entry_row, position)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """, values + [row.stored, position.stored])
    }
    let choices = record.mapped.wanted.filter { $0.item.kind == .extension }.flatMap { $0.open?.choices[.number] ?? [] }
    for number in record.mapped.reserved + choices {
      try run("INSERT OR IGNORE INTO reserved (number, entry_row) VALUES (?, ?)", [.text(number), row.stored])
    }
    if let partial = record.mapped.partial {
      try run(
        "INSERT INTO partial ({PBXObject}, entry_row) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", partial.values + [row.stored])
    }
    for (position, problem) in record.mapped.problems.enumerated() {
      try run(
        """
        INSERT INTO problems (entry_row, position, attribute, value, reason, remedy, is_missing_number, kept_field)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """, [row.stored, position.stored] + problem.values)
    }
  }

  func removeResult(ofRow row: Int64) throws(LedgerError) {
    // Others may have left a number to this entry, without a conflict if they share it.
    try run(
      """
      INSERT OR IGNORE INTO affected (entry)
      SELECT entries.entry FROM wanted AS own CROSS JOIN wanted AS other USING (kind, number)
        CROSS JOIN entries ON entries.id = other.entry_row
      WHERE own.entry_row = ?1 AND other.entry_row <> ?1
      """, [row.stored])
    try run("DELETE FROM wanted WHERE entry_row = ?", [row.stored])
    try run("DELETE FROM reserved WHERE entry_row = ?", [row.stored])
    try run("DELETE FROM problems WHERE entry_row = ?", [row.stored])
    try run("DELETE FROM partial WHERE entry_row = ?", [row.stored])
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
  ///
  /// - Parameter wanted: the values of the wanted objects.
  fileprivate func result(wanting wanted: [[SQLiteValue]]) -> UInt64 {
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
    for values in wanted { add(values) }
    for number in mapped.reserved { add(number) }
    for problem in mapped.problems { add(problem.values) }
    if let partial = mapped.partial { add(partial.values) }
    return hash
  }
}
