public import Domain

// The decisions of admins on held sets.

extension Ledger {
  /// Approves exactly these changes for the next run. Returns false if no such set is held now.
  public func approve(_ name: String, at time: Timestamp) throws(LedgerError) -> Bool {
    try database.write("approving \(name)") { () throws(LedgerError) in
      try database.record(.approved, onHold: name)
      return try database.run(
        "UPDATE holds SET approved_at = ?, rejected_at = NULL WHERE name = ? AND ended_at IS NULL",
        [.time(time), .text(name)]) == 1
    }
  }

  /// Ends approvals that are too old, because the circumstances may have changed. Returns the names of the sets, which wait for a decision
  /// again.
  public func endOldApprovals(at time: Timestamp) throws(LedgerError) -> [String] {
    let end: [SQLiteValue] = [.time(time - Approval.validity)]
    let names: [String] = try database.read("reading what is approved") { () throws(LedgerError) in
      try database.column(of: "SELECT name FROM holds WHERE approved_at < ? AND ended_at IS NULL", end)
    }
    if names.isEmpty { return [] }
    return try database.write("ending old approvals") { () throws(LedgerError) in
      try database.run("UPDATE holds SET approved_at = NULL WHERE approved_at < ? AND ended_at IS NULL", end)
      for name in names { try database.record(nil, onHold: name) }
      return names
    }
  }

  /// Lets no approval end within a day: those that wait for the end of a freeze.
  public func keepApprovals(at time: Timestamp) throws(LedgerError) {
    let earliest = time - Approval.validity + 86_400
    try database.write("keeping approvals") { () throws(LedgerError) in
      try database.run(
        "UPDATE holds SET approved_at = ?1 WHERE approved_at < ?1 AND ended_at IS NULL", [.time(earliest)])
    }
  }

  /// Keeps the objects of a set as they are; objects that a table showed again become foreign. For removals that a limit held, the time
  /// and the count of reads start again, as they do for all other entries of the kind that are missing: what isn't to be believed of
  /// many isn't of those who are missing for less long. Removals held for another reason than a limit stay until they are wanted or the set is approved. A
  /// rejected update or addition isn't made until the directory wants another one.
  ///
  /// - Returns: false if no such set is held.
  public func reject(_ name: String, at time: Timestamp) throws(LedgerError) -> Bool {
    try database.write("rejecting \(name)") { () throws(LedgerError) in
      guard let isLasting = try database.isRejectionLasting(name) else { return false }
      try database.record(.rejected, onHold: name)
      if let hold = try database.holds().first(where: { $0.name == name }), hold.cause == .revived {
        for key in hold.members.map(\.key) { try database.release(key, at: time) }
        try database.run("DELETE FROM holds WHERE name = ?", [.text(name)])
        return true
      }
      if isLasting {
        return try database.run(
          "UPDATE holds SET approved_at = NULL, rejected_at = ? WHERE name = ? AND ended_at IS NULL",
          [.time(time), .text(name)]) == 1
      }
      try database.run(
        """
        UPDATE objects SET ({Absence}) = (NULL, NULL, NULL, NULL), updated_at = ?1
        WHERE (kind, number, entry) IN
            (SELECT holds.kind, held.number, held.entry FROM held JOIN holds ON hold = holds.name WHERE hold = ?2)
          OR (absence_reason = ?3 AND absence_change IS NULL AND kind = (SELECT kind FROM holds WHERE name = ?2))
        """, [time.stored, .text(name), Absence.Reason.missing.stored])
      return try database.run("DELETE FROM holds WHERE name = ?", [.text(name)]) == 1
    }
  }
}

/// One member of a set with the admin's decision.
private struct DecidedMember {
  let hold: String
  let cause: HeldSet.Cause
  let isApproved: Bool
  let isRejected: Bool
  let member: Approval.Member

  init(_ row: inout Row) throws(LedgerError) {
    (hold, cause) = (try row.next(), try row.next())
    let action: HeldSet.Action = try row.next()
    (isApproved, isRejected) = (try row.next(), try row.next())
    let entry: EntryID = try row.next()
    let item = try PBXObject(&row)
    member = Approval.Member(item.key, entry, action, wanted: action == .removal ? nil : item)
  }
}

