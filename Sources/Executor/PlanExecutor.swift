package import CallControl
package import Directory
package import Domain
package import Ledger
import Platform
import Reconcile

/// Executes a plan: each intent is committed before its request is sent, each outcome after its answer.
package struct PlanExecutor: Sendable {
  package let pbx: CallControl
  package let ledger: Ledger
  package let run: RunID
  package let log: RunLog
  package let pace: ExecutionSettings
  /// Whether and how this PBX is asked for presence.
  package let presenceMemory: PresenceMemory

  package init(
    pbx: CallControl, ledger: Ledger, run: RunID, log: RunLog, pace: ExecutionSettings, presenceMemory: PresenceMemory
  ) {
    self.pbx = pbx
    self.ledger = ledger
    self.run = run
    self.log = log
    self.pace = pace
    self.presenceMemory = presenceMemory
  }

  /// The limits of execution: concurrency, retries and time.
  package struct ExecutionSettings: Sendable {
    package let maxInFlight: Int
    /// How often one change's calls are repeated after transient faults.
    package let retries: Int
    /// Nothing new is sent after this moment.
    package let deadline: ContinuousClock.Instant

    package init(maxInFlight: Int, retries: Int, deadline: ContinuousClock.Instant) {
      self.maxInFlight = maxInFlight
      self.retries = retries
      self.deadline = deadline
    }
  }

  /// Makes the plan's changes, `maxInFlight` requests at a time or as many as the PBX is quick enough for. Cancelling the task
  /// lets the requests in flight finish and sends nothing more.
  ///
  /// - Parameter learned: what earlier parts of the run have learned.
  package func apply(
    _ changes: [Change], after learned: SendingPace? = nil, progress: @escaping ChangeScheduler.Progress
  ) async -> ExecutionResult {
    let worklist = ChangeScheduler(changes, pace, after: learned, fitting: pbx.fitting, progress)
    // They wait for the ledger most of the time, so they run where it does. What is asked of it meanwhile, the outcome of one
    // call and the intent of the next, is then one commit.
    await withTaskExecutorPreference(ledger.executor) {
      await withTaskGroup { group in
        // Twice as many as there are places, so that no place waits for an outcome to be committed.
        for _ in 0..<min(2 * pace.maxInFlight, changes.count) { group.addTask { await work(on: worklist) } }
        // Who ends early was stopped, and so are those who pause.
        for await _ in group where await worklist.isStopped { group.cancelAll() }
      }
    }
    var result = await worklist.applied
    result.learned = await worklist.learned
    return result
  }

  private func work(on worklist: ChangeScheduler) async {
    var finished: BatchResult?
    while let job = await worklist.next(after: finished) { finished = await perform(job, worklist) }
  }

  private func perform(_ job: ChangeQueue.Batch, _ worklist: ChangeScheduler) async -> BatchResult {
    var finished = BatchResult()
    do throws(LedgerError) {
      if job.changes.count > 1 {
        try await add(job.changes, worklist, &finished)
      } else if let it = job.changes.first {
        try await make(it, hasPlace: true, worklist, &finished)
      }
    } catch {
      finished.refusal = error
    }
    return finished
  }
}
