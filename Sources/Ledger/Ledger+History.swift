public import Domain

extension Ledger {
  /// The calls of a run with their outcomes: a later run may have settled calls in doubt.
  public func outcomes(of run: RunID) throws(LedgerError) -> [PastCall] {
    try pastCalls(
      """
      SELECT {PastCall} FROM intents WHERE run = ? ORDER BY id
      """, [run.stored])
  }

  /// All that was ever asked of the PBX for an entry, oldest first.
  public func pastCalls(for entry: EntryID) throws(LedgerError) -> [PastCall] {
    try pastCalls(
      """
      SELECT {PastCall} FROM intents WHERE entry = ? ORDER BY id
      """, [entry.stored])
  }

  /// All that was ever asked of the PBX about a number, oldest first.
  public func pastCalls(about number: String) throws(LedgerError) -> [PastCall] {
    try pastCalls(
      """
      SELECT {PastCall} FROM intents WHERE number = ?1 OR registered_number = ?1 ORDER BY id
      """, [.text(number)])
  }

  /// How many calls were ever settled, by what they were and became.
  public func outcomeCounts() throws(LedgerError) -> [OutcomeCount] {
    try database.read("counting outcomes") { () throws(LedgerError) in
      try database.rows(
        """
        SELECT verb, kind, iif(unproven, 'unproven', outcome) AS ending, count(*) FROM intents WHERE state = 'settled'
        GROUP BY verb, kind, ending ORDER BY verb, kind, ending
        """
      ) { row throws(LedgerError) in
        OutcomeCount(
          verb: try row.next(), kind: try row.next(), outcomeName: try row.next(), count: try row.next())
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
    "id, run, \(Call.columns), entry, dn, at, iif(unproven, 'unproven', outcome), \(CallResult.columns), ended_at, seen_absent"

  init(_ row: inout Row) throws(LedgerError) {
    let (id, run): (Int64, RunID) = (try row.next(), try row.next())
    var intent = Intent(try Call(&row), entry: try row.next(), dn: try row.next(), at: try row.next())
    let outcomeName: OutcomeName? = try row.next()
    var answer: CallResult?
    if outcomeName == nil { row.skip(3) } else { answer = try CallResult(&row) }
    let endedAt: Timestamp? = try row.next()
    intent.seenAbsent = try row.next() as Int != 0
    self.init(id: id, run: run, intent: intent, outcomeName: outcomeName, answer: answer, endedAt: endedAt)
  }
}
