import Domain
import Reconcile

/// Making one change: what `Executor/PlanExecutor+Change.swift` and `Executor/PresenceMemory.swift` do between requests.
extension SmallWorld {
  func beginSettlement(_ current: ChangeInProgress, _ run: inout RunModel, _ state: inout State) throws(Violation) {
    var current = current
    let own = current.intents
    current.intents = current.change.settles.map(\.intent) + own
    current.intended = Set(current.change.settles.map(\.call))
    if !own.isEmpty { current.intended.insert(current.change.call) }
    current.isCertain = current.change.before?.isManaged == true && current.change.settles.isEmpty && own.isEmpty
    let step = current.settlement.step
    if step.outcome != nil { current.answer = CallResult(.unanswered) }
    try go(step, &current, &run, &state)
  }

  /// Goes on with a step of the settlement, until a request is ready or the change has ended.
  private func go(
    _ step: Settlement.Step, _ current: inout ChangeInProgress, _ run: inout RunModel, _ state: inout State
  ) throws(Violation) {
    current.request = nil
    switch sabotage?.spoil(step, current) ?? step {
    case .probe(let forms):
      let probing = ChangeInProgress.Probing(
        purpose: current.last == nil ? .settleFirst : .settleLater, forms: ProbeForm.allCases.filter(forms.contains))
      current.request = .probe(probing)
      run.current = current
    case .end(let outcome), .stop(let outcome): try end(outcome, &current, &run, &state)
    case .retry(let call):
      current.attempt += 1
      if current.attempt > settings.retries, sabotage != .repeatWithoutEnd {
        return try end(current.settlement.value.outcomeIfStopped, &current, &run, &state)
      }
      current.attempt = min(current.attempt, settings.retries + 1)
      try ready(call, &current, &run, &state)
    case .follow(let call):
      if current.isCertain, current.attempt == 0, current.last?.action == .update, call.action == .add {
        current.wasLost = true
      }
      try ready(call, &current, &run, &state)
    }
  }

  /// Stores the intent of a call that isn't stored yet; the call leaves next.
  private func ready(
    _ call: Call, _ current: inout ChangeInProgress, _ run: inout RunModel, _ state: inout State
  ) throws(Violation) {
    if current.intended.insert(call).inserted {
      current.intents.append(try recordIntent(call, current.change, &state))
    }
    current.request = .call(call)
    run.current = current
  }

  /// Commits the outcome of the change; after an accepted add it may still learn what the probes reveal.
  private func end(
    _ outcome: Outcome, _ current: inout ChangeInProgress, _ run: inout RunModel, _ state: inout State
  ) throws(Violation) {
    if current.isCertain, current.attempt == 0, current.last?.action == .delete, current.answer.status == .absent {
      current.wasLost = true
    }
    let outcome = sabotage?.spoil(outcome, current) ?? outcome
    current.outcome = outcome
    let intents = current.intents
    if case .gone(let key) = outcome, current.change.call.action == .delete {
      recordRemoval(key, current.change, &state)
    }
    try change(
      &state,
      ledger: { ledger throws(Violation) in
        ledger.record(outcome, of: intents)
        sabotage?.spoil(&ledger, after: outcome, of: intents)
      })
    if current.answer.status == .accepted, current.last?.action == .add, !current.forms.isEmpty, run.presence == nil {
      let forms = ProbeForm.allCases.filter(current.forms.contains)
      current.request = .probe(ChangeInProgress.Probing(purpose: .learn, forms: forms))
      run.current = current
    } else {
      complete(outcome, current, &run)
    }
  }

  /// The change has ended; what requires it may follow.
  private func complete(_ outcome: Outcome, _ current: ChangeInProgress, _ run: inout RunModel) {
    run.current = nil
    let change = current.change
    let isDone: Bool
    switch outcome {
    case .holds, .gone: isDone = true
    case .unproven, .refused, .undone, .inDoubt: isDone = false
    }
    if isDone { run.done.insert(run.next - 1) }
    let isProvedWithoutMail = change.settles.isEmpty && change.call.action != .update && !change.adopts
    if [.failed, .notUnderstood, .tooLong].contains(current.answer.status)
      || outcome == .inDoubt && !isProvedWithoutMail
    {
      // As `ExecutionResult.backoffs` counts it.
      let isMailing = change.call.mailsAgain || current.updatesInDoubt > 0
      run.failures[change.call.key] = ChangeFailure(
        "", count: isMailing ? current.updatesInDoubt : 1, isMailing ? .mailingUpdate : .change)
    }
    if current.wasLost, !isDone, let key = change.before?.key { run.losses.insert(key) }
    if current.answer.status == .badKey { run.isKeyRefused = true }
  }

  // MARK: - Answers

