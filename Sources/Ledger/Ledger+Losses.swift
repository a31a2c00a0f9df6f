public import Domain

extension Ledger {
  /// Records the managed objects that the PBX has lost, until an audit shows its objects.
  public func record(losses keys: Set<ObjectKey>, at time: Timestamp) throws(LedgerError) {
    if keys.isEmpty { return }
    try database.write("noting \(keys.count) losses") { () throws(LedgerError) in
      for key in keys.sorted() { try database.record(loss: key, at: time) }
    }
  }

  /// The objects that the PBX has lost since the last audit, in the order in which the losses were noticed.
  public func losses() throws(LedgerError) -> [FormerHolder] {
    try database.read("reading what the PBX lost") { () throws(LedgerError) in try database.losses() }
  }

  /// Deletes the losses of objects that an audit has shown or that are in the ledger. Other losses stay, so that their entries get no new
  /// number.
  ///
  /// - Parameter shown: the objects that the audit has shown.
  public func deleteLosses(of shown: some Sequence<ObjectKey>) throws(LedgerError) {
    try database.write("forgetting losses") { () throws(LedgerError) in
      try database.run(
        "DELETE FROM losses WHERE EXISTS (SELECT 1 FROM objects WHERE kind = losses.kind AND number = losses.number)")
      for key in shown { try database.deleteLoss(of: key) }
    }
  }

  /// The last change of an object of a kind that the PBX has accepted, by the wall clock; nil without one.
  public func lastChange(of kind: ObjectKind) throws(LedgerError) -> (run: RunID, at: Timestamp)? {
    try database.read("reading when something was changed last") { () throws(LedgerError) in
      try database.rows(
        """
        SELECT coalesce(settled_by, run), ended_at FROM intents
        WHERE kind = ?1 AND (outcome = 'holds' OR outcome = 'gone') AND (settled_by IS NOT NULL OR id =
          (SELECT id FROM intents WHERE kind = ?1 AND (outcome = 'holds' OR outcome = 'gone') ORDER BY id DESC LIMIT 1))
        ORDER BY ended_at DESC, id DESC LIMIT 1
        """, [kind.stored]
      ) { row throws(LedgerError) in (run: try row.next() as RunID, at: try row.next() as Timestamp) }.first
    }
  }
}

extension Database {
  func record(loss key: ObjectKey, at time: Timestamp) throws(LedgerError) {
    let values = key.values + [.time(time)]
    let known = try run(
      """
      INSERT OR REPLACE INTO losses ({FormerHolder})
      SELECT {PBXObject}, entry, dn, ?3 FROM objects WHERE kind = ?1 AND number = ?2
      """, values)
    if known > 0 { return }
    try run(
      """
      INSERT INTO losses ({FormerHolder}) VALUES (?1, ?2, '', '', '', '', '', '', '', ?3)
      ON CONFLICT DO UPDATE SET at = excluded.at
      """, values)
  }

  /// Deletes the loss of an object that is there again or is no longer wanted.
  func deleteLoss(of key: ObjectKey) throws(LedgerError) {
    try run("DELETE FROM losses WHERE kind = ? AND number = ?", key.values)
  }

  /// The managed objects that the PBX doesn't have, as far as known.
  func losses() throws(LedgerError) -> [FormerHolder] {
    try rows(
      "SELECT {FormerHolder} FROM losses ORDER BY at, kind DESC, length(number), number",
      as: FormerHolder.init)
  }
}
