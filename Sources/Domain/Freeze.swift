/// An admin's order to send nothing for a while: the directory is read, and what follows from it waits.
public struct Freeze: Hashable, Sendable {
  /// When it began, in seconds since 1970.
  public let since: Timestamp
  /// When it ends by itself, by the calendar, as an admin wrote it; nil if it must be ended.
  public let until: Timestamp?
  /// Why, in the admin's words; may be empty.
  public let reason: String

  /// The longest reason, in bytes.
  public static let maxReasonBytes = 500

  public init(since: Timestamp, until: Timestamp? = nil, reason: String = "") {
    self.since = since
    self.until = until
    self.reason = reason
  }

  /// Whether its time is over.
  public func isOver(at now: Timestamp) -> Bool { until.map { $0 <= now } ?? false }
}
