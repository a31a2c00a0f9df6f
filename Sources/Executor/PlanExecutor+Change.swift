import CallControl
import Domain
import Ledger
import Platform
import Reconcile

/// Making one change, from its first intent to its last outcome.
extension PlanExecutor {
  typealias NumberedChange = (index: Int, change: Change)

  /// Makes one change, after a probe of its number if nothing is known about the number.
  func probeAndExecute(
    _ numberedChange: NumberedChange, hasSlot: Bool, _ scheduler: ChangeScheduler, _ result: inout BatchResult
  ) async throws(LedgerError) {
    let change = numberedChange.change
    var hasSlot = hasSlot
    let state = presenceMemory.state(under: pbx.serverSoftware)
    var intents: [Int64] = []
    var finding = PresenceFinding.seen(freeBy: [])
    if isProbed(change), state != .off, state != .revealsNothing {
      if !hasSlot { hasSlot = await scheduler.acquireSlot() }
      if !hasSlot { return }
      // A PBX that no longer checks the value creates the extension with the probe.
      intents = try await commit([intent(change.call, change)], scheduler)
      finding = await probe(change.call.key.number, state, hasSlot: &hasSlot, scheduler)
    }
    try await execute(numberedChange, after: finding, intents: intents, hasSlot: hasSlot, scheduler, &result)
  }

  /// Makes a change after the probe of its number.
  ///
  /// - Parameter intents: the add's intent, if its number was probed.
  func execute(
    _ numberedChange: NumberedChange, after finding: PresenceFinding, intents: [Int64], hasSlot: Bool,
    _ scheduler: ChangeScheduler,
    _ result: inout BatchResult
  ) async throws(LedgerError) {
    let change = numberedChange.change
    guard let item = change.call.item, case .extension = item else {
      let forms = presenceMemory.state(under: pbx.serverSoftware).forms
      return try await execute(
        numberedChange, Settlement(change, at: now(), probing: forms), intents: intents, hasSlot: hasSlot, scheduler,
        &result)
    }
    func end(_ outcome: Outcome, _ answer: CallResult) async throws(LedgerError) {
      try await recordOutcome([(numberedChange, ChangeResult(outcome: outcome, answer: answer))], [intents], &result)
    }
    switch finding {
    case .seen(let forms, let wasLost):
      var settlement = Settlement(change, at: now(), probing: forms)
      if wasLost { settlement.markInDoubt(mayHave: ProbeForm.allCases.map { .extension($0.item(item.number)) }) }
      try await execute(
        numberedChange, settlement, intents: intents, hasSlot: hasSlot, freeBy: forms, scheduler, &result)
    case .taken(let answer, let wasLost):
      let object = ManagedObject(item, entry: change.entry, dn: change.dn).unproven(.answerLost, since: now())
      try await end(
        wasLost ? .unproven(object) : .refused(Refusal(item, entry: change.entry, answer: answer, since: now())), answer
      )
    case .created(let form, let answer):
      // The number was free, so the probe created the extension. The ledger records it before the update, which may fail.
      let made = ManagedObject(.extension(form.item(item.number)), entry: change.entry, dn: change.dn)
      try await ledger.recordOutcomes([
        RecordedOutcome(of: intents, answer: answer, outcome: .holds(made, replacing: nil), at: now())
      ])
      CrashPoint.outcomesCommitted.pass()
      try await presenceMemory.learn(nil, under: pbx.serverSoftware)
      let update = Change(
        .update(item, knownAs: item.number), before: made, entry: change.entry, dn: change.dn, cause: change.cause)
      try await execute(
        numberedChange, Settlement(update, at: now()), intents: [], hasSlot: hasSlot, scheduler, &result)
    case .postponed(let answer, let wasLost): try await end(wasLost ? .inDoubt : .undone, answer)
    case .stopped(let answer, let wasLost):
      if wasLost { return try await end(.inDoubt, answer) }
      if answer.status == .badKey { return try await end(.undone, answer) }
      // The change wasn't begun.
      try await ledger.recordOutcomes([RecordedOutcome(of: intents, answer: answer, outcome: .undone, at: now())])
    }
  }

