public import Domain

extension Ledger {
  /// The sets that are held, approved or rejected. One whose approval has lapsed is held again, also before a run ends the approval.
  public func holds() throws(LedgerError) -> [HeldSetRecord] {
    let now = now()
    return try database.read("reading what is held") { () throws(LedgerError) in
      var holds = try database.holds().filter { $0.endedAt == nil }
      for index in holds.indices where holds[index].hasLapsed(at: now) { holds[index].approvedAt = nil }
      for index in holds.indices where holds[index].approvedAt != nil {
        holds[index].waiting = try database.waitingCount(of: holds[index].name, at: now)
      }
      return holds
    }
  }

  /// The set with this name, even if it has ended recently; nil if there is none.
  public func hold(named name: String) throws(LedgerError) -> HeldSetRecord? {
    try database.read("reading what is held") { () throws(LedgerError) in
      try database.holds().first { $0.name == name }
    }
  }
}

extension Database {
  func holds() throws(LedgerError) -> [HeldSetRecord] {
    var holds = try rows(
      """
      SELECT name, kind, action, cause, reason, since, approved_at, rejected_at, ended_at, dependents,
        looked_at, looked_for, found, unselected
      FROM holds
      ORDER BY kind DESC, action, name
      """
    ) { row throws(LedgerError) in
      HeldSetRecord(
        name: try row.next(), kind: try row.next(), action: try row.next(), cause: try row.next(),
        reason: try row.next(), since: try row.nextTime(), approvedAt: try row.nextTime(),
        rejectedAt: try row.nextTime(), endedAt: try row.nextTime(), dependents: try row.next(),
        templates: [], lookup: try HeldSetRecord.Lookup?(&row), members: [])
    }
    for index in holds.indices {
      let hold = holds[index]
      holds[index].templates = try templates(of: hold.name)
      holds[index].members = try rows(
        """
        SELECT entry, dn, name, registered, {PBXObject}
        FROM (SELECT held.*, ? AS kind FROM held) WHERE hold = ? ORDER BY length(number), number
        """, [hold.kind.stored, .text(hold.name)]
      ) { row throws(LedgerError) in
        let (entry, dn, name): (EntryID, String, String) = (try row.next(), try row.next(), try row.next())
        let registered: String? = try row.next()
        let item = try PBXObject(&row)
        return HeldSetRecord.Member(
          key: item.key, entry: entry, dn: dn, name: name, registered: registered, before: nil, shownAt: nil,
          wanted: hold.action == .removal ? nil : item)
      }
      for position in holds[index].members.indices {
        guard let number = holds[index].members[position].registered else { continue }
        guard let object = try present(ObjectKey(hold.kind, number)) else { continue }
        holds[index].members[position].before = object.item
        holds[index].members[position].shownAt = object.shownAt
      }
    }
    return holds
  }

  /// How many members of a set have a conflict, or a next try that isn't due yet.
  fileprivate func waitingCount(of name: String, at now: Timestamp) throws(LedgerError) -> Int {
    try rows(
      """
      SELECT count(*) FROM holds JOIN held ON hold = holds.name WHERE holds.name = ? AND (
        EXISTS (SELECT 1 FROM conflicts
          WHERE conflicts.kind = holds.kind AND conflicts.number = held.number AND conflicts.entry = held.entry)
        OR (kind, held.number) IN (SELECT kind, number FROM setbacks WHERE next_at > ?))
      """, [.text(name), .time(now)]
    ) { row throws(LedgerError) in try row.next() as Int }.first ?? 0
  }

  private func present(_ key: ObjectKey) throws(LedgerError) -> (item: PBXObject, shownAt: Timestamp?)? {
    try rows(
      """
      SELECT {PBXObject}, {Absence} FROM objects WHERE kind = ? AND number = ?
      """, key.values
    ) { row throws(LedgerError) in
      let item = try PBXObject(&row)
      let absence = try Absence?(&row)
      return (item: item, shownAt: absence?.isThereAgain == true ? absence?.since : nil)
    }.first
  }
}

extension HeldSetRecord.Lookup? {
  /// looked_at, looked_for, found, unselected
  fileprivate init(_ row: inout Row) throws(LedgerError) {
    guard let at: Timestamp = try row.nextTime() else {
      row.skip(3)
      self = nil
      return
    }
    self = HeldSetRecord.Lookup(
      asked: try row.next(), found: try row.next(), unselected: try row.next(), at: at)
  }
}

