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

  /// How fast, how stubbornly and how long calls are made.
  struct Pace: Sendable {
    let maxInFlight: Int
    /// How often one change's calls are repeated after passing faults.
    let retries: Int
    /// Nothing new is sent after this moment.
    let deadline: ContinuousClock.Instant
  }

  /// What became of a plan.
  struct Applied: Sendable {
    var tally = Tally()
    var endings: [Int: Ending] = [:]
    /// Changes that were never begun: the run was stopped, or what they require failed.
    var untouched = 0
    var stop: Stop?
  }

  enum Stop: Sendable, Hashable {
    /// The PBX refused the key.
    case badKey(Answer)
    /// The ledger couldn't be written, so nothing may be sent.
    case ledger(LedgerError)
  }

  /// What one task did.
  struct Finished: Sendable {
    var endings: [(index: Int, change: Change, ending: Ending)] = []
    var requests = 0
    var metForeign = false
    var stop: Stop?
  }

  /// Makes the plan's changes, `maxInFlight` at a time. Cancelling the task lets the requests in flight finish and
  /// sends nothing more.
  func apply(_ changes: [Change], progress: @Sendable (_ done: Int, _ of: Int) -> Void) async -> Applied {
    var queue = ChangeQueue(changes)
    var applied = Applied()
    await withTaskGroup(of: Finished.self) { group in
      var inFlight = 0
      while true {
        while inFlight < pace.maxInFlight, applied.stop == nil, mayContinue,
          let job = queue.next(fitting: pbx.fitting)
        {
          group.addTask { await perform(job) }
          inFlight += 1
        }
        guard inFlight > 0, let finished = await group.next() else { break }
        inFlight -= 1
        applied.take(finished, &queue)
        if applied.stop != nil { group.cancelAll() }
        progress(applied.endings.count, changes.count)
      }
    }
    applied.untouched = changes.count - applied.endings.count
    return applied
  }

  private var mayContinue: Bool { !Task.isCancelled && ContinuousClock.now < pace.deadline }

  private func perform(_ job: ChangeQueue.Job) async -> Finished {
    var finished = Finished()
    do throws(LedgerError) {
      if job.changes.count > 1 {
        try await add(job.changes, &finished)
      } else if let (index, change) = job.changes.first {
        try await settle(index, change, Settlement(change, at: now()), intents: [], &finished)
      }
    } catch {
      finished.stop = .ledger(error)
    }
    return finished
  }

  /// Adds several extensions with one request; where that fails, settles them one by one.
  private func add(_ adds: [(index: Int, change: Change)], _ finished: inout Finished) async throws(LedgerError) {
    let intents = try await ledger.intend(adds.map { intent($0.change.call, $0.change) }, in: run)
    CrashPoint.intentsCommitted.pass()
    var answer = Answer(.notSent)
    for attempt in 1...(pace.retries + 1) {
      finished.requests += 1
      answer = await pbx.add(
        adds.compactMap { if case .addExtension(let it) = $0.change.call { it } else { nil } })
      CrashPoint.requestAnswered.pass()
      guard answer.verdict == .notSent, attempt <= pace.retries, await pause(attempt) else { break }
    }

    switch answer.verdict {
    case .accepted, .badKey, .notSent:
      let ended = adds.map { add in
        var settlement = Settlement(add.change, at: now())
        let step = settlement.next(after: add.change.call, answer)
        return (add, Ending(outcome: step.outcome ?? settlement.outcomeIfStopped, answer: answer))
      }
      try await conclude(ended, intents.map { [$0] }, &finished)
      if answer.verdict == .badKey { finished.stop = .badKey(answer) }
    case .taken:
      // One of them at least is foreign, and nothing says which: none may be claimed by an answer of "exists".
      finished.metForeign = true
      try await ledger.conclude([
        Conclusion(of: intents, answer: answer, outcome: .undone, at: now())
      ])
      CrashPoint.outcomesCommitted.pass()
      for (index, change) in adds {
        try await settle(index, change, Settlement(change, at: now()), intents: [], &finished)
      }
    case .refused, .absent, .failed, .notUnderstood, .unanswered, .tooLong:
      for (add, intent) in zip(adds, intents) {
        var settlement = Settlement(add.change, at: now())
        settlement.doubtBatch()
        try await settle(add.index, add.change, settlement, intents: [intent], &finished)
      }
    }
  }

  /// Follows one change to its end.
  ///
  /// - Parameter intents: those of this run that are open for it already.
  private func settle(
    _ index: Int, _ change: Change, _ settlement: Settlement, intents: [Int64], _ finished: inout Finished
  ) async throws(LedgerError) {
    var settlement = settlement
    var intents = change.settles.map(\.intent) + intents
    var intended = Set(change.settles.map(\.call))
    if intents.count > change.settles.count { intended.insert(change.call) }
    var call = settlement.begin()
    var attempt = 0
    var answer = Answer(.notSent, message: "the run was stopped first")

    while true {
      if finished.stop != nil || !mayContinue {
        // Nothing was begun, or an open intent says what is in doubt.
        if intents.count == change.settles.count && attempt == 0 { return }
        return try await conclude(
          [((index, change), Ending(outcome: settlement.outcomeIfStopped, answer: answer))], [intents], &finished)
      }
      if intended.insert(call).inserted {
        intents += try await ledger.intend([intent(call, change)], in: run)
        CrashPoint.intentsCommitted.pass()
      }
      finished.requests += 1
      answer = await pbx.make(call)
      CrashPoint.requestAnswered.pass()

      let outcome: Outcome
      switch settlement.next(after: call, answer) {
      case .follow(let next):
        call = next
        continue
      case .retry(let next):
        attempt += 1
        call = next
        if attempt <= pace.retries, await pause(attempt) { continue }
        outcome = settlement.outcomeIfStopped
      case .end(let end): outcome = end
      case .stop(let end):
        outcome = end
        finished.stop = .badKey(answer)
      }
      return try await conclude([((index, change), Ending(outcome: outcome, answer: answer))], [intents], &finished)
    }
  }

  /// Commits the outcomes, then tells the journal.
  private func conclude(
    _ ended: [((index: Int, change: Change), Ending)], _ intents: [[Int64]], _ finished: inout Finished
  ) async throws(LedgerError) {
    let at = now()
    try await ledger.conclude(
      zip(ended, intents).map { ended, intents in
        Conclusion(of: intents, answer: ended.1.answer, outcome: ended.1.outcome, at: at)
      })
    CrashPoint.outcomesCommitted.pass()
    for ((index, change), ending) in ended {
      finished.endings.append((index, change, ending))
      if ending.metForeign(by: change) { finished.metForeign = true }
      // A refused key is the run's failure, not the object's.
      if ending.answer.verdict != .badKey { log.changed(change, ending) }
    }
  }

  private func intent(_ call: Call, _ change: Change) -> Intent {
    Intent(call, entry: change.entry, dn: change.dn, before: change.before, at: now())
  }

  private func now() -> Seconds { secondsSince1970() }

  /// Waits before the next attempt: exponential, with jitter so that many clients don't come back together.
  ///
  /// - Returns: false where the run was stopped meanwhile.
  private func pause(_ attempt: Int) async -> Bool {
    let base = Duration.milliseconds(250 * (1 << min(attempt, 7)))
    let jittered = base * Double.random(in: 0.5...1.5)
    return (try? await Task.sleep(for: jittered)) != nil && mayContinue
  }
}

