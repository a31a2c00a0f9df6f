import CSQLite
public import Domain
import Glibc
import Platform

/// Copies of the ledger in the folder `backups` beside it, ordered by the time in their names.
public enum Backup {
  /// The folder of a ledger's backups.
  public static func folder(of ledger: String) -> String {
    "\(ledger.prefix(upTo: ledger.lastIndex(of: "/") ?? ledger.startIndex))/backups"
  }

  /// The backups of a ledger, the oldest first. A backup with a time in the future was made while the clock was ahead, so it is older than
  /// the others.
  ///
  /// - Parameter now: the wall clock; nil for the host's.
  public static func all(of ledger: String, at now: Timestamp? = nil) -> [String] {
    let folder = folder(of: ledger)
    let limit = "ledger-\(compactTime((now ?? Clock.system.wall) + 3600))~"
    let names = files(in: folder).filter { $0.hasPrefix("ledger-") && $0.hasSuffix(".sqlite") }.sorted()
    return (names.filter { $0 > limit } + names.filter { $0 <= limit }).map { "\(folder)/\($0)" }
  }

  /// What the name of a copy ends with until it is complete.
  static let draft = ".draft"

  /// Removes what kills left of copies that began before `time`, by their names.
  static func removeDrafts(of ledger: String, before time: Timestamp) {
    let (folder, limit) = (folder(of: ledger), "ledger-\(compactTime(time))")
    for name in files(in: folder) where name.hasPrefix("ledger-") && name.hasSuffix(draft) && name < limit {
      removeFile("\(folder)/\(name)")
    }
  }

  /// The note in the names of daily backups, which the rotation may remove; an admin's own stay.
  private static let daily = "daily"

  /// Every copy beside a ledger: its backups, and the ledgers that a restore has replaced.
  public static func copies(of ledger: String, at now: Timestamp) -> [String] {
    let named = all(of: ledger, at: now)
    // An admin may have chosen a name.
    let backups = Self.folder(of: ledger)
    let others = files(in: backups).filter { $0.hasSuffix(".sqlite") && !$0.hasPrefix("ledger-") }
    let copies = named + others.sorted().map { "\(backups)/\($0)" }
    let slash = ledger.lastIndex(of: "/") ?? ledger.startIndex
    let (folder, ledger) = (ledger[..<slash], ledger[slash...].dropFirst())
    let replaced = files(in: String(folder)).filter {
      name in name.hasPrefix("\(ledger).replaced-") && !companions.contains { name.hasSuffix($0) }
    }
    return copies + replaced.sorted().map { "\(folder)/\($0)" }
  }

  /// The suffixes of the files beside a ledger that are useless without it.
  private static let companions = ["-wal", "-shm", "-anchor"]

  /// Removes a copy with the files beside it.
  public static func remove(_ copy: String) { for suffix in [""] + companions { removeFile(copy + suffix) } }

  /// Removes what an upgrade or a restore put aside before `time`, by the names: an admin's own stay, and so do those of the rotation,
  /// which has an end of its own.
  static func removeAside(of ledger: String, before time: Timestamp, at now: Timestamp) {
    let limit = compactTime(time)
    for copy in copies(of: ledger, at: now) {
      let name = copy[(copy.lastIndex(of: "/") ?? copy.startIndex)...].dropFirst()
      let isUpgrade = name.hasPrefix("ledger-") && name.contains("-before-version-")
      let made =
        isUpgrade ? name.dropFirst("ledger-".count) : name.firstRange(of: ".replaced-").map { name[$0.upperBound...] }
      if let made, made.prefix(limit.utf8.count) < limit { remove(copy) }
    }
  }

  /// The daily backups, the oldest first.
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

  /// The path of the next daily backup.
  static func dailyPath(for ledger: String, at time: Timestamp) -> String {
    path(for: ledger, at: time, note: daily)
  }
}

extension Database {
  /// Copies everything, as of one moment, to a new file that its owner alone may read, and whose pages have checksums
  /// (https://www.sqlite.org/lang_vacuum.html#vacuuminto). The file has its name once it is complete; a failure or a signal leaves none,
  /// and a kill a draft that the next copy replaces.
  func copy(to target: String) throws(LedgerError) {
    if fileExists(target) {
      throw LedgerError(.notWritable, path: target, operation: "creating it", detail: "it exists already")
    }
    let draft = target + Backup.draft
    removeFile(draft)
    do throws(FileError) {
      try createFile(draft)
    } catch {
      throw LedgerError(
        error.isNoSpace ? .diskFull : .notWritable, path: target, operation: "creating it", detail: error.reason)
    }
    do throws(LedgerError) {
      try copy(into: draft, for: target)
      do throws(FileError) {
        // SQLite doesn't wait for the disk here.
        try flushFile(draft)
        try replaceFile(target, by: draft)
      } catch {
        throw LedgerError(error.isNoSpace ? .diskFull : .other, path: target, detail: error.reason)
      }
      try? flushFolder(of: target)
    } catch {
      removeFile(draft)
      throw error
    }
  }

  /// Copies everything to an existing empty file, without a flush to the disk.
  private func copy(into draft: String, for target: String) throws(LedgerError) {
    watchStop()
    do throws(LedgerError) {
      try run("VACUUM INTO ?", [.text(draft)])
    } catch {
      // The ledger is only read, so what can't be written is the copy.
      let isOfCopy = [.diskFull, .notWritable, .stopped].contains(error.kind)
      throw LedgerError(
        error.kind, path: isOfCopy ? target : path, code: error.code, operation: "copying \(path) to \(target)",
        detail: error.detail)
    }
  }

  /// Copies everything to a new file in the folder of backups, which is created if there is none.
  func backUp(to target: String) throws(LedgerError) {
    makeFolder(of: target)
    try copy(to: target)
    giveToFolderOwner(target)
  }
}
