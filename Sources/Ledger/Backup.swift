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

  /// The backups of a ledger, the oldest first. One whose name is of a time that is still to come was made by a clock that
  /// was ahead (by more than names of the same second do): it is older than those of now.
  ///
  /// - Parameter now: the wall clock; nil for the host's.
  public static func all(of ledger: String, at now: Timestamp? = nil) -> [String] {
    let folder = folder(of: ledger)
    let limit = "ledger-\(compactTime((now ?? Clock.system.wall) + 3600))~"
    let names = files(in: folder).filter { $0.hasPrefix("ledger-") && $0.hasSuffix(".sqlite") }.sorted()
    return (names.filter { $0 > limit } + names.filter { $0 <= limit }).map { "\(folder)/\($0)" }
  }

  /// The note in the name of those that the rotation made and may remove: an admin's own stay.
  private static let daily = "daily"

  /// Every copy beside a ledger: its backups, and what a restore put aside.
  public static func copies(of ledger: String, at now: Timestamp) -> [String] {
    let copies = all(of: ledger, at: now)
    let slash = ledger.lastIndex(of: "/") ?? ledger.startIndex
    let (folder, ledger) = (ledger[..<slash], ledger[slash...].dropFirst())
    let replaced = files(in: String(folder)).filter {
      name in name.hasPrefix("\(ledger).replaced-") && !companions.contains { name.hasSuffix($0) }
    }
    return copies + replaced.sorted().map { "\(folder)/\($0)" }
  }

  /// What lies beside a ledger's file, and is of no use without it.
  private static let companions = ["-wal", "-shm", "-anchor"]

  /// Removes a copy with what lies beside it.
  public static func remove(_ copy: String) { for suffix in [""] + companions { removeFile(copy + suffix) } }

  /// Those that the rotation made.
  static func daily(of ledger: String, at now: Timestamp) -> [String] {
    all(of: ledger, at: now).filter { $0.hasSuffix("-\(daily).sqlite") }
  }

  /// The path of a new backup. Names sort by their time, which is UTC's.
  static func path(for ledger: String, at time: Timestamp, note: String = "") -> String {
    // Each second gives one name: a later backup in the same second takes the next second's.
    var moment = time
    while true {
      let path = "\(folder(of: ledger))/ledger-\(compactTime(moment))\(note.isEmpty ? "" : "-\(note)").sqlite"
      if !fileExists(path) { return path }
      moment += 1
    }
  }

  /// The path of the rotation's next one.
  static func dailyPath(for ledger: String, at time: Timestamp) -> String {
    path(for: ledger, at: time, note: daily)
  }
}

extension Ledger {
  /// Makes a backup where a day has passed since the last that this made, by the ledger's own time, and removes all of these
  /// but the newest `count`. Those that anybody else made stay.
  ///
  /// Returns its path, or nil where there was none to make.
  @discardableResult
  public func backUpDaily(keeping count: Int, at time: Timestamp) throws(LedgerError) -> String? {
    let last =
      try database.rows("SELECT backed_up_at FROM meta") { row throws(LedgerError) in
        try row.nextTime() as Timestamp?
      }.first ?? nil
    if count == 0 || last.map({ time - $0 < 86_400 }) == true { return nil }
    let path = try backUpAnew(at: time)
    let earlier = Backup.daily(of: database.path, at: time).filter { $0 != path }
    for old in (earlier + [path]).dropLast(count) { removeFile(old) }
    return path
  }

  /// Makes a daily backup, however old the last one is. Returns its path.
  public func backUpAnew(at time: Timestamp) throws(LedgerError) -> String {
    let path = Backup.dailyPath(for: database.path, at: time)
    try database.backUp(to: path)
    try database.write("noting a backup") { () throws(LedgerError) in
      try database.run("UPDATE meta SET backed_up_at = ?", [.time(time)])
    }
    return path
  }

  /// Copies the whole ledger as of one moment to a file that must not exist. Others may use the ledger meanwhile.
  public func backUp(to path: String) throws(LedgerError) { try database.copy(to: path) }

  /// Makes a new backup in its folder, and returns its path.
  public func backUp(at time: Timestamp) throws(LedgerError) -> String {
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
      try copy(into: target)
      // SQLite doesn't wait for the disk here.
      do throws(FileError) {
        try flushFile(target)
      } catch {
        throw LedgerError(.other, path: target, detail: error.reason)
      }
      try? flushFolder(of: target)
    } catch {
      removeFile(target)
      throw error
    }
  }

  /// The same to an empty file that is there, perhaps not yet on the disk.
  func copy(into target: String) throws(LedgerError) {
    do throws(LedgerError) {
      try run("VACUUM INTO ?", [.text(target)])
    } catch {
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
