public import Domain

extension Ledger {
  /// Notes that a run undoes another.
  public func recordUndo(of past: RunID, by run: RunID) throws(LedgerError) {
    try database.write("noting that run \(run) undoes run \(past)") { () throws(LedgerError) in
      try database.run("UPDATE runs SET undoes = ? WHERE id = ?", [past.stored, run.stored])
    }
  }

  /// The last run that undid another; nil where none did.
  public func undo(of past: RunID) throws(LedgerError) -> RunID? {
    try database.read("reading what undid run \(past)") { () throws(LedgerError) in
      try database.rows("SELECT id FROM runs WHERE undoes = ? ORDER BY id DESC LIMIT 1", [past.stored]) {
        row throws(LedgerError) in try row.next() as RunID
      }.first
    }
  }

  /// The runs after one that changed an object, oldest first; without those that were undone, and those that did it.
  public func changes(after past: RunID) throws(LedgerError) -> [ObjectKey: [RunID]] {
    try database.read("reading what changed after run \(past)") { () throws(LedgerError) in
      let rows = try database.rows(
        """
        SELECT DISTINCT kind, number, run FROM intents
        WHERE run > ? AND (outcome = 'holds' OR outcome = 'gone')
          AND run NOT IN (SELECT undoes FROM runs WHERE undoes IS NOT NULL)
          AND run NOT IN (SELECT id FROM runs WHERE undoes IS NOT NULL)
        ORDER BY run
        """, [past.stored]
      ) { row throws(LedgerError) in (ObjectKey(try row.next(), try row.next()), try row.next() as RunID) }
      return Dictionary(grouping: rows, by: \.0).mapValues { $0.map(\.1) }
    }
  }
}