extension Ledger {
  /// Stores the held sets of a plan. A set that is no longer held in the same form ends, and stays known for a week. A decided
  /// set loses the members that are no longer wanted.
  ///
  /// - Parameters:
  ///   - isComplete: whether the plan follows from a complete read; otherwise no set ends.
  ///   - templates: the templates that have changed since the first of the open sets was held.
  public func store(
    holdsOf plan: Plan, isComplete: Bool = true, templates: [ObjectKind: [TemplateChange]] = [:],
    at time: Timestamp
  ) throws(LedgerError) {
    try database.write("keeping what is held") { () throws(LedgerError) in
      if isComplete {
        try database.endHolds(except: Set(plan.held.map(\.name)), at: time)
        for member in plan.lapsed { try database.deleteApproved(member) }
        // A set whose approval has lapsed may be held again by the same name.
        try database.run("DELETE FROM holds WHERE NOT EXISTS (SELECT 1 FROM held WHERE hold = holds.name)")
        try database.moveRejections(to: plan.rejected)
        let rejected = Set(plan.rejected.map { $0.member(.update).values })
        try database.deleteRejections { rejected.contains($0.values) || plan.standing.contains($0) }
        try database.store(plan.disputes)
      }
      for set in plan.held {
        if !isComplete, try database.hasOpenHold(set) { continue }
        try database.store(set, set.action == .update ? templates[set.kind] ?? [] : [], at: time)
      }
      try database.run("DELETE FROM holds WHERE NOT EXISTS (SELECT 1 FROM held WHERE hold = holds.name)")
    }
  }

  /// Records how many entries of a set were found by their IDs.
  public func record(_ lookup: HeldSetRecord.Lookup, of name: String) throws(LedgerError) {
    try database.write("noting who is found") { () throws(LedgerError) in
      try database.run(
        """
        UPDATE holds SET looked_at = ?, looked_for = ?, found = ?, unselected = ? WHERE name = ? AND looked_at IS NULL
        """,
        [.time(lookup.at), lookup.asked.stored, lookup.found.stored, .text(lookup.unselected), .text(name)])
    }
  }
}

extension Approval.Member {
  /// What is rejected, whether it was an update or an addition: an object that is adopted is updated.
  fileprivate var values: Self { Self(key, entry, .update, wanted: wanted) }
}

extension Database {
  /// How long an ended set is kept, in seconds.
  private static let retention: Timestamp = 7 * 86_400

  fileprivate func endHolds(except names: Set<String>, at time: Timestamp) throws(LedgerError) {
    let open: [String] = try rows(
      "SELECT name FROM holds WHERE approved_at IS NULL AND rejected_at IS NULL AND ended_at IS NULL"
    ) { row throws(LedgerError) in try row.next() }
    for name in open where !names.contains(name) {
      try run("UPDATE holds SET ended_at = ? WHERE name = ?", [.time(time), .text(name)])
    }
    try run("DELETE FROM holds WHERE ended_at < ?", [.time(time - Self.retention)])
  }

  fileprivate func hasOpenHold(_ set: HeldSet) throws(LedgerError) -> Bool {
    try value(
      of: """
        SELECT EXISTS (SELECT 1 FROM holds WHERE kind = ? AND action = ? AND cause = ? AND approved_at IS NULL
          AND rejected_at IS NULL AND ended_at IS NULL)
        """, [set.kind.stored, set.action.stored, set.cause.stored]) as Int == 1
  }

  private func isOpen(_ name: String) throws(LedgerError) -> Bool {
    try value(
      of: "SELECT EXISTS (SELECT 1 FROM holds WHERE name = ? AND approved_at IS NULL AND rejected_at IS NULL)",
      [.text(name)]) as Int == 1
  }

  fileprivate func templates(of name: String) throws(LedgerError) -> [TemplateChange] {
    try rows(
      "SELECT field, source, earlier, later FROM hold_templates WHERE hold = ? ORDER BY source, field", [.text(name)]
    ) { row throws(LedgerError) in
      TemplateChange(of: try row.next(), in: try row.next(), from: try row.next(), to: try row.next())
    }
  }

