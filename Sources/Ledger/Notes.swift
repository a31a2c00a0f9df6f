public import Domain

extension Ledger {
  /// Remembers what a plan noted without any call, in one transaction. A note about an object that is no longer
  /// there changes nothing.
  public func take(_ notes: [Note], at time: Seconds) throws(LedgerError) {
    try database.write("taking \(notes.count) notes") { () throws(LedgerError) in
      for note in notes { try take(note, at: time) }
    }
  }

  private func take(_ note: Note, at time: Seconds) throws(LedgerError) {
    switch note {
    case .absence(let key, let absence):
      try database.run(
        """
        UPDATE objects SET absence_reason = :absence_reason, absence_since = :absence_since,
          absence_reads = :absence_reads, updated_at = :at
        WHERE kind = :kind AND number = :number
        """, key.columns, absence.columns, ["at": time])
    case .holder(let key, let entry, let dn):
      try database.run(
        "UPDATE objects SET entry = :entry, dn = :dn, updated_at = :at WHERE kind = :kind AND number = :number",
        key.columns, ["entry": entry, "dn": dn, "at": time])
    case .assume(let object):
      try keep(object, at: time)
    case .adopt(let object):
      try keep(object, at: time)
      try settle(object.key)
    case .forgetRefusal(let key):
      try forgetRefusal(of: key)
    case .allocate(let allocation):
      // Whose the number was before, and which one the entry had, is forgotten with it.
      try database.run(
        "INSERT OR REPLACE INTO allocations (number, entry, dn, pool, at) VALUES (:number, :entry, :dn, :pool, :at)",
        allocation.columns)
    }
  }
}
