public import Domain

extension Ledger {
  /// The PBX that its objects are of, as it was bound; empty before a first run.
  public func pbx() throws(LedgerError) -> String {
    try database.read("reading which PBX it is of") { () throws(LedgerError) in
      try database.value(of: "SELECT pbx FROM meta")
    }
  }

  /// Binds it to this PBX from now on: its first one, or the same under another address.
  public func bind(to pbx: String) throws(LedgerError) {
    try database.write("binding it to \(pbx)") { () throws(LedgerError) in
      try database.run("UPDATE meta SET pbx = ?, generation = generation + (pbx <> '')", [.text(pbx)])
    }
  }

  /// Binds it to a PBX that replaced its own: it is unknown whether its objects exist there and are managed.
  ///
  /// - Returns: How many objects became unproven.
  public func bind(toReplacement pbx: String, at time: Timestamp) throws(LedgerError) -> Int {
    try database.write("binding it to \(pbx)") { () throws(LedgerError) in
      try database.run("UPDATE meta SET pbx = ?, generation = generation + 1", [.text(pbx)])
      return try database.unprove("PBX replaced", at: time)
    }
  }
}

extension Database {
  /// Forgets the proofs of all objects, and what was learned about the PBX. Returns how many objects lost theirs.
  func unprove(_ reason: String, at time: Timestamp) throws(LedgerError) -> Int {
    try run("DELETE FROM presence")
    return try run(
      "UPDATE objects SET unproven_reason = ?, unproven_since = ? WHERE unproven_reason IS NULL",
      [.text(reason), .time(time)])
  }
}
