import Domain
import Reconcile

/// The steps of a run that aren't requests.
extension SmallWorld {
  /// Begins a run: it reads and plans.
  func begin(_ read: ReadKind, _ state: State) -> State {
    var state = state
    var run = RunModel(plan: plan(read, state))
    run.presence = presence(for: plans[run.plan].plan.changes, state)
    state.run = runs.number(of: run)
    return state
  }

  /// What is known about probes at the begin of a run (Sync/SyncRun+Presence.swift): where a delete is in doubt, a probe of another
  /// managed extension must confirm it. That probe meets no fault here.
  private func presence(for changes: [Change], _ state: State) -> LedgerModel.Knowledge? {
    let ledger = ledgers[state.ledger]
    guard let known = ledger.presence, case .reveals(let form) = known else { return ledger.presence }
    if !changes.contains(where: { $0.call.action == .delete && !$0.settles.isEmpty }) { return known }
    let concerned = Set(changes.map(\.call.key))
    let control = ledger.state.managed.map(\.key).filter { $0.kind == .extension && !concerned.contains($0) }.min()
    guard let control else { return nil }
    var pbx = pbxs[state.pbx]
    let answer = pbx.process(.addExtension(form.item(control.number)), settings.behaviour).answer
    return form.presence(by: answer) == .taken ? known : nil
  }

  /// The run's next step: a commit, or what follows from an answer.
  func step(_ state: State) throws(Violation) -> State {
    var state = state
    guard var run = runs[state.run] else { return state }
    let planned = plans[run.plan]
    switch run.stage {
    case .planned:
      try change(
        &state,
        ledger: { ledger throws(Violation) in
          ledger.state.apply(planned.plan.updates, at: LedgerModel.now)
          sabotage?.spoil(afterUpdates: &ledger)
        })
      observe(planned, &state)
      run.stage = .updatesRecorded
    case .updatesRecorded:
      if planned.reading.isComplete {
        try change(&state, ledger: { ledger throws(Violation) in ledger.record(planned.reading.searchChanges) })
      }
      run.stage = .searchChangesRecorded
    case .searchChangesRecorded:
      try change(
        &state,
        ledger: { ledger throws(Violation) in
          ledger.store(holdsOf: planned.plan, isComplete: planned.reading.isComplete)
        })
      run.stage = .holdsRecorded
    case .holdsRecorded:
      if planned.reading.isComplete {
        try change(&state, ledger: { ledger throws(Violation) in ledger.search = planned.search })
      }
      run.stage = .executing
    case .executing:
      if run.current == nil { try beginNext(&run, &state) } else { try conclude(&run, &state) }
    }
    settle(&run, &state)
    return state
  }

  /// Stores the run, or ends it where nothing is left to do.
  private func settle(_ run: inout RunModel, _ state: inout State) {
    let changes = plans[run.plan].plan.changes
    while run.stage == .executing, run.current == nil, run.next < changes.count,
      !isReady(changes[run.next], run)
    {
      run.next += 1
    }
    let isStopped = run.isKeyRefused && sabotage != .goOnWithBadKey
    if run.stage == .executing, run.current == nil, isStopped || run.next >= changes.count {
      finish(run, &state)
    } else {
      state.run = runs.number(of: run)
    }
  }

  private func isReady(_ change: Change, _ run: RunModel) -> Bool {
    sabotage == .ignoreRequirements || change.requires.allSatisfy(run.done.contains)
  }

  private func finish(_ run: RunModel, _ state: inout State) {
    state.run = 0
    var ledger = ledgers[state.ledger]
    ledger.recordFailures(run.failures)
    for key in run.losses.sorted() {
      if let object = ledger.object(key) { ledger.state.lose(object, at: LedgerModel.now) }
    }
    ledger.normalize(completeReads: settings.policy.removal.completeReads, isRunning: false)
    state.ledger = ledgers.number(of: ledger)
  }

  /// The process is killed: what isn't committed is lost.
  func kill(_ state: State) -> State {
    var state = state
    state.run = 0
    var ledger = ledgers[state.ledger]
    ledger.normalize(completeReads: settings.policy.removal.completeReads, isRunning: false)
    state.ledger = ledgers.number(of: ledger)
    return state
  }

  private func beginNext(_ run: inout RunModel, _ state: inout State) throws(Violation) {
    let change = plans[run.plan].plan.changes[run.next]
    run.next += 1
    var current = ChangeInProgress(change)
    if isProbed(change), run.presence != .revealsNothing {
      current.intents = [try recordIntent(change.call, change, &state)]
      current.intended = [change.call]
      let forms: [ProbeForm] = if case .reveals(let form) = run.presence { [form] } else { ProbeForm.allCases }
      current.request = .probe(ChangeInProgress.Probing(purpose: .beforeAdd, forms: forms))
      run.current = current
    } else {
      if change.call.action == .delete || change.call.key.kind == .contact, case .reveals(let form) = run.presence {
        current.forms = [form]
      }
      try beginSettlement(current, &run, &state)
    }
  }

  /// Whether a probe precedes the call (`PlanExecutor.isProbed`).
  private func isProbed(_ change: Change) -> Bool {
    guard case .addExtension = change.call else { return false }
    return change.settles.isEmpty && !change.adopts && !change.isNumberFreed && change.unproven == nil
  }

  func recordIntent(_ call: Call, _ change: Change, _ state: inout State) throws(Violation) -> Int64 {
    var number: Int64 = 0
    if sabotage == .forgetIntent { return 0 }
    try self.change(&state, ledger: { ledger throws(Violation) in number = ledger.recordIntent(call, change) })
    return number
  }
}
