/// Where events go.
public protocol Sink: Sendable {
  /// Writes one event. Doesn't fail: what can't be written is lost.
  func write(_ event: Event)
}

/// What other modules write events with: a sink, and how much goes to it.
public struct Log: Sendable {
  private let sink: any Sink
  /// The least urgent level that is written.
  public let threshold: Level

  public init(sink: any Sink, threshold: Level = .info) {
    self.sink = sink
    self.threshold = threshold
  }

  public func write(_ event: Event) {
    if isOn(event.level) { sink.write(event) }
  }

  /// Whether events of `level` are written: ask before making one that costs something.
  public func isOn(_ level: Level) -> Bool { level <= threshold }

  /// The journal where one listens, else standard error.
  public static func standard() -> any Sink { JournaldSink() ?? StderrSink() }
}
