import Domain
import Platform

extension Ledger {
  /// All damage that SQLite's own checks find; empty if the ledger is OK. Reads every page, so it takes its time.
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
