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
public func plan(for reading: Reading, remembering memory: Memory, by rules: Rules, at now: Seconds) -> Plan {
  let world = World(reading, memory, rules, now: now)

  let planGuard = PlanGuard(world)

  // Who is gone doesn't depend on who gets which number; so first that, then the claims on what they leave.
  let gone = Settled(world, leaving: []).absences.due(world).filter { $0.absence?.reason != .renumbered }
  // What is held isn't free after all, so that others may stay whose next number that was.
  var staying: Set<Key> = []
  var held: [Held] = []
  while true {
    let settled = Settled(world, leaving: Set(gone.map(\.key)).subtracting(staying))
    let due = settled.absences.due(world)
    let judged = planGuard.judge(removals: due)
    let kept = Set(judged.held.flatMap(\.objects).map(\.key) + judged.rejected.map(\.key))
    if kept.isSubset(of: staying) {
      let removals = due.filter { !staying.contains($0.key) }
      return plan(world, planGuard, settled, removing: removals, held: held, rejected: judged.rejected)
    }
    staying.formUnion(kept)
    held = judged.held
  }
}

/// Claims, moves and absences that agree with each other for a given set of objects that leave.
private struct Settled {
  let claims: Claims
  let moves: Moves
  let absences: Absences

  init(_ world: World, leaving: Set<Key>) {
    claims = Claims(world, leaving: leaving)
    moves = Moves(world, claims, leaving: leaving)
    absences = Absences(world, claims, moves, leaving: leaving)
  }
}

private func plan(
  _ world: World, _ planGuard: PlanGuard, _ settled: Settled, removing removals: [Owned], held: [Held],
  rejected: [Owned]
) -> Plan {
  var plan = Plan()
  let heldKeys = Set(held.flatMap(\.objects).map(\.key) + rejected.map(\.key))
  plan.parked =
    settled.claims.parked.map { parked in
      guard case .occupied = parked.reason, var object = world.owned[parked.wanted.item.key],
        let absence = settled.absences.current[object.key]
      else { return parked }
      object.absence = absence
      return Parked(
        parked.wanted, .leaving(object, after: heldKeys.contains(object.key) ? nil : world.rules.removal))
    } + keptProtected(world, settled)
  plan.poolRestedAt = world.allotment.restedAt
  let (all, doubted) = settlingOnce(ordered(drafts(world, settled.claims, settled.moves, removals)), world)
  plan.parked += doubted
  plan.lapsed = planGuard.lapsed(settled.absences.current.keys.compactMap { world.owned[$0] }, all)
  plan.alsoUsers = world.alsoUsers
  let fitted = fitting(all, world)
  plan.surplus = fitted.surplus
  let (due, withheld) = withholding(from: fitted.changes) {
    // What an admin rejected isn't tried at all.
    planGuard.isRejected($0) ? nil : world.setback(of: $0)
  }
  plan.parked += withheld.compactMap { change, setback in
    (change.call.item ?? change.before?.item).map {
      Parked(Wanted($0, entry: change.entry, dn: change.dn), .backingOff(setback))
    }
  }
  let judged = planGuard.judge(due)
  plan.changes = judged.kept
  plan.held = held + world.hiddenValues + judged.held
  plan.rejected = rejected.map(HeldObject.init(removing:)) + world.keptValues + judged.rejected
  if !judged.held.isEmpty {
    // A removal that waits for what is held makes no room.
    let refitted = fitting(judged.kept, world)
    plan.changes = refitted.changes
    plan.surplus = refitted.surplus?.joined(to: plan.surplus) ?? plan.surplus
  }

  let leaving = Set(
    removals.map(\.key) + (held.flatMap(\.objects) + plan.rejected).compactMap { $0.wanted == nil ? $0.key : nil })
  plan.waiting = settled.absences.current.compactMap { key, absence in
    guard !leaving.contains(key), var object = world.owned[key] ?? world.unproven[key] else { return nil }
    object.absence = absence
    return object
  }
  .sorted { $0.key < $1.key }
  plan.unproven = unproven(world, settled)
  plan.writings = writings(world, settled.claims, plan.changes)
  plan.notes = notes(world, settled, world.doubts(without: all))
  return plan
}

/// What stands on the PBX, perhaps as ours, where no wish in the way tells of it.
private func unproven(_ world: World, _ settled: Settled) -> [Owned] {
  let told = Set(settled.claims.parked.map(\.wanted.item.key))
  return world.unproven.values.filter { object in
    let isKnown = object.unproven?.hasKnownValues == true
    return !told.contains(object.key) && (isKnown || settled.claims.granted[object.key] == nil)
  }
  .sorted { $0.key < $1.key }
}

/// Objects that would leave if their numbers weren't protected.
private func keptProtected(_ world: World, _ settled: Settled) -> [Parked] {
  if world.rules.numbers.protected.isEmpty || !world.reading.isComplete { return [] }
  return world.owned.values.compactMap { object in
    let key = object.key
    guard world.rules.numbers.isProtected(key.number), !world.assumed.contains(key),
      settled.claims.granted[key] == nil, settled.moves.targets[key] == nil
    else { return nil }
    let reason: Absence.Reason
    switch world.reading.sighting(of: object.entry, as: key.kind) {
    case nil: reason = .missing
    case .disabled: reason = .disabled
    case .mapped where !settled.claims.isFrozen(object.entry, key.kind): reason = .renumbered
    case .mapped, .unmappable, .withoutNumber: return nil
    }
    return Parked(Wanted(object.item, entry: object.entry, dn: object.dn), .keptProtected(reason))
  }
  .sorted { $0.wanted.item.key < $1.wanted.item.key }
}

