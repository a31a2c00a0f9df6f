public import Domain

extension Ledger {
  /// Lets foreign objects be taken over as soon as the directory wants them.
  public func allow(_ adoptions: [Adoption], at time: Seconds) throws(LedgerError) {
    try database.write("allowing \(adoptions.count) adoptions") { () throws(LedgerError) in
      for adoption in adoptions { try database.allow(adoption, at: .time(time)) }
    }
  }
}

extension Database {
  /// The values that a table showed stay known.
  func allow(_ adoption: Adoption, at time: Stored) throws(LedgerError) {
    if adoption.item == nil,
      try run(
        "UPDATE adoptions SET known = 1, at = ? WHERE kind = ? AND number = ? AND known <> 0",
        [time] + adoption.key.values) > 0
    {
      return
    }
    try run(
      """
      INSERT OR REPLACE INTO adoptions (kind, number, first_name, last_name, email, caller_id, company, known, at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      (adoption.item?.values ?? Item.values(of: adoption.key)) + [
        .integer(adoption.item == nil ? 0 : adoption.isAsItIs ? 2 : 1), time,
      ])
  }
}

extension Adoption {
  /// Those of an item, known
  init(_ row: inout Row) throws(LedgerError) {
    let item = try Item(&row)
    let known = try row.next() as Int
    self.init(item.key, item: known == 0 ? nil : item, asItIs: known == 2)
  }
}

extension Freed {
  /// Those of a key, entry, dn, at
  init(_ row: inout Row) throws(LedgerError) {
    self.init(
      Key(try row.next(), try row.next()), entry: try row.next(), dn: try row.next(), at: try row.nextTime())
  }
}
