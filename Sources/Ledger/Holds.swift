public import Domain

/// Removals that a limit holds, as the ledger keeps them until an admin decides or they are no longer due.
public struct Hold: Hashable, Sendable {
  public struct Member: Hashable, Sendable {
    public let key: Key
    public let entry: EntryID
    public let dn: String
    /// The person's, or the contact's.
    public let name: String
  }

  public let name: String
  public let kind: Kind
  /// The limit that holds them, as a sentence.
  public let reason: String
  public let since: Seconds
  /// nil while nobody has approved it.
  public let approvedAt: Seconds?
  public let members: [Member]
}

extension Ledger {
  public func holds() throws(LedgerError) -> [Hold] {
    try database.read("reading what is held") { () throws(LedgerError) in
      let heads = try database.rows(
        "SELECT name, kind, reason, since, approved_at FROM holds ORDER BY kind DESC, name"
      ) { row throws(LedgerError) in
        Hold(
          name: try row.next(), kind: try row.next(), reason: try row.next(), since: try row.nextTime(),
          approvedAt: try row.nextTime(), members: [])
      }
      var holds: [Hold] = []
      for head in heads {
        let members = try database.rows(
          "SELECT number, entry, dn, name FROM held WHERE hold = ? ORDER BY length(number), number", [.text(head.name)]
        ) { row throws(LedgerError) in
          Hold.Member(
            key: Key(head.kind, try row.next()), entry: try row.next(), dn: try row.next(), name: try row.next())
        }
        holds.append(
          Hold(
            name: head.name, kind: head.kind, reason: head.reason, since: head.since, approvedAt: head.approvedAt,
            members: members))
      }
      return holds
    }
  }

  /// Keeps what a complete read's plan holds. An earlier set of the kind that isn't this one means nothing any more,
  /// unless it was approved and its removals are under way.
  ///
  /// - Parameter underWay: kinds of which the plan removes objects.
  public func keep(_ held: [Held], removing underWay: Set<Kind>, at time: Seconds) throws(LedgerError) {
    try database.write("keeping what is held") { () throws(LedgerError) in
      for kind in Kind.allCases where !underWay.contains(kind) {
        let name = held.first { $0.kind == kind }?.name ?? ""
        try database.run("DELETE FROM holds WHERE kind = ? AND name <> ?", [kind.stored, .text(name)])
      }
      for set in held {
        let isNew = try database.run(
          "INSERT INTO holds (name, kind, reason, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
          [.text(set.name), set.kind.stored, .text(set.limit), .time(time)])
        for object in set.objects where isNew == 1 {
          try database.run(
            "INSERT INTO held (hold, number, entry, dn, name) VALUES (?, ?, ?, ?, ?)",
            [
              .text(set.name), .text(object.key.number), object.entry.stored, .text(object.dn),
              .text(object.item.name),
            ])
        }
      }
    }
  }

  /// Lets exactly this set be removed by the next run. Returns false where it isn't held, or not any more.
  public func approve(_ name: String, at time: Seconds) throws(LedgerError) -> Bool {
    try database.write("approving \(name)") { () throws(LedgerError) in
      try database.run("UPDATE holds SET approved_at = ? WHERE name = ?", [.time(time), .text(name)]) == 1
    }
  }

  /// Keeps the objects of a set: the time and the reads for which they have been missed begin anew. Returns false where
  /// it isn't held, or not any more.
  public func reject(_ name: String, at time: Seconds) throws(LedgerError) -> Bool {
    try database.write("rejecting \(name)") { () throws(LedgerError) in
      try database.run(
        """
        UPDATE objects SET absence_reason = NULL, absence_since = NULL, absence_reads = NULL, updated_at = ?
        WHERE (kind, number, entry) IN
          (SELECT holds.kind, held.number, held.entry FROM held JOIN holds ON hold = holds.name WHERE hold = ?)
        """, [time.stored, .text(name)])
      return try database.run("DELETE FROM holds WHERE name = ?", [.text(name)]) == 1
    }
  }

  func approvals() throws(LedgerError) -> [Approval] {
    let rows = try database.rows(
      "SELECT hold, holds.kind, number, entry FROM holds JOIN held ON hold = holds.name WHERE approved_at IS NOT NULL"
    ) { row throws(LedgerError) in
      (try row.next() as String, Approval.Member(Key(try row.next(), try row.next()), try row.next()))
    }
    return Dictionary(grouping: rows, by: \.0).map { name, members in Approval(name, Set(members.map(\.1))) }
  }
}

extension Database {
  /// The object is gone; with the last of its members so is the set.
  func forgetHeld(_ key: Key) throws(LedgerError) {
    try run(
      "DELETE FROM held WHERE hold IN (SELECT name FROM holds WHERE kind = ?) AND number = ?", key.values)
    try run("DELETE FROM holds WHERE NOT EXISTS (SELECT 1 FROM held WHERE hold = name)")
  }
}
