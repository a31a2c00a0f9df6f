import Domain

/// Allocates numbers to entries without a number in the directory.
///
/// An entry gets its earlier number again, even after it left and came back, unless another entry has it by now. Only a
/// complete read allocates new numbers, because it knows all numbers that other entries want. Smaller entry IDs come
/// first, so the order of the results doesn't matter.
struct PoolAllocator {
  private(set) var wantedObjects: [WantedObject] = []
  /// Numbers that are allocated for the first time.
  private(set) var fresh: [Allocation] = []
  private(set) var writings: [DirectoryWrite] = []
  /// Wanted objects for which there is no number.
  private(set) var conflicts: [(wantedObject: WantedObject, reason: Conflict.Reason)] = []
  /// When the first number of an exhausted pool leaves quarantine.
  private(set) var restedAt: Timestamp?
  /// Entries that wait for a complete read.
  private(set) var waiting: [EntryID] = []
  private var pools: [ObjectKey: NumberPool] = [:]
  /// Numbers that were given to those who are to have what is there.
  private(set) var adoptable: Set<ObjectKey> = []
  /// Numbers that are kept for others.
  private var taken: Set<String> = []
  /// Whose number each is by the directory, whatever else is wrong with the entry.
  private var shown: [String: [ReservedNumber]] = [:]

  init() {}

  init(_ input: PlannerInput) {
    let unnumbered = input.reading.unnumbered.sorted { $0.entry < $1.entry }
    if unnumbered.isEmpty { return }
    let wanted = input.reading.wanted.filter { $0.item.kind == .extension }.map {
      ReservedNumber($0.item.number, of: $0.entry, dn: $0.dn)
    }
    shown = Dictionary(grouping: wanted + input.reading.reserved, by: \.number)
    var rest = keepers(among: unnumbered, input)
    if !input.reading.isComplete {
      waiting = rest.map(\.entry)
      return
    }
    if let count = input.hiddenNumbers(.extension) {
      conflicts += rest.map { ($0.wanted, .numbersHidden(count)) }
      return
    }
    let earlier = rest.isEmpty ? nil : EarlierNumbers(input)
    rest.removeAll { it in
      guard let object = earlier?.missing(like: it) else { return false }
      conflicts.append((it.wanted, .recreated(object)))
      return true
    }
    // What was given since the backup isn't known: a free number would be somebody's second one.
    let pools = Set(rest.map(\.pool))
    let unclaimed = Dictionary(uniqueKeysWithValues: pools.map { ($0, self.unclaimed(in: $0, input)) })
    let waits = { (pool: NumberPool) in input.restored[.extension] != nil || unclaimed[pool]?.isEmpty == false }
    conflicts += rest.filter { waits($0.pool) }.map {
      ($0.wanted, .restored($0.pool, unclaimed: unclaimed[$0.pool] ?? []))
    }
    reserve(input)
    var pickers: [NumberPool: NumberPicker] = [:]
    for it in rest where !waits(it.pool) {
      let number = pickers[it.pool, default: NumberPicker(it.pool, input)].next {
        isFree($0, for: it.entry, input) && it.mayGet($0)
      }
      if let number {
        reallocate(number, to: it, input)
      } else {
        conflicts.append((it.wanted, .poolExhausted(it.pool, foreign: foreign(in: it.pool, input))))
        restedAt = [restedAt, rested(in: it.pool, input)].compactMap(\.self).min()
      }
    }
  }

  private func rested(in pool: NumberPool, _ input: PlannerInput) -> Timestamp? {
    input.formerHolders.values.filter { formerHolders in
      pool.ranges.contains { $0.contains(formerHolders.key.number) } && input.rest(of: formerHolders.key) != nil
    }
    .map { $0.at + input.policy.numbers.rest }.min()
  }

  /// The wanted objects, with the fields decided that only the ledger can decide.
  func decided(by present: PresentObjects) -> [WantedObject] {
    wantedObjects.map { $0.open == nil ? $0 : $0.decided(by: present[$0]) }
  }

  /// The pool of a wanted object's number; nil if the number comes from the directory.
  func pool(of key: ObjectKey) -> NumberPool? { pools[key] }