extension Database {
  /// Adds the admins' decisions, and the changes that wait for one. An approval that is too old doesn't count, although no run has ended it
  /// yet.
  func addDecisions(to state: inout LedgerState, at now: Timestamp) throws(LedgerError) {
    let found = try decidedMembers(at: now)
    state.undecided = Set(found.filter { !$0.isApproved && !$0.isRejected }.map(\.member))
    state.rejections = Set(found.filter(\.isRejected).map(\.member))
    state.approvals = Dictionary(grouping: found.filter(\.isApproved), by: \.hold).map { hold, found in
      Approval(hold, because: found[0].cause, Set(found.map(\.member)))
    }
  }

  private func decidedMembers(at now: Timestamp) throws(LedgerError) -> [DecidedMember] {
    try rows(
      """
      SELECT hold, cause, action, coalesce(approved_at >= ?, 0), rejected_at IS NOT NULL, entry, {PBXObject}
      FROM holds JOIN held ON hold = holds.name WHERE ended_at IS NULL
      """, [.time(now - Approval.validity)], as: DecidedMember.init)
  }

  private func rejections() throws(LedgerError) -> [Approval.Member] {
    try decidedMembers(at: 0).filter(\.isRejected).map(\.member)
  }

  /// Whether a rejection lasts: not if the removal is simply due again later. nil if there is no such set.
  fileprivate func isRejectionLasting(_ name: String) throws(LedgerError) -> Bool? {
    let answers: [Bool] = try column(
      of: "SELECT action <> 'removal' OR cause <> 'limit' FROM holds WHERE name = ? AND ended_at IS NULL", [.text(name)]
    )
    return answers.first
  }

  /// Deletes an approved change that is no longer wanted.
  func deleteApproved(_ member: Approval.Member) throws(LedgerError) {
    try run(
      """
      DELETE FROM held WHERE number = ? AND entry = ? AND hold IN
        (SELECT name FROM holds WHERE kind = ? AND action = ? AND approved_at IS NOT NULL)
      """, [.text(member.key.number), member.entry.stored, member.key.kind.stored, member.action.stored])
  }

  private func hasRejections() throws(LedgerError) -> Bool {
    try value(of: "SELECT EXISTS (SELECT 1 FROM holds WHERE rejected_at IS NOT NULL)")
  }

  /// Lets rejections follow values to the entries that want them now: a recreated entry has another ID.
  func moveRejections(to objects: [HeldObject]) throws(LedgerError) {
    guard try hasRejections() else { return }
    let known = Dictionary(grouping: try rejections(), by: \.key)
    for object in objects {
      for member in known[object.key] ?? []
      where member.entry != object.entry && member.wanted != nil && member.wanted == object.wanted {
        try run(
          """
          UPDATE held SET entry = ?, dn = ? WHERE number = ? AND entry = ? AND hold IN
            (SELECT name FROM holds WHERE kind = ? AND action = ? AND rejected_at IS NOT NULL)
          """,
          [
            object.entry.stored, .text(object.dn), .text(member.key.number), member.entry.stored,
            member.key.kind.stored, member.action.stored,
          ])
      }
    }
  }

  /// Deletes the rejections of changes that are wanted in another form now.
  func deleteRejections(except isCurrent: (Approval.Member) -> Bool) throws(LedgerError) {
    guard try hasRejections() else { return }
    for member in try rejections() where !isCurrent(member) {
      try run(
        """
        DELETE FROM held WHERE number = ? AND entry = ? AND hold IN
          (SELECT name FROM holds WHERE kind = ? AND action = ? AND rejected_at IS NOT NULL)
        """, [.text(member.key.number), member.entry.stored, member.key.kind.stored, member.action.stored])
    }
  }
}

extension Database {
  /// Stores the claims to numbers that other entries have; they replace those of the last complete read.
  func store(_ disputes: Set<Dispute>) throws(LedgerError) {
    let before = try self.disputes()
    for dispute in before.subtracting(disputes) {
      try run(
        "DELETE FROM disputes WHERE kind = ? AND number = ? AND entry = ?", dispute.key.values + [dispute.entry.stored])
    }
    for dispute in disputes.subtracting(before) {
      try run(
        "INSERT INTO disputes (kind, number, entry) VALUES (?, ?, ?)", dispute.key.values + [dispute.entry.stored])
    }
  }

  func disputes() throws(LedgerError) -> Set<Dispute> {
    Set(try rows("SELECT kind, number, entry FROM disputes", as: Dispute.init))
  }
}

extension Dispute {
  /// kind, number, entry
  init(_ row: inout Row) throws(LedgerError) {
    self.init(ObjectKey(try row.next(), try row.next()), try row.next())
  }
}
