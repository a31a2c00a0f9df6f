import Synchronization

/// The sessions with the directory that some work opens, so that they can be ended together while it waits for them.
///
/// Cancelling a task tells it to stop between two steps; a server that says nothing makes a step last for minutes.
public final class ConnectionGroup: Sendable {
  private struct State {
    var isEnded = false
    var sockets: [Weak] = []
  }

  private struct Weak: Sendable {
    weak let socket: ConnectionSocket?
  }

  /// That of the work under way; nil where nobody may want to end it.
  @TaskLocal static var current: ConnectionGroup?

  /// Written by whoever opens a session and by whoever ends them all.
  private let state = Mutex(State())

  public init() {}

  /// Does some work, whose sessions belong to this group, as do those of the tasks that it begins.
  public func hold<Result>(_ work: () async throws -> Result) async rethrows -> Result {
    try await Self.$current.withValue(self) { try await work() }
  }

  /// Ends all of them, at once and for good: what is asked on them fails, and none is opened any more.
  public func end() {
    let sockets = state.withLock { state in
      state.isEnded = true
      return state.sockets
    }
    for it in sockets { it.socket?.end(cancelling: true) }
  }

  func add(_ socket: ConnectionSocket) {
    let isEnded = state.withLock { state in
      state.sockets.removeAll { $0.socket == nil }
      state.sockets.append(Weak(socket: socket))
      return state.isEnded
    }
    if isEnded { socket.end(cancelling: true) }
  }
}
