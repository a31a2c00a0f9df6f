public import Domain

extension Ledger {
  /// Records the managed objects that the PBX turned out not to have, until an audit shows what it has.
  public func record(losses keys: Set<ObjectKey>, at time: Timestamp) throws(LedgerError) {
    if keys.isEmpty { return }
    try database.write("noting \(keys.count) losses") { () throws(LedgerError) in
      for key in keys.sorted() { try database.record(loss: key, at: time) }
    }
  }

  /// What the PBX lost since the last audit, with the time at which that was noticed, the first one first.
  public func losses() throws(LedgerError) -> [FormerHolder] {
    try database.read("reading what the PBX lost") { () throws(LedgerError) in try database.losses() }
  }

  /// An audit has shown what the PBX has. Whose an object was that isn't there stays in mind: that one gets no other number by it.
  ///
  /// - Parameter shown: what is there.
  public func forgetLosses(of shown: some Sequence<ObjectKey>) throws(LedgerError) {
    try database.write("forgetting losses") { () throws(LedgerError) in
      try database.run(
        "DELETE FROM losses WHERE EXISTS (SELECT 1 FROM objects WHERE kind = losses.kind AND number = losses.number)")
      for key in shown { try database.forgetLoss(of: key) }
    }
  }

  /// When the PBX was last seen to change an object of a kind, by the wall clock, and in which run; nil
  /// before that.
  public func lastChange(of kind: ObjectKind) throws(LedgerError) -> (run: RunID, at: Timestamp)? {
    try database.read("reading when something was changed last") { () throws(LedgerError) in
      try database.rows(
        """
        SELECT run, ended_at FROM intents WHERE kind = ? AND (outcome = 'holds' OR outcome = 'gone')
        ORDER BY id DESC LIMIT 1
        """, [kind.stored]
      ) { row throws(LedgerError) in (run: try row.next() as RunID, at: try row.next() as Timestamp) }.first
    }
  }
}

extension Database {
  func record(loss key: ObjectKey, at time: Timestamp) throws(LedgerError) {
    try run(
      """
      INSERT INTO losses ({FormerHolder})
      SELECT ?1, ?2, coalesce(max(entry), ''), coalesce(max(dn), ''), ?3 FROM objects WHERE kind = ?1 AND number = ?2
      ON CONFLICT DO UPDATE SET at = excluded.at, entry = iif(excluded.entry = '', entry, excluded.entry),
        dn = iif(excluded.entry = '', dn, excluded.dn)
      """, key.values + [.time(time)])
  }

  /// It is there again, or is to be there no more.
  func forgetLoss(of key: ObjectKey) throws(LedgerError) {
    try run("DELETE FROM losses WHERE kind = ? AND number = ?", key.values)
  }

  /// The managed objects that the PBX doesn't have, as far as known.
  func losses() throws(LedgerError) -> [FormerHolder] {
    try rows(
      "SELECT {FormerHolder} FROM losses ORDER BY at, kind DESC, length(number), number",
      as: FormerHolder.init)
  }
}
