import Domain

/// The removals that `[removal] max_count` and `max_percent` stop: all of a kind, or none.
///
/// A set that an admin approved passes, whatever its size. Through a changed view of the directory nobody passes else.
func heldRemovals(_ due: [Owned], _ world: World) -> [Held] {
  Kind.allCases.compactMap { kind in
    let objects = due.filter { $0.key.kind == kind }
    if objects.isEmpty || world.approvals.contains(where: { $0.covers(objects) }) { return nil }
    let owned = world.owned.keys.count { $0.kind == kind }
    guard let limit = trippedLimit(objects.count, of: owned, kind, world) else { return nil }
    return Held(kind: kind, objects: objects, owned: owned, limit: limit)
  }
}

private func trippedLimit(_ count: Int, of owned: Int, _ kind: Kind, _ world: World) -> String? {
  let policy = world.rules.removal
  let what = count == 1 ? "1 \(kind.rawValue) is due for removal" : "\(count) \(kind.rawValue)s are due for removal"
  if count > policy.maxCount { return "\(what), more than max_count = \(policy.maxCount)" }
  if count * 100 > policy.maxPercent * owned {
    return "\(what) of \(owned), more than max_percent = \(policy.maxPercent)"
  }
  if let change = world.reading.changedView { return "\(what), and \(change)" }
  return nil
}