extension Applier.Applied {
  fileprivate mutating func take(_ finished: Applier.Finished, _ queue: inout ChangeQueue) {
    tally.requests += finished.requests
    for (index, change, ending) in finished.endings {
      endings[index] = ending
      tally.count(change, ending)
      queue.finish(index, succeeded: ending.isDone)
    }
    if finished.metForeign {
      queue.stopBatching()
    } else if finished.endings.allSatisfy({ $0.ending.isDone }) {
      queue.growBatches()
    }
    stop = stop ?? finished.stop
  }
}

extension Applier.Applied {
  /// What the transport said, where not one request reached the PBX.
  var unreachable: String? {
    let answers = endings.values.map(\.answer)
    guard let first = answers.first, answers.allSatisfy({ $0.verdict == .notSent }) else { return nil }
    return first.message
  }

  /// The changes that the PBX itself failed at, each with what it said. Where many fail and none is done it is the
  /// PBX that is ill, not the objects.
  func setbacks(_ changes: [Change]) -> [Key: String] {
    let failed = endings.filter { [.failed, .notUnderstood, .tooLong].contains($0.value.answer.verdict) }
    if failed.count > 3 && !endings.values.contains(where: \.isDone) { return [:] }
    return Dictionary(
      failed.map { (changes[$0].call.key, $1.answer.text) }, uniquingKeysWith: { first, _ in first })
  }
}
