public import Domain

/// Plans the changes that bring the PBX's managed objects, as the ledger knows them, to what the directory wants.
///
/// Pure: the same input gives the same plan, whatever the order of entries. After the plan has been executed, the same read gives a
/// plan without changes.
///
/// - Parameters:
///   - reading: the result of a read. Only a complete read leads to removals.
///   - state: the ledger's state.
///   - now: seconds since 1970.
public func plan(for reading: ReadResult, remembering state: LedgerState, by policy: Policy, at now: Timestamp) -> Plan
{
  let input = PlannerInput(reading, state, policy, now: now)

  let planGuard = PlanGuard(input)

  // The absence of an entry doesn't depend on the claims, so absences come first, then the claims on freed numbers.
  let gone = PlannerSolution(input, leaving: []).absences.due(input).filter { $0.absence?.reason != .renumbered }
  // The number of a held object isn't freed, so the entries that would get it may have to stay too.
  var staying: Set<ObjectKey> = []
  var held: [HeldSet] = []
  while true {
    let solution = PlannerSolution(input, leaving: Set(gone.map(\.key)).subtracting(staying))
    let due = solution.absences.due(input)
    let judged = planGuard.judge(removals: due)
    let kept = Set(judged.held.flatMap(\.objects).map(\.key) + judged.rejected.map(\.key))
    if kept.isSubset(of: staying) {
      let removals = due.filter { !staying.contains($0.key) }
      return plan(input, planGuard, solution, removing: removals, held: held, rejected: judged.rejected)
    }
    staying.formUnion(kept)
    held = judged.held
  }
}

/// Claims, renumberings and absences that are consistent for a given set of objects to remove.
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
  _ input: PlannerInput, _ planGuard: PlanGuard, _ solution: PlannerSolution, removing removals: [ManagedObject],
  held: [HeldSet],
  rejected: [ManagedObject]
) -> Plan {
  var plan = Plan()
  let stopped = Dictionary(
    held.flatMap(\.objects).map { ($0.key, Conflict.Removal.held) } + rejected.map { ($0.key, .rejected) }
  ) { first, _ in first }
  plan.conflicts =
    solution.claims.conflicts.map { conflict in
      if case .recreated(let object, let isDisabled, _) = conflict.reason {
        return Conflict(conflict.wanted, .recreated(object, isDisabled: isDisabled, stopped[object.key]))
      }
      guard case .occupied = conflict.reason, var object = input.owned[conflict.wanted.item.key],
        let absence = solution.absences.current[object.key]
      else { return conflict }
      object.absence = absence
      return Conflict(conflict.wanted, .leaving(object, stopped[object.key] ?? .pending(input.policy.removal)))
    } + keptUntouched(input, solution)
  plan.poolRestedAt = input.allocator.restedAt
  plan.deferredLosses = input.deferredLosses
  let (all, conflicts) = settlingEachOnce(
    ordered(unorderedChanges(input, solution.claims, solution.renumbering, removals)), input)
  plan.conflicts += conflicts
  plan.lapsed = planGuard.lapsed(solution.absences.current.keys.compactMap { input.owned[$0] }, all)
  plan.alsoUsers = input.alsoUsers
  plan.arbitraryValues = input.arbitraryValues
  let fitted = limitingContacts(all, input)
  plan.overflow = fitted.overflow
  let (due, withheld) = applyingBackoff(from: fitted.changes) {
    // A rejected change isn't tried at all.
    planGuard.isRejected($0) ? nil : input.backoff(of: $0)
  }
  let judged = planGuard.judge(due)
  plan.conflicts +=
    withheld.compactMap { Conflict($0, .backingOff($1, mayRepeatMail: $0.mayRepeatMail)) }
    + judged.unasked.compactMap { Conflict($0, .unproven($1)) } + judged.blocked.compactMap { Conflict($0, .blocked) }
  plan.changes = judged.kept
  plan.held = held + input.hiddenValues + judged.held
  plan.rejected = rejected.map(HeldObject.init(removing:)) + input.keptValues + judged.rejected
  plan.standing = input.standingRejections
  if !judged.held.isEmpty {
    // A removal that waits for a held change makes no room.
    let refitted = limitingContacts(judged.kept, input)
    plan.changes = refitted.changes
    plan.overflow = refitted.overflow?.joined(to: plan.overflow) ?? plan.overflow
  }
  (plan.changes, plan.frozen) = planGuard.judgeFreeze(of: plan.changes)
  plan.freeze = input.freeze
  if !input.rejections.isEmpty {
    let rejections = Dictionary(grouping: input.rejections, by: \.key)
    plan.overtaken = plan.changes.compactMap { change in
      rejections[change.call.key].flatMap { OvertakenRejection(change, rejected: $0) }
    }
  }

  let leaving = Set(
    removals.map(\.key) + (held.flatMap(\.objects) + plan.rejected).compactMap { $0.wanted == nil ? $0.key : nil })
  plan.pendingRemovals = solution.absences.current.compactMap { key, absence in
    // No absence removes an unproven object.
    guard !leaving.contains(key), var object = input.owned[key] else { return nil }
    object.absence = absence
    return object
  }
  .sorted { $0.key < $1.key }
  plan.unproven = unproven(
    input, solution, beside: (judged.unasked.map(\.change) + plan.changes).map(\.call.key))
  // Nothing is sent to the directory either.
  plan.directoryWrites = input.freeze == nil ? directoryWrites(input, solution.claims, plan.changes) : []
  plan.updates = updates(input, solution, input.inDoubtCalls(without: all))
  return plan
}

