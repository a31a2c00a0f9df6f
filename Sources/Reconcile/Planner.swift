public import Domain

/// Compares what the directory wants with what the ledger remembers, and says what to do.
///
/// Pure: the same input gives the same plan, whatever the order of entries. Applying it and planning again with the
/// same reading gives a plan without changes.
///
/// - Parameters:
///   - reading: what one pass over the directory found. Only a complete one leads to removals.
///   - memory: what the ledger remembers.
///   - now: seconds since 1970.
public func plan(for reading: ReadResult, remembering state: LedgerState, by policy: Policy, at now: Timestamp) -> Plan
{
  let input = PlannerInput(reading, state, policy, now: now)

  let planGuard = PlanGuard(input)

  // Who is gone doesn't depend on who gets which number; so first that, then the claims on what they leave.
  let gone = PlannerSolution(input, leaving: []).absences.due(input).filter { $0.absence?.reason != .renumbered }
  // What is held isn't free after all, so that others may stay whose next number that was.
  var staying: Set<ObjectKey> = []
  var held: [HeldSet] = []
  while true {
    let settled = PlannerSolution(input, leaving: Set(gone.map(\.key)).subtracting(staying))
    let due = settled.absences.due(input)
    let judged = planGuard.judge(removals: due)
    let kept = Set(judged.held.flatMap(\.objects).map(\.key) + judged.rejected.map(\.key))
    if kept.isSubset(of: staying) {
      let removals = due.filter { !staying.contains($0.key) }
      return plan(input, planGuard, settled, removing: removals, held: held, rejected: judged.rejected)
    }
    staying.formUnion(kept)
    held = judged.held
  }
}

/// Claims, moves and absences that agree with each other for a given set of objects that leave.
private struct PlannerSolution {
  let claims: NumberClaims
  let renumbering: ContactRenumbering
  let absences: Absences

  init(_ input: PlannerInput, leaving: Set<ObjectKey>) {
    claims = NumberClaims(input, leaving: leaving)
    renumbering = ContactRenumbering(input, claims, leaving: leaving)
    absences = Absences(input, claims, renumbering, leaving: leaving)
  }
}

private func plan(
  _ input: PlannerInput, _ planGuard: PlanGuard, _ settled: PlannerSolution, removing removals: [ManagedObject],
  held: [HeldSet],
  rejected: [ManagedObject]
) -> Plan {
  var plan = Plan()
  let heldKeys = Set(held.flatMap(\.objects).map(\.key) + rejected.map(\.key))
  plan.conflicts =
    settled.claims.conflicts.map { conflict in
      guard case .occupied = conflict.reason, var object = input.owned[conflict.wanted.item.key],
        let absence = settled.absences.current[object.key]
      else { return conflict }
      object.absence = absence
      return Conflict(
        conflict.wanted, .leaving(object, after: heldKeys.contains(object.key) ? nil : input.policy.removal))
    } + keptProtected(input, settled)
  plan.poolRestedAt = input.allocator.restedAt
  plan.deferredLosses = input.deferredLosses
  let (all, conflicts) = settlingOnce(ordered(drafts(input, settled.claims, settled.renumbering, removals)), input)
  plan.conflicts += conflicts
  plan.lapsed = planGuard.lapsed(settled.absences.current.keys.compactMap { input.owned[$0] }, all)
  plan.alsoUsers = input.alsoUsers
  let fitted = fitting(all, input)
  plan.overflow = fitted.overflow
  let (due, withheld) = applyingBackoff(from: fitted.changes) {
    // What an admin rejected isn't tried at all.
    planGuard.isRejected($0) ? nil : input.backoff(of: $0)
  }
  plan.conflicts += withheld.compactMap { change, backoff in
    (change.call.item ?? change.before?.item).map {
      Conflict(WantedObject($0, entry: change.entry, dn: change.dn), .backingOff(backoff))
    }
  }
  let judged = planGuard.judge(due)
  plan.changes = judged.kept
  plan.held = held + input.hiddenValues + judged.held
  plan.rejected = rejected.map(HeldObject.init(removing:)) + input.keptValues + judged.rejected
  if !judged.held.isEmpty {
    // A removal that waits for what is held makes no room.
    let refitted = fitting(judged.kept, input)
    plan.changes = refitted.changes
    plan.overflow = refitted.overflow?.joined(to: plan.overflow) ?? plan.overflow
  }

  let leaving = Set(
    removals.map(\.key) + (held.flatMap(\.objects) + plan.rejected).compactMap { $0.wanted == nil ? $0.key : nil })
  plan.pendingRemovals = settled.absences.current.compactMap { key, absence in
    guard !leaving.contains(key), var object = input.owned[key] ?? input.unproven[key] else { return nil }
    object.absence = absence
    return object
  }
  .sorted { $0.key < $1.key }
  plan.unproven = unproven(input, settled)
  plan.directoryWrites = writings(input, settled.claims, plan.changes)
  plan.updates = notes(input, settled, input.inDoubtCalls(without: all))
  return plan
}

