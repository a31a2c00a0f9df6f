public import Domain

extension Ledger {
  /// What a run set out to do and what became of each, by now: a later run may have settled its doubts.
  public func outcomes(of run: RunID) throws(LedgerError) -> [Attempt] {
    try attempts("WHERE run = :run ORDER BY id", ["run": run])
  }

  /// All that was ever asked of the PBX for an entry, oldest first.
  public func attempts(for entry: EntryID) throws(LedgerError) -> [Attempt] {
    try attempts("WHERE entry = :entry ORDER BY id", ["entry": entry])
  }

  /// All that was ever asked of the PBX about a number, oldest first.
  public func attempts(about number: String) throws(LedgerError) -> [Attempt] {
    try attempts("WHERE number = :number OR registered_number = :number ORDER BY id", ["number": number])
  }

  /// How many calls were ever settled, by what they were and became.
  public func outcomeCounts() throws(LedgerError) -> [OutcomeCount] {
    try database.read("counting outcomes") { () throws(LedgerError) in
      try database.rows(
        """
        SELECT verb, kind, outcome, count(*) AS count FROM intents WHERE state = 'settled'
        GROUP BY verb, kind, outcome ORDER BY verb, kind, outcome
        """
      ) { row throws(LedgerError) in
        OutcomeCount(
          verb: try row["verb"], kind: try row["kind"], ending: try row["outcome"], count: try row["count"])
      }
    }
  }

  private func attempts(_ which: String, _ values: Columns) throws(LedgerError) -> [Attempt] {
    try database.read("reading outcomes") { () throws(LedgerError) in
      var attempts = try database.rows("SELECT * FROM intents \(which)", values, as: Attempt.init)
      for index in attempts.indices {
        attempts[index].intent.before = try database.rows(
          "SELECT * FROM befores WHERE intent = :intent", ["intent": attempts[index].id], as: Owned.init
        ).first
      }
      return attempts
    }
  }
}

extension Attempt {
  init(_ row: borrowing Statement) throws(LedgerError) {
    let ending: Ending? = try row["outcome"]
    self.init(
      id: try row["id"], run: try row["run"],
      intent: Intent(try Call(row), entry: try row["entry"], dn: try row["dn"], at: try row["at"]),
      ending: ending, answer: ending == nil ? nil : try Answer(row), endedAt: try row["ended_at"])
  }
}
