import Glibc
import Platform

extension Database {
  /// Opens the ledger and creates it if there is none; on return it is intact and of the current version.
  ///
  /// - Parameter seen: how far this process has seen it get; nil if it opens it for the first time.
  static func opening(_ path: String, after seen: Anchor? = nil, _ clock: Clock = .system) throws(LedgerError)
    -> Database
  {
    let anchor: Anchor?
    do throws(LedgerError) {
      anchor = try Anchor(of: path)
    } catch {
      guard error.kind == .notReadable else { throw error }
      throw LedgerError(.notWritable, path: path, detail: error.detail)
    }
    if !fileExists(path) { try expectNone(at: path, anchor, seen) }
    try create(path)
    var (version, isChecked) = try inspectFile(at: path, anchor)
    // The anchor must exist before the version that requires one.
    if anchor == nil { try Anchor().save(beside: path) }
    if version > 0 && !isChecked {
      try rebuild(path, from: version, at: clock.wall)
      version = migrations.count
    }
    var database = try migrated(path, from: version, at: clock.wall)
    try database.check(isAfter: seen)
    let found = try database.anchor()
    if (anchor?.commits ?? 0) == 0 { try found.save(beside: path) }
    database.anchorFile = try AnchorFile(of: path, ledger: found.ledger)
    return database
  }

  /// Checks that no other file shows that a ledger existed: a new one would have no record of what is managed.
  private static func expectNone(at path: String, _ anchor: Anchor?, _ seen: Anchor? = nil) throws(LedgerError) {
    try anchor?.check(path, name: "", commits: 0)
    try seen?.check(remembered: path, name: "", commits: 0)
    guard let backup = Backup.all(of: path).last else { return }
    throw LedgerError(
      .behind, path: path, operation: "looking for it", detail: "it is gone, and \(backup) is a backup of it")
  }

  /// Opens a ledger for writing that this process has checked before; on return it has the current version.
  static func reopening(_ path: String, after seen: Anchor? = nil) throws(LedgerError) -> Database {
    let anchor = try AnchorFile(of: path, ledger: try name(at: path, after: seen))
    let database = try Database(path, for: .writing, anchor: anchor)
    try database.execute(script: pragmas)
    return database
  }

  /// Opens a ledger for reading; only its version and its anchor are checked.
  static func openingUnchecked(_ path: String) throws(LedgerError) -> Database {
    let anchor = try Anchor(of: path)
    let database = try Database(path, for: .reading)
    let version = try database.version()
    try database.expectCurrent(version)
    try database.check(anchor, version: version)
    return database
  }

  /// The ledger's name; its connection ends before another one writes.
  private static func name(at path: String, after seen: Anchor?) throws(LedgerError) -> String {
    let found = try openingUnchecked(path)
    try found.check(isAfter: seen)
    return try found.anchor().ledger
  }

  /// FULL: a commit is on the disk when it returns (https://www.sqlite.org/pragma.html#pragma_synchronous).
  /// Overwritten or deleted data may be a name, so it is blanked (https://www.sqlite.org/pragma.html#pragma_secure_delete).
  /// Temporary data stays in memory: a run needs no folder for temporary files, and leaves no names in one.
  private static let pragmas =
    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY"

  /// A connection for reading inspects the file: closing one for writing would move the write-ahead log of a damaged file into it.
  private static func inspectFile(at path: String, _ anchor: Anchor?) throws(LedgerError) -> (
    version: Int, isChecked: Bool
  ) {
    do throws(LedgerError) {
      return try inspect(path, anchor)
    } catch {
      guard error.isOfInterruptedTransaction else { throw error }
      // Only before a file has a write-ahead log. The first read of a writer reverts what a power cut left half written.
      _ = try Database(path, for: .writing).version()
      return try inspect(path, anchor)
    }
  }

  private static func inspect(_ path: String, _ anchor: Anchor?) throws(LedgerError) -> (version: Int, isChecked: Bool)
  {
    let database = try Database(path, for: .reading)
    let version = try database.inspect()
    try database.check(anchor, version: version)
    try database.checkByBackup(version: version)
    return (version, database.isChecked)
  }

