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
    // The last complete read stays, however long ago: the next one is compared with it.
    let quiet = """
      FROM runs WHERE started_at < :limit AND NOT EXISTS (SELECT 1 FROM intents WHERE run = runs.id)
        AND id IS NOT (SELECT run FROM reads WHERE incomplete IS NULL ORDER BY id DESC LIMIT 1)
      """
    try database.run("DELETE FROM reads WHERE run IN (SELECT id \(quiet))", ["limit": limit])
    try database.run("DELETE \(quiet)", ["limit": limit])
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
      try runs("ORDER BY id DESC LIMIT :count", ["count": count])
    }
  }

  /// One run with its read certificates; nil where there is none of this number.
  public func run(_ id: RunID) throws(LedgerError) -> Run? {
    try database.read("reading run \(id)") { () throws(LedgerError) in
      try runs("WHERE id = :run", ["run": id]).first
    }
  }

  private func runs(_ which: String, _ values: Columns) throws(LedgerError) -> [Run] {
    // The rows first, then their reads: one statement is stepped through at a time.
    let rows = try database.rows("SELECT * FROM runs \(which)", values) { row throws(LedgerError) in
      (id: try row["id"] as RunID, start: try RunStart(row), end: try RunEnd?(row))
    }
    var runs: [Run] = []
    for (id, start, end) in rows {
      runs.append(Run(id: id, start: start, end: end, reads: try reads("WHERE run = :run ORDER BY id", ["run": id])))
    }
    return runs
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
