public import Domain

extension Ledger {
  /// Records that the first load of these kinds is finished: from now on their additions count against the limits.
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

  /// The kinds whose first load is finished.
  public func loadedKinds() throws(LedgerError) -> Set<ObjectKind> { try database.loadedKinds() }
}

extension Database {
  func loadedKinds() throws(LedgerError) -> Set<ObjectKind> {
    Set(try column(of: "SELECT kind FROM limit_marks WHERE action = 'addition'"))
  }

  /// The recent additions, updates and removals without an admin's decision: an undo, an approval and a confirmed audit are decisions.
  ///
  /// Calls have the wall clock's time. A call from a time when the clock was ahead counts no longer than the others.
  func recentChanges(at now: Timestamp) throws(LedgerError) -> [HeldSet.Action: [ObjectKey: LedgerState.Recent]] {
    let begin = now - ChangeLimits.window
    var recent: [HeldSet.Action: [ObjectKey: LedgerState.Recent]] = [:]
    // Intents have an index by run and time; there is at most one run a second. Before a mark, such as that of the first load, none is read.
    let rows = try rows(
      """
      SELECT actions.verb, kinds.kind, number, sum(outcome IS 'holds'), sum(outcome IS NOT 'holds')
      FROM (SELECT id, trigger, ended_at FROM runs ORDER BY id DESC LIMIT ?1) AS recent
        CROSS JOIN (SELECT 'add' AS verb, 'addition' AS action UNION ALL SELECT 'update', 'update') AS actions
        CROSS JOIN (SELECT 'extension' AS kind UNION ALL SELECT 'contact') AS kinds
        CROSS JOIN intents ON run = recent.id AND intents.verb = actions.verb AND intents.kind = kinds.kind
          AND at <= ?3 AND at > max(?2, coalesce(
            (SELECT at FROM limit_marks AS mark WHERE mark.kind = kinds.kind AND mark.action = actions.action), -1))
      WHERE (recent.ended_at IS NULL OR recent.ended_at > ?2) AND trigger NOT IN ('undo', 'audit')
        AND (outcome IS NULL OR outcome = 'holds' OR outcome = 'in doubt')
      GROUP BY actions.verb, kinds.kind, number
      """, [ChangeLimits.window.stored, begin.stored, (now + ChangeLimits.window).stored]
    ) { row throws(LedgerError) in
      (
        try row.next() as Call.Action, ObjectKey(try row.next(), try row.next()),
        LedgerState.Recent(made: try row.next(), isOpen: try row.next() as Int > 0)
      )
    }
    for (action, key, count) in rows { recent[action == .add ? .addition : .update, default: [:]][key] = count }
    let removals = try self.rows(
      "SELECT kind, number, count(*) FROM removals WHERE at > ? GROUP BY kind, number",
      [.time(now - RemovalPolicy.window)]
    ) { row throws(LedgerError) in (ObjectKey(try row.next(), try row.next()), try row.next() as Int) }
    for (key, count) in removals { recent[.removal, default: [:]][key] = LedgerState.Recent(made: count) }
    return recent
  }
}
