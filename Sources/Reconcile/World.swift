import Domain

/// All that one plan is made from, indexed the ways that planning asks.
struct World {
  let reading: Reading
  let rules: Rules
  let now: Seconds

  /// What is managed, by number. An add in doubt that has no row yet stands here with the values that it sent.
  let owned: [Key: Owned]
  /// The objects of `owned` that rest on a doubt alone.
  let assumed: Set<Key>
  /// What may be ours and isn't proved to be: nothing is sent about it.
  let unproven: [Key: Owned]
  /// Calls without a known outcome, by every number that they may have left the object under.
  let doubts: [Key: [Doubt]]
  let refusals: [Key: Refusal]
  /// Foreign objects that may be taken over.
  let adoptions: [Key: Adoption]
  let freed: [Key: Freed]
  let setbacks: [Key: Setback]
  let approvals: [Approval]
  /// How many of those who have an object show no number any more, by kind.
  let numberLoss: [Kind: NumberLoss]
  let searchChanges: [String: SearchChange]
  let rejections: Set<Approval.Member>
  let undecided: Set<Key>
  let loaded: Set<Kind>
  let recent: [Held.Action: [Key: Memory.Recent]]
  /// What a table showed again and nobody decided on in time, and that is wanted by now: nothing proves any more whose it is.
  let lapsed: Set<Key>
  private let counts: [Kind: Int]
  let allocations: [Allocation]
  /// Objects of the PBX that are known to be somebody else's.
  let knownForeign: [Key: KnownForeign]
  /// When an older ledger was put back that isn't proved yet.
  let restored: [Kind: Seconds]
  /// Claims of numbers that others held at the last complete read.
  let disputes: Set<Dispute>
  /// Objects of ours that the PBX was seen not to have, each with its holder: it may turn out to have them.
  let lost: [Key: Freed]
  /// The numbers of those to whom the directory gives none.
  private(set) var allotment = Allotment()
  /// All that is wished for, each with its number.
  private(set) var wanted: [Wanted] = []
  /// Fields that the directory is believed to hide.
  private(set) var hiddenValues: [Held] = []
  /// What an admin said isn't to lose a field.
  private(set) var keptValues: [HeldObject] = []
  /// The first that would lose a field if the read were complete.
  private(set) var deferredLoss: Wanted?
  /// Contacts that aren't, because they are users too.
  private(set) var alsoUsers: [Wanted] = []

