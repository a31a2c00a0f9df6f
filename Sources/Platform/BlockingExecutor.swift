import Dispatch

/// A private queue for an actor whose calls block, so that they never block the shared pool.
///
/// libldap, libcurl and SQLite block the thread that calls them. An actor that wraps one of them holds such an
/// executor and returns `asUnownedSerialExecutor()` as its `unownedExecutor` (SE-0392). Tasks that work closely with the actor
/// may prefer the same queue (SE-0417): then no thread has to wake another.
public final class BlockingExecutor: SerialExecutor, TaskExecutor {
  private let queue: DispatchQueue

  public init(label: String) { queue = DispatchQueue(label: label) }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let serial = unsafe asUnownedSerialExecutor()
    let task = unsafe asUnownedTaskExecutor()
    queue.async { unsafe job.runSynchronously(isolatedTo: serial, taskExecutor: task) }
  }

  /// Does `work` in the queue while the caller's thread waits, which must be none of the shared pool.
  public func sync<Value>(_ work: () -> Value) -> Value { queue.sync(execute: work) }

  public func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }

  /// Lets the tasks that are waiting in the queue run first.
  public func yieldQueue() async {
    await withCheckedContinuation { caller in queue.async { caller.resume() } }
  }
}