  /// Sends the calls of one change until a settlement ends it.
  ///
  /// - Parameters:
  ///   - intents: this run's open intents for the change.
  ///   - hasSlot: whether a slot for its first request has been acquired.
  ///   - forms: the probes that showed its number as free, while it isn't known yet whether they reveal taken numbers.
  func execute(
    _ numberedChange: NumberedChange, _ settlement: Settlement, intents: [Int64], hasSlot: Bool,
    freeBy forms: Set<ProbeForm> = [],
    _ scheduler: ChangeScheduler, _ result: inout BatchResult
  ) async throws(LedgerError) {
    let change = numberedChange.change
    let number = change.call.key.number
    var settlement = settlement
    var intents = change.settles.map(\.intent) + intents
    var intended = Set(change.settles.map(\.call))
    if intents.count > change.settles.count { intended.insert(change.call) }
    var hasSlot = hasSlot
    var attempt = 0
    var answer = Self.stopped
    // A call in doubt may have removed the object from the PBX.
    let isCertain = change.before?.isManaged == true && change.settles.isEmpty && intents.isEmpty
    var wasLost = false
    var mails = PossibleMails()
    // A batch in doubt may have created the extension.
    if change.settles.isEmpty, settlement.outcomeIfStopped == .inDoubt {
      mails.add(change.call, CallResult(.unanswered))
    }
    var last: Call?
    var step = settlement.begin()
    // If no probe can show the result, the first step is the end.
    if step.outcome != nil { answer = CallResult(.unanswered, message: "an earlier call got no answer") }

    while true {
      let call: Call
      switch step {
      case .probe(let forms):
        let presence: Presence
        if last == nil {
          (presence, answer) = await probe(number, by: forms, hasSlot: &hasSlot, scheduler)
        } else {
          presence = try await learn(from: forms, about: number, hasSlot: &hasSlot, scheduler)
        }
        step = settlement.next(seen: presence)
        if settlement.isProof { try await ledger.recordSeenAbsent(intents) }
        continue
      case .end(let outcome), .stop(let outcome):
        if hasSlot { await scheduler.releaseSlot() }
        if isCertain, attempt == 0, last?.action == .delete, answer.status == .absent { wasLost = true }
        try await recordOutcome(
          [
            (
              numberedChange,
              ChangeResult(
                outcome: outcome, answer: answer, wasLost: wasLost,
                possibleMails: mails.count(after: outcome, by: last),
                updatesInDoubt: mails.updates
              )
            )
          ], [intents], &result)
        if answer.status == .accepted, last?.action == .add, !forms.isEmpty, presenceMemory.state == .unknown {
          _ = try await learn(from: forms, about: number, hasSlot: &hasSlot, scheduler)
        }
        return
      case .retry(let next):
        attempt += 1
        guard attempt <= settings.retries, await pause(before: attempt) else {
          step = .end(settlement.outcomeIfStopped)
          continue
        }
        call = next
      case .follow(let next):
        // No update removes an object, also not one whose answer was lost.
        if isCertain, last?.action == .update, next.action == .add { wasLost = true }
        call = next
      }
      if !hasSlot { hasSlot = await scheduler.acquireSlot() }
      guard hasSlot else {
        // Nothing was begun, or an open intent records what is in doubt.
        if last == nil, intents.count == change.settles.count { return }
        step = .end(settlement.outcomeIfStopped)
        continue
      }
      if intended.insert(call).inserted {
        let seenAbsent = call.action == .add && settlement.isProof
        intents += try await commit([intent(call, change, seenAbsent: seenAbsent)], scheduler)
      }
      let time: Duration
      (answer, time) = await pbx.makeTimed(call)
      CrashPoint.requestAnswered.pass()
      last = call
      mails.add(call, answer)
      step = settlement.next(after: call, answer)
      let foundForeign =
        step.outcome.map { ChangeResult(outcome: $0, answer: answer).foundForeign(by: change) } ?? false
      await scheduler.record(ChangeScheduler.RequestResult(answer: answer, time: time, foundForeign: foundForeign))
      hasSlot = false
    }
  }

