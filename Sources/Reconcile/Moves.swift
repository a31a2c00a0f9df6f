import Domain

/// Contacts whose number changed: the entry in the phonebook moves to the new number, with its history.
///
/// A move to a number that another contact still has waits for that one's own move. Where they wait for each other
/// in a circle, or for one that doesn't move, nobody moves: the values are exchanged in place instead.
struct Moves {
  /// The object that moves, by its new number.
  private(set) var sources: [Key: Owned] = [:]
  /// The new number, by the old one.
  private(set) var targets: [Key: Key] = [:]

  init(_ world: World, _ claims: Claims, leaving: Set<Key>) {
    pair(world, claims, leaving)
    keepFeasible(world, leaving)
  }

  private mutating func pair(_ world: World, _ claims: Claims, _ leaving: Set<Key>) {
    var news: [EntryID: [Key]] = [:]
    // Of an entry whose wishes aren't all met nobody can say which number became which.
    for (key, wish) in claims.granted
    where key.kind == .contact && world.owned[key]?.entry != wish.entry && !claims.isFrozen(wish.entry, .contact)
      && world.reading.sighting(of: wish.entry, as: .contact) == .mapped
    {
      news[wish.entry, default: []].append(key)
    }
    var olds: [EntryID: [Key]] = [:]
    for (key, object) in world.owned
    where key.kind == .contact && news[object.entry] != nil && claims.granted[key]?.entry != object.entry
      && !world.assumed.contains(key) && !leaving.contains(key) && !world.isUntouchable(key)
      && !claims.passedOn.contains(key)
    {
      olds[object.entry, default: []].append(key)
    }
    for (entry, old) in olds {
      for (old, new) in zip(old.sorted(), news[entry, default: []].sorted()) {
        sources[new] = world.owned[old]
        targets[old] = new
      }
    }
  }

  private mutating func keepFeasible(_ world: World, _ leaving: Set<Key>) {
    var changed = true
    while changed {
      changed = false
      for (new, object) in sources where !canReach(new, from: object.key, world, leaving) {
        sources[new] = nil
        targets[object.key] = nil
        changed = true
      }
    }
  }

  /// Whether `new` is free, or becomes free by moves that don't wait for `old` themselves.
  private func canReach(_ new: Key, from old: Key, _ world: World, _ leaving: Set<Key>) -> Bool {
    var place = new
    while world.owned[place] != nil && !leaving.contains(place) {
      guard place != old, let next = targets[place] else { return false }
      place = next
    }
    return true
  }
}
