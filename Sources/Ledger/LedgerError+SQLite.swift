import CSQLite
import Glibc
import Platform

extension LedgerError {
  /// The error for SQLite's result code. It reads the last error of `database`, so call it before any other function; nil is allowed, as
  /// after an open without memory.
  @safe init(_ code: Int32, from database: OpaquePointer?, path: String) {
    var detail = unsafe String(cString: sqlite3_errmsg(database))
    var systemError: Int32 = 0
    if code == sqliteDamagedPage, let database = unsafe database {
      detail = "page \(unsafe csqlite_damaged_page(database)) isn't what was written there"
    } else if let database = unsafe database, [SQLITE_IOERR, SQLITE_CANTOPEN].contains(code & 0xFF) {
      systemError = unsafe sqlite3_system_errno(database)
      if systemError == 0 { systemError = unsafe csqlite_log_errno(database) }
      if systemError != 0 { detail += ": \(errorText(systemError))" }
    }
    self.init(Kind(sqlite: code, systemError: systemError), path: path, code: code, detail: detail)
  }
}

extension LedgerError.Kind {
  /// The low byte is the primary code (https://www.sqlite.org/rescode.html).
  init(sqlite code: Int32, systemError: Int32) {
    self =
      switch code & 0xFF {
      case _ where code == sqliteDamagedPage: .corrupt
      case SQLITE_INTERRUPT: .stopped
      case SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN: .notWritable
      case SQLITE_FULL: .diskFull
      // SQLite says "full" for ENOSPC alone; a quota and a limit on files are as good as a full disk.
      case SQLITE_IOERR where [ENOSPC, EDQUOT, EFBIG].contains(systemError): .diskFull
      case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
      case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: .busy
      case SQLITE_CONSTRAINT: .contradiction
      default: .other
      }
  }
}

extension LedgerError {
  /// Whether a reader found a rollback journal whose transaction only a writer can revert (SQLITE_READONLY_ROLLBACK,
  /// https://www.sqlite.org/rescode.html).
  var isOfInterruptedTransaction: Bool { code == SQLITE_READONLY | (3 << 8) }
}

/// The result code of a read that finds a page with a wrong checksum.
private let sqliteDamagedPage = SQLITE_IOERR | (32 << 8)
