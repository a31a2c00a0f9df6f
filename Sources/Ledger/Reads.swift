import Domain

extension Ledger {
  /// Keeps the certificate of one read of the directory. With a complete one, accepted falls have served.
  public func record(_ reading: ReadRecord, for run: RunID) throws(LedgerError) {
    try database.write("recording a read of run \(run)") { () throws(LedgerError) in
      let read: Int64 = try database.value(
        "id",
        of: """
          INSERT INTO reads (run, server, vendor, name, invocation_id, marker, bind_dn, entries, pages, referrals,
            canaries, canaries_wanted, incomplete, started_at, ended_at)
          VALUES (:run, :server, :vendor, :name, :invocation_id, :marker, :bind_dn, :entries, :pages, :referrals,
            :canaries, :canaries_wanted, :incomplete, :started_at, :ended_at)
          RETURNING id
          """, reading.columns, ["run": run])
      for (position, search) in reading.searches.enumerated() {
        try database.run(
          """
          INSERT INTO searches (read, position, kind, source, base, scope, filter_hash, entries, pages, referrals,
            result_code, fell_from)
          VALUES (:read, :position, :kind, :source, :base, :scope, :filter_hash, :entries, :pages, :referrals,
            :result_code, :fell_from)
          """, search.columns, ["read": read, "position": position])
      }
      if reading.incomplete == nil { try database.run("DELETE FROM accepted_falls") }
    }
  }

  /// The last read of all, and the last complete one, which may be the same.
  public func lastReads() throws(LedgerError) -> (any: ReadRecord?, complete: ReadRecord?) {
    try database.read("reading the last certificates") { () throws(LedgerError) in
      (
        try reads("ORDER BY id DESC LIMIT 1", [:]).first,
        try reads("WHERE incomplete IS NULL ORDER BY id DESC LIMIT 1", [:]).first
      )
    }
  }

  /// The markers of the last hundred complete reads that had one, in no order.
  public func markers() throws(LedgerError) -> [String] {
    try database.read("reading the markers") { () throws(LedgerError) in
      try database.rows(
        "SELECT marker FROM reads WHERE incomplete IS NULL AND marker <> '' ORDER BY id DESC LIMIT 100"
      ) { row throws(LedgerError) in try row["marker"] }
    }
  }

  /// Falls that an admin believes, by what was asked: how many entries there are from now on.
  public func acceptedFalls() throws(LedgerError) -> [SearchRecord.View: Int] {
    let rows = try database.rows("SELECT * FROM accepted_falls") { row throws(LedgerError) in
      (try SearchRecord.View(row), try row["entries"] as Int)
    }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  /// Believes that a source gives so few entries.
  public func accept(_ fall: SearchRecord) throws(LedgerError) {
    try database.write("accepting a fall") { () throws(LedgerError) in
      try database.run(
        """
        INSERT OR REPLACE INTO accepted_falls (kind, base, scope, filter_hash, entries)
        VALUES (:kind, :base, :scope, :filter_hash, :entries)
        """, fall.columns)
    }
  }

  func reads(_ which: String, _ values: Columns) throws(LedgerError) -> [ReadRecord] {
    let rows = try database.rows("SELECT * FROM reads \(which)", values) { row throws(LedgerError) in
      (id: try row["id"] as Int64, record: try ReadRecord(row))
    }
    var records: [ReadRecord] = []
    for (id, certificate) in rows {
      var record = certificate
      record.searches = try database.rows(
        "SELECT * FROM searches WHERE read = :read ORDER BY position", ["read": id], as: SearchRecord.init)
      records.append(record)
    }
    return records
  }
}