extension Conflict {
  /// Of a change that isn't made; nil if nothing is known of its object.
  fileprivate init?(_ change: Change, _ reason: Reason) {
    guard let item = change.call.item ?? change.before?.item else { return nil }
    self.init(WantedObject(item, entry: change.entry, dn: change.dn), reason)
  }
}

/// The PBX's unproven objects that no conflict and no change reports, and that this plan doesn't adopt; those that the directory no
/// longer wants have their absence.
private func unproven(
  _ input: PlannerInput, _ solution: PlannerSolution, beside others: [ObjectKey]
) -> [ManagedObject] {
  let conflicts = solution.claims.conflicts.filter { if case .unproven = $0.reason { true } else { false } }
  let reported = Set(conflicts.map(\.wanted.item.key) + others)
  return input.unproven.values.filter { object in
    guard !reported.contains(object.key) else { return false }
    guard let granted = solution.claims.granted[object.key] else { return true }
    return object.unproven?.hasKnownValues == true && !input.isAdoptedAsItIs(granted)
  }
  .map { object in
    var object = object
    object.absence = solution.absences.current[object.key]
    return object
  }
  .sorted { $0.key < $1.key }
}

/// Objects that would leave if no call about their numbers were forbidden.
private func keptUntouched(_ input: PlannerInput, _ solution: PlannerSolution) -> [Conflict] {
  if input.policy.numbers.protected.isEmpty && input.knownForeign.isEmpty || !input.reading.isComplete { return [] }
  return input.owned.values.compactMap { object in
    let key = object.key
    guard input.isUntouchable(key), !input.assumed.contains(key) else { return nil }
    let reason: Absence.Reason
    switch input.reading.sighting(of: object.entry, as: key.kind) {
    case nil: reason = .missing
    case .disabled: reason = .disabled
    case .mapped where !solution.claims.keepsObjects(object.entry, key.kind): reason = .renumbered
    case .mapped, .unmappable, .withoutNumber: return nil
    }
    let foreign = input.policy.numbers.isProtected(key.number) ? nil : input.foreign(key)
    return Conflict(
      WantedObject(object.item, entry: object.entry, dn: object.dn),
      foreign.map { .keptForeign(reason, since: $0.since) } ?? .keptProtected(reason))
  }
  .sorted { $0.wanted.item.key < $1.wanted.item.key }
}

/// A value is written only when the PBX has the extension, or gets it by this plan.
private func directoryWrites(_ input: PlannerInput, _ claims: NumberClaims, _ changes: [Change]) -> [DirectoryWrite] {
  if input.allocator.directoryWrites.isEmpty { return [] }
  let keys = Set(changes.map(\.call.key))
  return input.allocator.directoryWrites.filter { write in
    let key = ObjectKey(.extension, write.number)
    let wantedObject = claims.granted[key]
    // By this plan an entry that was created again becomes the holder.
    let isThere =
      input.owned[key].map { $0.entry == write.entry || $0.item == wantedObject?.item } == true
      && input.inDoubtCalls[key] == nil
    return wantedObject?.entry == write.entry && (isThere || keys.contains(key))
  }
}

