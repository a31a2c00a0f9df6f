public import Domain

extension Ledger {
  /// Remembers what a plan noted without any call, in one transaction. A note about an object that is no longer
  /// there changes nothing.
  public func apply(_ notes: [LedgerUpdate], at time: Timestamp) throws(LedgerError) {
    try database.write("taking \(notes.count) notes") { () throws(LedgerError) in
      for note in notes {
        // The record of an unmanaged number changes independently of a plan: entries that want it are planned again.
        if let key = note.changedKey { try database.mark(key) }
        try apply(note, at: time)
      }
    }
  }

  private func apply(_ note: LedgerUpdate, at time: Timestamp) throws(LedgerError) {
    switch note {
    case .absence(let key, let absence):
      try database.run(
        """
        UPDATE objects SET ({Absence}) = (?, ?, ?, ?), updated_at = ? WHERE kind = ? AND number = ?
        """, absence.values + [time.stored] + key.values)
    case .holder(let key, let entry, let dn):
      try database.run(
        "UPDATE objects SET entry = ?, dn = ?, updated_at = ? WHERE kind = ? AND number = ?",
        [entry.stored, .text(dn), time.stored] + key.values)
    case .unprove(let object, let inDoubtCalls):
      try database.store(object, at: time)
      for inDoubtCall in inDoubtCalls {
        try database.run(
          """
          UPDATE intents SET state = 'settled', outcome = 'undone', unproven = 1, verdict = 'unanswered', error_code = '',
            message = 'its entry left before the PBX was asked again', ended_at = ? WHERE id = ? AND state = 'open'
          """, [time.stored, inDoubtCall.stored])
      }
    case .release(let object):
      try database.run("DELETE FROM objects WHERE kind = ? AND number = ?", object.key.values)
    case .adopt(let object):
      try database.store(object, at: time)
      try database.clearRestrictions(on: object.key)
    case .seen(let object):
      try database.store(object, at: time)
      try database.clearRestrictions(on: object.key)
    case .lost(let key):
      // It says whose the object was, which is known as long as that is there.
      try database.record(loss: key, at: time)
      try database.forgetObject(key, at: time)
    case .foreign(let key):
      try database.record(foreign: key, at: time)
      // An entry that got it from a pool gets another.
      if key.kind == .extension { try database.run("DELETE FROM allocations WHERE number = ?", [.text(key.number)]) }
    case .allowed(let adoption):
      try database.allow(adoption, at: .time(time))
    case .known(let kind):
      try database.run("UPDATE restored SET is_over = 1 WHERE kind = ?", [kind.stored])
      try database.run("DELETE FROM later_changes WHERE kind = ?", [kind.stored])
    case .foreignGone(let key):
      try database.run("DELETE FROM adoptions WHERE kind = ? AND number = ? AND known <> 0", key.values)
      try database.run("DELETE FROM known_foreign WHERE kind = ? AND number = ?", key.values)
      try database.run("DELETE FROM refusals WHERE kind = ? AND number = ? AND verdict = 'taken'", key.values)
    case .forgetRefusal(let key):
      try database.deleteRefusal(of: key)
    case .allocate(let allocation):
      // Whose the number was before, and which one the entry had, is forgotten with it.
      try database.run(
        "INSERT OR REPLACE INTO allocations ({Allocation}) VALUES (?, ?, ?, ?, ?)", allocation.values)
    }
  }
}

extension LedgerUpdate {
  /// The number about which an audit or an admin's decision shows something else.
  fileprivate var changedKey: ObjectKey? {
    switch self {
    case .foreign(let key), .foreignGone(let key): key
    case .allowed(let adoption): adoption.key
    case .unprove, .adopt, .seen, .release, .lost, .absence, .holder, .known, .forgetRefusal, .allocate: nil
    }
  }
}
