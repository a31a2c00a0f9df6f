import Dispatch
import Glibc
import Synchronization

/// Where the program's tasks run: on queues of their own, instead of Swift's pool.
///
/// Swift's pool is libdispatch's, which from its first job on looks after that pool's threads once a second, for as long as the
/// process lives. Queues like these have nobody who looks after them, so a daemon that waits sleeps. A task that is begun
/// without this preference, and `Task.sleep`, wake Swift's pool.
public final class TaskPool: TaskExecutor {
  public static let shared = TaskPool()

  private let queues: [DispatchQueue]
  /// How many jobs wait or run in each queue.
  private let jobs: Mutex<[Int]>

  private init() {
    // Two at least: a job that blocks for a moment doesn't keep a signal waiting.
    let count = max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    queues = (0..<count).map { _ in DispatchQueue(label: "tasks") }
    jobs = Mutex(Array(repeating: 0, count: count))
  }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = unsafe asUnownedTaskExecutor()
    let place = jobs.withLock { jobs in
      let place = jobs.indices.min { jobs[$0] < jobs[$1] } ?? 0
      jobs[place] += 1
      return place
    }
    queues[place].async { [self] in
      unsafe job.runSynchronously(on: executor)
      jobs.withLock { $0[place] -= 1 }
    }
  }
}

extension TaskPool {
  private static let timers = DispatchQueue(label: "sleeping tasks")

  /// Suspends the task for `duration`, as `Task.sleep` does, and wakes no other pool.
  ///
  /// - Throws: where the task is cancelled, at once.
  public static func sleep(for duration: Duration) async throws(CancellationError) {
    // May be cancelled from any thread (dispatch_source_cancel(3)).
    nonisolated(unsafe) let timer = DispatchSource.makeTimerSource(queue: timers)
    unsafe timer.schedule(deadline: .now() + .microseconds(Int(duration / .microseconds(1))))
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        unsafe timer.setEventHandler { unsafe timer.cancel() }
        // Comes exactly once, whoever cancels.
        unsafe timer.setCancelHandler { continuation.resume() }
        unsafe timer.resume()
      }
    } onCancel: {
      unsafe timer.cancel()
    }
    if Task.isCancelled { throw CancellationError() }
  }
}
