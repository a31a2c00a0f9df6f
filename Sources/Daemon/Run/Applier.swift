import CallControl
import Domain
import Ledger
import Platform
import Reconcile

/// Carries out a plan: each intent is committed before its request leaves, each outcome after its answer came.
struct Applier: Sendable {
  let pbx: CallControl
  let ledger: Ledger
  let run: RunID
  let log: RunLog
  let pace: Pace
  /// Whether and how this PBX is asked for presence.
  let presenceMemory: PresenceMemory

  /// How fast, how stubbornly and how long calls are made.
  struct Pace: Sendable {
    let maxInFlight: Int
    /// How often one change's calls are repeated after passing faults.
    let retries: Int
    /// Nothing new is sent after this moment.
    let deadline: ContinuousClock.Instant
  }

  /// Makes the plan's changes, `maxInFlight` requests at a time or as many as the PBX is quick enough for. Cancelling the task
  /// lets the requests in flight finish and sends nothing more.
  func apply(_ changes: [Change], progress: @escaping Worklist.Progress) async -> Applied {
    let worklist = Worklist(changes, pace, fitting: pbx.fitting, progress)
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
    return await worklist.applied
  }

  private func work(on worklist: Worklist) async {
    var finished: Finished?
    while let job = await worklist.next(after: finished) { finished = await perform(job, worklist) }
  }

  private func perform(_ job: ChangeQueue.Job, _ worklist: Worklist) async -> Finished {
    var finished = Finished()
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