  /// Opens a ledger with checksums of pages for writing, and migrates it to the current version.
  private static func migrated(_ path: String, from version: Int, at time: Int64) throws(LedgerError) -> Database {
    let database = try Database(path, for: .writing)
    try database.execute(script: pragmas)
    // WAL lets others read at any time. SQLite answers with the mode that it could set.
    let mode: String = try database.value(of: "PRAGMA journal_mode = WAL")
    guard mode == "wal" else {
      throw LedgerError(.other, path: path, detail: "its file system has no write-ahead log (mode \(mode))")
    }
    if version > 0 && version < migrations.count {
      try database.backUp(
        to: Backup.path(for: path, at: time, note: "before-version-\(migrations.count)"))
    }
    try database.migrate(from: version)
    // The log begins with what happens from now on: damage to it can't take back the version.
    if version < migrations.count { try database.execute(script: "PRAGMA wal_checkpoint(TRUNCATE)") }
    return database
  }

  /// Migrates a ledger without checksums of pages to the current version. The old file becomes a backup; at each moment one of the two
  /// files is complete.
  private static func rebuild(_ path: String, from version: Int, at time: Int64) throws(LedgerError) {
    let draft = path + ".draft"
    for suffix in ["", "-journal"] { removeFile(draft + suffix) }
    do {
      let old = try Database(path, for: .writing)
      // SQLite would treat its log as that of the new file.
      let mode: String = try old.value(of: "PRAGMA journal_mode = DELETE")
      guard mode == "delete" else {
        throw LedgerError(.other, path: path, detail: "its log can't be taken in (mode \(mode))")
      }
      try old.copy(to: draft)
    }
    giveToFolderOwner(draft)
    try Database(draft, for: .writing).migrate(from: version)
    let backup = Backup.path(for: path, at: time, note: "before-version-\(migrations.count)")
    makeFolder(of: backup)
    var step = "keeping it as \(backup)"
    do throws(FileError) {
      try linkFile(path, as: backup)
      step = "bringing it to a new version"
      try replaceFile(path, by: draft)
      try flushFolder(of: path)
    } catch {
      throw LedgerError(.notWritable, path: path, operation: step, detail: error.reason)
    }
  }

  /// Opens the ledger for reading; on return it is intact and of the current version. A ledger of an earlier version, which the next run
  /// migrates, is read in a private copy that is migrated already.
  static func openingToRead(_ path: String) throws(LedgerError) -> Database {
    let database = try inspecting(path)
    let version = try database.version()
    if version == migrations.count { return database }
    return try privateCopy(of: consume database)
  }

  /// Opens a backup for reading; whether it is intact is for `inspect`.
  ///
  /// - Throws: `.missing` or `.notReadable` for what isn't a file that can be read, where SQLite only says that it can't be opened.
  static func openingBackup(_ path: String) throws(LedgerError) -> Database {
    try expectReadable(path)
    return try Database(path, for: .reading)
  }

  private static func expectReadable(_ path: String) throws(LedgerError) {
    if unsafe access(path, R_OK) != 0 {
      let reason = errno
      throw LedgerError(
        [ENOENT, ENOTDIR].contains(reason) ? .missing : .notReadable, path: path, detail: errorText(reason))
    }
    if let kind = kindOfNonFile(path, followingLinks: true) {
      throw LedgerError(.notReadable, path: path, detail: "it is \(kind)")
    }
  }

  /// Opens an intact ledger of any version for reading; an empty file is none.
  private static func inspecting(_ path: String) throws(LedgerError) -> Database {
    let anchor = try Anchor(of: path)
    do throws(LedgerError) {
      try expectReadable(path)
    } catch {
      if error.kind == .missing { try expectNone(at: path, anchor) }
      throw error
    }
    var database = try Database(path, for: .reading)
    let version: Int
    do throws(LedgerError) {
      do throws(LedgerError) {
        version = try database.inspect()
      } catch {
        // The index of the log needs room, and without a log nobody needs it.
        guard error.kind == .diskFull, (beginning(of: path + "-wal", 1) ?? []).isEmpty else { throw error }
        database = try Database(readingWithoutLog: path)
        version = try database.inspect()
      }
    } catch {
      guard error.kind == .notWritable else { throw error }
      // No other process has it open, and this user may not create the -shm file that a reader of a log needs.
      throw LedgerError(.notReadable, path: path, code: error.code, detail: error.detail)
    }
    if version == 0 { try database.expectCurrent(version) }
    try database.check(anchor, version: version)
    try database.checkByBackup(version: version)
    return database
  }

