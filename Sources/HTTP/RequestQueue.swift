import Synchronization

/// Waiting requests, from any task to the one loop.
final class RequestQueue: Sendable {
  struct QueuedRequest: Sendable {
    let request: Request
    let continuation: CheckedContinuation<Completion, Never>
  }

  /// A request's result, with its time in flight.
  struct Completion: Sendable {
    let answer: Result<Response, HTTPError>
    var time = Duration.zero
  }

  /// The signal that the loop needs for a new request.
  enum LoopSignal { case start, wake, nothing }

  private enum LoopState {
    case ended, busy
    /// It waits, and has space for another request.
    case listening
  }

  /// Guards the queue and the loop's state, so that no request waits for a stopped loop.
  private let state = Mutex((waiting: [QueuedRequest](), loop: LoopState.ended))

  var count: Int { state.withLock { $0.waiting.count } }

  var isLoopRunning: Bool { state.withLock { $0.loop != .ended } }

  /// Appends a request.
  func add(_ request: QueuedRequest) -> LoopSignal {
    state.withLock { state in
      state.waiting.append(request)
      let call: LoopSignal =
        switch state.loop {
        case .ended: .start
        case .busy: .nothing
        case .listening: .wake
        }
      state.loop = .busy
      return call
    }
  }

  /// Removes at most the first `room` requests. nil if there are none and the loop `mayEnd`: the next one starts it again.
  func dequeue(_ room: Int, mayEnd: Bool) -> [QueuedRequest]? {
    state.withLock { state in
      if mayEnd && state.waiting.isEmpty {
        state.loop = .ended
        return nil
      }
      state.loop = .busy
      let taken = Array(state.waiting.prefix(room))
      state.waiting.removeFirst(taken.count)
      return taken
    }
  }

  /// Whether the loop may wait: not if it has `room` for a request that has arrived meanwhile.
  func mayRest(_ room: Int) -> Bool {
    state.withLock { state in
      // Without space it stays busy: a new request doesn't wake it.
      if room == 0 { return true }
      guard state.waiting.isEmpty else { return false }
      state.loop = .listening
      return true
    }
  }
}
