import Domain

extension Ledger {
  /// Writes down what is about to be sent. On disk when it returns; only then may the requests leave.
  ///
  /// - Returns: the intents' numbers, in the order given.
  public func intend(_ intents: [Intent], in run: RunID) throws(LedgerError) -> [Int64] {
    try database.transaction { () throws(LedgerError) in
      let insert = try database.prepare(
        """
        INSERT INTO intents (\(Item.columns), run, verb, registered_number, entry, dn, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
      var ids: [Int64] = []
      for intent in intents {
        try insert.run(
          intent.call.columnValues + [
            .integer(run.rawValue), .text(intent.call.verb.rawValue), .init(intent.call.registeredNumber),
            .text(intent.entry.text), .text(intent.dn), .integer(intent.at),
          ])
        ids.append(database.lastInsertID)
      }
      return ids
    }
  }

  /// Writes down how intents ended, with what that means for the objects. All of it is on disk when it returns, or none.
  ///
  /// - Throws: also where an intent isn't open: it can't end twice.
  public func conclude(_ conclusions: [Conclusion]) throws(LedgerError) {
    try database.transaction { () throws(LedgerError) in
      let close = try database.prepare(
        """
        UPDATE intents SET outcome = ?, error_code = ?, message = ?, ended_at = ? WHERE id = ? AND outcome IS NULL
        """)
      for conclusion in conclusions {
        let isOpen = conclusion.outcome == .inDoubt
        for intent in conclusion.intents {
          try close.run([
            .init(conclusion.outcome.word), .text(conclusion.answer.errorCode), .text(conclusion.answer.message),
            isOpen ? .null : .integer(conclusion.at), .integer(intent),
          ])
          guard database.changes == 1 else {
            throw LedgerError(kind: .other, code: 0, path: database.path, detail: "intent \(intent) isn't open")
          }
        }
        try carryOut(conclusion)
      }
    }
  }

  /// Calls whose outcome isn't known, the oldest first.
  func doubts() throws(LedgerError) -> [Doubt] {
    let rows = try database.prepare(
      """
      SELECT \(Item.columns), id, verb, registered_number, entry, dn FROM intents WHERE outcome IS NULL ORDER BY id
      """)
    var doubts: [Doubt] = []
    while try rows.step() {
      let item = rows.item(0)
      let call: Call =
        switch Call.Verb(rawValue: rows.text(8)) {
        case .add: .add(item)
        case .update: .update(item, knownAs: rows.isNull(9) ? item.number : rows.text(9))
        case .delete, nil: .delete(item.key)
        }
      doubts.append(
        Doubt(intent: rows.integer(7), call: call, entry: EntryID(rows.text(10)), dn: rows.text(11)))
    }
    return doubts
  }

  private func carryOut(_ conclusion: Conclusion) throws(LedgerError) {
    switch conclusion.outcome {
    case .holds(let object, let replaced):
      if let replaced { try remove(replaced) }
      try put(object, at: conclusion.at)
      try forgetRefusal(object.key)
    case .gone(let key):
      try remove(key)
      try forgetRefusal(key)
    case .refused(let refusal): try put(refusal)
    case .undone, .inDoubt: break
    }
  }
}

extension Call {
  fileprivate var registeredNumber: String? {
    if case .updateContact(_, let number) = self { number } else { nil }
  }

  /// A delete has a key and no values.
  fileprivate var columnValues: [Statement.Value] {
    item?.columnValues ?? key.columnValues + ["", "", "", "", ""]
  }
}

extension Outcome {
  fileprivate var word: String? {
    switch self {
    case .holds: "holds"
    case .gone: "gone"
    case .refused: "refused"
    case .undone: "undone"
    case .inDoubt: nil
    }
  }
}