  /// Allocates earlier numbers again, and returns the entries that need a new one.
  private mutating func keepers(among unnumbered: [UnnumberedUser], _ input: PlannerInput) -> [UnnumberedUser] {
    let given = Dictionary(input.allocations.map { ($0.entry, $0.number) }, uniquingKeysWith: { first, _ in first })
    var owned: [EntryID: ManagedObject] = [:]
    for object in Array(input.owned.values) + input.unproven.values where object.key.kind == .extension {
      // What waits for its removal is named last.
      let rank = { (object: ManagedObject) in (object.absence == nil ? 0 : 1, object.key) }
      if let other = owned[object.entry], rank(other) < rank(object) { continue }
      owned[object.entry] = object
    }
    let shownByMail = Dictionary(grouping: input.adoptions.values.filter { $0.mail != nil }, by: \.mail)
    let givenByDN = Dictionary(grouping: input.allocations, by: \.dn)
    let earlier = input.lost.isEmpty ? nil : EarlierNumbers(input)
    var rest: [UnnumberedUser] = []
    for it in unnumbered {
      let number = given[it.entry]
      if let number, input.present(ObjectKey(.extension, number))?.entry == it.entry {
        allocate(number, to: it)
      } else if let object = owned[it.entry] {
        conflicts.append((WantedObject(object.item, entry: it.entry, dn: it.wanted.dn), .numberGone))
      } else if let loss = earlier?.lost(of: it) {
        let wantedObject = WantedObject(it.numbered(loss.key.number).item, entry: it.entry, dn: it.wanted.dn)
        conflicts.append((wantedObject, .numberLost))
      } else if let number = shownNumber(of: it, among: shownByMail[it.wanted.item.mail] ?? [], input) {
        adoptable.insert(ObjectKey(.extension, number))
        reallocate(number, to: it, input)
      } else if number == nil, let number = earlierNumber(of: it, among: givenByDN[it.wanted.dn] ?? [], input) {
        reallocate(number, to: it, input)
      } else if let number, let foreign = input.knownForeign[ObjectKey(.extension, number)] {
        // It was theirs and was released, so they get no other one. What is there now may be another's, made by hand.
        let isTheirs = input.adoptions[foreign.key]?.item == it.numbered(number).item
        if isTheirs { adoptable.insert(foreign.key) }
        if isTheirs || input.mayAskAgain(foreign) {
          allocate(number, to: it)
        } else {
          let wantedObject = WantedObject(it.numbered(number).item, entry: it.entry, dn: it.wanted.dn)
          conflicts.append((wantedObject, input.reason(foreign, isOfPool: true)))
          taken.insert(number)
        }
      } else if let number, !isForeign(number, input), isFree(number, for: it.entry, input) {
        allocate(number, to: it)
      } else {
        rest.append(it)
      }
    }
    return rest
  }

  /// The number under which a table showed an extension with exactly this entry's values and mail address, or one with that
  /// address that an admin allowed to be adopted: the entry gets no second number.
  ///
  /// - Parameter adoptions: the permissions with the entry's mail address.
  private func shownNumber(of it: UnnumberedUser, among adoptions: [AllowedAdoption], _ input: PlannerInput) -> String?
  {
    guard input.reading.isComplete, it.wanted.item.mail != nil else { return nil }
    let numbers = adoptions.filter { adoption in
      it.pool.contains(adoption.key) && mayHave(adoption.key.number, it.entry, input)
        && (!adoption.isAsItIs || adoption.item == it.numbered(adoption.key.number).item)
    }
    return numbers.count == 1 ? numbers.first?.key.number : nil
  }

  /// The number of an entry that was recreated with the same DN, in a directory that was filled again.
  ///
  /// - Parameter allocations: the allocations to its DN.
  private func earlierNumber(of it: UnnumberedUser, among allocations: [Allocation], _ input: PlannerInput) -> String? {
    guard input.reading.isComplete else { return nil }
    let numbers = allocations.filter { allocation in
      it.pool.contains(allocation.key) && input.owned[allocation.key]?.entry == allocation.entry
        && input.reading.sighting(of: allocation.entry, as: .extension) == nil
    }
    return numbers.count == 1 && !taken.contains(numbers[0].number) ? numbers[0].number : nil
  }

  /// The extensions that a table showed in a pool after a restore, and that are nobody's.
  private func unclaimed(in pool: NumberPool, _ input: PlannerInput) -> [String] {
    input.adoptions.values.filter { $0.isAsItIs && pool.contains($0.key) && !taken.contains($0.key.number) }
      .map(\.key).sorted().map(\.number)
  }

  private mutating func reallocate(_ number: String, to it: UnnumberedUser, _ input: PlannerInput) {
    allocate(number, to: it)
    fresh.append(Allocation(number, to: it.entry, dn: it.wanted.dn, pool: it.pool.source, at: input.now))
  }