  /// A copy without a name, to write to; an empty ledger without a `path`.
  static func privateCopy(of path: String?) throws(LedgerError) -> Database {
    let source: Database? = if let path { try inspecting(path) } else { nil }
    return try privateCopy(of: source)
  }

  static func privateCopy(ofBackup path: String) throws(LedgerError) -> Database {
    let backup = try openingBackup(path)
    _ = try backup.inspect()
    return try privateCopy(of: backup)
  }

  private static func privateCopy(of source: consuming Database?) throws(LedgerError) -> Database {
    // SQLite takes the first that is set and that it may write to; a wrong one is an admin's mistake.
    let named = environment("SQLITE_TMPDIR") ?? environment("TMPDIR")
    let folder = named ?? "/var/tmp"
    if let named, !mayWrite(in: named) {
      throw LedgerError(.notCopied(isFull: false), path: folder, detail: errorText(errno))
    }
    do throws(LedgerError) {
      let copy = try Database(temporaryIn: folder)
      // A log in memory needs no second file; the copy needn't outlive a crash.
      try copy.execute(script: "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY")
      if let source { try source.copyPages(into: copy) }
      try copy.migrate(from: try copy.version())
      return copy
    } catch {
      guard error.path == folder, [.diskFull, .notWritable].contains(error.kind) else { throw error }
      throw LedgerError(
        .notCopied(isFull: error.kind == .diskFull), path: folder, code: error.code, detail: error.detail)
    }
  }

  private func expectCurrent(_ version: Int) throws(LedgerError) {
    if version == migrations.count { return }
    throw LedgerError(
      .olderVersion(found: version, known: migrations.count), path: path, detail: "its user_version is \(version)")
  }

  /// The version of an intact ledger, 0 for an empty file; throws for a damaged file or another program's.
  ///
  /// If the checksums of all pages hold, nothing in the file can be wrong. Otherwise SQLite checks it, with the newer pages of the log.
  func inspect() throws(LedgerError) -> Int {
    let tables: [String] = try rows(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ) { row throws(LedgerError) in try row.next() }
    var faults: [String] = []
    if !isSound { for table in tables where faults.isEmpty { faults = try self.faults(of: table) } }
    guard faults.isEmpty else {
      throw LedgerError(
        .corrupt, path: path, operation: "checking it",
        detail: damage ?? faults.flatMap { $0.split(separator: "\n") }.joined(separator: "; "))
    }
    return try version()
  }

  private func faults(of table: String) throws(LedgerError) -> [String] {
    let rows = try rows(
      "SELECT quick_check FROM pragma_quick_check(?)", [.text(table)]
    ) { row throws(LedgerError) in try row.next() as String }
    return rows == ["ok"] ? [] : rows
  }

  /// The version of what is or may become a ledger; throws for another program's database and for a newer ledger.
  func version() throws(LedgerError) -> Int {
    let owner: Int = try value(of: "PRAGMA application_id")
    let tables: Int = try value(of: "SELECT count(*) FROM sqlite_schema")
    guard owner == applicationID || (owner == 0 && tables == 0) else {
      throw LedgerError(
        .corrupt, path: path, operation: "checking it", detail: "it is another program's database")
    }
    let version: Int = try value(of: "PRAGMA user_version")
    guard version <= migrations.count else {
      throw LedgerError(
        .newerVersion(found: version, known: migrations.count), path: path, detail: "its user_version is \(version)")
    }
    return version
  }

  /// Creates an empty file that only its owner may read; SQLite would make it readable for all.
  ///
  /// Only if there is none: to close a file drops all POSIX locks of this process on it, those of another
  /// connection too (https://www.sqlite.org/howtocorrupt.html, section 2.2).
  private static func create(_ path: String) throws(LedgerError) {
    if fileExists(path) { return }
    try createNew(path, givesToFolderOwner: true)
  }

  /// Creates an empty file that must not exist.
  ///
  /// - Parameter givesToFolderOwner: whether root gives the file to the owner of the folder.
  static func createNew(_ path: String, givesToFolderOwner: Bool = false) throws(LedgerError) {
    do throws(FileError) {
      try createFile(path, givesToFolderOwner: givesToFolderOwner)
    } catch {
      throw LedgerError(
        error.isNoSpace ? .diskFull : .notWritable, path: path, operation: "creating it", detail: error.reason)
    }
  }
}
