import Domain

/// What a run has learned of how fast the PBX takes requests, and whether adds may share one: for the next part of its plan.
package struct SendingPace: Sendable {
  fileprivate let limiter: ConcurrencyLimiter
  fileprivate let batching: ChangeQueue.Batching
}

/// The changes of a plan, handed to the tasks that make them: each when all that it requires is done and the PBX has a place
/// for its request.
///
/// A slot is acquired before an intent is committed, so that a crash leaves no call in doubt that was only waiting for one.
/// It is released with the answer.
package actor ChangeScheduler {
  package typealias Progress = @Sendable (_ done: Int, _ of: Int) -> Void

  /// What came back for one request.
  struct RequestResult {
    let answer: CallResult
    let time: Duration
    var objects = 1
    /// Whether the PBX had an object of somebody else under a number.
    let metForeign: Bool
  }

  private(set) var applied: ExecutionResult
  private var queue: ChangeQueue
  private var limiter: ConcurrencyLimiter
  private let deadline: ContinuousClock.Instant
  private let fitting: @Sendable ([Extension]) -> Int
  private let progress: Progress

  private var placesTaken = 0
  /// How many jobs are under way, with a place or without.
  private var jobs = 0
  /// Tasks without a job.
  private var idle: [CheckedContinuation<ChangeQueue.Batch?, Never>] = []
  /// Tasks that need a place for another request of their job.
  private var waiting: [CheckedContinuation<Bool, Never>] = []

  /// - Parameter learned: what earlier parts of the run have learned.
  init(
    _ changes: [Change], _ pace: PlanExecutor.ExecutionSettings, after learned: SendingPace? = nil,
    fitting: @escaping @Sendable ([Extension]) -> Int, _ progress: @escaping Progress
  ) {
    applied = ExecutionResult(of: changes.count)
    queue = learned.map { ChangeQueue(changes, $0.batching) } ?? ChangeQueue(changes)
    limiter = learned?.limiter ?? ConcurrencyLimiter(limit: pace.maxInFlight)
    deadline = pace.deadline
    self.fitting = fitting
    self.progress = progress
  }

  /// What this part and those before it have learned.
  var learned: SendingPace { SendingPace(limiter: limiter, batching: queue.batching) }

  /// How many tasks wait for a job or a place.
  var waitingCount: Int { idle.count + waiting.count }

  /// Whether something makes it impossible to go on.
  var isStopped: Bool { applied.stop != nil }

  /// The next batch with a slot for its first request, when there are both; nil when no batch can follow.
  ///
  /// - Parameter finished: the result of this task's last batch.
  func next(after finished: BatchResult?) async -> ChangeQueue.Batch? {
    if let finished { record(finished) }
    return await withCheckedContinuation {
      idle.append($0)
      handOut()
    }
  }

  /// A place for another request of the same job, when there is one; false where nothing more may be sent.
  func acquireSlot() async -> Bool {
    await withCheckedContinuation {
      waiting.append($0)
      handOut()
    }
  }

  /// Gives back a place by which no request was made.
  func releaseSlot() {
    placesTaken -= 1
    handOut()
  }

  /// Gives the place of a request back.
  func record(_ reply: RequestResult) {
    placesTaken -= 1
    applied.callCounts.requests += 1
    limiter.record(reply.answer, after: reply.time, objects: reply.objects, others: placesTaken)
    if reply.metForeign {
      queue.stopBatching()
    } else if reply.answer.status == .accepted {
      queue.growBatches()
    }
    if reply.answer.status == .badKey { applied.stop = applied.stop ?? .badKey(reply.answer) }
    handOut()
  }

  private func record(_ finished: BatchResult) {
    jobs -= 1
    for (index, change, changeResult) in finished.changeResults {
      applied.changeResults[index] = changeResult
      applied.callCounts.count(change, changeResult)
      queue.finish(index, succeeded: changeResult.isDone)
    }
    if let refusal = finished.refusal { applied.stop = applied.stop ?? .ledger(refusal) }
    progress(applied.changeResults.count, applied.count)
  }

  private var mayContinue: Bool { !isStopped && !Task.isCancelled && ContinuousClock.now < deadline }

  private func handOut() {
    while mayContinue, placesTaken < limiter.width {
      if let task = waiting.first {
        waiting.removeFirst()
        placesTaken += 1
        task.resume(returning: true)
      } else if let task = idle.last, let job = queue.next(fitting: fitting) {
        idle.removeLast()
        placesTaken += 1
        jobs += 1
        task.resume(returning: job)
      } else {
        break
      }
    }
    if !mayContinue {
      for task in waiting { task.resume(returning: false) }
      waiting = []
    }
    // Nothing is under way that could make another change ready.
    if !mayContinue || jobs == 0 {
      for task in idle { task.resume(returning: nil) }
      idle = []
    }
  }
}
