import CSQLite
import Domain

/// One row of a statement's result, read from its first column to its last. Types read their columns in the order of their values, and
/// the statement names the columns in that order.
@safe struct Row: ~Copyable {
  private let raw: OpaquePointer
  private let path: String
  private let shift: Int64
  private var column: Int32 = 0

  /// The statement's current row.
  ///
  /// - Parameter shift: the difference between the wall clock's time and the ledger's, in seconds.
  init(of statement: OpaquePointer, path: String, shift: Int64) {
    unsafe raw = statement
    self.shift = shift
    self.path = path
  }

  /// The value of the next column.
  mutating func next<Value: Storable>() throws(LedgerError) -> Value {
    guard let stored, let value = Value(stored) else {
      let name = unsafe sqlite3_column_name(raw, column).map { unsafe String(cString: $0) } ?? "\(column)"
      throw error("the column \(name) holds no \(Value.self)")
    }
    column += 1
    return value
  }

  /// The moment of the next column, which is in the ledger's own time.
  mutating func nextTime() throws(LedgerError) -> Timestamp { try wallTime(of: try next()) }

  /// The moment of the next column; nil for NULL.
  mutating func nextTime() throws(LedgerError) -> Timestamp? {
    guard let time: Timestamp = try next() else { return nil }
    return try wallTime(of: time)
  }

  private func wallTime(of time: Timestamp) throws(LedgerError) -> Timestamp {
    guard time.isReachable else {
      throw error("\(time) is no time of a ledger")
    }
    return time + shift
  }

  /// The error for values that no ledger holds.
  func error(_ detail: String) -> LedgerError { LedgerError(.corrupt, path: path, detail: detail) }

  /// Skips columns without a value here.
  mutating func skip(_ count: Int32) { column += count }

  /// Whether every column was read; a statement with another number of columns than its reader is a programming error.
  var isRead: Bool { unsafe column == sqlite3_column_count(raw) }

  private var stored: SQLiteValue? {
    switch unsafe sqlite3_column_type(raw, column) {
    case SQLITE_NULL: return .null
    case SQLITE_INTEGER: return unsafe .integer(sqlite3_column_int64(raw, column))
    case SQLITE_TEXT:
      // The text first, then its length: the other order may convert it in between (sqlite3_column_blob(3)).
      let start = unsafe sqlite3_column_text(raw, column)
      let length = unsafe sqlite3_column_bytes(raw, column)
      return unsafe .text(String(decoding: UnsafeBufferPointer(start: start, count: Int(length)), as: UTF8.self))
    default: return nil
    }
  }
}
