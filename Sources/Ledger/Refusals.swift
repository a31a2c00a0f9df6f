import Domain

extension Ledger {
  func refusals() throws(LedgerError) -> [Refusal] {
    let rows = try database.prepare(
      "SELECT \(Item.columns), entry, is_taken, error_code, message, since FROM refusals")
    var refusals: [Refusal] = []
    while try rows.step() {
      let answer = Answer(
        rows.integer(8) == 1 ? .taken : .refused, errorCode: rows.text(9), message: rows.text(10))
      refusals.append(
        Refusal(rows.item(0), entry: EntryID(rows.text(7)), answer: answer, since: rows.integer(11)))
    }
    return refusals
  }

  func put(_ refusal: Refusal) throws(LedgerError) {
    let insert = try database.prepare(
      """
      INSERT OR REPLACE INTO refusals (\(Item.columns), entry, is_taken, error_code, message, since)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    try insert.run(
      refusal.item.columnValues + [
        .text(refusal.entry.text), .integer(refusal.answer.verdict == .taken ? 1 : 0),
        .text(refusal.answer.errorCode), .text(refusal.answer.message), .integer(refusal.since),
      ])
  }

  func forgetRefusal(_ key: Key) throws(LedgerError) {
    try database.prepare("DELETE FROM refusals WHERE kind = ? AND number = ?").run(key.columnValues)
  }
}
