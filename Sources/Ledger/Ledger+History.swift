public import Domain

extension Ledger {
  /// The calls of a run with their outcomes: a later run may have settled calls in doubt.
  public func outcomes(of run: RunID) throws(LedgerError) -> [PastCall] {
    try pastCalls(
      """
      SELECT {PastCall} FROM intents WHERE run = ? ORDER BY id
      """, [run.stored])
  }

  /// The calls of earlier runs whose outcome a run recorded, oldest first.
  public func callsSettled(by run: RunID) throws(LedgerError) -> [PastCall] {
    try pastCalls(
      """
      SELECT {PastCall} FROM intents WHERE settled_by = ? ORDER BY id
      """, [run.stored])
  }

  /// All calls for an entry, oldest first.
  public func pastCalls(for entry: EntryID) throws(LedgerError) -> [PastCall] {
    try pastCalls(
      """
      SELECT {PastCall} FROM intents WHERE entry = ? ORDER BY id
      """, [entry.stored])
  }

  /// All calls about a number, oldest first.
  public func pastCalls(about number: String) throws(LedgerError) -> [PastCall] {
    try pastCalls(
      """
      SELECT {PastCall} FROM intents WHERE number = ?1 OR registered_number = ?1 ORDER BY id
      """, [.text(number)])
  }

  /// The calls about these objects that the PBX has accepted, oldest first, as far back as the history goes.
  public func acceptedCalls(about keys: [ObjectKey]) throws(LedgerError) -> [ObjectKey: [PastCall]] {
    var calls: [ObjectKey: [PastCall]] = [:]
    for key in keys {
      calls[key] = try pastCalls(
        """
        SELECT {PastCall} FROM intents
        WHERE kind = ?1 AND (number = ?2 OR registered_number = ?2) AND (outcome = 'holds' OR outcome = 'gone')
        ORDER BY id
        """, key.values
      ).filter { !$0.isForgotten }
    }
    return calls
  }

  /// The calls for objects of a kind that the PBX has accepted from a run on, oldest first.
  public func acceptedCalls(for kind: ObjectKind, since run: RunID) throws(LedgerError) -> [PastCall] {
    try pastCalls(
      """
      SELECT {PastCall} FROM intents
      WHERE kind = ? AND coalesce(settled_by, run) >= ? AND (outcome = 'holds' OR outcome = 'gone') ORDER BY id
      """, [kind.stored, run.stored]
    ).filter { !$0.isForgotten }
  }

  /// The number of settled calls, by action, kind and outcome.
  public func outcomeCounts() throws(LedgerError) -> [OutcomeCount] {
    try database.read("counting outcomes") { () throws(LedgerError) in
      try database.rows(
        """
        SELECT verb, kind, iif(unproven, 'unproven', outcome) AS ending, count(*) FROM intents WHERE state = 'settled'
        GROUP BY verb, kind, ending ORDER BY verb, kind, ending
        """
      ) { row throws(LedgerError) in
        OutcomeCount(
          action: try row.next(), kind: try row.next(), outcomeName: try row.next(), count: try row.next())
      }
    }
  }

  private func pastCalls(_ sql: StaticString, _ values: [SQLiteValue]) throws(LedgerError) -> [PastCall] {
    try database.read("reading outcomes") { () throws(LedgerError) in
      var pastCalls = try database.rows(sql, values, as: PastCall.init)
      for index in pastCalls.indices {
        pastCalls[index].intent.before = try database.rows(
          """
          SELECT {PBXObject}, entry, dn, ownership, {Absence}, NULL, NULL, 0
          FROM befores WHERE intent = ?
          """, [pastCalls[index].id.stored], as: ManagedObject.init
        ).first
      }
      return pastCalls
    }
  }
}

extension PastCall {
  static let columns =
    "id, run, \(Call.columns), entry, dn, at, iif(unproven, 'unproven', outcome), \(CallResult.columns), ended_at, settled_by, seen_absent"

  init(_ row: inout Row) throws(LedgerError) {
    let (id, run): (Int64, RunID) = (try row.next(), try row.next())
    var intent = Intent(try Call(&row), entry: try row.next(), dn: try row.next(), at: try row.next())
    let outcomeName: OutcomeName? = try row.next()
    var answer: CallResult?
    if outcomeName == nil { row.skip(3) } else { answer = try CallResult(&row) }
    let endedAt: Timestamp? = try row.next()
    let settledBy: RunID? = try row.next()
    intent.seenAbsent = try row.next() as Int != 0
    self.init(
      id: id, run: run, intent: intent, outcomeName: outcomeName, answer: answer, endedAt: endedAt, settledBy: settledBy
    )
  }
}

extension Ledger {
  /// Records that a run undoes another.
  public func recordUndo(of past: RunID, by run: RunID) throws(LedgerError) {
    try database.write("noting that run \(run) undoes run \(past)") { () throws(LedgerError) in
      try database.run("UPDATE runs SET undoes = ? WHERE id = ?", [past.stored, run.stored])
    }
  }

  /// The last run that undid the given one; nil if none did.
  public func undo(of past: RunID) throws(LedgerError) -> RunID? {
    try database.read("reading what undid run \(past)") { () throws(LedgerError) in
      let runs: [RunID] = try database.column(
        of: "SELECT id FROM runs WHERE undoes = ? ORDER BY id DESC LIMIT 1", [past.stored])
      return runs.first
    }
  }

  /// For each object the later runs that changed it, oldest first; without runs that were undone and the runs that undid them.
  public func changes(after past: RunID) throws(LedgerError) -> [ObjectKey: [RunID]] {
    try database.read("reading what changed after run \(past)") { () throws(LedgerError) in
      let rows = try database.rows(
        """
        SELECT DISTINCT kind, number, coalesce(settled_by, run) AS maker FROM intents
        WHERE maker > ? AND (outcome = 'holds' OR outcome = 'gone')
          AND maker NOT IN (SELECT undoes FROM runs WHERE undoes IS NOT NULL)
          AND maker NOT IN (SELECT id FROM runs WHERE undoes IS NOT NULL)
        ORDER BY maker
        """, [past.stored]
      ) { row throws(LedgerError) in (ObjectKey(try row.next(), try row.next()), try row.next() as RunID) }
      return Dictionary(grouping: rows, by: \.0).mapValues { $0.map(\.1) }
    }
  }
}
