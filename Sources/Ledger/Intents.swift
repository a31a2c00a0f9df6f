import Domain

extension Ledger {
  /// Commits the intents, in one transaction, and returns their numbers in the same order. Only then may the
  /// requests leave.
  public func intend(_ intents: [Intent], in run: RunID) throws(LedgerError) -> [Int64] {
    try database.write("committing \(intents.count) intents of run \(run)") { () throws(LedgerError) in
      var numbers: [Int64] = []
      numbers.reserveCapacity(intents.count)
      for intent in intents {
        let number: Int64 = try database.value(
          "id",
          of: """
            INSERT INTO intents (run, verb, kind, number, registered_number, first_name, last_name, email,
              caller_id, company, entry, dn, at)
            VALUES (:run, :verb, :kind, :number, :registered_number, :first_name, :last_name, :email,
              :caller_id, :company, :entry, :dn, :at)
            RETURNING id
            """, intent.call.columns,
          ["run": run, "entry": intent.entry, "dn": intent.dn, "at": intent.at])
        if let before = intent.before { try keep(before, of: number) }
        numbers.append(number)
      }
      return numbers
    }
  }

  private func keep(_ before: Owned, of intent: Int64) throws(LedgerError) {
    try database.run(
      """
      INSERT INTO befores (intent, kind, number, first_name, last_name, email, caller_id, company, entry, dn, ownership,
        absence_reason, absence_since, absence_reads)
      VALUES (:intent, :kind, :number, :first_name, :last_name, :email, :caller_id, :company, :entry, :dn, :ownership,
        :absence_reason, :absence_since, :absence_reads)
      """, before.columns, ["intent": intent])
  }

  /// Notes how intents ended and what the PBX holds since then, in order and in one transaction.
  ///
  /// An intent in doubt stays open and may be concluded again; any other ends once. An unknown or ended intent
  /// throws `.contradiction`, and then none of the conclusions is taken.
  public func conclude(_ conclusions: [Conclusion]) throws(LedgerError) {
    try database.write("committing \(conclusions.count) outcomes") { () throws(LedgerError) in
      for conclusion in conclusions {
        try close(conclusion)
        try apply(conclusion.outcome, at: conclusion.at)
      }
    }
  }

  private func close(_ conclusion: Conclusion) throws(LedgerError) {
    guard !conclusion.intents.isEmpty else { throw contradiction("an outcome of no intent") }
    let ending = Attempt.Ending(conclusion.outcome)
    for intent in conclusion.intents {
      let closed = try database.run(
        """
        UPDATE intents SET state = :state, outcome = :outcome, verdict = :verdict, error_code = :error_code,
          message = :message, ended_at = :at
        WHERE id = :id AND state = 'open'
        """, conclusion.answer.columns,
        ["state": ending.state, "outcome": ending, "at": conclusion.at, "id": intent])
      guard closed == 1 else { throw contradiction("intent \(intent) is unknown or has ended already") }
    }
  }

  private func apply(_ outcome: Outcome, at time: Seconds) throws(LedgerError) {
    switch outcome {
    case .holds(let object, let former):
      if let former, former != object.key { try rename(former, to: object.key) }
      try keep(object, at: time)
      try settle(object.key)
    case .gone(let key):
      try database.run(
        """
        INSERT OR REPLACE INTO freed (kind, number, entry, dn, at)
        SELECT kind, number, entry, dn, :at FROM objects WHERE kind = :kind AND number = :number
        """, key.columns, ["at": time])
      try database.run("DELETE FROM objects WHERE kind = :kind AND number = :number", key.columns)
      try forgetHeld(key)
      try forgetSetback(of: key)
    case .refused(let refusal):
      try keep(refusal)
      try forgetSetback(of: refusal.item.key)
    case .undone, .inDoubt:
      break
    }
  }

  /// What was remembered of a number until an object of ours was there.
  func settle(_ key: Key) throws(LedgerError) {
    try forgetRefusal(of: key)
    try forgetSetback(of: key)
    try database.run("DELETE FROM adoptions WHERE kind = :kind AND number = :number", key.columns)
    try database.run("DELETE FROM freed WHERE kind = :kind AND number = :number", key.columns)
  }

  /// The row moves with the object, so that it keeps its age.
  private func rename(_ former: Key, to key: Key) throws(LedgerError) {
    try database.run(
      "UPDATE OR REPLACE objects SET number = :new_number WHERE kind = :kind AND number = :number",
      former.columns, ["new_number": key.number])
  }

  func keep(_ object: Owned, at time: Seconds) throws(LedgerError) {
    try database.run(
      """
      INSERT INTO objects (kind, number, first_name, last_name, email, caller_id, company, entry, dn, ownership,
        created_at, updated_at, absence_reason, absence_since, absence_reads)
      VALUES (:kind, :number, :first_name, :last_name, :email, :caller_id, :company, :entry, :dn, :ownership,
        :at, :at, :absence_reason, :absence_since, :absence_reads)
      ON CONFLICT DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name,
        email = excluded.email, caller_id = excluded.caller_id, company = excluded.company,
        entry = excluded.entry, dn = excluded.dn, ownership = excluded.ownership,
        updated_at = excluded.updated_at, absence_reason = excluded.absence_reason,
        absence_since = excluded.absence_since, absence_reads = excluded.absence_reads
      """, object.columns, ["at": time])
  }

  private func keep(_ refusal: Refusal) throws(LedgerError) {
    try database.run(
      """
      INSERT OR REPLACE INTO refusals (kind, number, first_name, last_name, email, caller_id, company, entry,
        verdict, error_code, message, since)
      VALUES (:kind, :number, :first_name, :last_name, :email, :caller_id, :company, :entry,
        :verdict, :error_code, :message, :since)
      """, refusal.columns)
  }

  func forgetRefusal(of key: Key) throws(LedgerError) {
    try database.run("DELETE FROM refusals WHERE kind = :kind AND number = :number", key.columns)
  }

  func contradiction(_ detail: String) -> LedgerError {
    LedgerError(.contradiction, path: database.path, detail: detail)
  }
}
