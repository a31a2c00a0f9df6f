/// A destination of events.
public protocol Sink: Sendable {
  /// Writes one event. Doesn't fail: an event that can't be written is lost.
  func write(_ event: Event)
}

/// The log of other modules: a sink with a threshold.
public struct Log: Sendable {
  private let sink: any Sink
  /// The least urgent level that is written; nil for no event.
  public let threshold: Level?

  public init(sink: any Sink, threshold: Level? = .info) {
    self.sink = sink
    self.threshold = threshold
  }

  public func write(_ event: Event) {
    if isOn(event.level) { sink.write(event) }
  }

  /// Whether events of `level` are written: check it before making an expensive one.
  public func isOn(_ level: Level) -> Bool { threshold.map { level <= $0 } ?? false }

  /// The same log down to a less urgent level.
  public func including(_ level: Level) -> Log { Log(sink: sink, threshold: max(threshold ?? level, level)) }

  /// The journal if one runs, otherwise standard error.
  ///
  /// - Parameter isToStderr: whether events go to standard error in any case, as to a program that reads them.
  public static func standard(isToStderr: Bool = false) -> any Sink {
    if isToStderr { return StderrSink() }
    return JournaldSink() ?? (TerminalSink() as (any Sink)?) ?? StderrSink()
  }
}
