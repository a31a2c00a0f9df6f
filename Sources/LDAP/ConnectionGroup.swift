import Synchronization

/// The connections that some work opens, so that they can be ended together while it waits for them.
///
/// A cancelled task stops between two steps; with a silent server a step lasts for minutes.
public final class ConnectionGroup: Sendable {
  private struct State {
    var isEnded = false
    var sockets: [Weak] = []
  }

  private struct Weak: Sendable {
    weak let socket: ConnectionSocket?
  }

  /// The group of the current work; nil if it never needs to be ended.
  @TaskLocal static var current: ConnectionGroup?

  /// Written when a connection is opened and when all are ended.
  private let state = Mutex(State())

  public init() {}

  /// Does some work. All connections that it and its child tasks open belong to this group.
  public func hold<Result>(_ work: () async throws -> Result) async rethrows -> Result {
    try await Self.$current.withValue(self) { try await work() }
  }

  /// Ends all connections at once: requests on them fail, and no more are opened.
  public func end() {
    let sockets = state.withLock { state in
      state.isEnded = true
      return state.sockets
    }
    for reference in sockets { reference.socket?.end(cancelling: true) }
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
