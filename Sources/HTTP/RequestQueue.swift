import Synchronization

/// Requests that haven't been taken up, on their way from any task to the one pump.
final class RequestQueue: Sendable {
  struct Waiting: Sendable {
    let request: Request
    let continuation: CheckedContinuation<Ended, Never>
  }

  /// What came of a request, and how long it was on its way.
  struct Ended: Sendable {
    let answer: Result<Response, HTTPError>
    var time = Duration.zero
  }

  /// What the pump needs to hear of a new request.
  enum Call { case start, wake, nothing }

  private enum Pumping {
    case ended, busy
    /// It waits, and could take up another request.
    case listening
  }

  /// Guards who waits and what the pump is about, so that it never ends or sleeps beside a request.
  private let state = Mutex((waiting: [Waiting](), pump: Pumping.ended))

  var count: Int { state.withLock { $0.waiting.count } }

  var isPumped: Bool { state.withLock { $0.pump != .ended } }

  /// Puts a request behind all others.
  func add(_ request: Waiting) -> Call {
    state.withLock { state in
      state.waiting.append(request)
      let call: Call =
        switch state.pump {
        case .ended: .start
        case .busy: .nothing
        case .listening: .wake
        }
      state.pump = .busy
      return call
    }
  }

  /// Takes the first `room` requests at most. Nil where there are none and the pump `mayEnd`: the next one starts it anew.
  func take(_ room: Int, mayEnd: Bool) -> [Waiting]? {
    state.withLock { state in
      if mayEnd && state.waiting.isEmpty {
        state.pump = .ended
        return nil
      }
      state.pump = .busy
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
      state.pump = .listening
      return true
    }
  }
}
