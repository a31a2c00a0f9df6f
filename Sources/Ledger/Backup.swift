import CSQLite
public import Domain
import Glibc
import Platform

/// Copies of the ledger in the folder `backups` beside it, by the time that they were made at.
public enum Backup {
  /// The folder of a ledger's backups.
  public static func folder(of ledger: String) -> String {
    "\(ledger.prefix(upTo: ledger.lastIndex(of: "/") ?? ledger.startIndex))/backups"
  }

  /// The backups of a ledger, the oldest first.
  public static func all(of ledger: String) -> [String] {
    files(in: folder(of: ledger)).filter { $0.hasPrefix("ledger-") && $0.hasSuffix(".sqlite") }.sorted()
      .map { "\(folder(of: ledger))/\($0)" }
  }

  /// The path of a new backup. Names sort by their time, which is UTC's.
  static func path(for ledger: String, at time: Seconds, note: String = "") -> String {
    // A second has one name: the next one's is for whoever comes second.
    var moment = time
    while true {
      let path = "\(folder(of: ledger))/ledger-\(compactTime(moment))\(note.isEmpty ? "" : "-\(note)").sqlite"
      if !fileExists(path) { return path }
      moment += 1
    }
  }
}

extension Ledger {
  /// Makes a backup where the last one is a day old, and forgets all but the newest `count`.
  ///
  /// Returns its path, or nil where there was none to make.
  @discardableResult
  public func backUpDaily(keeping count: Int, at time: Seconds) throws(LedgerError) -> String? {
    let earlier = Backup.all(of: database.path)
    let youngest = earlier.compactMap { modificationTime($0) }.max() ?? 0
    if count == 0 || time - youngest < 86_400 { return nil }
    let path = Backup.path(for: database.path, at: time)
    try database.backUp(to: path)
    for old in (earlier + [path]).dropLast(count) { removeFile(old) }
    return path
  }

  /// Copies the whole ledger as of one moment to a file that must not exist. Others may use the ledger meanwhile.
  public func backUp(to path: String) throws(LedgerError) { try database.copy(to: path) }

  /// The path of a new backup in its place.
  public func backUp(at time: Seconds) throws(LedgerError) -> String {
    let path = Backup.path(for: database.path, at: time)
    try database.backUp(to: path)
    return path
  }
}

extension Database {
  /// Copies everything, as of one moment, to a new file that its owner alone may read, and whose pages have checksums
  /// (https://www.sqlite.org/lang_vacuum.html#vacuuminto). On a failure there is no such file.
  func copy(to target: String) throws(LedgerError) {
    try Self.createNew(target)
    do throws(LedgerError) {
      try run("VACUUM INTO ?", [.text(target)])
      // SQLite doesn't wait for the disk here.
      if let reason = flushFile(target) { throw LedgerError(.other, path: target, detail: reason) }
      syncFolder(of: target)
    } catch {
      removeFile(target)
      var error = error
      error.operation = "copying \(path) to \(target)"
      throw error
    }
  }

  /// The same into the folder of backups, made where there is none.
  func backUp(to target: String) throws(LedgerError) {
    makeFolder(of: target)
    try copy(to: target)
    giveToFolderOwner(target)
  }
}