/// The PBX's unproven objects that no conflict reports.
private func unproven(_ input: PlannerInput, _ settled: PlannerSolution) -> [ManagedObject] {
  let reported = Set(settled.claims.conflicts.map(\.wanted.item.key))
  return input.unproven.values.filter { object in
    let isKnown = object.unproven?.hasKnownValues == true
    return !reported.contains(object.key) && (isKnown || settled.claims.granted[object.key] == nil)
  }
  .sorted { $0.key < $1.key }
}

/// Objects that would leave if their numbers weren't protected.
private func keptProtected(_ input: PlannerInput, _ settled: PlannerSolution) -> [Conflict] {
  if input.policy.numbers.protected.isEmpty || !input.reading.isComplete { return [] }
  return input.owned.values.compactMap { object in
    let key = object.key
    guard input.policy.numbers.isProtected(key.number), !input.assumed.contains(key),
      settled.claims.granted[key] == nil, settled.renumbering.targets[key] == nil
    else { return nil }
    let reason: Absence.Reason
    switch input.reading.sighting(of: object.entry, as: key.kind) {
    case nil: reason = .missing
    case .disabled: reason = .disabled
    case .mapped where !settled.claims.isFrozen(object.entry, key.kind): reason = .renumbered
    case .mapped, .unmappable, .withoutNumber: return nil
    }
    return Conflict(WantedObject(object.item, entry: object.entry, dn: object.dn), .keptProtected(reason))
  }
  .sorted { $0.wanted.item.key < $1.wanted.item.key }
}

/// A value is written only when the PBX has the extension, or gets it by this plan.
private func writings(_ input: PlannerInput, _ claims: NumberClaims, _ changes: [Change]) -> [DirectoryWrite] {
  if input.allocator.writings.isEmpty { return [] }
  let keys = Set(changes.map(\.call.key))
  return input.allocator.writings.filter { writing in
    let key = ObjectKey(.extension, writing.number)
    let isThere = input.owned[key]?.entry == writing.entry && input.inDoubtCalls[key] == nil
    return claims.granted[key]?.entry == writing.entry && (isThere || keys.contains(key))
  }
}

