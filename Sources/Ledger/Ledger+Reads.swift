public import Domain

/// A drop in a source's entries that made a read incomplete.
public struct EntryDrop: Hashable, Sendable {
  public enum Decision: String, Hashable, Sendable { case approved, rejected }

  public let name: String
  public let search: SearchReport
  /// The admin's; nil until there is one.
  public let decision: Decision?

  /// Whether an admin has yet to decide.
  public var isOpen: Bool { decision == nil }
}

extension Ledger {
  /// Stores the report of a read. A complete read ends the accepted drops.
  public func record(_ reading: ReadReport, for run: RunID) throws(LedgerError) {
    try database.write("recording a read of run \(run)") { () throws(LedgerError) in
      let read = try database.insert(
        """
        INSERT INTO reads (run, entries, pages, referrals, {ReadReport})
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [run.stored, reading.entries.stored, reading.pages.stored, reading.referrals.stored] + reading.values)
      for (position, search) in reading.searches.enumerated() {
        try database.run(
          """
          INSERT INTO searches (read, position, {SearchReport})
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """, [read.stored, position.stored] + search.row)
      }
      if reading.incomplete == nil {
        try database.run("DELETE FROM accepted_falls")
        try database.run("DELETE FROM rejected_falls")
      }
    }
  }

  /// The last read and the last complete read, which may be the same.
  public func lastReads() throws(LedgerError) -> (any: ReadReport?, complete: ReadReport?) {
    try database.read("reading the last certificates") { () throws(LedgerError) in
      (
        try reads(
          """
          SELECT id, {ReadReport} FROM reads ORDER BY id DESC LIMIT 1
          """
        ).first,
        try reads(
          """
          SELECT id, {ReadReport} FROM reads WHERE incomplete IS NULL ORDER BY id DESC LIMIT 1
          """
        ).first
      )
    }
  }

  /// Stores changes of the search settings, as long as an object is missing since then.
  public func record(_ changes: [SearchChange]) throws(LedgerError) {
    if changes.isEmpty { return }
    try database.write("recording changed search settings") { () throws(LedgerError) in
      try database.run(
        "DELETE FROM search_changes WHERE id NOT IN (SELECT absence_change FROM objects WHERE absence_change IS NOT NULL)"
      )
      for change in changes {
        try database.run(
          "INSERT OR REPLACE INTO search_changes (id, kind, text, at) VALUES (?, ?, ?, ?)",
          [.text(change.id), change.kind.stored, .text(change.text), change.at.stored])
      }
    }
  }

  /// The servers of the last complete reads, with their names and databases.
  public func knownServers() throws(LedgerError) -> Set<ReadReport.Server> {
    try database.read("reading the servers") { () throws(LedgerError) in
      Set(
        try database.rows(
          """
          SELECT DISTINCT CASE name WHEN '' THEN server ELSE name END, invocation_id, vendor
          FROM (SELECT * FROM reads WHERE incomplete IS NULL ORDER BY id DESC LIMIT 1000)
          """
        ) { row throws(LedgerError) in
          ReadReport.Server(host: try row.next(), invocationID: try row.next(), vendor: try row.next())
        })
    }
  }

  /// Records the marker of changes that notifications showed, before they are sent.
  ///
  /// - Parameter now: seconds since 1970.
  public func record(marker: String, at now: Timestamp) throws(LedgerError) {
    try database.write("recording a marker") { () throws(LedgerError) in
      try database.run("INSERT OR REPLACE INTO markers (marker, at) VALUES (?, ?)", [.text(marker), .time(now)])
      try database.run(
        "DELETE FROM markers WHERE marker NOT IN (SELECT marker FROM markers ORDER BY at DESC, marker DESC LIMIT 100)")
    }
  }

  /// The markers of the last hundred reads that had one, and of the last hundred notified changes. Incomplete ones count too: their changes were sent.
  public func markers() throws(LedgerError) -> [String] {
    try database.read("reading the markers") { () throws(LedgerError) in
      try database.column(
        of: """
          SELECT marker FROM (SELECT marker FROM reads WHERE marker <> '' ORDER BY id DESC LIMIT 100)
          UNION SELECT marker FROM markers
          """)
    }
  }

  /// The accepted drops, by query: the number of entries from now on.
  public func acceptedDrops() throws(LedgerError) -> [SearchReport.Query: Int] {
    let rows = try database.rows("SELECT kind, base, scope, filter_hash, entries FROM accepted_falls") {
      row throws(LedgerError) in (try SearchReport.Query(&row), try row.next() as Int)
    }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  /// Accepts the lower entry count of a source.
  public func accept(_ fall: SearchReport) throws(LedgerError) {
    try database.write("accepting a fall") { () throws(LedgerError) in
      try database.run(
        """
        INSERT OR REPLACE INTO accepted_falls (kind, base, scope, filter_hash, entries)
        VALUES (?, ?, ?, ?, ?)
        """, fall.query.values + [fall.entries.stored])
      if let name = fall.dropName { try database.run("DELETE FROM rejected_falls WHERE name = ?", [.text(name)]) }
      try database.record(.approved, onAlert: AlertRecord.drop)
    }
  }

  /// Keeps reads incomplete for as long as a source has so few entries.
  public func reject(_ drop: SearchReport) throws(LedgerError) {
    guard let name = drop.dropName else { return }
    try database.write("rejecting a fall") { () throws(LedgerError) in
      try database.run(
        "DELETE FROM accepted_falls WHERE kind = ? AND base = ? AND scope = ? AND filter_hash = ?", drop.query.values)
      try database.run("INSERT OR IGNORE INTO rejected_falls (name) VALUES (?)", [.text(name)])
      try database.record(nil, onAlert: AlertRecord.drop)
    }
  }

  /// The drops that made the last read incomplete, in its order.
  public func drops() throws(LedgerError) -> [EntryDrop] {
    let accepted = try acceptedDrops()
    let searches = try lastReads().any?.searches ?? []
    let rejected = try database.rejectedDrops()
    return searches.compactMap { search in
      guard let name = search.dropName else { return nil }
      let isApproved = accepted[search.query] == search.entries
      return EntryDrop(
        name: name, search: search, decision: isApproved ? .approved : rejected.contains(name) ? .rejected : nil)
    }
  }

  /// The read reports of a statement whose columns are the ID of the read and those of the report.
  func reads(_ sql: StaticString, _ values: [SQLiteValue] = []) throws(LedgerError) -> [ReadReport] {
    let rows = try database.rows(sql, values) { row throws(LedgerError) in
      (id: try row.next() as Int64, record: try ReadReport(&row))
    }
    var records: [ReadReport] = []
    for (id, row) in rows {
      var record = row
      record.searches = try database.rows(
        """
        SELECT {SearchReport} FROM searches WHERE read = ? ORDER BY position
        """, [id.stored], as: SearchReport.init)
      records.append(record)
    }
    return records
  }
}

extension Database {
  /// The changes of the search settings since which an object is missing.
  func searchChanges() throws(LedgerError) -> [SearchChange] {
    try rows(
      """
      SELECT id, text, kind, at FROM search_changes
      WHERE id IN (SELECT absence_change FROM objects WHERE absence_change IS NOT NULL) ORDER BY at, id
      """
    ) { row throws(LedgerError) in
      SearchChange(id: try row.next(), try row.next(), of: try row.next(), at: try row.next())
    }
  }
}

extension Database {
  /// The names of the drops that an admin rejected.
  func rejectedDrops() throws(LedgerError) -> Set<String> {
    Set(try column(of: "SELECT name FROM rejected_falls"))
  }
}
