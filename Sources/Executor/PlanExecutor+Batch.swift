import CallControl
import Domain
import Ledger
import Platform
import Reconcile

/// Several additions with one request.
extension PlanExecutor {
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

  /// Whether the probe itself may make the extension: nothing is learned yet, or the PBX hasn't answered in this run, so that
  /// it may be another release, which no longer checks the same.
  private func mayMake(_ state: PresenceMemory.State) -> Bool {
    state == .open || state != .off && state != .silent && pbx.serverSoftware == nil
  }
}
