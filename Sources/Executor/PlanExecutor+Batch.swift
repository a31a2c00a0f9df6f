import CallControl
import Domain
import Ledger
import Platform
import Reconcile

/// Adding several extensions with one request.
extension PlanExecutor {
  /// Adds several extensions with one request, whose slot has been acquired. If the request fails, they are settled one by one.
  /// If the PBX reveals taken numbers, only extensions with a free number are in the request.
  func add(
    _ adds: [NumberedChange], _ scheduler: ChangeScheduler, _ result: inout BatchResult
  ) async throws(LedgerError) {
    let state = presenceMemory.state(under: pbx.serverSoftware)
    var hasSlot = true
    if mayCreate(state) {
      for add in adds {
        try await probeAndExecute(add, hasSlot: hasSlot, scheduler, &result)
        hasSlot = false
      }
      return
    }
    var adds = adds
    // The intents that are recorded already, by the index of the change.
    var openIntents: [Int: Int64] = [:]
    func settlement(_ change: Change) -> Settlement {
      Settlement(change, at: now(), probing: isProbed(change) ? state.forms : [])
    }
    if !state.forms.isEmpty {
      let probed = adds.filter { isProbed($0.change) }
      let intents = try await commit(probed.map { intent($0.change.call, $0.change) }, scheduler)
      openIntents = Dictionary(uniqueKeysWithValues: zip(probed.map(\.index), intents))
      var free: [NumberedChange] = []
      for add in adds {
        guard isProbed(add.change) else {
          free.append(add)
          continue
        }
        let finding = await probe(add.change.call.key.number, state, hasSlot: &hasSlot, scheduler)
        if case .seen = finding {
          free.append(add)
        } else {
          let intents = [openIntents[add.index]].compactMap(\.self)
          try await execute(add, after: finding, intents: intents, hasSlot: false, scheduler, &result)
        }
      }
      adds = free
      if adds.isEmpty { return }
      if !hasSlot { hasSlot = await scheduler.acquireSlot() }
      if !hasSlot {
        // These numbers are free, so no probe has created an extension.
        let intents = adds.compactMap { openIntents[$0.index] }
        if intents.isEmpty { return }
        return try await ledger.recordOutcomes([
          RecordedOutcome(of: intents, answer: Self.stopped, outcome: .undone, at: now())
        ])
      }
      if adds.count == 1, let only = adds.first {
        return try await execute(
          only, settlement(only.change), intents: [openIntents[only.index]].compactMap(\.self), hasSlot: true,
          scheduler,
          &result)
      }
    }
    let rest = adds.filter { openIntents[$0.index] == nil }
    if !rest.isEmpty {
      let intents = try await commit(
        rest.map { intent($0.change.call, $0.change, seenAbsent: settlement($0.change).isProof) }, scheduler)
      openIntents.merge(zip(rest.map(\.index), intents)) { $1 }
    }
    let intents = adds.compactMap { openIntents[$0.index] }
    let extensions = adds.compactMap { if case .addExtension(let added) = $0.change.call { added } else { nil } }
    var answer = await add(extensions, scheduler)
    var attempt = 1
    while answer.status == .notSent, attempt <= settings.retries, await pause(before: attempt),
      await scheduler.acquireSlot()
    {
      answer = await add(extensions, scheduler)
      attempt += 1
    }

    switch answer.status {
    case .accepted, .badKey, .notSent:
      let ended = adds.map { add in
        var settlement = settlement(add.change)
        let step = settlement.next(after: add.change.call, answer)
        return (add, ChangeResult(outcome: step.outcome ?? settlement.outcomeIfStopped, answer: answer))
      }
      try await recordOutcome(ended, intents.map { [$0] }, &result)
    case .taken, .refused, .absent, .failed, .notUnderstood, .unanswered, .tooLong:
      // "Taken" doesn't show which of them is foreign, nor which the batch has created: an answer of "exists" proves none of them. The
      // intents stay open until each is settled, because a kill meanwhile would forget those that were created.
      for (add, intent) in zip(adds, intents) {
        var settlement = settlement(add.change)
        settlement.markInDoubt(isTaken: answer.status == .taken)
        try await execute(add, settlement, intents: [intent], hasSlot: false, scheduler, &result)
      }
    }
  }

  private func add(_ extensions: [Extension], _ scheduler: ChangeScheduler) async -> CallResult {
    let (answer, time) = await pbx.addTimed(extensions)
    CrashPoint.requestAnswered.pass()
    await scheduler.record(
      ChangeScheduler.RequestResult(
        answer: answer, time: time, objects: extensions.count, foundForeign: answer.status == .taken))
    return answer
  }

  /// Whether the probe itself may create the extension: nothing is learned yet, or the PBX hasn't answered in this run, so it may
  /// be another release, which no longer checks the value.
  private func mayCreate(_ state: PresenceMemory.State) -> Bool {
    state == .unknown || state != .off && state != .revealsNothing && pbx.serverSoftware == nil
  }
}
