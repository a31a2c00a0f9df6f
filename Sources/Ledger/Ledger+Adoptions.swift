public import Domain

extension Ledger {
  /// Allows the adoption of foreign objects as soon as the directory wants them, for a day.
  public func allow(_ adoptions: [AllowedAdoption], at time: Timestamp) throws(LedgerError) {
    try database.write("allowing \(adoptions.count) adoptions") { () throws(LedgerError) in
      // Values of expired permissions no longer count.
      try database.run("DELETE FROM adoptions WHERE known <> 2 AND at <= ?", [.time(time - AllowedAdoption.validity)])
      for adoption in adoptions { try database.allow(adoption, at: .time(time)) }
    }
  }

  /// The permissions to adopt that haven't expired.
  func adoptions() throws(LedgerError) -> [AllowedAdoption] {
    try database.rows(
      """
      SELECT {PBXObject}, known, at FROM adoptions
      WHERE known = 2 OR at > ?
      """, [.time(timeline.now - AllowedAdoption.validity)], as: AllowedAdoption.init)
  }
}

extension Database {
  /// Stores a permission to adopt. Values that a table showed are kept.
  ///
  /// known: 0 without values, 2 with those that an audit showed after a restore, 1 with those that an admin allowed: of a table, or of
  /// such an audit (3 in earlier ledgers).
  func allow(_ adoption: AllowedAdoption, at time: SQLiteValue) throws(LedgerError) {
    if adoption.item == nil,
      try run(
        "UPDATE adoptions SET known = 1, at = ? WHERE kind = ? AND number = ? AND known <> 0",
        [time] + adoption.key.values) > 0
    {
      return
    }
    let known: Int64 = adoption.item == nil ? 0 : adoption.isAsItIs ? 2 : 1
    try run(
      """
      INSERT OR REPLACE INTO adoptions ({PBXObject}, known, at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, (adoption.item?.values ?? PBXObject.values(of: adoption.key)) + [.integer(known), time])
  }
}

extension AllowedAdoption {
  /// The columns of an item, known, at
  init(_ row: inout Row) throws(LedgerError) {
    let item = try PBXObject(&row)
    let known = try row.next() as Int
    let until = try row.nextTime() as Timestamp + Self.validity
    self.init(
      item.key, item: known == 0 ? nil : item, asItIs: known == 2, until: known == 2 ? nil : until)
  }
}

extension FormerHolder {
  static let columns = "\(PBXObject.columns), entry, dn, at"

  init(_ row: inout Row) throws(LedgerError) {
    self.init(try PBXObject(&row), entry: try row.next(), dn: try row.next(), at: try row.nextTime())
  }
}
