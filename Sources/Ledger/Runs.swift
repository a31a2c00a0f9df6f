import Domain

extension Ledger {
  public func beginRun(_ run: RunStart) throws(LedgerError) -> RunID {
    try database.prepare("INSERT INTO runs (trigger, pid, started_at) VALUES (?, ?, ?)")
      .run([.text(run.trigger), .integer(Int64(run.pid)), .integer(run.at)])
    return RunID(rawValue: database.lastInsertID)
  }

  /// Keeps the proof of how complete the run's read was.
  public func record(_ read: ReadRecord, for run: RunID) throws(LedgerError) {
    let insert = try database.prepare(
      """
      INSERT INTO reads
        (run, server, vendor, bind_dn, started_at, ended_at, entries, pages, referrals, canaries_seen, incomplete)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    try insert.run([
      .integer(run.rawValue), .text(read.server), .text(read.vendor), .text(read.bindDN), .integer(read.startedAt),
      .integer(read.endedAt), .init(read.entries), .init(read.pages), .text(read.referrals.joined(separator: "\n")),
      .text(read.canariesSeen.joined(separator: "\n")), .init(read.incomplete),
    ])
  }

  public func finishRun(_ id: RunID, _ end: RunEnd) throws(LedgerError) {
    let update = try database.prepare(
      """
      UPDATE runs SET ended_at = ?, exit_status = ?, added = ?, updated = ?, deleted = ?, failed = ?, parked = ?,
        held = ?, in_doubt = ?, requests = ?, summary = ?
      WHERE id = ?
      """)
    try update.run([
      .integer(end.at), .init(end.exitStatus), .init(end.added), .init(end.updated), .init(end.deleted),
      .init(end.failed), .init(end.parked), .init(end.held), .init(end.inDoubt), .init(end.requests),
      .text(end.summary), .integer(id.rawValue),
    ])
  }
}
