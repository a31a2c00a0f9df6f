public import Domain
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

  /// Puts a backup in the place of the ledger at `path`, which stays beside it under another name. Nobody else may use
  /// the ledger meanwhile.
  ///
  /// At each moment there is a ledger under the name: a process that found none would begin anew and know nothing.
  ///
  /// - Returns: Where the earlier ledger is now; nil where there was none.
  public static func restore(_ path: String, from backup: String, at time: Seconds) throws(LedgerError) -> String? {
    let draft = path + ".restored"
    removeFile(draft)
    let source = try Database(backup, for: .reading)
    guard try source.inspect() > 0 else {
      throw LedgerError(.corrupt, path: backup, operation: "restoring it", detail: "it holds nothing")
    }
    try source.copy(to: draft)
    giveToFolderOwner(draft)

    var kept: String?
    if fileExists(path) {
      // A sound ledger takes in its log when it is closed; the log of a damaged one is kept beside it.
      _ = try? Database(path, for: .writing).run("PRAGMA wal_checkpoint(TRUNCATE)")
      let aside = "\(path).replaced-\(compactTime(time))"
      if let reason = linkFile(path, as: aside) { throw refused(path, reason) }
      for suffix in ["-wal", "-shm"] where fileExists(path + suffix) {
        if let reason = replaceFile(aside + suffix, by: path + suffix) { throw refused(path, reason) }
      }
      kept = aside
    }
    if let reason = replaceFile(path, by: draft) { throw refused(path, reason) }
    return kept
  }

  private static func refused(_ path: String, _ reason: String) -> LedgerError {
    LedgerError(.notWritable, path: path, operation: "restoring it", detail: reason)
  }
}
