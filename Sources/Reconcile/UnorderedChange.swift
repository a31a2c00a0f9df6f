import Domain

/// A change and the numbers that it waits for, before its position in the plan is known.
struct UnorderedChange {
  var change: Change
  /// Numbers that other changes must have left, or reached, before this one.
  var waitsFor: Set<ObjectKey> = []
  /// Numbers that this change leaves or reaches.
  var settles: Set<ObjectKey>
}

/// All changes that follow from the claims, the renumberings and the removals: first the removals, then the others in the order of
/// their numbers.
func unorderedChanges(
  _ input: PlannerInput, _ claims: NumberClaims, _ renumbering: ContactRenumbering, _ removals: [ManagedObject]
) -> [UnorderedChange] {
  let leaving = Set(removals.map(\.key))
  let nextNumbers = NextNumbers(of: removals, input, claims)
  let removing = removals.map { object in
    UnorderedChange(
      change: Change(
        .delete(object.key), before: object, entry: object.entry, dn: object.dn,
        cause: .gone(object.absence?.reason ?? .missing), settles: input.inDoubtCalls(of: object)),
      waitsFor: nextNumbers.newNumbers(of: object), settles: [object.key])
  }
  func unorderedChange(_ key: ObjectKey, _ wantedObject: WantedObject) -> UnorderedChange? {
    if let source = renumbering.sources[key] { return renumber(source, to: wantedObject, input) }
    if leaving.contains(key) || renumbering.targets[key] != nil {
      return UnorderedChange(
        change: Change(
          .add(wantedObject.item), entry: wantedObject.entry, dn: wantedObject.dn, cause: .new,
          isNumberFreed: leaving.contains(key)),
        waitsFor: [key], settles: [key])
    }
    if input.isAdoptedAsItIs(wantedObject) { return nil }
    if let object = input.unproven[key], input.adoptions[key] == nil, input.isAsWanted(object, wantedObject) {
      return nil
    }
    guard let object = input.owned[key], !input.assumed.contains(key) else { return add(wantedObject, input) }
    let hasNewRepresentative = claims.withNewRepresentative.contains(key)
    let isHandedOver = claims.handedOver.contains(key)
    return update(
      object, to: wantedObject, hasNewRepresentative: hasNewRepresentative, isHandedOver: isHandedOver, input
    ).map { change in
      let waitsFor =
        object.entry == wantedObject.entry || hasNewRepresentative ? [] : nextNumbers.newNumbers(of: object)
      return UnorderedChange(change: change, waitsFor: waitsFor, settles: [key])
    }
  }
  // Sort only the keys, to avoid copying the changes.
  var (keys, changes): ([ObjectKey], [UnorderedChange]) = ([], [])
  for (key, wantedObject) in claims.granted {
    guard let unorderedChange = unorderedChange(key, wantedObject) else { continue }
    keys.append(key)
    changes.append(unorderedChange)
  }
  return removing + changes.indices.sorted { keys[$0] < keys[$1] }.map { changes[$0] }
}

/// The next numbers of entries whose number another entry gets: they must have these before they lose the old one.
private struct NextNumbers {
  private var numbersOf: [NumberClaims.Claimant: Set<ObjectKey>] = [:]

  init(of removals: [ManagedObject], _ input: PlannerInput, _ claims: NumberClaims) {
    for object in removals { numbersOf[NumberClaims.Claimant(object)] = [] }
    for (key, wantedObject) in claims.granted {
      if let object = input.owned[key], object.entry != wantedObject.entry {
        numbersOf[NumberClaims.Claimant(object)] = []
      }
    }
    if numbersOf.isEmpty { return }
    for (key, wantedObject) in claims.granted {
      numbersOf[NumberClaims.Claimant(entry: wantedObject.entry, kind: key.kind)]?.insert(key)
    }
  }

  func newNumbers(of object: ManagedObject) -> Set<ObjectKey> {
    numbersOf[NumberClaims.Claimant(object), default: []].subtracting([object.key])
  }
}

private func renumber(_ source: ManagedObject, to wantedObject: WantedObject, _ input: PlannerInput) -> UnorderedChange
{
  let inDoubtCalls = input.inDoubtCalls(of: source) + (input.inDoubtCalls[wantedObject.item.key] ?? [])
  return UnorderedChange(
    change: Change(
      .update(wantedObject.item, knownAs: source.key.number), before: source, entry: wantedObject.entry,
      dn: wantedObject.dn,
      cause: .changed, settles: unique(inDoubtCalls)),
    waitsFor: [wantedObject.item.key], settles: [source.key])
}

private func add(_ wantedObject: WantedObject, _ input: PlannerInput) -> UnorderedChange {
  let key = wantedObject.item.key
  let inDoubtCalls = input.inDoubtCalls[key] ?? []
  let mayAdopt = input.mayAdopt(key)
  // A contact that may exist already, as after a restore, is updated first: a second add would make a duplicate. An object that is to
  // be adopted is updated first too.
  let isUpdatedFirst =
    key.kind == .contact
    ? !inDoubtCalls.isEmpty || mayAdopt || input.mayHaveManaged(key)
    : inDoubtCalls.isEmpty && mayAdopt && input.adoptions[key] != nil
  return UnorderedChange(
    change: Change(
      isUpdatedFirst ? .update(wantedObject.item, knownAs: key.number) : .add(wantedObject.item),
      entry: wantedObject.entry, dn: wantedObject.dn,
      cause: cause(of: key, input), settles: inDoubtCalls, adopts: mayAdopt,
      unproven: input.unproven[key] ?? input.presumed(wantedObject), shown: mayAdopt ? input.adoptions[key]?.item : nil),
    settles: [key])
}

private func cause(of key: ObjectKey, _ input: PlannerInput) -> Change.Cause {
  if input.inDoubtCalls[key] != nil { return .inDoubt }
  if input.adoptions[key] != nil, input.mayAdopt(key) { return .adopted }
  if input.refusals[key]?.answer.status == .taken { return .wasTaken }
  return input.allocator.pool(of: key).map { .allocated(pool: $0.source) } ?? .new
}

private func update(
  _ object: ManagedObject, to wantedObject: WantedObject, hasNewRepresentative: Bool, isHandedOver: Bool,
  _ input: PlannerInput
) -> Change? {
  let inDoubtCalls = input.inDoubtCalls(of: object)
  if inDoubtCalls.isEmpty && object.item == wantedObject.item { return nil }
  let cause: Change.Cause =
    if hasNewRepresentative { .representativeChanged(from: object.entry) } else if isHandedOver {
      .handedOver(from: object.entry, dn: object.dn)
    } else if object.entry != wantedObject.entry {
      .vacated(by: object.entry)
    } else if object.item != wantedObject.item { .changed } else {
      .inDoubt
    }
  // After an add or a delete in doubt an add finds out whether the extension exists; it sends no mail if it does.
  let mayBeMissing = inDoubtCalls.contains { $0.call.action != .update }
  return Change(
    object.key.kind == .extension && mayBeMissing
      ? .add(wantedObject.item) : .update(wantedObject.item, knownAs: object.key.number),
    before: object, entry: wantedObject.entry, dn: wantedObject.dn, cause: cause, settles: inDoubtCalls)
}

func unique(_ inDoubtCalls: [InDoubtCall]) -> [InDoubtCall] {
  var seen: Set<Int64> = []
  return inDoubtCalls.filter { seen.insert($0.intent).inserted }
}