  private func insert(_ templates: [TemplateChange], into name: String) throws(LedgerError) {
    for change in templates {
      try run(
        "INSERT OR REPLACE INTO hold_templates (hold, source, field, earlier, later) VALUES (?, ?, ?, ?, ?)",
        [.text(name), .text(change.source), .text(change.field.rawValue), .text(change.old), .text(change.new)])
    }
  }

  fileprivate func store(_ set: HeldSet, _ templates: [TemplateChange], at time: Timestamp) throws(LedgerError) {
    try run("DELETE FROM holds WHERE name = ? AND ended_at IS NOT NULL", [.text(set.name)])
    let isNew = try value(of: "SELECT NOT EXISTS (SELECT 1 FROM holds WHERE name = ?)", [.text(set.name)]) as Int
    // Other settings may hold the same set by now.
    try run(
      """
      INSERT INTO holds (name, kind, action, cause, reason, since, dependents)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (name) DO UPDATE SET reason = excluded.reason, dependents = excluded.dependents
        WHERE approved_at IS NULL AND rejected_at IS NULL
          AND (reason, dependents) IS NOT (excluded.reason, excluded.dependents)
      """,
      [
        .text(set.name), set.kind.stored, set.action.stored, set.cause.stored, .text(set.limit), .time(time),
        set.dependents.count.stored,
      ])
    // An entry with another decided change meanwhile belongs to the set again.
    if isNew == 0, try !isOpen(set.name) { return }
    if isNew == 1 { try insert(templates, into: set.name) }
    for object in set.objects {
      try insert(
        HeldSetRecord.Member(
          key: object.key, entry: object.entry, dn: object.dn, name: object.name,
          registered: object.before?.key.number, before: nil, shownAt: nil, wanted: object.wanted),
        into: set.name)
    }
  }

  private func insert(_ member: HeldSetRecord.Member, into name: String) throws(LedgerError) {
    let values = member.wanted.map(\.values) ?? PBXObject.values(of: member.key)
    try run(
      """
      INSERT INTO held (hold, entry, dn, name, registered, number, first_name, last_name, email, caller_id, company)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (hold, number) DO UPDATE SET entry = excluded.entry, dn = excluded.dn
      """,
      [.text(name), member.entry.stored, .text(member.dn), .text(member.name), member.registered.stored]
        + values.dropFirst())
  }

  /// Stores sets that an admin rejected, each in place of one with the same name.
  func replaceHolds(by rejected: [HeldSetRecord]) throws(LedgerError) {
    for set in rejected {
      try run("DELETE FROM holds WHERE name = ?", [.text(set.name)])
      try run(
        """
        INSERT INTO holds (name, kind, action, cause, reason, since, rejected_at, dependents)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          .text(set.name), set.kind.stored, set.action.stored, set.cause.stored, .text(set.reason), .time(set.since),
          set.rejectedAt.map(SQLiteValue.time) ?? .null, set.dependents.stored,
        ])
      try insert(set.templates, into: set.name)
      for member in set.members { try insert(member, into: set.name) }
    }
  }

  /// Deletes the held changes of an object that has changed, is gone or was refused; a set ends with its last member. Approved changes
  /// don't count against the limits.
  func deleteHeld(_ key: ObjectKey, isGone: Bool, at time: Timestamp) throws(LedgerError) {
    guard try value(of: "SELECT EXISTS (SELECT 1 FROM holds)") as Int == 1 else { return }
    if !isGone {
      try run(
        """
        INSERT OR REPLACE INTO limit_marks (kind, action, at)
        SELECT DISTINCT kind, action, ? FROM holds JOIN held ON hold = holds.name
        WHERE number = ? AND kind = ? AND action <> 'removal' AND approved_at IS NOT NULL
        """, [time.stored, .text(key.number), key.kind.stored])
    }
    try run(
      """
      DELETE FROM held WHERE number = ? AND hold IN
        (SELECT name FROM holds WHERE kind = ? AND (action = 'removal') = ? AND ended_at IS NULL)
      """, [.text(key.number), key.kind.stored, (isGone ? 1 : 0).stored])
    try run("DELETE FROM holds WHERE NOT EXISTS (SELECT 1 FROM held WHERE hold = holds.name)")
  }
}
