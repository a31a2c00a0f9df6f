import CSQLite
public import Domain
import Platform

extension Ledger {
  /// All damage that SQLite's own checks find; empty if the ledger is OK. Reads every page.
  public func verify() throws(LedgerError) -> [String] {
    try database.read("checking it") { () throws(LedgerError) in
      var faults: [String] = try database.column(of: "PRAGMA integrity_check")
      faults.removeAll { $0 == "ok" }
      faults += try database.rows("SELECT \"table\", parent FROM pragma_foreign_key_check") { row throws(LedgerError) in
        "a row of \(try row.next() as String) belongs to a row of \(try row.next() as String) that isn't there"
      }
      return faults
    }
  }
}

extension Ledger {
  /// Makes a daily backup if a day has passed since the last one, by the ledger's own time, and removes all daily backups but the newest
  /// `count`. Backups by an admin stay.
  ///
  /// - Returns: its path; nil if none was due.
  @discardableResult
  public func backUpDaily(keeping count: Int, at time: Timestamp) throws(LedgerError) -> String? {
    let last = try database.time(of: "SELECT backed_up_at FROM meta")
    if count == 0 || last.map({ time - $0 < 86_400 }) == true { return nil }
    Backup.removeDrafts(of: database.path, before: time - 86_400)
    let path = try backUpAnew(at: time)
    let earlier = Backup.daily(of: database.path, at: time).filter { $0 != path }
    for old in (earlier + [path]).dropLast(count) { removeFile(old) }
    return path
  }

  /// Makes a daily backup, even if the last one is recent, and returns its path.
  @discardableResult
  public func backUpAnew(at time: Timestamp) throws(LedgerError) -> String {
    let path = Backup.dailyPath(for: database.path, at: time)
    try database.backUp(to: path)
    try database.write("noting a backup") { () throws(LedgerError) in
      try database.run("UPDATE meta SET backed_up_at = ?", [.time(time)])
    }
    return path
  }

  /// Ends the copies of this process that are under way, and all later ones, for a signal: they throw `.stopped` and leave no file.
  public static func stopCopies() { csqlite_stop_copies() }

  /// Copies the whole ledger as of one moment to a file that must not exist. Others may use the ledger meanwhile.
  public func backUp(to path: String) throws(LedgerError) { try database.copy(to: path) }

  /// Makes a new backup in its folder, and returns its path.
  public func backUp(at time: Timestamp) throws(LedgerError) -> String {
    let path = Backup.path(for: database.path, at: time)
    try database.backUp(to: path)
    return path
  }
}
