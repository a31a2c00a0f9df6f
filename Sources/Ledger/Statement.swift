import CSQLite

/// Owns one prepared statement; finalized when the value goes out of scope. While it is stepped through, it is
/// also the row that it stands on.
@safe struct Statement: ~Copyable {
  private let raw: OpaquePointer
  private let path: String
  /// The names after the colons, in the order of their indices from 1.
  private let parameters: [String]
  private let columns: [String: Int32]

  init(_ sql: String, on database: OpaquePointer, path: String) throws(LedgerError) {
    var prepared: OpaquePointer?
    let code = unsafe sqlite3_prepare_v3(database, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard code == SQLITE_OK, let statement = unsafe prepared else {
      throw LedgerError(code, from: database, path: path)
    }
    parameters = unsafe (0..<sqlite3_bind_parameter_count(statement)).map { index in
      String(unsafe String(cString: sqlite3_bind_parameter_name(statement, index + 1)).dropFirst())
    }
    columns = unsafe Dictionary(
      (0..<sqlite3_column_count(statement)).map { index in
        (unsafe String(cString: sqlite3_column_name(statement, index)), index)
      }, uniquingKeysWith: { first, _ in first })
    self.path = path
    unsafe raw = statement
  }

  deinit { unsafe sqlite3_finalize(raw) }

  /// Binds every parameter to the first value of its name; a parameter without one is a programmer's error.
  func bind(_ values: [Columns]) throws(LedgerError) {
    for (index, name) in zip(Int32(1)..., parameters) {
      guard let value = values.lazy.compactMap({ $0[name] }).first else {
        preconditionFailure("no value for the parameter :\(name)")
      }
      let code =
        switch value.stored {
        case .null: unsafe sqlite3_bind_null(raw, index)
        case .integer(let number): unsafe sqlite3_bind_int64(raw, index, number)
        // With its length, so that even a NUL inside is kept.
        case .text(let text): unsafe csqlite_bind_text(raw, index, text, Int32(text.utf8.count))
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

  /// Makes it ready for the next use. Frees its locks, but keeps none of its texts.
  func reset() {
    // The code repeats the failure of the last step, which was thrown then.
    _ = unsafe sqlite3_reset(raw)
    _ = unsafe sqlite3_clear_bindings(raw)
  }

  /// The value in a column of the row that the statement stands on.
  subscript<Value: Storable>(_ column: String) -> Value {
    get throws(LedgerError) {
      guard let index = columns[column] else { preconditionFailure("no column \(column)") }
      guard let stored = stored(at: index), let value = Value(stored) else {
        throw LedgerError(.corrupt, path: path, detail: "the column \(column) holds no \(Value.self)")
      }
      return value
    }
  }

  private func stored(at index: Int32) -> Stored? {
    switch unsafe sqlite3_column_type(raw, index) {
    case SQLITE_NULL: return .null
    case SQLITE_INTEGER: return unsafe .integer(sqlite3_column_int64(raw, index))
    case SQLITE_TEXT:
      // The text first, then its length: the other order may convert it in between (sqlite3_column_blob(3)).
      let start = unsafe sqlite3_column_text(raw, index)
      let length = unsafe sqlite3_column_bytes(raw, index)
      return unsafe .text(String(decoding: UnsafeBufferPointer(start: start, count: Int(length)), as: UTF8.self))
    default: return nil
    }
  }

  private func failure(_ code: Int32) -> LedgerError {
    unsafe LedgerError(code, from: sqlite3_db_handle(raw), path: path)
  }
}
