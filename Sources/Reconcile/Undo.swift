public import Domain

/// A call of a past run that was executed.
public struct CompletedCall: Hashable, Sendable {
  public let call: Call
  /// The object before the call; nil if the run created or adopted it.
  public let before: ManagedObject?
  /// Whether the PBX's answer proves that the run made the change, and not that an object was there already.
  public let isProved: Bool

  public init(_ call: Call, before: ManagedObject?, isProved: Bool = true) {
    self.call = call
    self.before = before
    self.isProved = isProved
  }
}

/// A past run that is to be undone, and what has happened since.
public struct PastRun: Sendable {
  public let number: Int64
  /// Its calls that were done, in their order.
  public let changes: [CompletedCall]
  /// The run that undid it, and the objects that were reverted; nil if it wasn't undone.
  public var undone: (by: Int64, keys: Set<ObjectKey>)?
  /// The later runs that changed an object, oldest first.
  public var later: [ObjectKey: [Int64]] = [:]

  public init(_ number: Int64, _ changes: [CompletedCall]) {
    self.number = number
    self.changes = changes
  }
}

/// The changes that revert a run, or the reasons against it.
public struct UndoPlan: Sendable {
  public fileprivate(set) var changes: [Change] = []
  /// Objects that the run adopted: they stay on the PBX, and the ledger drops them.
  public fileprivate(set) var released: [ManagedObject] = []
  /// The obstacle of each object, as sentences. With any, nothing is done.
  public fileprivate(set) var obstacles: [String] = []
}

/// Plans the revert of a run, or reports why that isn't possible. The whole run is reverted, or nothing.
///
/// Only objects that an accepted answer proves to be created are deleted, within the usual removal limits. Adopted
/// objects are released.
public func undo(
  _ past: PastRun, remembering state: LedgerState, numbers: NumberPolicy, removal: RemovalPolicy
) -> UndoPlan {
  let owned = Dictionary(state.objects.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
  let inDoubtKeys = Set(state.inDoubt.map(\.call.key))
  let foreign = Set(state.knownForeign.map(\.key))
  var plan = UndoPlan()
  var unorderedChanges: [UnorderedChange] = []
  // Several calls of a run for one object are reverted by one call, from the last state to the first.
  let done = past.undone?.keys ?? []
  let objects = Dictionary(grouping: past.changes, by: \.call.key).filter { !done.contains($0.key) }
    .sorted { $0.key < $1.key }
  if let undone = past.undone, objects.isEmpty {
    plan.obstacles = ["it was already undone by run \(undone.by)"]
    return plan
  }
  let left = Set(objects.filter { $0.value.last?.call.item != nil }.map(\.key))
  var earlier: Set<Int64> = []

  for (key, changes) in objects {
    guard let first = changes.first, let last = changes.last else { continue }
    // An accepted add shows that an earlier holder's object no longer existed.
    let isNew = first.call.action == .add && first.before?.entry != owned[key]?.entry
    let before = isNew ? nil : first.before
    let target = before?.key ?? key
    if numbers.isProtected(key.number) || numbers.isProtected(target.number) {
      plan.obstacles.append("\(key) is protected by now")
    } else if let before, owned[target] == nil, before.item.kind == .extension, numbers.isEmergency(target.number) {
      plan.obstacles.append("\(target.number) is an emergency number")
    } else if foreign.contains(key) || foreign.contains(target) {
      plan.obstacles.append("\(key) is known to be foreign")
    } else if owned[key]?.isManaged == false {
      plan.obstacles.append("\(key) is unproven: nothing shows that it is managed")
    } else if inDoubtKeys.contains(key) {
      plan.obstacles.append("\(key): a later call is in doubt; let a run settle it first")
    } else if owned[key]?.item != last.call.item {
      earlier.formUnion(past.later[key] ?? [])
      plan.obstacles.append(
        last.call.item == nil ? "the number of \(key) is taken by now" : "\(key) has changed since, or is gone")
    } else if target != key && owned[target] != nil && !left.contains(target) {
      plan.obstacles.append("the number of \(target) is taken by now")
    } else if let now = owned[key], before == nil, now.ownership == .adopted || !first.isProved {
      plan.released.append(now)
    } else if let change = inverse(of: key, owned[key], to: before, past.number) {
      unorderedChanges.append(UnorderedChange(change: change, waitsFor: target == key ? [] : [target], settles: [key]))
    }
  }
  let limits = overLimits(unorderedChanges, state, removal)
  plan.obstacles += limits
  if !earlier.isEmpty, limits.isEmpty {
    let order = earlier.sorted(by: >).map { "undo \($0)" } + ["undo \(past.number)"]
    plan.obstacles.append("later runs changed them; this order works: \(order.joined(separator: ", "))")
  }
  if plan.obstacles.isEmpty { plan.changes = ordered(unorderedChanges) } else { plan.released = [] }
  return plan
}

/// The limits of removals that the deletions would break, as sentences.
private func overLimits(_ unorderedChanges: [UnorderedChange], _ state: LedgerState, _ policy: RemovalPolicy)
  -> [String]
{
  ObjectKind.allCases.compactMap { kind in
    let count = unorderedChanges.count { $0.change.call.action == .delete && $0.change.call.key.kind == kind }
    let managed = state.managed.count { $0.key.kind == kind }
    let deletions = "\(count) of \(managed) \(kind.rawValue)s would be deleted"
    if count > policy.maxCount { return "\(deletions), more than [removal] max_count = \(policy.maxCount)" }
    return count * 100 > policy.maxPercent * managed && count > 0
      ? "\(deletions), more than [removal] max_percent = \(policy.maxPercent)" : nil
  }
}

/// The change that reverts an object; nil if there is nothing to revert: the object's earlier state is unknown, or its values are the
/// same again.
private func inverse(of key: ObjectKey, _ now: ManagedObject?, to before: ManagedObject?, _ run: Int64) -> Change? {
  let cause = Change.Cause.undone(run: run)
  switch (now, before) {
  case (nil, nil): return nil
  case (let now?, nil): return Change(.delete(key), before: now, entry: now.entry, dn: now.dn, cause: cause)
  case (nil, let before?):
    // A contact that is there already would be doubled by an add; an update that finds none is followed by one.
    let call: Call = key.kind == .contact ? .update(before.item, knownAs: key.number) : .add(before.item)
    return Change(call, entry: before.entry, dn: before.dn, cause: cause)
  case (let now?, let before?):
    if now.item == before.item { return nil }
    return Change(
      .update(before.item, knownAs: now.key.number), before: now, entry: before.entry, dn: before.dn, cause: cause)
  }
}
