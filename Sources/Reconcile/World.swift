import Domain

/// All that one plan is made from, indexed the ways that planning asks.
struct World {
  let reading: Reading
  let numbers: NumberPolicy
  let removal: RemovalPolicy
  let now: Seconds

  /// What is ours, by number. An add in doubt that has no row yet stands here with the values that it sent.
  let owned: [Key: Owned]
  /// The objects of `owned` that rest on a doubt alone.
  let assumed: Set<Key>
  /// Calls without a known outcome, by every number that they may have left the object under.
  let doubts: [Key: [Doubt]]
  let refusals: [Key: Refusal]

  init(_ reading: Reading, _ memory: Memory, numbers: NumberPolicy, removal: RemovalPolicy, now: Seconds) {
    self.reading = reading
    self.numbers = numbers
    self.removal = removal
    self.now = now

    var owned = Dictionary(memory.owned.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    var assumed: Set<Key> = []
    var doubts: [Key: [Doubt]] = [:]
    for doubt in memory.doubts {
      for key in doubt.call.keys { doubts[key, default: []].append(doubt) }
      if doubt.call.verb == .add, let item = doubt.call.item, owned[item.key] == nil {
        owned[item.key] = Owned(item, entry: doubt.entry, dn: doubt.dn)
        assumed.insert(item.key)
      }
    }
    self.owned = owned
    self.assumed = assumed
    self.doubts = doubts
    refusals = Dictionary(memory.refusals.map { ($0.item.key, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Who has the number, or may have got it by a call in doubt.
  func holder(of key: Key) -> EntryID? { owned[key]?.entry ?? doubts[key]?.first?.entry }

  /// Whether the PBX refused this very wish before.
  func refusal(of wanted: Wanted) -> Refusal? {
    guard let refusal = refusals[wanted.item.key], refusal.item == wanted.item, refusal.entry == wanted.entry
    else { return nil }
    return refusal
  }
}

extension Call {
  /// Every number that the object may be known by while the call's outcome isn't known.
  var keys: [Key] {
    if case .updateContact(_, let registered) = self, registered != key.number {
      return [key, Key(.contact, registered)]
    }
    return [key]
  }
}
