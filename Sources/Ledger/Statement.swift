import CSQLite

/// Owns one prepared statement; finalized when the value goes out of scope.
@safe struct Statement: ~Copyable {
  private let raw: OpaquePointer
  private let path: String
  private let parameterCount: Int

  init(_ sql: StaticString, on database: OpaquePointer, path: String) throws(LedgerError) {
    var prepared: OpaquePointer?
    let code = unsafe sqlite3_prepare_v3(
      database, namingColumns(sql), -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard code == SQLITE_OK, let statement = unsafe prepared else {
      if code == SQLITE_ERROR {
        // The statements fit an intact ledger, so the schema was changed.
        throw unsafe LedgerError(.corrupt, path: path, code: code, detail: String(cString: sqlite3_errmsg(database)))
      }
      throw LedgerError(code, from: database, path: path)
    }
    parameterCount = unsafe Int(sqlite3_bind_parameter_count(statement))
    self.path = path
    unsafe raw = statement
  }

  deinit { unsafe sqlite3_finalize(raw) }

  /// Binds the question marks to the values, in their order. There must be as many of them.
  ///
  /// - Parameter shift: the difference between the wall clock's time and the ledger's, in seconds.
  func bind(_ values: [SQLiteValue], shift: Int64) throws(LedgerError) {
    precondition(values.count == parameterCount, "\(values.count) values for \(parameterCount) parameters")
    for position in values.indices {
      let index = Int32(position + 1)
      let code =
        switch values[position] {
        case .null: unsafe sqlite3_bind_null(raw, index)
        case .integer(let number): unsafe sqlite3_bind_int64(raw, index, number)
        case .time(let time): unsafe sqlite3_bind_int64(raw, index, time &- shift)
        case .text(var text):
          // With its length, so that even a NUL inside is kept. Swift copies a String that is passed as a C string.
          text.withUTF8 { unsafe csqlite_bind_text(raw, index, $0.baseAddress, Int32($0.count)) }
        }
      guard code == SQLITE_OK else { throw failure(code) }
    }
  }

  /// Goes to the next row; false after the last.
  func step() throws(LedgerError) -> Bool {
    switch unsafe sqlite3_step(raw) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw failure(code)
    }
  }

  /// The current row. Use it before the next step.
  func row(shift: Int64) -> Row { unsafe Row(of: raw, path: path, shift: shift) }

  /// Makes the statement ready for its next use and releases its locks. The memory of bound texts is reused.
  ///
  /// The result code repeats the failure of the last step, which was thrown then.
  func reset() { _ = unsafe sqlite3_reset(raw) }

  private func failure(_ code: Int32) -> LedgerError {
    unsafe LedgerError(code, from: sqlite3_db_handle(raw), path: path)
  }
}
