import Domain

/// The checks of each step.
extension SmallWorld {
  /// Counts what a recorded read shows about each managed object.
  func observe(_ planned: PlannedRun, _ state: inout State) {
    let ledger = ledgers[state.ledger]
    let completeReads = settings.policy.removal.completeReads
    change(
      &state,
      ghost: { ghost in
        let managed = ledger.state.managed
        ghost.misses = ghost.misses.filter { key, _ in managed.contains { $0.key == key } }
        for object in managed {
          let key = object.key
          if planned.reading.wanted.contains(where: { $0.item.key == key && $0.entry == object.entry }) {
            ghost.misses[key] = nil
            continue
          }
          guard planned.reading.isComplete else { continue }
          let sighting = planned.reading.sighting(of: object.entry, as: key.kind)
          let before = ghost.misses[key].flatMap { $0.entry == object.entry ? $0 : nil }
          var miss = before ?? Ghost.Miss(entry: object.entry)
          if sighting == nil, !miss.isMissing {
            miss.isByChange = planned.reading.searchChanges.contains { $0.kind == key.kind }
          }
          miss.isMissing = sighting == nil
          // Who is seen again without this object has given it up, whatever hid it before.
          if sighting != nil { miss.isByChange = false }
          miss.reads = min(miss.reads + 1, completeReads)
          miss.isDisabled = sighting == .disabled
          ghost.misses[key] = miss
        }
      })
  }

  func recordRemoval(_ key: ObjectKey, _ change: Change, _ state: inout State) {
    let isUnasked = !isApproved(change, state)
    self.change(
      &state,
      ghost: { ghost in
        ghost.misses[key] = nil
        if isUnasked { ghost.removals.insert(key) }
      })
  }

  private func isApproved(_ change: Change, _ state: State) -> Bool {
    let ledger = ledgers[state.ledger]
    return ledger.holds.contains { hold in
      hold.decision == .approved && hold.action == .removal
        && hold.members.contains { $0.key == change.call.key && $0.entry == change.before?.entry }
    }
  }

  func check(beforeSending call: Call, _ current: ChangeInProgress, _ run: RunModel, _ state: State) throws(Violation) {
    guard case .call = current.request, current.inputs.isEmpty else { return }
    let ledger = ledgers[state.ledger]
    let change = current.change
    if call.action != .add {
      for key in call.touchedKeys where ledger.object(key)?.isManaged == false {
        if ledger.state.adoptions.contains(where: { $0.key == key }) { continue }
        throw Violation(.unprovenUntouched, call.code)
      }
    }
    let planned = plans[run.plan]
    if let before = change.before, before.entry != change.entry, !planned.reading.isComplete,
      planned.reading.sighting(of: before.entry, as: before.key.kind) == nil
    {
      throw Violation(.handoverNeedsRead, "\(call.code), held by \(before.entry)")
    }
    if change.call.action == .delete { try check(removal: change, planned, state) }
  }

  private func check(removal change: Change, _ planned: PlannedRun, _ state: State) throws(Violation) {
    if isApproved(change, state) { return }
    let ghost = ghosts[state.ghost]
    let key = change.call.key
    let miss = ghost.misses[key] ?? Ghost.Miss(entry: change.entry)
    let policy = settings.policy.removal
    if !planned.reading.isComplete || miss.reads < (miss.isDisabled ? 1 : policy.completeReads) {
      throw Violation(.removalNeedsReads, "\(key) is deleted after \(miss.reads) complete reads without it")
    }
    if miss.isByChange { throw Violation(.changedSearchRemovesNobody, "\(key) is deleted without an approval") }
    if Timestamp(miss.days) * LedgerModel.day < policy.after {
      throw Violation(.removalNeedsGrace, "\(key) is deleted before its grace period is over")
    }
    let others = ghost.removals.subtracting([key]).count { $0.kind == key.kind }
    if others + 1 > policy.maxCount {
      throw Violation(.removalsAreLimited, "\(key) is deleted beside \(others) within a day")
    }
  }

  func check(
    _ effect: PBXModel.Effect, of call: Call, _ current: ChangeInProgress, from before: PBXModel, to after: PBXModel
  )
    throws(Violation)
  {
    if effect.touched?.origin == .foreign { throw Violation(.foreignUntouched, call.code) }
    if call.key.kind == .contact, effect.answer.status == .accepted {
      func own(_ pbx: PBXModel) -> Int { (pbx.objects[call.key] ?? []).count { $0.origin == .program } }
      if own(after) > max(1, own(before)) { throw Violation(.contactOnce, call.code) }
    }
  }

  func check(mails current: ChangeInProgress) throws(Violation) {
    let earlier = current.change.settles.count { $0.call.item?.isMailed == true }
    if current.mails > 1 + current.mailsInDoubt + earlier {
      throw Violation(.mailsAreBounded, "\(current.change.call.code): \(current.mails) mails")
    }
    // An update in doubt is repeated once in a run, because each may be another mail.
    if current.mailsInDoubt > 2, current.change.call.mailsAgain {
      throw Violation(.mailsAreBounded, "\(current.change.call.code) is repeated again and again")
    }
  }
}
