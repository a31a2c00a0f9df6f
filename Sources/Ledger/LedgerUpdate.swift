public import Domain

extension Ledger {
  /// Makes the updates of a plan or an audit, in one transaction. An update of an object that is no longer there changes nothing.
  public func apply(_ updates: [LedgerUpdate], at time: Timestamp) throws(LedgerError) {
    try database.write("taking \(updates.count) notes") { () throws(LedgerError) in
      for update in updates {
        // These numbers change independently of a plan, so entries that want them are planned again.
        if let key = update.changedKey { try database.mark(key) }
        try apply(update, at: time)
      }
    }
  }

  private func apply(_ update: LedgerUpdate, at time: Timestamp) throws(LedgerError) {
    switch update {
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
      // The loss records the object's entry, so it comes before the deletion.
      try database.record(loss: key, at: time)
      try database.deleteObject(key, at: time)
    case .foreign(let key):
      try database.record(foreign: key, at: time)
      // An entry that got the number from a pool gets another one.
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
    case .deleteRefusal(let key):
      try database.deleteRefusal(of: key)
    case .allocate(let allocation):
      // This replaces the number's earlier entry and the entry's earlier number.
      try database.run(
        "INSERT OR REPLACE INTO allocations ({Allocation}) VALUES (?, ?, ?, ?, ?)", allocation.values)
    }
  }
}

extension LedgerUpdate {
  /// The number whose state an audit or an admin's decision has changed.
  fileprivate var changedKey: ObjectKey? {
    switch self {
    case .foreign(let key), .foreignGone(let key): key
    case .allowed(let adoption): adoption.key
    case .unprove, .adopt, .seen, .release, .lost, .absence, .holder, .known, .deleteRefusal, .allocate: nil
    }
  }
}
