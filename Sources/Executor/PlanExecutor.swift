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
  package let settings: ExecutionSettings
  /// Whether and how this PBX is probed for taken numbers.
  package let presenceMemory: PresenceMemory

  package init(
    pbx: CallControl, ledger: Ledger, run: RunID, log: RunLog, settings: ExecutionSettings,
    presenceMemory: PresenceMemory
  ) {
    self.pbx = pbx
    self.ledger = ledger
    self.run = run
    self.log = log
    self.settings = settings
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

  /// Makes the plan's changes, up to `maxInFlight` requests at a time; fewer if the PBX answers slowly.
  ///
  /// If its task is cancelled, the requests in flight finish and nothing more is sent.
  ///
  /// - Parameter learned: what earlier parts of the run have learned.
  package func execute(
    _ changes: [Change], after learned: SendingPace? = nil, progress: @escaping ChangeScheduler.Progress
  ) async -> ExecutionResult {
    let scheduler = ChangeScheduler(
      changes, settings, after: learned, batchSize: pbx.batchSize(for:), progress: progress)
    // The tasks wait for the ledger most of the time, so they run on its queue. The outcome of one call and the intent of the next
    // are then one commit.
    await withTaskExecutorPreference(ledger.executor) {
      await withTaskGroup { group in
        // Two tasks for each slot, so that no slot waits until an outcome is committed.
        for _ in 0..<min(2 * settings.maxInFlight, changes.count) {
          group.addTask { await executeBatches(of: scheduler) }
        }
        // A task that ends early was stopped, so the tasks that pause before a retry are stopped too.
        for await _ in group where await scheduler.isStopped { group.cancelAll() }
      }
    }
    var result = await scheduler.result
    result.learned = await scheduler.learned
    return result
  }

  private func executeBatches(of scheduler: ChangeScheduler) async {
    var last: BatchResult?
    while let batch = await scheduler.next(after: last) {
      var result = BatchResult()
      do throws(LedgerError) {
        if batch.changes.count > 1 {
          try await add(batch.changes, scheduler, &result)
        } else if let numberedChange = batch.changes.first {
          try await probeAndExecute(numberedChange, hasSlot: true, scheduler, &result)
        }
      } catch {
        result.refusal = error
      }
      last = result
    }
  }
}