  /// Concludes from the answer that was seen.
  func conclude(_ run: inout RunModel, _ state: inout State) throws(Violation) {
    guard var current = run.current, let answer = current.seen else { return }
    current.seen = nil
    switch current.request {
    case .call(let call):
      current.last = call
      current.answer = answer
      current.inputs.append(.answer(call, answer))
      try go(current.settlement.step, &current, &run, &state)
    case .probe(var probing):
      probing.attempt += 1
      let isTransient = [.unanswered, .failed, .notSent].contains(answer.status)
      if isTransient, probing.attempt <= settings.retries {
        probing.wasLost = probing.wasLost || answer.mayBeDone
        current.request = .probe(probing)
        run.current = current
        return
      }
      probing.attempt = 0
      try conclude(from: answer, probing, &current, &run, &state)
    case nil: run.current = current
    }
  }

  private func conclude(
    from answer: CallResult, _ probing: ChangeInProgress.Probing, _ current: inout ChangeInProgress,
    _ run: inout RunModel, _ state: inout State
  ) throws(Violation) {
    guard let form = probing.forms.first else { return }
    var probing = probing
    probing.forms.removeFirst()
    let presence = form.presence(by: answer)
    switch probing.purpose {
    case .beforeAdd: try conclude(beforeAdd: presence, form, answer, probing, &current, &run, &state)
    case .settleFirst:
      current.answer = answer
      current.inputs.append(.presence(presence))
      if answer.status == .badKey { run.isKeyRefused = true }
      try go(current.settlement.step, &current, &run, &state)
    case .settleLater, .learn:
      probing.shown[form] = presence
      if !probing.forms.isEmpty, answer.status != .badKey {
        current.request = .probe(probing)
        run.current = current
        return
      }
      if answer.status == .badKey { run.isKeyRefused = true }
      let candidates = Set(probing.shown.keys).union(probing.forms)
      let shown: Presence
      switch PresenceLearning(candidates: candidates).verdict(after: probing.shown) {
      case .reveals(let form):
        learn(.reveals(form), &run, &state)
        shown = .taken
      case .revealsNothing:
        learn(.revealsNothing, &run, &state)
        shown = .unknown
      case .unknown: shown = .unknown
      }
      if probing.purpose == .learn {
        current.request = nil
        complete(current.outcome ?? .undone, current, &run)
      } else {
        current.inputs.append(.presence(shown))
        try go(current.settlement.step, &current, &run, &state)
      }
    }
  }

  private func learn(_ knowledge: LedgerModel.Knowledge, _ run: inout RunModel, _ state: inout State) {
    run.presence = knowledge
    var ledger = ledgers[state.ledger]
    ledger.presence = knowledge
    state.ledger = ledgers.number(of: ledger)
  }

  /// What follows from a probe before an add (`PlanExecutor.probe` and `execute(_:after:)`).
  private func conclude(
    beforeAdd presence: Presence, _ form: ProbeForm, _ answer: CallResult, _ found: ChangeInProgress.Probing,
    _ current: inout ChangeInProgress, _ run: inout RunModel, _ state: inout State
  ) throws(Violation) {
    var probing = found
    let change = current.change
    guard let item = change.call.item else { return }
    current.answer = answer
    if answer.status == .badKey {
      return try end(probing.wasLost ? .inDoubt : .undone, &current, &run, &state)
    }
    let isTransient = [.unanswered, .failed, .notSent].contains(answer.status)
    switch presence {
    case .taken:
      let object = ManagedObject(item, entry: change.entry, dn: change.dn).unproven(.answerLost, since: LedgerModel.now)
      let refusal = Refusal(item, entry: change.entry, answer: answer, since: LedgerModel.now)
      return try end(probing.wasLost ? .unproven(object) : .refused(refusal), &current, &run, &state)
    case .created:
      let made = ManagedObject(.extension(form.item(item.number)), entry: change.entry, dn: change.dn)
      let intents = current.intents
      try self.change(
        &state,
        ledger: { ledger throws(Violation) in
          ledger.record(.holds(made, replacing: nil), of: intents)
        })
      learn(.revealsNothing, &run, &state)
      let update = Change(
        .update(item, knownAs: item.number), before: made, entry: change.entry, dn: change.dn, cause: change.cause)
      return try beginSettlement(ChangeInProgress(update), &run, &state)
    case .unknown where isTransient || run.presence != nil:
      let wasLost = probing.wasLost || answer.mayBeDone
      return try end(wasLost ? .inDoubt : .undone, &current, &run, &state)
    case .free: probing.wasLost = false
    case .unknown: probing.wasLost = probing.wasLost || answer.mayBeDone
    }
    probing.shown[form] = presence
    if !probing.forms.isEmpty {
      current.request = .probe(probing)
      run.current = current
      return
    }
    var learning = PresenceLearning()
    for form in ProbeForm.allCases { probing.shown[form].map { learning.record($0, beforeAddBy: form) } }
    current.forms = learning.candidates
    current.mayBeProbed = probing.wasLost
    current.request = nil
    try beginSettlement(current, &run, &state)
  }
}
