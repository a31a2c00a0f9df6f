import Platform
import Synchronization

/// Sends requests over persistent connections, at most `maxInFlight` at once.
///
/// A request is sent once: never again after a redirect, a closed connection or an error. Waiting
/// requests are sent in order. Cancelling the task doesn't stop a request, because its outcome would be unknown: the timeouts
/// limit it.
public final class Client: Transport {
  private let queue = RequestQueue()
  private let loop: MultiLoop
  /// The server's clock in its last answer.
  private let lastDate = Mutex<Int64?>(nil)
  /// The `Server` header of the last answer.
  private let lastServer = Mutex<String?>(nil)

  public init(_ settings: ClientSettings) {
    precondition(settings.connectTimeout.milliseconds > 0, "a timeout of 0 would be libcurl's own")
    precondition(settings.requestTimeout.milliseconds > 0, "a timeout of 0 would wait for ever")
    precondition(settings.maxInFlight > 0, "a client that may send nothing would wait for ever")
    loop = MultiLoop(settings, queue)
  }

  /// The server's clock in its last answer, in seconds since 1970; nil before the first answer with one.
  public var serverDate: Int64? { lastDate.withLock { $0 } }

  /// The `Server` header of the last answer, empty if there is none; nil before the first answer.
  public var serverSoftware: String? { lastServer.withLock { $0 } }

  /// Sends `request` as soon as fewer than `maxInFlight` are in flight, and waits for the complete answer, whatever
  /// its status.
  public func send(_ request: Request) async throws(HTTPError) -> Response { try await sendTimed(request).answer.get() }

  /// Sends `request` as `send` does, and returns the time in flight too, without waits before and after.
  public func sendTimed(_ request: Request) async -> (answer: Result<Response, HTTPError>, time: Duration) {
    let result = await withCheckedContinuation { continuation in
      switch queue.add(RequestQueue.QueuedRequest(request: request, continuation: continuation)) {
      // Unstructured: the loop serves all callers and outlives this one.
      case .start: Task(executorPreference: TaskPool.shared) { [loop] in await loop.run() }
      case .wake: loop.wake()
      case .nothing: break
      }
    }
    if case .success(let response) = result.answer {
      if let date = response.date { lastDate.withLock { $0 = date } }
      lastServer.withLock { $0 = response.server }
    }
    return (result.answer, result.time)
  }

  /// The number of waiting requests.
  var waitingCount: Int { queue.count }

  /// Whether a thread handles requests, or did a moment ago.
  var isLoopRunning: Bool { queue.isLoopRunning }
}