  init(_ reading: Reading, _ memory: Memory, _ rules: Rules, now: Seconds) {
    var reading = reading
    reading.decide(by: memory)
    self.reading = reading
    self.rules = rules
    self.now = now

    var owned: [Key: Owned] = Dictionary(minimumCapacity: memory.owned.count)
    var unproven: [Key: Owned] = [:]
    let lapsed = Self.lapsed(memory.owned, reading, at: now)
    for var object in memory.owned {
      if lapsed.contains(object.key) {
        object.absence = nil
        object = object.unproven(.pbxReplaced, since: now)
      }
      object.item = object.item.comparable
      if object.isManaged { owned[object.key] = object } else { unproven[object.key] = object }
    }
    self.lapsed = lapsed
    var assumed: Set<Key> = []
    var doubts: [Key: [Doubt]] = [:]
    for doubt in memory.doubts {
      for key in doubt.call.keys {
        doubts[key, default: []].append(key == doubt.call.key ? doubt.leavingAlone(unproven) : doubt)
      }
      if doubt.call.verb == .add, let item = doubt.call.item, owned[item.key] == nil,
        unproven[item.key] == nil
      {
        owned[item.key] = Owned(item, entry: doubt.entry, dn: doubt.dn)
        assumed.insert(item.key)
      }
    }
    self.owned = owned
    self.assumed = assumed
    self.unproven = unproven
    self.doubts = doubts
    refusals = Dictionary(memory.refusals.map { ($0.item.key, $0) }, uniquingKeysWith: { first, _ in first })
    adoptions = Dictionary(memory.adoptions.map { ($0.key, $0.comparable) }, uniquingKeysWith: { first, _ in first })
    freed = Dictionary(memory.freed.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    setbacks = Dictionary(memory.setbacks.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    numberLoss = Dictionary(
      uniqueKeysWithValues: Kind.allCases.map { kind in
        (kind, NumberLoss(of: kind, in: reading, among: memory.owned, given: memory.allocations))
      })
    approvals = memory.approvals
    searchChanges = Dictionary(
      (memory.searchChanges + reading.searchChanges).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    rejections = memory.rejections
    undecided = memory.undecided
    loaded = memory.loaded
    recent = memory.recent
    counts =
      memory.counts ?? owned.keys.reduce(into: [:]) { counts, key in counts[key.kind, default: 0] += 1 }
    allocations = memory.allocations
    knownForeign = Dictionary(memory.knownForeign.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    restored = memory.restored
    self.lost = Dictionary(memory.lost.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    disputes = memory.disputes
    allotment = Allotment(self)
    let allotted =
      allotment.wishes.contains { $0.open != nil }
      ? allotment.decided(by: PresentObjects(memory)) : allotment.wishes
    (wanted, alsoUsers) = withoutUsers(allotted.isEmpty ? reading.wanted : reading.wanted + allotted)
    let hidden = HiddenValues(wanted, self)
    (wanted, hiddenValues, keptValues) = (hidden.wanted, hidden.held, hidden.rejected)
    deferredLoss = hidden.deferred
  }

  private static func lapsed(_ objects: [Owned], _ reading: Reading, at now: Seconds) -> Set<Key> {
    let old = objects.filter { object in object.isManaged && object.absence?.evidenceEnd.map { $0 <= now } == true }
    if old.isEmpty { return [] }
    let wanted = Set(reading.wanted.map(\.item.key))
    return Set(
      old.filter { object in
        wanted.contains(object.key) || reading.sighting(of: object.entry, as: object.key.kind) == .mapped
      }.map(\.key))
  }

  /// How many objects of a kind are ours, also those that this plan isn't about.
  func count(of kind: Kind) -> Int { counts[kind] ?? 0 }

  /// Who has the number, may have got it by a call in doubt, or had it until the PBX lost it.
  func holder(of key: Key) -> EntryID? {
    owned[key]?.entry ?? unproven[key]?.entry ?? doubts[key]?.first?.entry ?? lost[key]?.entry
  }

  /// What the ledger remembers under the number, managed or not.
  func present(_ key: Key) -> Owned? { owned[key] ?? unproven[key] }

  /// Whether nothing may be sent about an object of this number, whoever made it.
  func isUntouchable(_ key: Key) -> Bool { rules.numbers.isProtected(key.number) || foreign(key) != nil }

  /// The object of somebody else that is known to have this number; nil where there is none, or where it may be taken over.
  func foreign(_ key: Key) -> KnownForeign? {
    guard let known = knownForeign[key], !mayAdopt(key) else { return nil }
    return known
  }

  /// When the PBX was asked last for an object that is known to be somebody else's, or when that became known.
  func askedAt(_ foreign: KnownForeign) -> Seconds { refusals[foreign.key]?.askedAt ?? foreign.since }

  /// Whether it is time to ask for it again, by an add that is refused while it is there. That of a contact never is.
  func mayAskAgain(_ foreign: KnownForeign) -> Bool {
    foreign.key.kind == .extension && rules.foreignRetry.isDue(askedAt: askedAt(foreign), at: now)
  }

  /// Why a wish can't be met whose number is known to be somebody else's.
  func reason(_ foreign: KnownForeign, isOfPool: Bool = false) -> Parked.Reason {
    let nextAt = foreign.key.kind == .extension ? askedAt(foreign) + ForeignRetry.pause : nil
    return .foreign(
      since: foreign.since, nextAt: nextAt, isOfPool: isOfPool || allotment.pool(of: foreign.key) != nil)
  }

  /// Why a wish for the number of an unproven object can't be met: nil where it is met already, where the object may be
  /// taken over, and where it is time to ask for it again, which an add does that is refused while the object is there.
  func obstacle(to wish: Wanted) -> Unproven? {
    let key = wish.item.key
    guard let object = unproven[key], !mayAdopt(key), !isAsWanted(object, wish) else { return nil }
    return key.kind == .extension && rules.foreignRetry == .always ? nil : object.unproven
  }

  /// Whether an unproven object needs no call, as far as its values are known.
  func isAsWanted(_ object: Owned, _ wish: Wanted) -> Bool {
    object.unproven?.isAsSent == true && object.item == wish.item && object.entry == wish.entry
      && doubts[object.key] == nil
  }

  /// Whether the PBX refused this very wish before. That the number is taken doesn't matter once it may be adopted, or when
  /// it is time to ask again.
  func refusal(of wanted: Wanted) -> Refusal? {
    guard let refusal = refusals[wanted.item.key], refusal.item == wanted.item, refusal.entry == wanted.entry
    else { return nil }
    let isOver =
      refusal.answer.verdict == .taken
      && (mayAdopt(wanted.item.key) || rules.foreignRetry.isDue(askedAt: refusal.askedAt, at: now))
    return isOver ? nil : refusal
  }

  /// Whether an object under this number that isn't ours may be taken over. Under a number from a pool it is somebody
  /// else's, unless it may be ours, or was given to somebody who is to have that very one.
  func mayAdopt(_ key: Key) -> Bool {
    let isAllowed = adoptions[key]?.isAsItIs == false
    if allotment.pool(of: key) != nil {
      return isAllowed && (unproven[key] != nil || allotment.adoptable.contains(key))
    }
    return isAllowed || rules.existing == .adopt
  }

  /// Why nobody may have the number but who would have the very values that a table showed there.
  func obstacle(toOthersThan adoption: Adoption?, _ wish: Wanted) -> Unproven? {
    guard let adoption, adoption.isAsItIs, adoption.item != wish.item, owned[adoption.key] == nil,
      !mayAdopt(adoption.key)
    else { return nil }
    return Unproven(.ledgerRestored, since: restored[adoption.key.kind] ?? now)
  }

  /// Whether the PBX may have an object under the number that is ours, though the ledger has none: one that it forgot because it is
  /// an older one, or one that was lost by all that was seen.
  func mayHaveOurs(_ key: Key) -> Bool { restored[key.kind] != nil || lost[key] != nil }

  /// What the PBX has under the number of a new extension, if it has one: where it may have one of ours it was probably made
  /// for this very entry. Nobody knows with which values.
  func presumed(_ wish: Wanted) -> Owned? {
    let key = wish.item.key
    guard mayHaveOurs(key), key.kind == .extension, refusals[key]?.answer.verdict != .taken else { return nil }
    let reason: Unproven.Reason = lost[key] != nil ? .lossDenied : .notInBackup
    return Owned(wish.item, entry: wish.entry, dn: wish.dn).unproven(reason, since: now)
  }

  /// Why the change isn't tried yet.
  func setback(of change: Change) -> Setback? {
    guard rules.backsOff, let setback = setbacks[change.call.key], setback.nextAt > now else { return nil }
    return setback
  }

  /// Whether an object that we were told to adopt has the wanted values already, so that nothing need be sent.
  func isAdoptedAsItIs(_ wish: Wanted) -> Bool {
    let key = wish.item.key
    guard owned[key] == nil, doubts[key] == nil, let adoption = adoptions[key],
      allotment.pool(of: key) == nil || unproven[key] != nil || allotment.adoptable.contains(key)
    else { return false }
    let remembered = unproven[key].flatMap { $0.unproven?.isAsSent == true ? $0.item : nil }
    return (adoption.item ?? remembered) == wish.item
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

extension Item {
  /// The mail address of an extension, which tells one person from another; nil where there is none.
  var mail: String? { if case .extension(let it) = self, !it.email.isEmpty { it.email } else { nil } }
}

extension Adoption {
  var mail: String? { item?.mail }

  /// The same, as its values are compared.
  fileprivate var comparable: Adoption { Adoption(key, item: item?.comparable, asItIs: isAsItIs, until: until) }
}

extension Doubt {
  /// The same call without the earlier number, where what has that is unproven: it isn't looked for there.
  fileprivate func leavingAlone(_ unproven: [Key: Owned]) -> Doubt {
    guard case .updateContact(let contact, let registered) = call, registered != contact.number,
      unproven[Key(.contact, registered)] != nil
    else { return self }
    return Doubt(
      intent: intent, call: .updateContact(contact, registeredNumber: contact.number), entry: entry, dn: dn)
  }
}
