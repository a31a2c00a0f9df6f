public import Domain

extension Ledger {
  /// The PBX that the ledger is bound to; empty before the first run.
  public func pbx() throws(LedgerError) -> String {
    try database.read("reading which PBX it is of") { () throws(LedgerError) in
      try database.value(of: "SELECT pbx FROM meta")
    }
  }

  /// Binds the ledger to this PBX: its first one, or the same PBX under another address.
  public func bind(to pbx: String) throws(LedgerError) {
    try database.write("binding it to \(pbx)") { () throws(LedgerError) in
      try database.run("UPDATE meta SET pbx = ?, generation = generation + (pbx <> '')", [.text(pbx)])
    }
  }

  /// Binds the ledger to a PBX that has replaced its own: it is unknown whether its objects exist there and are managed.
  ///
  /// - Returns: how many objects became unproven.
  public func bind(toReplacement pbx: String, at time: Timestamp) throws(LedgerError) -> Int {
    try database.write("binding it to \(pbx)") { () throws(LedgerError) in
      try database.run("UPDATE meta SET pbx = ?, generation = generation + 1", [.text(pbx)])
      // How another PBX checks a call isn't known.
      try database.run("DELETE FROM presence")
      // A table showed the values of the previous one.
      try database.run("DELETE FROM adoptions")
      return try database.unprove("PBX replaced", at: time)
    }
  }
}

extension Database {
  /// Marks all objects as unproven. Returns how many there are, also those that were unproven before.
  func unprove(_ reason: String, at time: Timestamp) throws(LedgerError) -> Int {
    try run(
      "UPDATE objects SET unproven_reason = ?, unproven_since = ? WHERE unproven_reason IS NULL",
      [.text(reason), .time(time)])
    return try value(of: "SELECT count(*) FROM objects")
  }
}
