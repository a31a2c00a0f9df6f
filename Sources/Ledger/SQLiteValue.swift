import Domain

/// What one column of one row holds. The ledger's tables are STRICT and use no other types.
enum SQLiteValue: Hashable {
  case null
  case integer(Int64)
  case text(String)
  /// A moment that something is decided by. Its column is in the ledger's own time (`Timeline`).
  case time(Timestamp)

  /// The same, where there is one.
  static func time(_ time: Timestamp?) -> SQLiteValue { time.map(SQLiteValue.time) ?? .null }
}

/// A value that can be kept in a column and read back as the same value.
protocol Storable {
  var stored: SQLiteValue { get }
  /// nil where the column holds something that no such value is kept as.
  init?(_ stored: SQLiteValue)
}

extension String: Storable {
  var stored: SQLiteValue { .text(self) }

  init?(_ stored: SQLiteValue) {
    guard case .text(let text) = stored else { return nil }
    self = text
  }
}

extension Storable where Self: FixedWidthInteger {
  var stored: SQLiteValue { .integer(Int64(self)) }

  init?(_ stored: SQLiteValue) {
    guard case .integer(let number) = stored else { return nil }
    self.init(exactly: number)
  }
}

extension Int: Storable {}
extension Int32: Storable {}
extension Int64: Storable {}

extension Storable where Self: RawRepresentable<String> {
  var stored: SQLiteValue { .text(rawValue) }

  init?(_ stored: SQLiteValue) {
    guard case .text(let text) = stored else { return nil }
    self.init(rawValue: text)
  }
}

extension ObjectKind: Storable {}
extension Call.Action: Storable {}
extension ManagedObject.Ownership: Storable {}
extension Absence.Reason: Storable {}
extension Unproven.Reason: Storable {}
extension HeldSet.Action: Storable {}
extension HeldSet.Cause: Storable {}

extension EntryID: Storable {
  var stored: SQLiteValue { .text(text) }

  init?(_ stored: SQLiteValue) {
    guard case .text(let text) = stored else { return nil }
    self.init(text)
  }
}

extension Optional: Storable where Wrapped: Storable {
  var stored: SQLiteValue { self?.stored ?? .null }

  init?(_ stored: SQLiteValue) {
    if case .null = stored {
      self = .none
    } else {
      guard let value = Wrapped(stored) else { return nil }
      self = value
    }
  }
}
