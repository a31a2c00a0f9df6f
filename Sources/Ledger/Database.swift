import CSQLite
import Domain

/// Owns one connection to a SQLite file; closed when the value goes out of scope. Not for several threads at a
/// time: its owner is an actor.
@safe struct Database: ~Copyable {
  enum Access { case reading, writing }

  let path: String
  /// The difference between the wall clock's time and the ledger's, in seconds.
  var shift: Int64 = 0
  private let raw: OpaquePointer
  /// Updated after each transaction that writes; nil for a reader, and for a copy that isn't in use yet.
  var anchorFile: AnchorFile?
  private let statements = StatementCache()

  /// Opens an existing file. Before the first statement SQLite reads only its header.
  ///
  /// - Parameters:
  ///   - areChecked: whether new pages get checksums; tests make files without.
  ///   - anchor: see `anchorFile`.
  init(
    _ path: String, for access: Access, areChecked: Bool = true, anchor: AnchorFile? = nil
  ) throws(LedgerError) {
    try self.init(opening: path, path, for: access, areChecked: areChecked, anchor: anchor)
  }

  /// Opens an empty database that nobody else can find: SQLite creates its file in the folder for temporary files only once its cache
  /// is full, and removes the name before it writes anything (https://www.sqlite.org/inmemorydb.html, "Temporary Databases"). So no
  /// signal, and no crash, leaves data there.
  ///
  /// - Parameter folder: the folder for temporary files, for errors.
  init(temporaryIn folder: String) throws(LedgerError) {
    try self.init(opening: "", folder, for: .writing, areChecked: true, anchor: nil)
  }

  /// Opens a file that has no log for reading, without the index of a log beside it, which a full disk has no room for. Nobody may write to
  /// the file meanwhile (https://www.sqlite.org/uri.html#uriimmutable).
  init(readingWithoutLog path: String) throws(LedgerError) {
    let name = path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
    try self.init(
      opening: "file:\(name)?immutable=1", path, for: .reading, areChecked: true, anchor: nil,
      SQLITE_OPEN_URI)
  }

  private init(
    opening name: String, _ path: String, for access: Access, areChecked: Bool, anchor: AnchorFile?, _ more: Int32 = 0
  ) throws(LedgerError) {
    guard pagesCode == SQLITE_OK else {
      throw LedgerError(.other, path: path, code: pagesCode, detail: "SQLite takes no checksums of pages")
    }
    let flags =
      (access == .reading ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE)
      | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | more
    var opened: OpaquePointer?
    let code = unsafe sqlite3_open_v2(name, &opened, flags, areChecked ? CSQLITE_PAGES : nil)
    guard code == SQLITE_OK, let database = unsafe opened else {
      // A connection that failed to open must be closed too.
      let failure = LedgerError(code, from: opened, path: path)
      _ = unsafe sqlite3_close_v2(opened)
      throw failure
    }
    // Five seconds is far more than any transaction of pbxsyncd lasts.
    _ = unsafe sqlite3_busy_timeout(database, 5_000)
    if areChecked { _ = unsafe csqlite_reserve(database) }
    self.path = path
    anchorFile = anchor
    unsafe raw = database
  }

  /// Whether its pages have checksums, or will have them.
  var isChecked: Bool { unsafe csqlite_is_checked(raw) != 0 }

  /// Whether every page of the file has a correct checksum; false also if the log has newer pages, so that this isn't certain. Blocks for
  /// about 0.3 s for each GiB.
  var isSound: Bool { unsafe csqlite_is_sound(raw) != 0 }

  /// The damaged page that was read; nil without one.
  var damage: String? {
    let page = unsafe csqlite_damaged_page(raw)
    return page == 0 ? nil : "page \(page) isn't what was written there"
  }

