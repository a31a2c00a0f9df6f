import Domain

/// All that one plan is made from, indexed the ways that planning asks.
struct World {
  let reading: Reading
  let rules: Rules
  let now: Seconds

  /// What is ours, by number. An add in doubt that has no row yet stands here with the values that it sent.
  let owned: [Key: Owned]
  /// The objects of `owned` that rest on a doubt alone.
  let assumed: Set<Key>
  /// Calls without a known outcome, by every number that they may have left the object under.
  let doubts: [Key: [Doubt]]
  let refusals: [Key: Refusal]
  /// Foreign objects that may be taken over.
  let adoptions: [Key: Adoption]
  let freed: [Key: Freed]
  let setbacks: [Key: Setback]
  let approvals: [Approval]
  let allocations: [Allocation]
  /// The numbers of those to whom the directory gives none.
  private(set) var allotment = Allotment()
  /// All that is wished for, each with its number.
  private(set) var wanted: [Wanted] = []
  /// Contacts that aren't, because they are users too.
  private(set) var alsoUsers: [Wanted] = []

  init(_ reading: Reading, _ memory: Memory, _ rules: Rules, now: Seconds) {
    self.reading = reading
    self.rules = rules
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
    adoptions = Dictionary(memory.adoptions.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    freed = Dictionary(memory.freed.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    setbacks = Dictionary(memory.setbacks.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    approvals = memory.approvals
    allocations = memory.allocations
    allotment = Allotment(self)
    (wanted, alsoUsers) = withoutUsers(
      allotment.wishes.isEmpty ? reading.wanted : reading.wanted + allotment.wishes)
  }

  /// Who has the number, or may have got it by a call in doubt.
  func holder(of key: Key) -> EntryID? { owned[key]?.entry ?? doubts[key]?.first?.entry }

  /// Whether the PBX refused this very wish before. That the number is taken doesn't matter once it may be adopted, or when
  /// it is time to ask again.
  func refusal(of wanted: Wanted) -> Refusal? {
    guard let refusal = refusals[wanted.item.key], refusal.item == wanted.item, refusal.entry == wanted.entry
    else { return nil }
    let isOver =
      refusal.answer.verdict == .taken
      && (mayAdopt(wanted.item.key) || rules.foreignRetry.isDue(refusal, at: now))
    return isOver ? nil : refusal
  }

  /// Whether an object under this number that isn't ours may be taken over. Under a number from a pool it is somebody
  /// else's.
  func mayAdopt(_ key: Key) -> Bool {
    (rules.existing == .adopt || adoptions[key] != nil) && allotment.pool(of: key) == nil
  }

  /// Why the change isn't tried yet.
  func setback(of change: Change) -> Setback? {
    guard rules.backsOff, let setback = setbacks[change.call.key], setback.nextAt > now else { return nil }
    return setback
  }

  /// Whether an object that we were told to adopt has the wanted values already, so that nothing need be sent.
  func isAdoptedAsItIs(_ wish: Wanted) -> Bool {
    let key = wish.item.key
    return owned[key] == nil && doubts[key] == nil && adoptions[key]?.item == wish.item
      && allotment.pool(of: key) == nil
  }

  /// The removal after which the number still rests.
  func rest(of key: Key) -> Freed? {
    guard key.kind == .extension, let freed = freed[key], freed.at + rules.numbers.rest > now else { return nil }
    return freed
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
