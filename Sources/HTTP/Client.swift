import Platform
import Synchronization

/// Sends requests over persistent connections, at most `maxInFlight` at once.
///
/// A request is sent once: never again after a redirect, a closed connection or an error. Waiting
/// requests are sent in order. Cancelling the task doesn't stop a request, because its outcome would be unknown: the timeouts
/// limit it.
public final class Client: Sendable {
  private let queue = RequestQueue()
  private let loop: MultiLoop
  /// The server's clock in its last answer.
  private let heardDate = Mutex<Int64?>(nil)
  /// The `Server` header of the last answer.
  private let heardServer = Mutex<String?>(nil)

  public init(_ settings: ClientSettings) {
    precondition(settings.connectTimeout.milliseconds > 0, "a timeout of 0 would be libcurl's own")
    precondition(settings.requestTimeout.milliseconds > 0, "a timeout of 0 would wait for ever")
    precondition(settings.maxInFlight > 0, "a client that may send nothing would wait for ever")
    loop = MultiLoop(settings, queue)
  }

  /// The server's clock in its last answer, in seconds since 1970; nil before the first answer with one.
  public var serverDate: Int64? { heardDate.withLock { $0 } }

  /// The `Server` header of the last answer, empty if there is none; nil before the first answer.
  public var serverSoftware: String? { heardServer.withLock { $0 } }

  /// Sends `request` as soon as fewer than `maxInFlight` are in flight, and waits for the complete answer, whatever
  /// its status.
  public func send(_ request: Request) async throws(HTTPError) -> Response { try await timing(request).answer.get() }

  /// The same, with the time in flight, without waits before and after.
  public func timing(_ request: Request) async -> (answer: Result<Response, HTTPError>, time: Duration) {
    let ended = await withCheckedContinuation { continuation in
      switch queue.add(RequestQueue.QueuedRequest(request: request, continuation: continuation)) {
      // Unstructured: the loop serves all callers and outlives this one.
      case .start: Task(executorPreference: TaskPool.shared) { [loop] in await loop.run() }
      case .wake: loop.wake()
      case .nothing: break
      }
    }
    if case .success(let response) = ended.answer {
      if let date = response.date { heardDate.withLock { $0 = date } }
      heardServer.withLock { $0 = response.server }
    }
    return (ended.answer, ended.time)
  }

  /// The number of waiting requests.
  var waitingCount: Int { queue.count }

  /// Whether a thread handles requests, or did a moment ago.
  var isAwake: Bool { queue.isPumped }
}
