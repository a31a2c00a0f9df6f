import Domain

/// The removals that `[removal] max_count` and `max_percent` stop: all of a kind, or none.
func heldRemovals(_ due: [Owned], _ world: World) -> [Held] {
  Kind.allCases.compactMap { kind in
    let objects = due.filter { $0.key.kind == kind }
    let owned = world.owned.keys.count { $0.kind == kind }
    guard let limit = trippedLimit(objects.count, of: owned, kind, world.removal) else { return nil }
    return Held(kind: kind, objects: objects, owned: owned, limit: limit)
  }
}

private func trippedLimit(_ count: Int, of owned: Int, _ kind: Kind, _ policy: RemovalPolicy) -> String? {
  if count == 0 { return nil }
  if count > policy.maxCount {
    return "\(count) \(kind.rawValue)s are due for removal, more than max_count = \(policy.maxCount)"
  }
  if count * 100 > policy.maxPercent * owned {
    return "\(count) of \(owned) \(kind.rawValue)s are due for removal, more than max_percent = \(policy.maxPercent)"
  }
  return nil
}
