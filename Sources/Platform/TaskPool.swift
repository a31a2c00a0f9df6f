import Dispatch
import Glibc
import Synchronization

/// The executor of the program's tasks: private queues instead of Swift's pool.
///
/// Swift's pool is libdispatch's, which monitors that pool's threads once a second from its first job on. Private serial queues have
/// no monitor timer, so an idle process never wakes up. A task without this preference, and `Task.sleep`, start Swift's pool.
public final class TaskPool: TaskExecutor {
  public static let shared = TaskPool()

  private let queues: [DispatchQueue]
  /// The number of waiting and running jobs in each queue.
  private let jobs: Mutex<[Int]>

  private init() {
    // At least two: a job that blocks for a moment doesn't delay a signal.
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

  /// Suspends the task for `duration`, like `Task.sleep` without Swift's pool.
  ///
  /// - Throws: at once if the task is cancelled.
  public static func sleep(for duration: Duration) async throws(CancellationError) {
    // May be cancelled from any thread (dispatch_source_cancel(3)).
    nonisolated(unsafe) let timer = DispatchSource.makeTimerSource(queue: timers)
    unsafe timer.schedule(deadline: .now() + .microseconds(Int(duration / .microseconds(1))))
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        unsafe timer.setEventHandler { unsafe timer.cancel() }
        // Called exactly once, by any cancellation.
        unsafe timer.setCancelHandler { continuation.resume() }
        unsafe timer.resume()
      }
    } onCancel: {
      unsafe timer.cancel()
    }
    if Task.isCancelled { throw CancellationError() }
  }
}
