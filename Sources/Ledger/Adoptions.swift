public import Domain

extension Ledger {
  /// Lets foreign objects be taken over as soon as the directory wants them.
  public func allow(_ adoptions: [Adoption], at time: Seconds) throws(LedgerError) {
    try database.write("allowing \(adoptions.count) adoptions") { () throws(LedgerError) in
      for adoption in adoptions {
        try database.run(
          """
          INSERT OR REPLACE INTO adoptions (kind, number, known, first_name, last_name, email, caller_id, company, at)
          VALUES (:kind, :number, :known, :first_name, :last_name, :email, :caller_id, :company, :at)
          """, (adoption.item?.columns ?? Item.noValues).with(adoption.key.columns),
          ["known": adoption.item == nil ? 0 : 1, "at": time])
      }
    }
  }
}

extension Adoption {
  init(_ row: borrowing Statement) throws(LedgerError) {
    let item = try Item(row)
    self.init(item.key, item: try row["known"] as Int == 1 ? item : nil)
  }
}

extension Freed {
  init(_ row: borrowing Statement) throws(LedgerError) {
    self.init(
      Key(try row["kind"], try row["number"]), entry: try row["entry"], dn: try row["dn"], at: try row["at"])
  }
}