/// A value is written only when the PBX has the extension, or gets it by this plan.
private func writings(_ world: World, _ claims: Claims, _ changes: [Change]) -> [Writing] {
  if world.allotment.writings.isEmpty { return [] }
  let keys = Set(changes.map(\.call.key))
  return world.allotment.writings.filter { writing in
    let key = Key(.extension, writing.number)
    let isThere = world.owned[key]?.entry == writing.entry && world.doubts[key] == nil
    return claims.granted[key]?.entry == writing.entry && (isThere || keys.contains(key))
  }
}

/// What the ledger should remember of this read without any call.
///
/// - Parameter doubts: the calls in doubt that no change settles.
private func notes(_ world: World, _ settled: Settled, _ doubts: [Key: [Doubt]]) -> [Note] {
  let claims = settled.claims
  var notes: [Note] = world.allotment.fresh.map(Note.allocate)
  // Most objects have none, so the notes are sorted and not the objects.
  func noted(
    _ objects: [Key: Owned], _ notes: (Owned, Key, World, Settled, [Key: [Doubt]]) -> [Note]
  ) -> [(key: Key, notes: [Note])] {
    objects.compactMap { key, object in
      let notes = notes(object, key, world, settled, doubts)
      return notes.isEmpty ? nil : (key, notes)
    }
  }
  let all = noted(world.owned, notes(of:_:_:_:_:)) + noted(world.unproven, notes(ofUnproven:_:_:_:_:))
  notes += all.sorted { $0.key < $1.key }.flatMap(\.notes)
  notes += claims.granted.values.filter(world.isAdoptedAsItIs).sorted { $0.item.key < $1.item.key }
    .map { .adopt(Owned($0.item, entry: $0.entry, dn: $0.dn, ownership: .adopted)) }
  let parked = Dictionary(grouping: claims.parked.map(\.wanted), by: \.item.key)
  // A number that was taken stays in mind until an object of ours is there, though the wish may come and go: only an add
  // of its own can tell whose it is.
  for (key, refusal) in world.refusals.sorted(by: { $0.key < $1.key })
  where world.reading.isComplete && refusal.answer.verdict != .taken {
    let wishes = parked[key, default: []] + [claims.granted[key]].compactMap(\.self)
    let stands = wishes.contains { $0.item == refusal.item && $0.entry == refusal.entry }
    if !stands { notes.append(.forgetRefusal(key)) }
  }
  return notes
}

/// The same of one object that is ours.
private func notes(
  of object: Owned, _ key: Key, _ world: World, _ settled: Settled, _ doubts: [Key: [Doubt]]
) -> [Note] {
  var notes: [Note] = []
  let absence = settled.absences.current[key]
  if world.assumed.contains(key) { return absence == nil ? [] : [unprove(object, world, doubts)] }
  let isWanted = settled.claims.granted[key] != nil || settled.moves.targets[key] != nil
  // What is there again isn't ours by time, whatever becomes of the entry: that it is wanted makes it so.
  if absence != object.absence, absence != nil || isWanted || object.absence?.isByTable != true {
    notes.append(.absence(key, absence))
  }
  if let wish = settled.claims.granted[key], wish.entry != object.entry || wish.dn != object.dn,
    wish.item == object.item, world.doubts[key] == nil, absence == nil, settled.moves.targets[key] == nil
  {
    notes.append(.holder(key, wish.entry, dn: wish.dn))
  }
  return notes
}

/// The same of one that isn't managed.
private func notes(
  ofUnproven object: Owned, _ key: Key, _ world: World, _ settled: Settled, _ doubts: [Key: [Doubt]]
) -> [Note] {
  if world.lapsed.contains(key) { return [.unprove(object, doubts: [])] }
  let wish = settled.claims.granted[key]
  let isWanted = wish != nil || settled.claims.parked.contains { $0.wanted.item.key == key }
  // A doubt about it that no wish settles ends with it.
  if !isWanted, world.reading.isComplete, doubts[key] != nil { return [unprove(object, world, doubts)] }
  let absence = settled.absences.current[key]
  var notes: [Note] = absence == object.absence ? [] : [.absence(key, absence)]
  if let wish, wish.entry == object.entry, wish.dn != object.dn, absence == nil, world.adoptions[key] == nil,
    world.isAsWanted(object, wish)
  {
    notes.append(.holder(key, wish.entry, dn: wish.dn))
  }
  return notes
}

private func unprove(_ object: Owned, _ world: World, _ doubts: [Key: [Doubt]]) -> Note {
  .unprove(
    object.isManaged ? object.unproven(.answerLost, since: world.now) : object,
    doubts: world.doubts(of: object, among: doubts).map(\.intent))
}
