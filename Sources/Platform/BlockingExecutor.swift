import Dispatch

/// A queue of its own for an actor whose calls block, so that they never block the shared pool.
///
/// libldap, libcurl and SQLite block the thread that calls them. An actor that wraps one of them holds such an
/// executor and returns `asUnownedSerialExecutor()` as its `unownedExecutor` (SE-0392).
public final class BlockingExecutor: SerialExecutor {
  private let queue: DispatchQueue

  public init(label: String) { queue = DispatchQueue(label: label) }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = unsafe asUnownedSerialExecutor()
    queue.async { unsafe job.runSynchronously(on: executor) }
  }
}
