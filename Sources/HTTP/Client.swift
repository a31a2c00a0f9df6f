import Platform
import Synchronization

/// Sends requests over connections that it keeps open, at most `maxInFlight` at once.
///
/// A request is sent once: never again after a redirect, a closed connection or an error. Waiting
/// requests go in the order in which they came. Cancelling the task doesn't stop a request, as nobody would know then
/// what became of it: the timeouts bound it.
public final class Client: Sendable {
  private let queue = RequestQueue()
  private let loop: MultiLoop
  /// What the server's clock said last; whoever has an answer writes it.
  private let heardDate = Mutex<Int64?>(nil)
  /// What the server called itself last; whoever has an answer writes it.
  private let heardServer = Mutex<String?>(nil)

  public init(_ settings: ClientSettings) {
    precondition(settings.connectTimeout.milliseconds > 0, "a timeout of 0 would be libcurl's own")
    precondition(settings.requestTimeout.milliseconds > 0, "a timeout of 0 would wait for ever")
    precondition(settings.maxInFlight > 0, "a client that may send nothing would wait for ever")
    loop = MultiLoop(settings, queue)
  }

  /// What the server's clock said in its last answer, in seconds since 1970; nil before the first that says it.
  public var serverDate: Int64? { heardDate.withLock { $0 } }

  /// What the server called itself in its last answer, empty where it doesn't say; nil before the first answer.
  public var serverSoftware: String? { heardServer.withLock { $0 } }

  /// Sends `request` as soon as fewer than `maxInFlight` are on their way, and waits for the complete answer, whatever
  /// its status.
  public func send(_ request: Request) async throws(HTTPError) -> Response { try await timing(request).answer.get() }

  /// The same, and how long the request was on its way: neither what it waited before, nor what its task waits afterwards.
  public func timing(_ request: Request) async -> (answer: Result<Response, HTTPError>, time: Duration) {
    let ended = await withCheckedContinuation { continuation in
      switch queue.add(RequestQueue.QueuedRequest(request: request, continuation: continuation)) {
      // It carries others' requests too and goes on when this one has its answer: nobody's task is above it.
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

  /// How many requests haven't been taken up.
  var waitingCount: Int { queue.count }

  /// Whether a thread is busy with requests, or was a moment ago.
  var isAwake: Bool { queue.isPumped }
}
