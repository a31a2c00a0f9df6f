/// The level of an event, with the numbers of syslog(3).
public enum Level: Int32, Sendable, Hashable, Comparable, CaseIterable {
  /// An admin must act.
  case error = 3
  /// An object was skipped or held.
  case warning = 4
  /// A change was made.
  case notice = 5
  /// The summary of a run, and the state of the service.
  case info = 6
  /// Each search, as the command that repeats it.
  case debug = 7

  /// The less urgent level is the greater one, as in syslog(3).
  public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
}

/// An event: its kind, a sentence for people, and fields for tools.
public struct Event: Hashable, Sendable {
  public struct Field: Hashable, Sendable {
    public let name: JournalField
    public let value: String
  }

  public let id: MessageID
  public let level: Level
  /// A sentence without a full stop. Contains no secret.
  public let message: String
  /// In the order of writing; none is empty.
  public private(set) var fields: [Field]

  /// - Parameters:
  ///   - level: That of `id` unless another is given.
  ///   - fields: Those without a value are left out.
  ///   - more: the same, after them.
  public init(
    _ id: MessageID, level: Level? = nil, _ message: String, _ fields: KeyValuePairs<JournalField, String?> = [:],
    _ more: KeyValuePairs<JournalField, String?> = [:]
  ) {
    self.id = id
    self.level = level ?? id.level
    self.message = message
    self.fields = (Array(fields) + more).compactMap { name, value in
      guard let value, !value.isEmpty else { return nil }
      return Field(name: name, value: value)
    }
  }

  /// The same with a field before the others, if it has a value.
  public func preceded(by name: JournalField, _ value: String?) -> Event {
    guard let value else { return self }
    var event = self
    event.fields.insert(Field(name: name, value: value), at: 0)
    return event
  }
}