  /// Commits the intents of calls that are about to be sent.
  ///
  /// - Throws: also if the disk may not have room for the outcomes, or if another outcome couldn't be recorded meanwhile: then nothing more
  ///   may be sent.
  func commit(_ intents: [Intent], _ scheduler: ChangeScheduler) async throws(LedgerError) -> [Int64] {
    try ledger.checkRoom()
    let numbers = try await ledger.recordIntents(intents, in: run)
    CrashPoint.intentsCommitted.pass()
    if let failure = await scheduler.ledgerFailure { throw failure }
    return numbers
  }

  /// Commits the outcomes, then logs them.
  func recordOutcome(
    _ ended: [(numberedChange: NumberedChange, changeResult: ChangeResult)], _ intents: [[Int64]],
    _ result: inout BatchResult
  ) async throws(LedgerError) {
    let at = now()
    try await ledger.recordOutcomes(
      zip(ended, intents).map { ended, intents in
        RecordedOutcome(of: intents, answer: ended.changeResult.answer, outcome: ended.changeResult.outcome, at: at)
      })
    CrashPoint.outcomesCommitted.pass()
    for (numberedChange, changeResult) in ended {
      result.changeResults.append((numberedChange.index, numberedChange.change, changeResult))
      // A refused key is the run's failure, not the object's. Calls in doubt are logged once their next try is known.
      if changeResult.answer.status != .badKey, changeResult.outcome != .inDoubt {
        log.log(numberedChange.change, changeResult)
      }
    }
  }

  func intent(_ call: Call, _ change: Change, seenAbsent: Bool = false) -> Intent {
    Intent(
      call, entry: change.entry, dn: change.dn, before: change.before, at: now(), seenAbsent: seenAbsent)
  }

  func now() -> Timestamp { ledger.now() }

  func pause(before attempt: Int) async -> Bool { await settings.pause(before: attempt) }
}

extension PlanExecutor.ExecutionSettings {
  /// Waits before the next attempt: exponential, with jitter so that many clients don't come back together.
  ///
  /// - Returns: false if the run was stopped meanwhile.
  package func pause(before attempt: Int) async -> Bool {
    let base = Duration.milliseconds(250 * (1 << min(attempt, 7)))
    let jittered = base * Double.random(in: 0.5...1.5)
    return (try? await TaskPool.sleep(for: jittered)) != nil && !Task.isCancelled && ContinuousClock.now < deadline
  }
}

/// Counts the requests for one change with which the PBX may have sent a mail although no answer shows that.
struct PossibleMails: Sendable {
  private(set) var updates = 0
  /// An add sends one mail at most, however often it is repeated.
  private var isAddLost = false

  mutating func add(_ call: Call, _ answer: CallResult) {
    guard call.item?.isMailed == true else { return }
    switch answer.status {
    case .unanswered, .notUnderstood, .failed:
      if call.mailsAgain { updates += 1 } else { isAddLost = true }
    // If an earlier add had sent a mail, this one would have been refused.
    case .accepted where call.action == .add: isAddLost = false
    default: break
    }
  }

  /// The count, without the request that made the change.
  ///
  /// - Parameter last: the call that was answered last.
  func count(after outcome: Outcome, by last: Call?) -> Int {
    // The add that turns out to be done sent the mail.
    let isMadeByAdd = if case .holds = outcome { last?.action == .add } else { false }
    return updates + (isAddLost && !isMadeByAdd ? 1 : 0)
  }
}
