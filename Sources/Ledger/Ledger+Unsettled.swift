public import Domain

extension Ledger {
  /// Calls whose result is unknown, in the order of their intents, and changes that fail again and again.
  public func unsettled() throws(LedgerError) -> (inDoubt: [InDoubtCall], failing: [ChangeBackoff]) {
    try database.read("reading what isn't settled") { () throws(LedgerError) in
      (
        try inDoubtCalls(),
        try database.rows(
          "SELECT kind, number, failures, next_at, message FROM setbacks ORDER BY kind DESC, length(number), number",
          as: ChangeBackoff.init)
      )
    }
  }
}