  /// `sqlite3_close_v2` waits for the statements, which the cache finalizes right after.
  deinit {
    if anchorFile != nil {
      // Checkpoint the log here even if a reader is left, which couldn't do it: the log's pages have no copy.
      _ = unsafe sqlite3_busy_timeout(raw, 0)
      _ = unsafe sqlite3_wal_checkpoint_v2(raw, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    }
    _ = unsafe sqlite3_close_v2(raw)
  }

  /// Lets a signal end its statements, as `Ledger.stopCopies` says.
  func watchStop() { unsafe csqlite_watch_stop(raw) }

  /// Copies all pages, as of one moment, into another connection's database.
  func copyPages(into target: borrowing Database) throws(LedgerError) {
    guard let backup = unsafe sqlite3_backup_init(target.raw, "main", raw, "main") else {
      throw unsafe LedgerError(sqlite3_extended_errcode(target.raw), from: target.raw, path: target.path)
    }
    let code = unsafe sqlite3_backup_step(backup, -1)
    _ = unsafe sqlite3_backup_finish(backup)
    guard code == SQLITE_DONE else {
      // The connection that failed has the error: the other one has none.
      let isOfTarget = unsafe sqlite3_errcode(target.raw) != SQLITE_OK
      throw unsafe LedgerError(code, from: isOfTarget ? target.raw : raw, path: isOfTarget ? target.path : path)
    }
  }

  /// Runs one statement, which is prepared once and cached. Returns how many rows it changed.
  @discardableResult
  func run(_ sql: StaticString, _ values: [SQLiteValue] = []) throws(LedgerError) -> Int {
    let cached = try statement(sql)
    defer { cached.statement.reset() }
    try cached.statement.bind(values, shift: shift)
    while try cached.statement.step() {}
    return unsafe Int(sqlite3_changes64(raw))
  }

  /// Runs one INSERT into a table with numbered rows, and returns the new row's number.
  func insert(_ sql: StaticString, _ values: [SQLiteValue]) throws(LedgerError) -> Int64 {
    try run(sql, values)
    return unsafe sqlite3_last_insert_rowid(raw)
  }

  /// Every row that one statement gives, in its order. `read` must not run the same statement again.
  func rows<Value>(
    _ sql: StaticString, _ values: [SQLiteValue] = [], as read: (inout Row) throws(LedgerError) -> Value
  ) throws(LedgerError) -> [Value] {
    var found: [Value] = []
    try forEachRow(sql, values) { row throws(LedgerError) in found.append(try read(&row)) }
    return found
  }

  /// Reads the rows of a statement one by one, without storing them.
  func forEachRow(
    _ sql: StaticString, _ values: [SQLiteValue] = [], _ read: (inout Row) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    let cached = try statement(sql)
    defer { cached.statement.reset() }
    try cached.statement.bind(values, shift: shift)
    while try cached.statement.step() {
      var row = cached.statement.row(shift: shift)
      try read(&row)
      assert(row.isRead, "another number of columns than are read: \(sql)")
    }
  }

  /// The one column of each row of a statement.
  func column<Value: Storable>(of sql: StaticString, _ values: [SQLiteValue] = []) throws(LedgerError) -> [Value] {
    try rows(sql, values) { row throws(LedgerError) in try row.next() }
  }

  /// A time that a statement gives as the one column of its one row; nil for NULL or without a row.
  func time(of sql: StaticString, _ values: [SQLiteValue] = []) throws(LedgerError) -> Timestamp? {
    try rows(sql, values) { row throws(LedgerError) in try row.nextTime() as Timestamp? }.first ?? nil
  }

  /// The one column of the one row of a statement that always gives one.
  func value<Value: Storable>(of sql: StaticString, _ values: [SQLiteValue] = []) throws(LedgerError) -> Value {
    let found: [Value] = try column(of: sql, values)
    guard let value = found.first else { throw LedgerError(.corrupt, path: path, detail: "no row for \(sql)") }
    return value
  }

  /// Runs several statements without parameters and results.
  func execute(script: String) throws(LedgerError) {
    let code = unsafe sqlite3_exec(raw, script, nil, nil, nil)
    guard code == SQLITE_OK else { throw unsafe LedgerError(code, from: raw, path: path) }
  }

  /// All of `body` or nothing of it: committed and on the disk on return, rolled back on a throw.
  @discardableResult
  func write<Value>(
    _ operation: @autoclosure () -> String, _ body: () throws(LedgerError) -> Value
  ) throws(LedgerError) -> Value {
    // IMMEDIATE takes the write lock now: a later upgrade could fail in the middle as busy.
    guard let anchorFile else { return try transaction("BEGIN IMMEDIATE", operation(), body) }
    let (result, commits) = try transaction("BEGIN IMMEDIATE", operation()) { () throws(LedgerError) in
      let result = try body()
      return (result, try value(of: "UPDATE meta SET commits = commits + 1 RETURNING commits") as Int64)
    }
    anchorFile.raise(to: commits)
    return result
  }

  /// All reads of `body` see the same moment, whatever another process writes meanwhile.
  func read<Value>(
    _ operation: @autoclosure () -> String, _ body: () throws(LedgerError) -> Value
  ) throws(LedgerError) -> Value {
    try transaction("BEGIN", operation(), body)
  }

  private func transaction<Value>(
    _ begin: StaticString, _ operation: @autoclosure () -> String, _ body: () throws(LedgerError) -> Value
  ) throws(LedgerError) -> Value {
    do throws(LedgerError) {
      try run(begin)
      let value = try body()
      try run("COMMIT")
      return value
    } catch {
      // After some errors, a full disk among them, SQLite has rolled back by itself.
      if unsafe sqlite3_get_autocommit(raw) == 0 { _ = try? run("ROLLBACK") }
      var error = error
      error.operation = operation()
      throw error
    }
  }

  private func statement(_ sql: StaticString) throws(LedgerError) -> StatementCache.CachedStatement {
    try statements.statement(for: sql) { () throws(LedgerError) in unsafe try Statement(sql, on: raw, path: path) }
  }
}

/// The statements of one connection by the address of their text, which is compared faster than the text. There are as
/// many as the source has, so none is ever dropped.
private final class StatementCache {
  /// A dictionary can't hold a noncopyable value, but can hold a class that does.
  final class CachedStatement {
    let statement: Statement
    init(_ statement: consuming Statement) { self.statement = statement }
  }

  private var cached: [UInt: CachedStatement] = [:]

  func statement(
    for sql: StaticString, orPrepare prepare: () throws(LedgerError) -> Statement
  ) throws(LedgerError) -> CachedStatement {
    let place = unsafe UInt(bitPattern: sql.utf8Start)
    if let known = cached[place] { return known }
    let new = CachedStatement(try prepare())
    cached[place] = new
    return new
  }
}

/// How it went to have SQLite know the checksums of pages.
private let pagesCode = csqlite_register_pages()