/// The updates of the ledger that follow from this read without any call.
///
/// - Parameter inDoubtCalls: the calls in doubt that no change settles.
private func updates(_ input: PlannerInput, _ solution: PlannerSolution, _ inDoubtCalls: [ObjectKey: [InDoubtCall]])
  -> [LedgerUpdate]
{
  let claims = solution.claims
  var updates: [LedgerUpdate] = input.allocator.fresh.map(LedgerUpdate.allocate)
  // Most objects need no update, so only the updates are sorted.
  func collect(
    _ objects: [ObjectKey: ManagedObject],
    _ updates: (ManagedObject, ObjectKey, PlannerInput, PlannerSolution, [ObjectKey: [InDoubtCall]]) -> [LedgerUpdate]
  ) -> [(key: ObjectKey, updates: [LedgerUpdate])] {
    objects.compactMap { key, object in
      let updates = updates(object, key, input, solution, inDoubtCalls)
      return updates.isEmpty ? nil : (key, updates)
    }
  }
  let all =
    collect(input.owned, updates(of:_:_:_:_:)) + collect(input.unproven, updates(ofUnproven:_:_:_:_:))
  updates += all.sorted { $0.key < $1.key }.flatMap(\.updates)
  updates += claims.granted.values.filter(input.isAdoptedAsItIs).sorted { $0.item.key < $1.item.key }
    .map { .adopt(ManagedObject($0.item, entry: $0.entry, dn: $0.dn, ownership: .adopted)) }
  let conflict = Dictionary(grouping: claims.conflicts.map(\.wanted), by: \.item.key)
  // A taken number stays recorded until a managed object is there, even if the wanted object comes and goes: only its own
  // add shows the owner.
  for (key, refusal) in input.refusals.sorted(by: { $0.key < $1.key })
  where input.reading.isComplete && refusal.answer.status != .taken {
    let wantedObjects = conflict[key, default: []] + [claims.granted[key]].compactMap(\.self)
    let stands = wantedObjects.contains { $0.item == refusal.item && $0.entry == refusal.entry }
    if !stands { updates.append(.deleteRefusal(key)) }
  }
  return updates
}

/// The updates of the ledger for one managed object.
private func updates(
  of object: ManagedObject, _ key: ObjectKey, _ input: PlannerInput, _ solution: PlannerSolution,
  _ inDoubtCalls: [ObjectKey: [InDoubtCall]]
) -> [LedgerUpdate] {
  var updates: [LedgerUpdate] = []
  let absence = solution.absences.current[key]
  if input.assumed.contains(key) { return absence == nil ? [] : [unprove(object, input, inDoubtCalls)] }
  let isWanted = solution.claims.granted[key] != nil || solution.renumbering.targets[key] != nil
  // An object shown again doesn't become managed by time, whatever the entry does: it must be wanted.
  if absence != object.absence, absence != nil || isWanted || object.absence?.isByAdmin != true {
    updates.append(.absence(key, absence))
  }
  if let wantedObject = solution.claims.granted[key],
    wantedObject.entry != object.entry || wantedObject.dn != object.dn,
    input.staysAsItIs(object, for: wantedObject), input.inDoubtCalls[key] == nil, absence == nil,
    solution.renumbering.targets[key] == nil
  {
    updates.append(.holder(key, wantedObject.entry, dn: wantedObject.dn))
  }
  return updates
}

/// The updates of the ledger for one unproven object.
private func updates(
  ofUnproven object: ManagedObject, _ key: ObjectKey, _ input: PlannerInput, _ solution: PlannerSolution,
  _ inDoubtCalls: [ObjectKey: [InDoubtCall]]
) -> [LedgerUpdate] {
  if input.lapsed.contains(key) { return [.unprove(object, inDoubtCalls: [])] }
  let wantedObject = solution.claims.granted[key]
  let isWanted = wantedObject != nil || solution.claims.conflicts.contains { $0.wanted.item.key == key }
  // If no wanted object settles the call in doubt, its doubt ends with it.
  if !isWanted, input.reading.isComplete, inDoubtCalls[key] != nil { return [unprove(object, input, inDoubtCalls)] }
  let absence = solution.absences.current[key]
  var updates: [LedgerUpdate] = absence == object.absence ? [] : [.absence(key, absence)]
  if let wantedObject, wantedObject.dn != object.dn, input.adoptions[key] == nil,
    input.isAsWanted(object, wantedObject)
  {
    updates.append(.holder(key, wantedObject.entry, dn: wantedObject.dn))
  }
  return updates
}

private func unprove(_ object: ManagedObject, _ input: PlannerInput, _ inDoubtCalls: [ObjectKey: [InDoubtCall]])
  -> LedgerUpdate
{
  .unprove(
    object.isManaged ? object.unproven(.answerLost, since: input.now) : object,
    inDoubtCalls: input.inDoubtCalls(of: object, among: inDoubtCalls).map(\.intent))
}
