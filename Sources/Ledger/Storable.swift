import Domain

/// What one column of one row holds. The ledger's tables are STRICT and use no other types.
enum Stored: Hashable {
  case null
  case integer(Int64)
  case text(String)
  /// A moment that something is decided by. Its column is in the ledger's own time (`Timeline`).
  case time(Seconds)

  /// The same, where there is one.
  static func time(_ time: Seconds?) -> Stored { time.map(Stored.time) ?? .null }
}

/// A value that can be kept in a column and read back as the same value.
protocol Storable {
  var stored: Stored { get }
  /// nil where the column holds something that no such value is kept as.
  init?(_ stored: Stored)
}

extension String: Storable {
  var stored: Stored { .text(self) }

  init?(_ stored: Stored) {
    guard case .text(let text) = stored else { return nil }
    self = text
  }
}

extension Storable where Self: FixedWidthInteger {
  var stored: Stored { .integer(Int64(self)) }

  init?(_ stored: Stored) {
    guard case .integer(let number) = stored else { return nil }
    self.init(exactly: number)
  }
}

extension Int: Storable {}
extension Int32: Storable {}
extension Int64: Storable {}

extension Storable where Self: RawRepresentable<String> {
  var stored: Stored { .text(rawValue) }

  init?(_ stored: Stored) {
    guard case .text(let text) = stored else { return nil }
    self.init(rawValue: text)
  }
}

extension Kind: Storable {}
extension Call.Verb: Storable {}
extension Owned.Ownership: Storable {}
extension Absence.Reason: Storable {}
extension Unproven.Reason: Storable {}
extension Held.Action: Storable {}
extension Held.Cause: Storable {}

extension EntryID: Storable {
  var stored: Stored { .text(text) }

  init?(_ stored: Stored) {
    guard case .text(let text) = stored else { return nil }
    self.init(text)
  }
}

extension Optional: Storable where Wrapped: Storable {
  var stored: Stored { self?.stored ?? .null }

  init?(_ stored: Stored) {
    if case .null = stored {
      self = .none
    } else {
      guard let value = Wrapped(stored) else { return nil }
      self = value
    }
  }
}
