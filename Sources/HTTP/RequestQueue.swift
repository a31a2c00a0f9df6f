import Synchronization

/// Requests that haven't been taken up, on their way from any task to the one pump.
final class RequestQueue: Sendable {
  struct QueuedRequest: Sendable {
    let request: Request
    let continuation: CheckedContinuation<Completion, Never>
  }

  /// What came of a request, and how long it was on its way.
  struct Completion: Sendable {
    let answer: Result<Response, HTTPError>
    var time = Duration.zero
  }

  /// What the pump needs to hear of a new request.
  enum LoopSignal { case start, wake, nothing }

  private enum LoopState {
    case ended, busy
    /// It waits, and could take up another request.
    case listening
  }

  /// Guards who waits and what the pump is about, so that it never ends or sleeps beside a request.
  private let state = Mutex((waiting: [QueuedRequest](), loop: LoopState.ended))

  var count: Int { state.withLock { $0.waiting.count } }

  var isPumped: Bool { state.withLock { $0.loop != .ended } }

  /// Puts a request behind all others.
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

  /// Takes the first `room` requests at most. Nil where there are none and the pump `mayEnd`: the next one starts it anew.
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

  /// Whether the pump may wait for something to happen: not where it has `room` for one that has come meanwhile.
  func mayRest(_ room: Int) -> Bool {
    state.withLock { state in
      // Without room it stays busy: what comes now needn't wake it.
      if room == 0 { return true }
      guard state.waiting.isEmpty else { return false }
      state.loop = .listening
      return true
    }
  }
}
