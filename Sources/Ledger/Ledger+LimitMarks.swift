public import Domain

extension Ledger {
  /// From now on additions of these kinds count against the limits: there has been a first load.
  public func recordFirstLoad(of kinds: Set<ObjectKind>, at time: Timestamp) throws(LedgerError) {
    if kinds.isEmpty { return }
    try database.write("noting a first load") { () throws(LedgerError) in
      for kind in kinds.sorted() {
        try database.run(
          "INSERT INTO limit_marks (kind, action, at) VALUES (?, 'addition', ?) ON CONFLICT DO NOTHING",
          [kind.stored, time.stored])
      }
    }
  }

  /// The kinds of which there has been a first load.
  public func loadedKinds() throws(LedgerError) -> Set<ObjectKind> { try database.loadedKinds() }
}

extension Database {
  func loadedKinds() throws(LedgerError) -> Set<ObjectKind> {
    Set(
      try rows("SELECT kind FROM limit_marks WHERE action = 'addition'") { row throws(LedgerError) in try row.next() })
  }

  /// What was added, updated and removed unasked a short while ago. What an admin undid, approved or confirmed after an audit was asked
  /// for.
  ///
  /// Calls have the wall clock's time: one that was far ahead then counts no longer than the others.
  func recentChanges(at now: Timestamp) throws(LedgerError) -> [HeldSet.Action: [ObjectKey: LedgerState.Recent]] {
    let begin = now - ChangeLimits.window
    var recent: [HeldSet.Action: [ObjectKey: LedgerState.Recent]] = [:]
    // Intents have no index by time. Those of runs that ended before don't matter, and there are no more runs than seconds.
    let rows = try rows(
      """
      SELECT intents.verb, intents.kind, intents.number, sum(outcome IS 'holds'), sum(outcome IS NOT 'holds') FROM intents
        JOIN runs ON run = runs.id
        LEFT JOIN limit_marks ON limit_marks.kind = intents.kind
          AND action = CASE intents.verb WHEN 'add' THEN 'addition' ELSE 'update' END
      WHERE run IN (SELECT id FROM (SELECT id, ended_at FROM runs ORDER BY id DESC LIMIT ?)
          WHERE ended_at IS NULL OR ended_at > ?)
        AND intents.verb <> 'delete' AND (outcome IS NULL OR outcome = 'holds' OR outcome = 'in doubt')
        AND runs.trigger NOT IN ('undo', 'audit')
        AND intents.at BETWEEN ? AND ?
        AND intents.at > coalesce(limit_marks.at, -1)
      GROUP BY intents.verb, intents.kind, intents.number
      """, [ChangeLimits.window.stored, begin.stored, (begin + 1).stored, (now + ChangeLimits.window).stored]
    ) { row throws(LedgerError) in
      (
        try row.next() as Call.Action, ObjectKey(try row.next(), try row.next()),
        LedgerState.Recent(made: try row.next(), isOpen: try row.next() as Int > 0)
      )
    }
    for (verb, key, count) in rows { recent[verb == .add ? .addition : .update, default: [:]][key] = count }
    let removed = try self.rows(
      "SELECT kind, number FROM freed WHERE unasked = 1 AND at > ?", [.time(now - RemovalPolicy.window)]
    ) { row throws(LedgerError) in ObjectKey(try row.next(), try row.next()) }
    for key in removed { recent[.removal, default: [:]][key] = LedgerState.Recent(made: 1) }
    return recent
  }
}