  private mutating func allocate(_ number: String, to it: UnnumberedUser) {
    let numbered = it.numbered(number)
    wantedObjects.append(
      WantedObject(numbered.item, entry: it.entry, dn: it.wanted.dn, source: it.wanted.source, open: numbered.open))
    if let writing = numbered.writing {
      // A second entry with the number would be a conflict of our own making.
      let other = shown[number]?.first { $0.entry != it.entry }
      writings.append(other.map { writing.objecting("\($0.dn) has the number \(number) already") } ?? writing)
    }
    pools[numbered.item.key] = it.pool
    taken.insert(number)
  }

  /// What an entry was given is kept for it while it can't be mapped.
  private mutating func reserve(_ input: PlannerInput) {
    for allocation in input.allocations
    where [.unmappable, .withoutNumber].contains(input.reading.sighting(of: allocation.entry, as: .extension)) {
      taken.insert(allocation.number)
    }
  }

  /// That an extension may be adopted doesn't say that there is one, unless its values are known: an add finds out.
  private func isFree(_ number: String, for entry: EntryID, _ input: PlannerInput) -> Bool {
    let key = ObjectKey(.extension, number)
    return mayHave(number, entry, input) && input.adoptions[key]?.item == nil
      && input.knownForeign[key].map(input.mayAskAgain) != false
  }

  /// Whether nobody else has the number, and nothing forbids it.
  private func mayHave(_ number: String, _ entry: EntryID, _ input: PlannerInput) -> Bool {
    let key = ObjectKey(.extension, number)
    return !taken.contains(number) && shown[number]?.contains { $0.entry != entry } != true
      && input.present(key) == nil
      && input.inDoubtCalls[key]?.contains { $0.entry != entry } != true
      && [nil, entry].contains(input.rest(of: key)?.entry)
      && !input.policy.numbers.isProtected(number) && !input.policy.numbers.isOutOfRange(key)
  }

  private func isForeign(_ number: String, _ input: PlannerInput) -> Bool {
    input.refusals[ObjectKey(.extension, number)]?.answer.status == .taken
  }

  private func foreign(in pool: NumberPool, _ input: PlannerInput) -> [String] {
    pool.askedAt(input).keys.sorted().map(\.number)
  }
}

/// Goes through a pool's numbers once, in the order in which they are to be given.
private struct NumberPicker {
  /// Of these, one is the next after `place` has come to the end of `ranges`.
  private var formerHolders: ArraySlice<String> = []
  private var ranges: ArraySlice<NumberRange>
  private var place: String?
  private let passedOver: Set<String>
  /// Those that were foreign and may be free by now, the one that was asked for longest ago first: the last to be tried.
  private var foreign: ArraySlice<String> = []

  init(_ pool: NumberPool, _ input: PlannerInput) {
    ranges = pool.ranges.sorted { ObjectKey(.extension, $0.first) < ObjectKey(.extension, $1.first) }[...]
    place = ranges.first?.first
    if pool.pick == .rested {
      let used = input.formerHolders.values.filter { formerHolders in
        formerHolders.key.kind == .extension && pool.ranges.contains { $0.contains(formerHolders.key.number) }
      }
      formerHolders = used.sorted { ($0.at, $0.key) < ($1.at, $1.key) }.map(\.key.number)[...]
    }
    let taken = pool.askedAt(input)
    passedOver = Set(formerHolders).union(taken.keys.map(\.number))
    formerHolders.removeAll { taken[ObjectKey(.extension, $0)] != nil }
    foreign =
      taken.filter { input.policy.foreignRetry.isDue(askedAt: $0.value, at: input.now) }
      .sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key.number)[...]
  }

  /// The next number that is free; nil where none is left.
  mutating func next(where isFree: (String) -> Bool) -> String? {
    while let number = advance() {
      if isFree(number) { return number }
    }
    return nil
  }

  private mutating func advance() -> String? {
    while let number = place, let range = ranges.first {
      place = range.number(after: number)
      if place == nil {
        ranges.removeFirst()
        place = ranges.first?.first
      }
      if !passedOver.contains(number) { return number }
    }
    return formerHolders.popFirst() ?? foreign.popFirst()
  }
}

extension NumberPool {
  /// The numbers under which the PBX had a foreign extension, with the time of the last attempt.
  fileprivate func askedAt(_ input: PlannerInput) -> [ObjectKey: Timestamp] {
    let known = input.knownForeign.values.map { ($0.key, input.askedAt($0)) }
    let refused = input.refusals.values.filter { $0.answer.status == .taken }.map { ($0.item.key, $0.askedAt) }
    return Dictionary((known + refused).filter { contains($0.0) }, uniquingKeysWith: max)
  }

  func contains(_ key: ObjectKey) -> Bool {
    key.kind == .extension && contains(key.number)
  }
}
