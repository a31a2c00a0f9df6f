import CallControl
import Domain
import Ledger
import Platform
import Reconcile

/// How one job is done, from its first intent to its last outcome.
extension Applier {
  typealias Numbered = (index: Int, change: Change)

  /// Adds several extensions with one request, for which there is a place; where that fails, settles them one by one.
  func add(
    _ adds: [Numbered], _ worklist: Worklist, _ finished: inout Finished
  ) async throws(LedgerError) {
    let intents = try await ledger.intend(adds.map { intent($0.change.call, $0.change) }, in: run)
    CrashPoint.intentsCommitted.pass()
    let extensions = adds.compactMap { if case .addExtension(let it) = $0.change.call { it } else { nil } }
    var answer = await add(extensions, worklist)
    var attempt = 1
    while answer.verdict == .notSent, attempt <= pace.retries, await pause(attempt), await worklist.place() {
      answer = await add(extensions, worklist)
      attempt += 1
    }

    switch answer.verdict {
    case .accepted, .badKey, .notSent:
      let ended = adds.map { add in
        var settlement = Settlement(add.change, at: now())
        let step = settlement.next(after: add.change.call, answer)
        return (add, Ending(outcome: step.outcome ?? settlement.outcomeIfStopped, answer: answer))
      }
      try await conclude(ended, intents.map { [$0] }, &finished)
    case .taken:
      // One of them at least is foreign, and nothing says which: none may be claimed by an answer of "exists".
      try await ledger.conclude([
        Conclusion(of: intents, answer: answer, outcome: .undone, at: now())
      ])
      CrashPoint.outcomesCommitted.pass()
      for add in adds {
        let settlement = Settlement(add.change, at: now())
        try await settle(add, settlement, intents: [], hasPlace: false, worklist, &finished)
      }
    case .refused, .absent, .failed, .notUnderstood, .unanswered, .tooLong:
      for (add, intent) in zip(adds, intents) {
        var settlement = Settlement(add.change, at: now())
        settlement.doubtBatch()
        try await settle(add, settlement, intents: [intent], hasPlace: false, worklist, &finished)
      }
    }
  }

  private func add(_ extensions: [Extension], _ worklist: Worklist) async -> Answer {
    let (answer, time) = await pbx.timing(adding: extensions)
    CrashPoint.requestAnswered.pass()
    await worklist.take(
      Worklist.Reply(
        answer: answer, time: time, objects: extensions.count, metForeign: answer.verdict == .taken))
    return answer
  }

  /// Follows one change to its end.
  ///
  /// - Parameters:
  ///   - intents: those of this run that are open for it already.
  ///   - hasPlace: whether there is a place for its first request.
  func settle(
    _ it: Numbered, _ settlement: Settlement, intents: [Int64], hasPlace: Bool, _ worklist: Worklist,
    _ finished: inout Finished
  ) async throws(LedgerError) {
    let change = it.change
    var settlement = settlement
    var intents = change.settles.map(\.intent) + intents
    var intended = Set(change.settles.map(\.call))
    if intents.count > change.settles.count { intended.insert(change.call) }
    var call = settlement.begin()
    var hasPlace = hasPlace
    var attempt = 0
    var answer = Answer(.notSent, message: "the run was stopped first")

    while true {
      if !hasPlace { hasPlace = await worklist.place() }
      if !hasPlace {
        // Nothing was begun, or an open intent says what is in doubt.
        if intents.count == change.settles.count && attempt == 0 { return }
        return try await conclude(
          [(it, Ending(outcome: settlement.outcomeIfStopped, answer: answer))], [intents], &finished)
      }
      if intended.insert(call).inserted {
        intents += try await ledger.intend([intent(call, change)], in: run)
        CrashPoint.intentsCommitted.pass()
      }
      let time: Duration
      (answer, time) = await pbx.timing(call)
      CrashPoint.requestAnswered.pass()
      let step = settlement.next(after: call, answer)
      let metForeign = step.outcome.map { Ending(outcome: $0, answer: answer).metForeign(by: change) } ?? false
      await worklist.take(Worklist.Reply(answer: answer, time: time, metForeign: metForeign))
      hasPlace = false

      let outcome: Outcome
      switch step {
      case .follow(let next):
        call = next
        continue
      case .retry(let next):
        attempt += 1
        call = next
        if attempt <= pace.retries, await pause(attempt) { continue }
        outcome = settlement.outcomeIfStopped
      case .end(let end), .stop(let end): outcome = end
      }
      return try await conclude([(it, Ending(outcome: outcome, answer: answer))], [intents], &finished)
    }
  }

  /// Commits the outcomes, then tells the journal.
  private func conclude(
    _ ended: [(it: Numbered, ending: Ending)], _ intents: [[Int64]], _ finished: inout Finished
  ) async throws(LedgerError) {
    let at = now()
    try await ledger.conclude(
      zip(ended, intents).map { ended, intents in
        Conclusion(of: intents, answer: ended.ending.answer, outcome: ended.ending.outcome, at: at)
      })
    CrashPoint.outcomesCommitted.pass()
    for (it, ending) in ended {
      finished.endings.append((it.index, it.change, ending))
      // A refused key is the run's failure, not the object's.
      if ending.answer.verdict != .badKey { log.changed(it.change, ending) }
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
    return (try? await TaskPool.sleep(for: jittered)) != nil && !Task.isCancelled && ContinuousClock.now < pace.deadline
  }
}
