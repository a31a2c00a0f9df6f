import CallControl
import Domain
import Ledger
import Platform
import Reconcile

/// How one job is done, from its first intent to its last outcome.
extension PlanExecutor {
  typealias NumberedChange = (index: Int, change: Change)

  /// Makes one change, after a look at its number where nothing is known of it.
  func make(
    _ it: NumberedChange, hasPlace: Bool, _ worklist: ChangeScheduler, _ finished: inout BatchResult
  ) async throws(LedgerError) {
    let change = it.change
    var hasPlace = hasPlace
    let state = await presenceMemory.state(under: pbx.serverSoftware)
    var intents: [Int64] = []
    var finding = PresenceFinding.seen(freeBy: [])
    if isProbed(change), state != .off, state != .silent {
      if !hasPlace { hasPlace = await worklist.acquireSlot() }
      if !hasPlace { return }
      // A PBX that checks less than it did makes it by the question.
      intents = try await ledger.recordIntents([intent(change.call, change)], in: run)
      CrashPoint.intentsCommitted.pass()
      finding = await look(at: change.call.key.number, state, hasPlace: &hasPlace, worklist)
    }
    try await goOn(it, after: finding, intents: intents, hasPlace: hasPlace, worklist, &finished)
  }

  /// What follows from the look at a number.
  ///
  /// - Parameter intents: that of the add, where its number was asked about.
  func goOn(
    _ it: NumberedChange, after finding: PresenceFinding, intents: [Int64], hasPlace: Bool, _ worklist: ChangeScheduler,
    _ finished: inout BatchResult
  ) async throws(LedgerError) {
    let change = it.change
    guard let item = change.call.item, case .extension = item else {
      let forms = await presenceMemory.state(under: pbx.serverSoftware).forms
      return try await execute(
        it, Settlement(change, at: now(), asking: forms), intents: intents, hasPlace: hasPlace, worklist, &finished)
    }
    func end(_ outcome: Outcome, _ answer: CallResult) async throws(LedgerError) {
      try await recordOutcome([(it, ChangeResult(outcome: outcome, answer: answer))], [intents], &finished)
    }
    switch finding {
    case .seen(let forms):
      try await execute(
        it, Settlement(change, at: now(), asking: forms), intents: intents, hasPlace: hasPlace, freeBy: forms, worklist,
        &finished)
    case .taken(let answer, let wasLost):
      let object = ManagedObject(item, entry: change.entry, dn: change.dn).unproven(.answerLost, since: now())
      try await end(
        wasLost ? .unproven(object) : .refused(Refusal(item, entry: change.entry, answer: answer, since: now())), answer
      )
    case .created(let form, let answer):
      // It was free, so the probe created it. Whatever the update does, the ledger records the PBX's object.
      let made = ManagedObject(.extension(form.item(item.number)), entry: change.entry, dn: change.dn)
      try await ledger.recordOutcomes([
        RecordedOutcome(of: intents, answer: answer, outcome: .holds(made, replacing: nil), at: now())
      ])
      CrashPoint.outcomesCommitted.pass()
      try await presenceMemory.learn(nil, under: pbx.serverSoftware)
      let update = Change(
        .update(item, knownAs: item.number), before: made, entry: change.entry, dn: change.dn, cause: change.cause)
      try await execute(it, Settlement(update, at: now()), intents: [], hasPlace: hasPlace, worklist, &finished)
    case .left(let answer, let wasLost): try await end(wasLost ? .inDoubt : .undone, answer)
    case .stopped(let answer, let wasLost):
      if wasLost { return try await end(.inDoubt, answer) }
      if answer.status == .badKey { return try await end(.undone, answer) }
      // It wasn't begun.
      try await ledger.recordOutcomes([RecordedOutcome(of: intents, answer: answer, outcome: .undone, at: now())])
    }
  }

