import Domain
import Ledger

/// What a run has learned of the PBX for the next part of its plan: how many requests at a time it handles, and whether adds may
/// share one.
package struct SendingPace: Sendable {
  fileprivate let limiter: ConcurrencyLimiter
  fileprivate let batching: ChangeQueue.Batching
}

/// Hands the changes of a plan to the tasks that make them: each when all that it requires is done and a slot is free for its
/// request.
///
/// A slot is acquired before an intent is committed, so that a crash leaves no call in doubt that was only waiting for one.
/// It is released with the answer.
package actor ChangeScheduler {
  package typealias Progress = @Sendable (_ done: Int, _ of: Int) -> Void

  /// The answer to one request, and what was observed with it.
  struct RequestResult {
    let answer: CallResult
    let time: Duration
    var objects = 1
    /// Whether the PBX had a foreign object under one of the numbers.
    let foundForeign: Bool
  }

  private(set) var result: ExecutionResult
  private var queue: ChangeQueue
  private var limiter: ConcurrencyLimiter
  private let deadline: ContinuousClock.Instant
  private let batchSize: @Sendable ([Extension]) -> Int
  private let progress: Progress

  private var slotsTaken = 0
  /// How many batches are under way, with a slot or without.
  private var batchesUnderWay = 0
  /// Tasks without a batch.
  private var idle: [CheckedContinuation<ChangeQueue.Batch?, Never>] = []
  /// Tasks that need a slot for another request of their batch.
  private var waiting: [CheckedContinuation<Bool, Never>] = []

  /// - Parameter learned: what earlier parts of the run have learned.
  init(
    _ changes: [Change], _ settings: PlanExecutor.ExecutionSettings, after learned: SendingPace? = nil,
    batchSize: @escaping @Sendable ([Extension]) -> Int, progress: @escaping Progress
  ) {
    result = ExecutionResult(of: changes.count)
    queue = learned.map { ChangeQueue(changes, $0.batching) } ?? ChangeQueue(changes)
    limiter = learned?.limiter ?? ConcurrencyLimiter(limit: settings.maxInFlight)
    deadline = settings.deadline
    self.batchSize = batchSize
    self.progress = progress
  }

  /// What this part and the earlier parts have learned.
  var learned: SendingPace { SendingPace(limiter: limiter, batching: queue.batching) }

  /// How many tasks wait for a batch or a slot.
  var waitingCount: Int { idle.count + waiting.count }

  /// Whether a failure makes it impossible to go on.
  var isStopped: Bool { result.stop != nil }

  /// Why the ledger couldn't be written, if it couldn't: then no request may leave, not even one that has a slot already.
  var ledgerFailure: LedgerError? { if case .ledger(let error) = result.stop { error } else { nil } }

  /// The next batch with a slot for its first request, when there are both; nil when no batch can follow.
  ///
  /// - Parameter batchResult: the result of this task's last batch.
  func next(after batchResult: BatchResult?) async -> ChangeQueue.Batch? {
    if let batchResult { record(batchResult) }
    return await withCheckedContinuation {
      idle.append($0)
      assignSlots()
    }
  }

  /// Waits for a slot for another request of the same batch.
  ///
  /// - Returns: false if nothing more may be sent.
  func acquireSlot() async -> Bool {
    await withCheckedContinuation {
      waiting.append($0)
      assignSlots()
    }
  }

  /// Releases a slot with which no request was sent.
  func releaseSlot() {
    slotsTaken -= 1
    assignSlots()
  }

  /// Records the answer to a request and releases its slot.
  func record(_ requestResult: RequestResult) {
    slotsTaken -= 1
    result.callCounts.requests += 1
    limiter.record(requestResult.answer, after: requestResult.time, objects: requestResult.objects, others: slotsTaken)
    if requestResult.foundForeign {
      queue.stopBatching()
    } else if requestResult.answer.status == .accepted {
      queue.growBatches()
    }
    if requestResult.answer.status == .badKey { result.stop = result.stop ?? .badKey(requestResult.answer) }
    assignSlots()
  }

  private func record(_ batchResult: BatchResult) {
    batchesUnderWay -= 1
    for (index, change, changeResult) in batchResult.changeResults {
      result.changeResults[index] = changeResult
      result.callCounts.count(change, changeResult)
      queue.finish(index, succeeded: changeResult.isDone)
    }
    if let refusal = batchResult.refusal { result.stop = result.stop ?? .ledger(refusal) }
    progress(result.changeResults.count, result.count)
  }

  private var mayContinue: Bool { !isStopped && !Task.isCancelled && ContinuousClock.now < deadline }

  private func assignSlots() {
    while mayContinue, slotsTaken < limiter.width {
      if let task = waiting.first {
        waiting.removeFirst()
        slotsTaken += 1
        task.resume(returning: true)
      } else if let task = idle.last, let batch = queue.next(batchSize: batchSize) {
        idle.removeLast()
        slotsTaken += 1
        batchesUnderWay += 1
        task.resume(returning: batch)
      } else {
        break
      }
    }
    if !mayContinue {
      for task in waiting { task.resume(returning: false) }
      waiting = []
    }
    // Nothing is under way that could make another change ready.
    if !mayContinue || batchesUnderWay == 0 {
      for task in idle { task.resume(returning: nil) }
      idle = []
    }
  }
}
