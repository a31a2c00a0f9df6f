import Domain

extension Ledger {
  /// Opens a run; every intent belongs to one.
  ///
  /// Forgets runs of over a week ago that asked nothing of the PBX: a poll each minute would fill the disk.
  public func beginRun(_ run: RunStart) throws(LedgerError) -> RunID {
    try database.write("beginning a run") { () throws(LedgerError) in
      try forgetQuietRuns(before: run.at - 7 * 86_400)
      return try database.value(
        "id", of: "INSERT INTO runs (trigger, pid, started_at) VALUES (:trigger, :pid, :at) RETURNING id",
        ["trigger": run.trigger, "pid": run.pid, "at": run.at])
    }
  }

  private func forgetQuietRuns(before limit: Seconds) throws(LedgerError) {
    let quiet = "FROM runs WHERE started_at < :limit AND NOT EXISTS (SELECT 1 FROM intents WHERE run = runs.id)"
    try database.run("DELETE FROM reads WHERE run IN (SELECT id \(quiet))", ["limit": limit])
    try database.run("DELETE \(quiet)", ["limit": limit])
  }

  /// Keeps the certificate of one read of the directory.
  public func record(_ reading: ReadRecord, for run: RunID) throws(LedgerError) {
    try database.write("recording a read of run \(run)") { () throws(LedgerError) in
      try database.run(
        """
        INSERT INTO reads (run, server, vendor, bind_dn, entries, pages, referrals, canaries, incomplete,
          started_at, ended_at)
        VALUES (:run, :server, :vendor, :bind_dn, :entries, :pages, :referrals, :canaries, :incomplete,
          :started_at, :ended_at)
        """, reading.columns, ["run": run])
    }
  }

  /// Closes a run. A run that is unknown or has ended throws `.contradiction`.
  public func finishRun(_ id: RunID, _ end: RunEnd) throws(LedgerError) {
    try database.write("ending run \(id)") { () throws(LedgerError) in
      let ended = try database.run(
        """
        UPDATE runs SET ended_at = :ended_at, exit_status = :exit_status, added = :added, updated = :updated,
          deleted = :deleted, failed = :failed, parked = :parked, held = :held, in_doubt = :in_doubt,
          requests = :requests, summary = :summary
        WHERE id = :id AND ended_at IS NULL
        """, end.columns, ["id": id])
      guard ended == 1 else { throw contradiction("run \(id) is unknown or has ended already") }
    }
  }

  /// The last runs, newest first, with their read certificates.
  public func runs(last count: Int) throws(LedgerError) -> [Run] {
    try database.read("reading the last \(count) runs") { () throws(LedgerError) in
      // The rows first, then their reads: one statement is stepped through at a time.
      let rows = try database.rows(
        "SELECT * FROM runs ORDER BY id DESC LIMIT :count", ["count": count]
      ) { row throws(LedgerError) in
        (id: try row["id"] as RunID, start: try RunStart(row), end: try RunEnd?(row))
      }
      var runs: [Run] = []
      for (id, start, end) in rows {
        let reads = try database.rows(
          "SELECT * FROM reads WHERE run = :run ORDER BY id", ["run": id], as: ReadRecord.init)
        runs.append(Run(id: id, start: start, end: end, reads: reads))
      }
      return runs
    }
  }

  /// What a run set out to do and what became of each, by now: a later run may have settled its doubts.
  public func outcomes(of run: RunID) throws(LedgerError) -> [Attempt] {
    try database.read("reading the outcomes of run \(run)") { () throws(LedgerError) in
      try database.rows("SELECT * FROM intents WHERE run = :run ORDER BY id", ["run": run], as: Attempt.init)
    }
  }
}

extension RunStart {
  init(_ row: borrowing Statement) throws(LedgerError) {
    self.init(trigger: try row["trigger"], pid: try row["pid"], at: try row["started_at"])
  }
}

extension RunEnd {
  var columns: Columns {
    [
      "ended_at": at, "exit_status": exitStatus, "added": counts.added, "updated": counts.updated,
      "deleted": counts.deleted, "failed": counts.failed, "parked": counts.parked, "held": counts.held,
      "in_doubt": counts.inDoubt, "requests": requests, "summary": summary,
    ]
  }
}

extension RunEnd? {
  init(_ row: borrowing Statement) throws(LedgerError) {
    guard let at: Int64 = try row["ended_at"] else {
      self = nil
      return
    }
    let counts = RunEnd.Counts(
      added: try row["added"], updated: try row["updated"], deleted: try row["deleted"],
      failed: try row["failed"], parked: try row["parked"], held: try row["held"], inDoubt: try row["in_doubt"])
    self = RunEnd(
      at: at, exitStatus: try row["exit_status"], counts: counts, requests: try row["requests"],
      summary: try row["summary"])
  }
}

extension ReadRecord {
  var columns: Columns {
    [
      "server": server, "vendor": vendor, "bind_dn": bindDN, "entries": entries, "pages": pages,
      "referrals": referrals, "canaries": canaries, "incomplete": incomplete, "started_at": startedAt,
      "ended_at": endedAt,
    ]
  }

  init(_ row: borrowing Statement) throws(LedgerError) {
    self.init(
      server: try row["server"], vendor: try row["vendor"], bindDN: try row["bind_dn"],
      entries: try row["entries"], pages: try row["pages"], referrals: try row["referrals"],
      canaries: try row["canaries"], incomplete: try row["incomplete"], startedAt: try row["started_at"],
      endedAt: try row["ended_at"])
  }
}

extension Attempt {
  init(_ row: borrowing Statement) throws(LedgerError) {
    let ending: Ending? = try row["outcome"]
    self.init(
      id: try row["id"],
      intent: Intent(try Call(row), entry: try row["entry"], dn: try row["dn"], at: try row["at"]),
      ending: ending, answer: ending == nil ? nil : try Answer(row), endedAt: try row["ended_at"])
  }
}