/// The updates of the ledger that follow from this read without any call.
///
/// - Parameter inDoubtCalls: the calls in doubt that no change settles.
private func notes(_ input: PlannerInput, _ settled: PlannerSolution, _ inDoubtCalls: [ObjectKey: [InDoubtCall]])
  -> [LedgerUpdate]
{
  let claims = settled.claims
  var notes: [LedgerUpdate] = input.allocator.fresh.map(LedgerUpdate.allocate)
  // Most objects have none, so the notes are sorted and not the objects.
  func recordingAbsences(
    _ objects: [ObjectKey: ManagedObject],
    _ notes: (ManagedObject, ObjectKey, PlannerInput, PlannerSolution, [ObjectKey: [InDoubtCall]]) -> [LedgerUpdate]
  ) -> [(key: ObjectKey, notes: [LedgerUpdate])] {
    objects.compactMap { key, object in
      let notes = notes(object, key, input, settled, inDoubtCalls)
      return notes.isEmpty ? nil : (key, notes)
    }
  }
  let all =
    recordingAbsences(input.owned, notes(of:_:_:_:_:)) + recordingAbsences(input.unproven, notes(ofUnproven:_:_:_:_:))
  notes += all.sorted { $0.key < $1.key }.flatMap(\.notes)
  notes += claims.granted.values.filter(input.isAdoptedAsItIs).sorted { $0.item.key < $1.item.key }
    .map { .adopt(ManagedObject($0.item, entry: $0.entry, dn: $0.dn, ownership: .adopted)) }
  let conflict = Dictionary(grouping: claims.conflicts.map(\.wanted), by: \.item.key)
  // A taken number stays recorded until a managed object is there, even if the wanted object comes and goes: only its own
  // add shows the owner.
  for (key, refusal) in input.refusals.sorted(by: { $0.key < $1.key })
  where input.reading.isComplete && refusal.answer.status != .taken {
    let wantedObjects = conflict[key, default: []] + [claims.granted[key]].compactMap(\.self)
    let stands = wantedObjects.contains { $0.item == refusal.item && $0.entry == refusal.entry }
    if !stands { notes.append(.forgetRefusal(key)) }
  }
  return notes
}

/// The same for one managed object.
private func notes(
  of object: ManagedObject, _ key: ObjectKey, _ input: PlannerInput, _ settled: PlannerSolution,
  _ inDoubtCalls: [ObjectKey: [InDoubtCall]]
) -> [LedgerUpdate] {
  var notes: [LedgerUpdate] = []
  let absence = settled.absences.current[key]
  if input.assumed.contains(key) { return absence == nil ? [] : [unprove(object, input, inDoubtCalls)] }
  let isWanted = settled.claims.granted[key] != nil || settled.renumbering.targets[key] != nil
  // An object shown again doesn't become managed by time, whatever the entry does: it must be wanted.
  if absence != object.absence, absence != nil || isWanted || object.absence?.isByTable != true {
    notes.append(.absence(key, absence))
  }
  if let wantedObject = settled.claims.granted[key], wantedObject.entry != object.entry || wantedObject.dn != object.dn,
    wantedObject.item == object.item, input.inDoubtCalls[key] == nil, absence == nil,
    settled.renumbering.targets[key] == nil
  {
    notes.append(.holder(key, wantedObject.entry, dn: wantedObject.dn))
  }
  return notes
}

/// The same of one that isn't managed.
private func notes(
  ofUnproven object: ManagedObject, _ key: ObjectKey, _ input: PlannerInput, _ settled: PlannerSolution,
  _ inDoubtCalls: [ObjectKey: [InDoubtCall]]
) -> [LedgerUpdate] {
  if input.lapsed.contains(key) { return [.unprove(object, inDoubtCalls: [])] }
  let wantedObject = settled.claims.granted[key]
  let isWanted = wantedObject != nil || settled.claims.conflicts.contains { $0.wanted.item.key == key }
  // If no wanted object settles the call in doubt, its doubt ends with it.
  if !isWanted, input.reading.isComplete, inDoubtCalls[key] != nil { return [unprove(object, input, inDoubtCalls)] }
  let absence = settled.absences.current[key]
  var notes: [LedgerUpdate] = absence == object.absence ? [] : [.absence(key, absence)]
  if let wantedObject, wantedObject.entry == object.entry, wantedObject.dn != object.dn, absence == nil,
    input.adoptions[key] == nil,
    input.isAsWanted(object, wantedObject)
  {
    notes.append(.holder(key, wantedObject.entry, dn: wantedObject.dn))
  }
  return notes
}

private func unprove(_ object: ManagedObject, _ input: PlannerInput, _ inDoubtCalls: [ObjectKey: [InDoubtCall]])
  -> LedgerUpdate
{
  .unprove(
    object.isManaged ? object.unproven(.answerLost, since: input.now) : object,
    inDoubtCalls: input.inDoubtCalls(of: object, among: inDoubtCalls).map(\.intent))
}
