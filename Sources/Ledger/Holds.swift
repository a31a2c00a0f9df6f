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
      let heads = try database.rows("SELECT * FROM holds ORDER BY kind DESC, name") { row throws(LedgerError) in
        Hold(
          name: try row["name"], kind: try row["kind"], reason: try row["reason"], since: try row["since"],
          approvedAt: try row["approved_at"], members: [])
      }
      var holds: [Hold] = []
      for head in heads {
        let members = try database.rows(
          "SELECT * FROM held WHERE hold = :hold ORDER BY length(number), number", ["hold": head.name]
        ) { row throws(LedgerError) in
          Hold.Member(
            key: Key(head.kind, try row["number"]), entry: try row["entry"], dn: try row["dn"], name: try row["name"])
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
        try database.run("DELETE FROM holds WHERE kind = :kind AND name <> :name", ["kind": kind, "name": name])
      }
      for set in held {
        let isNew = try database.run(
          "INSERT INTO holds (name, kind, reason, since) VALUES (:name, :kind, :reason, :at) ON CONFLICT DO NOTHING",
          ["name": set.name, "kind": set.kind, "reason": set.limit, "at": time])
        for object in set.objects where isNew == 1 {
          try database.run(
            "INSERT INTO held (hold, number, entry, dn, name) VALUES (:hold, :number, :entry, :dn, :name)",
            [
              "hold": set.name, "number": object.key.number, "entry": object.entry, "dn": object.dn,
              "name": object.item.name,
            ])
        }
      }
    }
  }

  /// Lets exactly this set be removed by the next run. Returns false where it isn't held, or not any more.
  public func approve(_ name: String, at time: Seconds) throws(LedgerError) -> Bool {
    try database.write("approving \(name)") { () throws(LedgerError) in
      try database.run("UPDATE holds SET approved_at = :at WHERE name = :name", ["name": name, "at": time]) == 1
    }
  }

  /// Keeps the objects of a set: the time and the reads for which they have been missed begin anew. Returns false where
  /// it isn't held, or not any more.
  public func reject(_ name: String, at time: Seconds) throws(LedgerError) -> Bool {
    try database.write("rejecting \(name)") { () throws(LedgerError) in
      try database.run(
        """
        UPDATE objects SET absence_reason = NULL, absence_since = NULL, absence_reads = NULL, updated_at = :at
        WHERE (kind, number, entry) IN
          (SELECT holds.kind, held.number, held.entry FROM held JOIN holds ON hold = holds.name WHERE hold = :name)
        """, ["name": name, "at": time])
      return try database.run("DELETE FROM holds WHERE name = :name", ["name": name]) == 1
    }
  }

  /// The object is gone; with the last of its members so is the set.
  func forgetHeld(_ key: Key) throws(LedgerError) {
    try database.run(
      "DELETE FROM held WHERE number = :number AND hold IN (SELECT name FROM holds WHERE kind = :kind)", key.columns)
    try database.run("DELETE FROM holds WHERE NOT EXISTS (SELECT 1 FROM held WHERE hold = name)")
  }

  func approvals() throws(LedgerError) -> [Approval] {
    let rows = try database.rows(
      "SELECT held.*, kind FROM holds JOIN held ON hold = holds.name WHERE approved_at IS NOT NULL"
    ) { row throws(LedgerError) in
      (try row["hold"] as String, Approval.Member(Key(try row["kind"], try row["number"]), try row["entry"]))
    }
    return Dictionary(grouping: rows, by: \.0).map { name, members in Approval(name, Set(members.map(\.1))) }
  }
}
