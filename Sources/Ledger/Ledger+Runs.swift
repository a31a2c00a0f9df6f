public import Domain

extension Ledger {
  /// Records the start of a run; every intent belongs to one.
  ///
  /// Deletes runs without calls that are more than a week old, by the ledger's own time: a poll each minute would fill the disk.
  public func beginRun(_ run: RunStart) throws(LedgerError) -> RunID {
    try database.write("beginning a run") { () throws(LedgerError) in
      try database.record(timeline)
      try deleteQuietRuns(before: run.at - 7 * 86_400)
      // A checkpoint from before the run no longer applies.
      try database.run("DELETE FROM bookmarks")
      let number = try database.insert(
        "INSERT INTO runs (trigger, pid, started_at, began_at) VALUES (?, ?, ?, ?)",
        [.text(run.trigger), run.pid.stored, run.at.stored, .time(run.at)])
      return RunID(number)
    }
  }

  private func deleteQuietRuns(before limit: Timestamp) throws(LedgerError) {
    // The last complete read stays, however long ago: the next one is compared with it.
    let quiet: [Int64] = try database.column(
      of: """
        SELECT id FROM runs WHERE began_at < ? AND NOT EXISTS (SELECT 1 FROM intents WHERE run = runs.id)
          AND NOT EXISTS (SELECT 1 FROM intents WHERE settled_by = runs.id)
          AND id IS NOT (SELECT run FROM reads WHERE incomplete IS NULL ORDER BY id DESC LIMIT 1)
        """, [.time(limit)])
    for run in quiet {
      try database.run("DELETE FROM reads WHERE run = ?", [run.stored])
      try database.run("DELETE FROM runs WHERE id = ?", [run.stored])
    }
  }

  /// Records the end of a run. An unknown or ended run throws `.contradiction`.
  public func finishRun(_ id: RunID, _ end: RunEnd) throws(LedgerError) {
    try database.write("ending run \(id)") { () throws(LedgerError) in
      let ended = try database.run(
        """
        UPDATE runs SET ({RunEnd}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ? AND ended_at IS NULL
        """, end.values + [id.stored])
      guard ended == 1 else { throw database.contradiction("run \(id) is unknown or has ended already") }
    }
  }

  /// The last runs, newest first, with their read reports.
  public func runs(last count: Int) throws(LedgerError) -> [Run] {
    try database.read("reading the last \(count) runs") { () throws(LedgerError) in
      try runs(
        """
        SELECT {Run} FROM runs ORDER BY id DESC LIMIT ?
        """, [count.stored])
    }
  }

  /// The last run that changed something on the PBX; nil if there is none.
  public func lastChangingRun() throws(LedgerError) -> Run? {
    try database.read("reading the last change") { () throws(LedgerError) in
      try runs(
        """
        SELECT {Run} FROM runs WHERE added + updated + deleted > 0 ORDER BY id DESC LIMIT 1
        """, []
      ).first
    }
  }

  /// The PBX's last answer, or why there was none; nil if nothing was ever sent.
  public func lastAnswer() throws(LedgerError) -> (answer: CallResult, at: Timestamp)? {
    try database.read("reading the last answer") { () throws(LedgerError) in
      try database.rows(
        """
        SELECT verdict, error_code, message, coalesce(ended_at, at) AS answered_at FROM intents
        WHERE verdict IS NOT NULL AND (settled_by IS NOT NULL
          OR id = (SELECT id FROM intents WHERE verdict IS NOT NULL ORDER BY id DESC LIMIT 1))
        ORDER BY answered_at DESC, id DESC LIMIT 1
        """
      ) { row throws(LedgerError) in (answer: try CallResult(&row), at: try row.nextTime()) }.first
    }
  }

  /// One run with its read reports; nil if there is none with this number.
  public func run(_ id: RunID) throws(LedgerError) -> Run? {
    try database.read("reading run \(id)") { () throws(LedgerError) in
      try runs(
        """
        SELECT {Run} FROM runs WHERE id = ?
        """, [id.stored]
      ).first
    }
  }

  /// The runs of a statement with all columns of a run.
  private func runs(_ sql: StaticString, _ values: [SQLiteValue]) throws(LedgerError) -> [Run] {
    // The rows first, then their reads: one statement is stepped through at a time.
    let rows = try database.rows(sql, values) { row throws(LedgerError) in
      (id: try row.next() as RunID, start: try RunStart(&row), end: try RunEnd?(&row))
    }
    var runs: [Run] = []
    for (id, start, end) in rows {
      let reads = try reads(
        """
        SELECT id, {ReadReport} FROM reads WHERE run = ? ORDER BY id
        """, [id.stored])
      runs.append(Run(id: id, start: start, end: end, reads: reads))
    }
    return runs
  }
}

extension Run {
  static let columns = "id, \(RunStart.columns), \(RunEnd.columns)"
}

extension RunStart {
  static let columns = "trigger, pid, started_at"

  init(_ row: inout Row) throws(LedgerError) {
    self.init(trigger: try row.next(), pid: try row.next(), at: try row.next())
  }
}

extension RunEnd {
  static let columns =
    "ended_at, exit_status, added, updated, deleted, failed, parked, held, in_doubt, requests, summary"

  var values: [SQLiteValue] {
    [
      at.stored, exitStatus.stored, counts.added.stored, counts.updated.stored, counts.deleted.stored,
      counts.failed.stored, counts.conflict.stored, counts.held.stored, counts.inDoubt.stored, requests.stored,
      .text(summary),
    ]
  }
}

extension RunEnd? {
  init(_ row: inout Row) throws(LedgerError) {
    guard let at: Int64 = try row.next() else {
      row.skip(10)
      self = nil
      return
    }
    let exitStatus: Int = try row.next()
    let counts = RunEnd.Counts(
      added: try row.next(), updated: try row.next(), deleted: try row.next(),
      failed: try row.next(), conflict: try row.next(), held: try row.next(), inDoubt: try row.next())
    self = RunEnd(at: at, exitStatus: exitStatus, counts: counts, requests: try row.next(), summary: try row.next())
  }
}
