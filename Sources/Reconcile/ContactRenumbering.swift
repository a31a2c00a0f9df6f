import Domain

/// Contacts whose number changed: the entry in the phonebook moves to the new number, with its history.
///
/// A move to a number that another contact still has waits for that one's own move. Where they wait for each other
/// in a circle, or for one that doesn't move, nobody moves: the values are exchanged in place instead.
struct ContactRenumbering {
  /// The object that moves, by its new number.
  private(set) var sources: [ObjectKey: ManagedObject] = [:]
  /// The new number, by the old one.
  private(set) var targets: [ObjectKey: ObjectKey] = [:]

  init(_ input: PlannerInput, _ claims: NumberClaims, leaving: Set<ObjectKey>) {
    pair(input, claims, leaving)
    keepFeasible(input, leaving)
  }

  private mutating func pair(_ input: PlannerInput, _ claims: NumberClaims, _ leaving: Set<ObjectKey>) {
    var news: [EntryID: [ObjectKey]] = [:]
    // If an entry has a conflict, it is unknown which number became which.
    for (key, wantedObject) in claims.granted
    where key.kind == .contact && input.owned[key]?.entry != wantedObject.entry
      && !claims.isFrozen(wantedObject.entry, .contact)
      && input.reading.sighting(of: wantedObject.entry, as: .contact) == .mapped
    {
      news[wantedObject.entry, default: []].append(key)
    }
    var olds: [EntryID: [ObjectKey]] = [:]
    for (key, object) in input.owned
    where key.kind == .contact && news[object.entry] != nil && claims.granted[key]?.entry != object.entry
      && !input.assumed.contains(key) && !leaving.contains(key) && !input.isUntouchable(key)
      && !claims.withNewRepresentative.contains(key)
    {
      olds[object.entry, default: []].append(key)
    }
    for (entry, old) in olds {
      for (old, new) in zip(old.sorted(), news[entry, default: []].sorted()) {
        sources[new] = input.owned[old]
        targets[old] = new
      }
    }
  }

  private mutating func keepFeasible(_ input: PlannerInput, _ leaving: Set<ObjectKey>) {
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

  /// Whether `new` is free, or becomes free by moves that don't wait for `old` themselves.
  private func canReach(_ new: ObjectKey, from old: ObjectKey, _ input: PlannerInput, _ leaving: Set<ObjectKey>) -> Bool
  {
    var place = new
    while input.owned[place] != nil && !leaving.contains(place) {
      guard place != old, let next = targets[place] else { return false }
      place = next
    }
    return true
  }
}
