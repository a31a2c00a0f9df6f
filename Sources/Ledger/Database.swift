import CSQLite
import Glibc

/// Owns one SQLite connection; closed when the value goes out of scope.
@safe struct Database: ~Copyable {
  let path: String
  private let raw: OpaquePointer

  enum Mode { case readWrite, readOnly }

  /// Opens the file, or makes an empty one that only its owner can read.
  init(path: String, _ mode: Mode) throws(LedgerError) {
    if mode == .readWrite {
      // SQLite would make it readable to others; its -wal and -shm files follow the mode of this one.
      let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else {
        let reason = unsafe String(cString: strerror(errno))
        throw LedgerError(kind: .notWritable, code: SQLITE_CANTOPEN, path: path, detail: reason)
      }
      close(descriptor)
    }
    var raw: OpaquePointer?
    let flags = (mode == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX
    let code = unsafe sqlite3_open_v2(path, &raw, flags, nil)
    guard code == SQLITE_OK, let raw = unsafe raw else {
      unsafe sqlite3_close(raw)
      let reason = unsafe String(cString: sqlite3_errstr(code))
      throw LedgerError(kind: .init(sqlite: code), code: code, path: path, detail: reason)
    }
    unsafe sqlite3_extended_result_codes(raw, 1)
    unsafe sqlite3_busy_timeout(raw, 5000)
    self.path = path
    unsafe self.raw = raw
  }

  deinit { _ = unsafe sqlite3_close(raw) }

  /// Runs statements that give no rows.
  func execute(_ sql: String) throws(LedgerError) {
    let code = unsafe sqlite3_exec(raw, sql, nil, nil, nil)
    if code != SQLITE_OK { throw error(code, sql) }
  }

  func prepare(_ sql: String) throws(LedgerError) -> Statement {
    var statement: OpaquePointer?
    let code = unsafe sqlite3_prepare_v2(raw, sql, -1, &statement, nil)
    guard code == SQLITE_OK, let statement = unsafe statement else { throw error(code, sql) }
    return unsafe Statement(takingOwnershipOf: statement, sql, path: path)
  }

  /// The one integer that a query gives.
  func integer(_ sql: String) throws(LedgerError) -> Int64 {
    let statement = try prepare(sql)
    return try statement.step() ? statement.integer(0) : 0
  }

  /// Commits all that `body` does, on disk, or none of it.
  func transaction<R>(_ body: () throws(LedgerError) -> R) throws(LedgerError) -> R {
    try execute("BEGIN IMMEDIATE")
    do throws(LedgerError) {
      let result = try body()
      try execute("COMMIT")
      return result
    } catch {
      // SQLite may have rolled back by itself, after a full disk for one; that isn't another failure.
      try? execute("ROLLBACK")
      throw error
    }
  }

  /// The row id of the last insert.
  var lastInsertID: Int64 { unsafe sqlite3_last_insert_rowid(raw) }

  /// How many rows the last statement changed.
  var changes: Int { Int(unsafe sqlite3_changes(raw)) }

  private func error(_ code: Int32, _ sql: String) -> LedgerError {
    let words = unsafe String(cString: sqlite3_errmsg(raw))
    return LedgerError(kind: .init(sqlite: code), code: code, path: path, detail: "\(words), at: \(excerpt(sql))")
  }
}

/// The statement without its values, which are bound and never in its text.
func excerpt(_ sql: String) -> String {
  sql.split(whereSeparator: \.isWhitespace).prefix(6).joined(separator: " ")
}
