import Domain

/// A change and the numbers that it waits for, before it has its place in the order.
struct Draft {
  var change: Change
  /// Numbers that other changes must have left, or reached, before this one.
  var waitsFor: Set<Key> = []
  /// Numbers that this change leaves or reaches.
  var settles: Set<Key>
}

/// Every change that the claims, the moves and the removals ask for: the removals, then the others in the order of their
/// numbers.
func drafts(_ world: World, _ claims: Claims, _ moves: Moves, _ removals: [Owned]) -> [Draft] {
  let leaving = Set(removals.map(\.key))
  let arrivals = Arrivals(of: removals, world, claims)
  let removing = removals.map { object in
    Draft(
      change: Change(
        .delete(object.key), before: object, entry: object.entry, dn: object.dn,
        cause: .gone(object.absence?.reason ?? .missing), settles: world.doubts(of: object)),
      waitsFor: arrivals.newNumbers(of: object), settles: [object.key])
  }
  func draft(_ key: Key, _ wish: Wanted) -> Draft? {
    if let source = moves.sources[key] { return move(source, to: wish, world) }
    if leaving.contains(key) || moves.targets[key] != nil {
      return Draft(
        change: Change(
          .add(wish.item), entry: wish.entry, dn: wish.dn, cause: .new, isNumberFreed: leaving.contains(key)),
        waitsFor: [key], settles: [key])
    }
    if world.isAdoptedAsItIs(wish) { return nil }
    if let object = world.unproven[key], world.adoptions[key] == nil, world.isAsWanted(object, wish) { return nil }
    guard let object = world.owned[key], !world.assumed.contains(key) else { return add(wish, world) }
    let isPassedOn = claims.passedOn.contains(key)
    let isHandedOver = claims.handedOver.contains(key)
    return update(object, to: wish, isPassedOn: isPassedOn, isHandedOver: isHandedOver, world).map { change in
      let waitsFor = object.entry == wish.entry || isPassedOn ? [] : arrivals.newNumbers(of: object)
      return Draft(change: change, waitsFor: waitsFor, settles: [key])
    }
  }
  // Most wishes need no change: those that do are sorted alone, and by their numbers, which are smaller than they.
  var (keys, made): ([Key], [Draft]) = ([], [])
  for (key, wish) in claims.granted {
    guard let draft = draft(key, wish) else { continue }
    keys.append(key)
    made.append(draft)
  }
  return removing + made.indices.sorted { keys[$0] < keys[$1] }.map { made[$0] }
}

/// Where those go whose number another gets: they must have arrived there before it is taken from them.
private struct Arrivals {
  private var numbersOf: [Claims.Claimant: Set<Key>] = [:]

  init(of removals: [Owned], _ world: World, _ claims: Claims) {
    for object in removals { numbersOf[Claims.Claimant(object)] = [] }
    for (key, wish) in claims.granted {
      if let object = world.owned[key], object.entry != wish.entry { numbersOf[Claims.Claimant(object)] = [] }
    }
    if numbersOf.isEmpty { return }
    for (key, wish) in claims.granted {
      numbersOf[Claims.Claimant(entry: wish.entry, kind: key.kind)]?.insert(key)
    }
  }

  func newNumbers(of object: Owned) -> Set<Key> {
    numbersOf[Claims.Claimant(object), default: []].subtracting([object.key])
  }
}

extension Claims.Claimant {
  fileprivate init(_ object: Owned) { self.init(entry: object.entry, kind: object.key.kind) }
}

private func move(_ source: Owned, to wish: Wanted, _ world: World) -> Draft {
  let doubts = world.doubts(of: source) + (world.doubts[wish.item.key] ?? [])
  return Draft(
    change: Change(
      .update(wish.item, knownAs: source.key.number), before: source, entry: wish.entry, dn: wish.dn,
      cause: .changed, settles: unique(doubts)),
    waitsFor: [wish.item.key], settles: [source.key])
}

private func add(_ wish: Wanted, _ world: World) -> Draft {
  let key = wish.item.key
  let doubts = world.doubts[key] ?? []
  let mayAdopt = world.mayAdopt(key)
  // A contact that may be there already, as after a restore, is updated first: a second add would make a duplicate. So is
  // what we were told is there.
  let isUpdatedFirst =
    key.kind == .contact
    ? !doubts.isEmpty || mayAdopt || world.mayHaveOurs(key)
    : doubts.isEmpty && mayAdopt && world.adoptions[key] != nil
  return Draft(
    change: Change(
      isUpdatedFirst ? .update(wish.item, knownAs: key.number) : .add(wish.item), entry: wish.entry, dn: wish.dn,
      cause: cause(of: key, world), settles: doubts, adopts: mayAdopt,
      unproven: world.unproven[key] ?? world.presumed(wish)),
    settles: [key])
}

private func cause(of key: Key, _ world: World) -> Change.Cause {
  if world.doubts[key] != nil { return .inDoubt }
  if world.adoptions[key] != nil, world.mayAdopt(key) { return .adopted }
  if world.refusals[key]?.answer.verdict == .taken { return .wasTaken }
  return world.allotment.pool(of: key).map { .allocated(pool: $0.source) } ?? .new
}

private func update(
  _ object: Owned, to wish: Wanted, isPassedOn: Bool, isHandedOver: Bool, _ world: World
) -> Change? {
  let doubts = world.doubts(of: object)
  if doubts.isEmpty && object.item == wish.item { return nil }
  let cause: Change.Cause =
    if isPassedOn { .passedOn(from: object.entry) } else if isHandedOver {
      .handedOver(from: object.entry, dn: object.dn)
    } else if object.entry != wish.entry {
      .takenOver(from: object.entry)
    } else if object.item != wish.item { .changed } else {
      .inDoubt
    }
  // After an add or a delete in doubt an add finds out whether the extension is there, and mails nobody if it is.
  let mayBeMissing = doubts.contains { $0.call.verb != .update }
  return Change(
    object.key.kind == .extension && mayBeMissing ? .add(wish.item) : .update(wish.item, knownAs: object.key.number),
    before: object, entry: wish.entry, dn: wish.dn, cause: cause, settles: doubts)
}

func unique(_ doubts: [Doubt]) -> [Doubt] {
  var seen: Set<Int64> = []
  return doubts.filter { seen.insert($0.intent).inserted }
}