  /// Follows one change to its end.
  ///
  /// - Parameters:
  ///   - intents: those of this run that are open for it already.
  ///   - hasPlace: whether there is a place for its first request.
  ///   - forms: the probes that said that its number is free, and of which none is known to tell yet.
  func execute(
    _ it: NumberedChange, _ settlement: Settlement, intents: [Int64], hasPlace: Bool, freeBy forms: Set<ProbeForm> = [],
    _ worklist: ChangeScheduler, _ finished: inout BatchResult
  ) async throws(LedgerError) {
    let change = it.change
    let number = change.call.key.number
    var settlement = settlement
    var intents = change.settles.map(\.intent) + intents
    var intended = Set(change.settles.map(\.call))
    if intents.count > change.settles.count { intended.insert(change.call) }
    var hasPlace = hasPlace
    var attempt = 0
    var answer = Self.stopped
    // A call in doubt may have removed it from the PBX.
    let isCertain = change.before?.isManaged == true && change.settles.isEmpty && intents.isEmpty
    var wasLost = false
    var mails = PossibleMails()
    // A batch in doubt may have created it.
    if change.settles.isEmpty, settlement.outcomeIfStopped == .inDoubt {
      mails.add(change.call, CallResult(.unanswered))
    }
    var last: Call?
    var step = settlement.begin()
    // Nothing is asked where nothing can tell.
    if step.outcome != nil { answer = CallResult(.unanswered, message: "an earlier call got no answer") }

    while true {
      let call: Call
      switch step {
      case .ask(let forms):
        let presence: Presence
        if last == nil {
          (presence, answer) = await look(at: number, by: forms, hasPlace: &hasPlace, worklist)
        } else {
          presence = try await learn(from: forms, about: number, hasPlace: &hasPlace, worklist)
        }
        step = settlement.next(seen: presence)
        if settlement.isProof { try await ledger.recordSeenAbsent(intents) }
        continue
      case .end(let outcome), .stop(let outcome):
        if hasPlace { await worklist.releaseSlot() }
        if isCertain, attempt == 0, last?.action == .delete, answer.status == .absent { wasLost = true }
        try await recordOutcome(
          [
            (
              it,
              ChangeResult(
                outcome: outcome, answer: answer, wasLost: wasLost, possibleMails: mails.count(after: outcome, by: last)
              )
            )
          ], [intents], &finished)
        if answer.status == .accepted, last?.action == .add, !forms.isEmpty, await presenceMemory.state == .open {
          hasPlace = false
          _ = try await learn(from: forms, about: number, hasPlace: &hasPlace, worklist)
        }
        return
      case .retry(let next):
        attempt += 1
        guard attempt <= pace.retries, await pause(attempt) else {
          step = .end(settlement.outcomeIfStopped)
          continue
        }
        call = next
      case .follow(let next):
        if isCertain, attempt == 0, last?.action == .update, next.action == .add { wasLost = true }
        call = next
      }
      if !hasPlace { hasPlace = await worklist.acquireSlot() }
      guard hasPlace else {
        // Nothing was begun, or an open intent says what is in doubt.
        if last == nil, intents.count == change.settles.count { return }
        step = .end(settlement.outcomeIfStopped)
        continue
      }
      if intended.insert(call).inserted {
        let seenAbsent = call.action == .add && settlement.isProof
        intents += try await ledger.recordIntents([intent(call, change, seenAbsent: seenAbsent)], in: run)
        CrashPoint.intentsCommitted.pass()
      }
      let time: Duration
      (answer, time) = await pbx.timing(call)
      CrashPoint.requestAnswered.pass()
      last = call
      mails.add(call, answer)
      step = settlement.next(after: call, answer)
      let metForeign = step.outcome.map { ChangeResult(outcome: $0, answer: answer).foundForeign(by: change) } ?? false
      await worklist.record(ChangeScheduler.RequestResult(answer: answer, time: time, metForeign: metForeign))
      hasPlace = false
    }
  }

  /// Commits the outcomes, then tells the journal.
  func recordOutcome(
    _ ended: [(it: NumberedChange, changeResult: ChangeResult)], _ intents: [[Int64]], _ finished: inout BatchResult
  ) async throws(LedgerError) {
    let at = now()
    try await ledger.recordOutcomes(
      zip(ended, intents).map { ended, intents in
        RecordedOutcome(of: intents, answer: ended.changeResult.answer, outcome: ended.changeResult.outcome, at: at)
      })
    CrashPoint.outcomesCommitted.pass()
    for (it, changeResult) in ended {
      finished.changeResults.append((it.index, it.change, changeResult))
      // A refused key is the run's failure, not the object's. Of what is in doubt the run tells when it knows the next try.
      if changeResult.answer.status != .badKey, changeResult.outcome != .inDoubt {
        log.changed(it.change, changeResult)
      }
    }
  }

  func intent(_ call: Call, _ change: Change, seenAbsent: Bool = false) -> Intent {
    Intent(
      call, entry: change.entry, dn: change.dn, before: change.before, at: now(), seenAbsent: seenAbsent)
  }

  func now() -> Timestamp { ledger.now() }

  func pause(_ attempt: Int) async -> Bool { await pace.pause(attempt) }
}

extension PlanExecutor.ExecutionSettings {
  /// Waits before the next attempt: exponential, with jitter so that many clients don't come back together.
  ///
  /// - Returns: false where the run was stopped meanwhile.
  package func pause(_ attempt: Int) async -> Bool {
    let base = Duration.milliseconds(250 * (1 << min(attempt, 7)))
    let jittered = base * Double.random(in: 0.5...1.5)
    return (try? await TaskPool.sleep(for: jittered)) != nil && !Task.isCancelled && ContinuousClock.now < deadline
  }
}
