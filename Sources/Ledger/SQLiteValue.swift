import Domain

/// The value of one column of one row. The ledger's tables are STRICT and use no other types.
enum SQLiteValue: Hashable {
  case null
  case integer(Int64)
  case text(String)
  /// A time by which something is decided. Its column is in the ledger's own time (`Timeline`).
  case time(Timestamp)

  /// A time, or NULL.
  static func time(_ time: Timestamp?) -> SQLiteValue { time.map(SQLiteValue.time) ?? .null }
}

/// A value that can be stored in a column and read back as the same value.
protocol Storable {
  var stored: SQLiteValue { get }
  /// nil if the column's value is none of this type.
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

extension Int: Storable {
  /// A count or a position; nil for one that no ledger reaches, because a sum with it could overflow.
  init?(_ stored: SQLiteValue) {
    guard case .integer(let number) = stored, number.isReachable else { return nil }
    self.init(exactly: number)
  }
}

extension Int64 {
  /// Whether a count, a time in seconds or one in milliseconds can be so large: sums and differences of two such numbers
  /// don't overflow.
  var isReachable: Bool { magnitude <= 1 << 53 }
}

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

extension CallResult.Status: Storable {
  var stored: SQLiteValue {
    switch self {
    case .accepted: .text("accepted")
    case .absent: .text("absent")
    case .taken: .text("taken")
    case .refused: .text("refused")
    case .badKey: .text("bad key")
    case .failed: .text("failed")
    case .notUnderstood: .text("not understood")
    case .unanswered: .text("unanswered")
    case .notSent: .text("not sent")
    case .tooLong: .text("too long")
    }
  }

  init?(_ stored: SQLiteValue) {
    let all: [CallResult.Status] = [
      .accepted, .absent, .taken, .refused, .badKey, .failed, .notUnderstood, .unanswered, .notSent, .tooLong,
    ]
    guard let status = all.first(where: { $0.stored == stored }) else { return nil }
    self = status
  }
}
