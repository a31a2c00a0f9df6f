import CSQLite

/// Owns one prepared statement; finalised when the value goes out of scope.
@safe struct Statement: ~Copyable {
  private let raw: OpaquePointer
  private let sql: String
  private let path: String

  init(takingOwnershipOf raw: OpaquePointer, _ sql: String, path: String) {
    unsafe self.raw = raw
    self.sql = sql
    self.path = path
  }

  deinit { _ = unsafe sqlite3_finalize(raw) }

  /// What a parameter or a column may hold. The schema is STRICT, so that it holds nothing else.
  enum Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case text(String)
    case integer(Int64)
    case null

    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral number: Int64) { self = .integer(number) }
    init(_ text: String?) { self = text.map(Value.text) ?? .null }
    init(_ number: Int) { self = .integer(Int64(number)) }
    init(_ number: Int64?) { self = number.map(Value.integer) ?? .null }
  }

  /// Runs the statement with these values in the order of its `?`, to its end, and makes it ready for the next ones.
  func run(_ values: [Value]) throws(LedgerError) {
    try bind(values)
    while try step() {}
    unsafe sqlite3_reset(raw)
  }

  func bind(_ values: [Value]) throws(LedgerError) {
    unsafe sqlite3_reset(raw)
    for (index, value) in values.enumerated() {
      let position = Int32(index + 1)
      let code =
        switch value {
        case .text(let text): unsafe sqlite3_bind_text(raw, position, text, Int32(text.utf8.count), transient)
        case .integer(let number): unsafe sqlite3_bind_int64(raw, position, number)
        case .null: unsafe sqlite3_bind_null(raw, position)
        }
      if code != SQLITE_OK { throw error(code) }
    }
  }

  /// Whether there is another row.
  func step() throws(LedgerError) -> Bool {
    let code = unsafe sqlite3_step(raw)
    switch code {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw error(code)
    }
  }

  func text(_ column: Int32) -> String {
    guard let bytes = unsafe sqlite3_column_text(raw, column) else { return "" }
    let count = Int(unsafe sqlite3_column_bytes(raw, column))
    return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(raw, column) }

  func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(raw, column) == SQLITE_NULL }

  private func error(_ code: Int32) -> LedgerError {
    let words = unsafe String(cString: sqlite3_errmsg(sqlite3_db_handle(raw)))
    return LedgerError(kind: .init(sqlite: code), code: code, path: path, detail: "\(words), at: \(excerpt(sql))")
  }
}

/// SQLITE_TRANSIENT, a cast that C macros can make and Swift's importer can't: SQLite copies the text at once.
private var transient: sqlite3_destructor_type { unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
