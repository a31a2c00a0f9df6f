import Domain

extension Ledger {
  /// Commits the intents and returns their numbers in the same order. Only then may the requests leave.
  ///
  /// It shares its transaction, and the one flush to the disk, with other writes that are requested at the same time. If it throws,
  /// only these intents are reverted.
  public nonisolated func recordIntents(_ intents: [Intent], in run: RunID) async throws(LedgerError) -> [Int64] {
    try await inSharedTransaction("committing \(intents.count) intents of run \(run)") { database throws(LedgerError) in
      var numbers: [Int64] = []
      numbers.reserveCapacity(intents.count)
      for intent in intents {
        let number = try database.insert(
          """
          INSERT INTO intents (run, {Call}, entry, dn, at, seen_absent)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
          [run.stored] + intent.call.values
            + [intent.entry.stored, .text(intent.dn), intent.at.stored, .integer(intent.seenAbsent ? 1 : 0)])
        if let before = intent.before { try database.store(before, of: number) }
        numbers.append(number)
      }
      return numbers
    }
  }

  /// Records the outcomes of intents and the resulting objects of the PBX, in order. It shares its transaction as `recordIntents` does.
  ///
  /// An intent in doubt stays open and may get another outcome; any other intent ends once. An unknown or ended intent throws
  /// `.contradiction`, and then none of these outcomes is recorded.
  public nonisolated func recordOutcomes(_ outcomes: [RecordedOutcome]) async throws(LedgerError) {
    try await inSharedTransaction("committing \(outcomes.count) outcomes") { database throws(LedgerError) in
      for outcome in outcomes {
        try database.close(outcome)
        try database.apply(outcome.outcome, at: outcome.at)
      }
    }
  }
}

extension Database {
  fileprivate func store(_ before: ManagedObject, of intent: Int64) throws(LedgerError) {
    try run(
      """
      INSERT INTO befores (intent, {PBXObject}, entry, dn, ownership, {Absence})
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, [intent.stored] + before.values.dropLast(Unproven?.none.values.count))
  }

  fileprivate func close(_ outcome: RecordedOutcome) throws(LedgerError) {
    guard !outcome.intents.isEmpty else { throw contradiction("an outcome of no intent") }
    let outcomeName = PastCall.OutcomeName(outcome.outcome)
    for intent in outcome.intents {
      let closed = try run(
        """
        UPDATE intents SET state = ?, outcome = ?, unproven = ?, verdict = ?, error_code = ?, message = ?, ended_at = ?,
          settled_by = nullif((SELECT max(id) FROM runs), run)
        WHERE id = ? AND state = 'open'
        """, outcomeName.values + outcome.answer.values + [outcome.at.stored, intent.stored])
      guard closed == 1 else { throw contradiction("intent \(intent) is unknown or has ended already") }
    }
  }

  fileprivate func apply(_ outcome: Outcome, at time: Timestamp) throws(LedgerError) {
    switch outcome {
    case .holds(let object, let former):
      if let former, former != object.key {
        try rename(former, to: object.key)
        try deleteLaterChange(of: former)
      }
      try store(object, at: time)
      if try hasRecords(about: object.key) {
        try deleteLaterChange(of: object.key)
        try deleteRestrictions(on: object.key)
        try deleteHeld(object.key, isGone: false, at: time)
      }
    case .unproven(let object):
      try store(object, at: time)
      if try hasRecords(about: object.key) {
        try deleteRestrictions(on: object.key)
        try deleteHeld(object.key, isGone: false, at: time)
      }
    case .gone(let key):
      try deleteLaterChange(of: key)
      try run(
        """
        INSERT OR REPLACE INTO freed ({FormerHolder})
        SELECT {PBXObject}, entry, dn, ?1 FROM objects WHERE kind = ?2 AND number = ?3
        """, [.time(time)] + key.values)
      try run(
        """
        INSERT INTO removals SELECT kind, number, ?1 FROM objects WHERE kind = ?2 AND number = ?3
          AND NOT EXISTS (SELECT 1 FROM runs WHERE id = (SELECT max(id) FROM runs) AND trigger = 'undo')
          AND NOT EXISTS (SELECT 1 FROM held JOIN holds ON hold = holds.name
            WHERE number = ?3 AND kind = ?2 AND action = 'removal' AND approved_at IS NOT NULL)
        """, [.time(time)] + key.values)
      try run("DELETE FROM removals WHERE at <= ?", [.time(time - RemovalPolicy.window)])
      try run("DELETE FROM objects WHERE kind = ? AND number = ?", key.values)
      try deleteHeld(key, isGone: true, at: time)
      try deleteBackoff(of: key)
      try deleteLoss(of: key)
    case .refused(let refusal):
      try store(refusal)
      try deleteBackoff(of: refusal.item.key)
      try deleteHeld(refusal.item.key, isGone: false, at: time)
    case .undone, .inDoubt:
      break
    }
  }

  /// Deletes the records about a number that only matter until a managed object is there.
  func clearRestrictions(on key: ObjectKey) throws(LedgerError) {
    if try hasRecords(about: key) { try deleteRestrictions(on: key) }
  }

  /// Whether anything but an object may be recorded about a number. Most numbers have nothing, and to delete nothing from each table takes
  /// 4 % of the instructions of a first load.
  private func hasRecords(about key: ObjectKey) throws(LedgerError) -> Bool {
    try value(
      of: """
        SELECT EXISTS (SELECT 1 FROM holds)
          OR EXISTS (SELECT 1 FROM later_changes WHERE kind = ?1 AND number = ?2)
          OR EXISTS (SELECT 1 FROM refusals WHERE kind = ?1 AND number = ?2)
          OR EXISTS (SELECT 1 FROM setbacks WHERE kind = ?1 AND number = ?2)
          OR EXISTS (SELECT 1 FROM adoptions WHERE kind = ?1 AND number = ?2)
          OR EXISTS (SELECT 1 FROM freed WHERE kind = ?1 AND number = ?2)
          OR EXISTS (SELECT 1 FROM known_foreign WHERE kind = ?1 AND number = ?2)
          OR EXISTS (SELECT 1 FROM losses WHERE kind = ?1 AND number = ?2)
        """, key.values)
  }

  private func deleteRestrictions(on key: ObjectKey) throws(LedgerError) {
    try deleteRefusal(of: key)
    try deleteBackoff(of: key)
    try run("DELETE FROM adoptions WHERE kind = ? AND number = ?", key.values)
    try run("DELETE FROM freed WHERE kind = ? AND number = ?", key.values)
    try run("DELETE FROM known_foreign WHERE kind = ? AND number = ?", key.values)
    try deleteLoss(of: key)
  }

  private func deleteLaterChange(of key: ObjectKey) throws(LedgerError) {
    try run("DELETE FROM later_changes WHERE kind = ? AND number = ?", key.values)
  }

  /// The row moves with the object, so that it keeps its age.
  private func rename(_ former: ObjectKey, to key: ObjectKey) throws(LedgerError) {
    try run(
      "UPDATE OR REPLACE objects SET number = ? WHERE kind = ? AND number = ?", [.text(key.number)] + former.values)
  }

  func store(_ object: ManagedObject, at time: Timestamp) throws(LedgerError) {
    try run(
      """
      INSERT INTO objects ({ManagedObject}, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?18, ?18)
      ON CONFLICT DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name,
        email = excluded.email, caller_id = excluded.caller_id, company = excluded.company,
        entry = excluded.entry, dn = excluded.dn, ownership = excluded.ownership,
        absence_reason = excluded.absence_reason, absence_since = excluded.absence_since,
        absence_reads = excluded.absence_reads, absence_change = excluded.absence_change,
        unproven_reason = excluded.unproven_reason, unproven_since = excluded.unproven_since,
        unproven_otherwise = excluded.unproven_otherwise,
        updated_at = excluded.updated_at
      """, object.values + [time.stored])
  }

  private func store(_ refusal: Refusal) throws(LedgerError) {
    try run(
      """
      INSERT INTO refusals ({Refusal})
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name,
        email = excluded.email, caller_id = excluded.caller_id, company = excluded.company, entry = excluded.entry,
        since = CASE WHEN verdict = 'taken' AND excluded.verdict = 'taken' THEN since ELSE excluded.since END,
        verdict = excluded.verdict, error_code = excluded.error_code, message = excluded.message,
        asked_at = excluded.asked_at
      """, refusal.values)
  }

  func deleteRefusal(of key: ObjectKey) throws(LedgerError) {
    try run("DELETE FROM refusals WHERE kind = ? AND number = ?", key.values)
  }

  func contradiction(_ detail: String) -> LedgerError {
    LedgerError(.contradiction, path: path, detail: detail)
  }
}
