public import Domain

/// A call of a past run that did what it was to do.
public struct PastChange: Hashable, Sendable {
  public let call: Call
  /// What the object was before; nil for one that the run made.
  public let before: Owned?

  public init(_ call: Call, before: Owned?) {
    self.call = call
    self.before = before
  }
}

/// The plan that leads back to what was before a run, or why there is none. All of the run is undone, or nothing.
///
/// - Parameters:
///   - past: the run's calls in their order.
///   - run: its number.
/// - Returns: The changes, or what stands in the way of each object, as sentences.
public func undo(
  _ past: [PastChange], of run: Int64, remembering memory: Memory, numbers: NumberPolicy
) -> (changes: [Change], obstacles: [String]) {
  let owned = Dictionary(memory.owned.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
  let doubted = Set(memory.doubts.map(\.call.key))
  var obstacles: [String] = []
  var drafts: [Draft] = []
  // What a run did to an object in several calls goes back in one: from what it left to what it found.
  let objects = Dictionary(grouping: past, by: \.call.key).sorted { $0.key < $1.key }
  let left = Set(objects.filter { $0.value.last?.call.item != nil }.map(\.key))

  for (key, changes) in objects {
    guard let first = changes.first, let last = changes.last else { continue }
    let target = first.before?.key ?? key
    if numbers.isProtected(key.number) || numbers.isProtected(target.number) {
      obstacles.append("\(key) is protected by now")
    } else if owned[key]?.isManaged == false {
      obstacles.append("\(key) is unproven: nothing shows that it is ours")
    } else if doubted.contains(key) {
      obstacles.append("\(key): a later call's outcome isn't known; let a run settle it first")
    } else if owned[key]?.item != last.call.item {
      obstacles.append(
        last.call.item == nil ? "the number of \(key) is taken by now" : "\(key) has changed since, or is gone")
    } else if target != key && owned[target] != nil && !left.contains(target) {
      obstacles.append("the number of \(target) is taken by now")
    } else if let change = inverse(of: key, owned[key], to: first.before, run) {
      drafts.append(Draft(change: change, waitsFor: target == key ? [] : [target], settles: [key]))
    }
  }
  return obstacles.isEmpty ? (ordered(drafts), []) : ([], obstacles)
}

/// nil where there is nothing to go back to: a delete of what we didn't know, or values that are the same again.
private func inverse(of key: Key, _ now: Owned?, to before: Owned?, _ run: Int64) -> Change? {
  let cause = Change.Cause.undone(run: run)
  switch (now, before) {
  case (nil, nil): return nil
  case (let now?, nil): return Change(.delete(key), before: now, entry: now.entry, dn: now.dn, cause: cause)
  case (nil, let before?): return Change(.add(before.item), entry: before.entry, dn: before.dn, cause: cause)
  case (let now?, let before?):
    if now.item == before.item { return nil }
    return Change(
      .update(before.item, knownAs: now.key.number), before: now, entry: before.entry, dn: before.dn, cause: cause)
  }
}
