import Domain

/// Contacts whose number has changed: the contact on the PBX gets the new number and keeps its history.
///
/// If another contact still has the new number, its own renumbering comes first. If contacts wait for each other in a cycle, or for a
/// contact that keeps its number, none is renumbered; their other values are exchanged instead.
struct ContactRenumbering {
  /// The object that gets a new number, by the new number.
  private(set) var sources: [ObjectKey: ManagedObject] = [:]
  /// The new number, by the old one.
  private(set) var targets: [ObjectKey: ObjectKey] = [:]

  init(_ input: PlannerInput, _ claims: NumberClaims, leaving: Set<ObjectKey>) {
    pair(input, claims, leaving)
    removeInfeasible(input, leaving)
  }

  private mutating func pair(_ input: PlannerInput, _ claims: NumberClaims, _ leaving: Set<ObjectKey>) {
    var newKeys: [EntryID: [ObjectKey]] = [:]
    // If an entry has a conflict, it is unknown which number became which.
    for (key, wantedObject) in claims.granted
    where key.kind == .contact && input.owned[key]?.entry != wantedObject.entry
      && !claims.keepsObjects(wantedObject.entry, .contact)
      && input.reading.sighting(of: wantedObject.entry, as: .contact) == .mapped
    {
      newKeys[wantedObject.entry, default: []].append(key)
    }
    var oldKeys: [EntryID: [ObjectKey]] = [:]
    for (key, object) in input.owned
    where key.kind == .contact && newKeys[object.entry] != nil && claims.granted[key]?.entry != object.entry
      && !input.assumed.contains(key) && !leaving.contains(key) && !input.isUntouchable(key)
      && !claims.withNewRepresentative.contains(key)
    {
      oldKeys[object.entry, default: []].append(key)
    }
    for (entry, old) in oldKeys {
      for (old, new) in zip(old.sorted(), newKeys[entry, default: []].sorted()) {
        sources[new] = input.owned[old]
        targets[old] = new
      }
    }
  }

  private mutating func removeInfeasible(_ input: PlannerInput, _ leaving: Set<ObjectKey>) {
    var changed = true
    while changed {
      changed = false
      for (new, object) in sources where !canReach(new, from: object.key, input, leaving) {
        sources[new] = nil
        targets[object.key] = nil
        changed = true
      }
    }
  }

  /// Whether `new` is free, or becomes free by renumberings that don't wait for `old` themselves.
  private func canReach(_ new: ObjectKey, from old: ObjectKey, _ input: PlannerInput, _ leaving: Set<ObjectKey>) -> Bool
  {
    var number = new
    while input.owned[number] != nil && !leaving.contains(number) {
      guard number != old, let next = targets[number] else { return false }
      number = next
    }
    return true
  }
}
