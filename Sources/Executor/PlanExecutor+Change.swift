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
    var finding = Finding.seen(freeBy: [])
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

  /// Whether the probe itself may make the extension: nothing is learned yet, or the PBX hasn't answered in this run, so that
  /// it may be another release, which no longer checks the same.
  private func mayMake(_ state: PresenceMemory.State) -> Bool {
    state == .open || state != .off && state != .silent && pbx.serverSoftware == nil
  }

  /// What follows from the look at a number.
  ///
  /// - Parameter intents: that of the add, where its number was asked about.
  private func goOn(
    _ it: NumberedChange, after finding: Finding, intents: [Int64], hasPlace: Bool, _ worklist: ChangeScheduler,
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

  /// Adds several extensions with one request, for which there is a place; where that fails, settles them one by one. Where the
  /// PBX tells, only those go that were seen to be free.
  func add(
    _ adds: [NumberedChange], _ worklist: ChangeScheduler, _ finished: inout BatchResult
  ) async throws(LedgerError) {
    let state = await presenceMemory.state(under: pbx.serverSoftware)
    var hasPlace = true
    if mayMake(state) {
      for add in adds {
        try await make(add, hasPlace: hasPlace, worklist, &finished)
        hasPlace = false
      }
      return
    }
    var adds = adds
    // The intents that are on record already, by the place of the change.
    var open: [Int: Int64] = [:]
    func settlement(_ change: Change) -> Settlement {
      Settlement(change, at: now(), asking: isProbed(change) ? state.forms : [])
    }
    if !state.forms.isEmpty {
      let probed = adds.filter { isProbed($0.change) }
      let intents = try await ledger.recordIntents(probed.map { intent($0.change.call, $0.change) }, in: run)
      open = Dictionary(uniqueKeysWithValues: zip(probed.map(\.index), intents))
      CrashPoint.intentsCommitted.pass()
      var free: [NumberedChange] = []
      for add in adds {
        guard isProbed(add.change) else {
          free.append(add)
          continue
        }
        let finding = await look(at: add.change.call.key.number, state, hasPlace: &hasPlace, worklist)
        if case .seen = finding {
          free.append(add)
        } else {
          let intents = [open[add.index]].compactMap(\.self)
          try await goOn(add, after: finding, intents: intents, hasPlace: false, worklist, &finished)
        }
      }
      adds = free
      if adds.isEmpty { return }
      if !hasPlace { hasPlace = await worklist.acquireSlot() }
      if !hasPlace {
        // These numbers are free, so no question has made anything.
        let intents = adds.compactMap { open[$0.index] }
        if intents.isEmpty { return }
        return try await ledger.recordOutcomes([
          RecordedOutcome(of: intents, answer: Self.stopped, outcome: .undone, at: now())
        ])
      }
      if adds.count == 1, let only = adds.first {
        return try await execute(
          only, settlement(only.change), intents: [open[only.index]].compactMap(\.self), hasPlace: true, worklist,
          &finished)
      }
    }
    let rest = adds.filter { open[$0.index] == nil }
    if !rest.isEmpty {
      let intents = try await ledger.recordIntents(
        rest.map { intent($0.change.call, $0.change, seenAbsent: settlement($0.change).isProof) }, in: run)
      open.merge(zip(rest.map(\.index), intents)) { $1 }
      CrashPoint.intentsCommitted.pass()
    }
    let intents = adds.compactMap { open[$0.index] }
    let extensions = adds.compactMap { if case .addExtension(let it) = $0.change.call { it } else { nil } }
    var answer = await add(extensions, worklist)
    var attempt = 1
    while answer.status == .notSent, attempt <= pace.retries, await pause(attempt), await worklist.acquireSlot() {
      answer = await add(extensions, worklist)
      attempt += 1
    }

    switch answer.status {
    case .accepted, .badKey, .notSent:
      let ended = adds.map { add in
        var settlement = settlement(add.change)
        let step = settlement.next(after: add.change.call, answer)
        return (add, ChangeResult(outcome: step.outcome ?? settlement.outcomeIfStopped, answer: answer))
      }
      try await recordOutcome(ended, intents.map { [$0] }, &finished)
    case .taken:
      // One of them at least is foreign, and nothing says which: none may be claimed by an answer of "exists". Those that the
      // batch may have made are unproven then.
      try await ledger.recordOutcomes([
        RecordedOutcome(of: intents, answer: answer, outcome: .undone, at: now())
      ])
      CrashPoint.outcomesCommitted.pass()
      for add in adds {
        var settlement = settlement(add.change)
        settlement.markBatchInDoubt(isTaken: true)
        try await execute(add, settlement, intents: [], hasPlace: false, worklist, &finished)
      }
    case .refused, .absent, .failed, .notUnderstood, .unanswered, .tooLong:
      for (add, intent) in zip(adds, intents) {
        var settlement = settlement(add.change)
        settlement.markBatchInDoubt()
        try await execute(add, settlement, intents: [intent], hasPlace: false, worklist, &finished)
      }
    }
  }

  private func add(_ extensions: [Extension], _ worklist: ChangeScheduler) async -> CallResult {
    let (answer, time) = await pbx.timing(adding: extensions)
    CrashPoint.requestAnswered.pass()
    await worklist.record(
      ChangeScheduler.RequestResult(
        answer: answer, time: time, objects: extensions.count, metForeign: answer.status == .taken))
    return answer
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
  private func recordOutcome(
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

  private func intent(_ call: Call, _ change: Change, seenAbsent: Bool = false) -> Intent {
    Intent(
      call, entry: change.entry, dn: change.dn, before: change.before, at: now(), seenAbsent: seenAbsent)
  }

  private func now() -> Timestamp { ledger.now() }

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
