import Domain
import Platform

extension Ledger {
  /// All that is wrong with it, by SQLite's own checks; empty when it is sound.
  /// Reads every page, so it takes its time.
  public func verify() throws(LedgerError) -> [String] {
    try database.read("checking it") { () throws(LedgerError) in
      var faults: [String] = try database.rows("PRAGMA integrity_check") { row throws(LedgerError) in
        try row.next()
      }
      faults.removeAll { $0 == "ok" }
      faults += try database.rows("SELECT \"table\", parent FROM pragma_foreign_key_check") { row throws(LedgerError) in
        "a row of \(try row.next() as String) belongs to a row of \(try row.next() as String) that isn't there"
      }
      return faults
    }
  }
}
