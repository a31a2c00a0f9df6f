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
  private(set) var directoryWrites: [DirectoryWrite] = []
  /// Wanted objects for which there is no number.
  private(set) var conflicts: [(wantedObject: WantedObject, reason: Conflict.Reason)] = []
  /// When the first number of an exhausted pool leaves quarantine.
  private(set) var restedAt: Timestamp?
  /// Entries that wait for a complete read.
  private(set) var waiting: [EntryID] = []
  /// The extensions of missing entries, each with the DNs of entries without a number that look like the same person.
  private(set) var recreated: [ObjectKey: [String]] = [:]
  private var pools: [ObjectKey: NumberPool] = [:]
  /// Allocated numbers whose existing extension may be adopted.
  private(set) var adoptable: Set<ObjectKey> = []
  /// Numbers that other entries have.
  private var taken: Set<String> = []
  /// The entries with each number in the directory, even if they can't be mapped.
  private var shown: [String: [ReservedNumber]] = [:]

  init() {}

  init(_ input: PlannerInput) {
    let unnumbered = input.reading.unnumbered.sorted { $0.entry < $1.entry }
    if unnumbered.isEmpty { return }
    let wanted = input.reading.wanted.filter { $0.item.kind == .extension }.map {
      ReservedNumber($0.item.number, of: $0.entry, dn: $0.dn)
    }
    shown = Dictionary(grouping: wanted + input.reading.reserved, by: \.number)
    let earlier = EarlierNumbers(input)
    var rest = keepers(among: unnumbered, earlier, input)
    if !input.reading.isComplete {
      waiting = rest.map(\.entry)
      return
    }
    if rest.isEmpty { return }
    let alike = rest.map(earlier.leaving(like:))
    for (user, holdings) in zip(rest, alike) {
      for holding in holdings { recreated[holding.object.key, default: []].append(user.wanted.dn) }
    }
    if let count = input.hiddenNumbers(.extension) {
      conflicts += rest.map { ($0.wanted, .numbersHidden(count)) }
      return
    }
    conflicts += zip(rest, alike).compactMap { user, holdings in
      holdings.first.map { (user.wanted, .recreated($0.object, isDisabled: $0.state == .disabled)) }
    }
    rest = zip(rest, alike).filter(\.1.isEmpty).map(\.0)
    // Allocations since the backup are unknown, so a new number could be an entry's second one.
    let pools = Set(rest.map(\.pool))
    let unclaimed = Dictionary(uniqueKeysWithValues: pools.map { ($0, self.unclaimed(in: $0, input)) })
    let unknown = Dictionary(uniqueKeysWithValues: pools.map { ($0, self.unknown(in: $0, input)) })
    let reason = { (pool: NumberPool) -> Conflict.Reason? in
      let (unclaimed, unknown) = (unclaimed[pool] ?? [], unknown[pool] ?? [])
      if input.restored[.extension] != nil || !unclaimed.isEmpty { return .restored(pool, unclaimed: unclaimed) }
      return unknown.isEmpty ? nil : .poolUnknown(pool, taken: unknown)
    }
    conflicts += rest.compactMap { user in reason(user.pool).map { (user.wanted, $0) } }
    reserve(input)
    var pickers: [NumberPool: NumberPicker] = [:]
    for user in rest where reason(user.pool) == nil {
      let number = pickers[user.pool, default: NumberPicker(user.pool, input)].next {
        isFree($0, for: user.entry, input)
      }
      if let number {
        reallocate(number, to: user, input)
      } else {
        conflicts.append((user.wanted, .poolExhausted(user.pool, foreign: foreign(in: user.pool, input))))
        restedAt = [restedAt, rested(in: user.pool, input)].compactMap(\.self).min()
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
  private mutating func keepers(
    among unnumbered: [UnnumberedUser], _ earlier: EarlierNumbers, _ input: PlannerInput
  ) -> [UnnumberedUser] {
    let given = Dictionary(input.allocations.map { ($0.entry, $0.number) }, uniquingKeysWith: { first, _ in first })
    let allocated = Set(input.allocations.map(\.number))
    let extensions = (Array(input.owned.values) + input.unproven.values).filter { $0.key.kind == .extension }
    // Pending removals come last.
    let rank = { (object: ManagedObject) in (object.absence == nil ? 0 : 1, object.key) }
    let owned = Dictionary(extensions.map { ($0.entry, $0) }) { rank($0) < rank($1) ? $0 : $1 }
    let tables = ShownExtensions(input, among: unnumbered.filter { owned[$0.entry] == nil })
    var rest: [UnnumberedUser] = []
    for user in unnumbered {
      let number = given[user.entry]
      if let number, input.present(ObjectKey(.extension, number))?.entry == user.entry {
        allocate(number, to: user, input)
      } else if let object = owned[user.entry], allocated.contains(object.key.number) {
        // Another entry was to take the extension over, and didn't.
        reallocate(object.key.number, to: user, input)
      } else if let object = owned[user.entry] {
        conflicts.append((WantedObject(object.item, entry: user.entry, dn: user.wanted.dn), .numberGone))
      } else if let loss = earlier.lost(of: user) {
        let wantedObject = WantedObject(user.numbered(loss.key.number).item, entry: user.entry, dn: user.wanted.dn)
        conflicts.append((wantedObject, .numberLost))
      } else if let number = tables.number(of: user, where: { mayHave($0, user.entry, input) }) {
        adoptable.insert(ObjectKey(.extension, number))
        reallocate(number, to: user, input)
      } else if let numbers = tables.unclear(of: user, where: { mayHave($0, user.entry, input) }) {
        conflicts.append((user.wanted, .restored(user.pool, unclaimed: numbers)))
      } else if number == nil, let number = earlier.number(of: user, where: { mayHave($0, again: user.entry, input) }) {
        reallocate(number, to: user, input)
      } else if let number, let foreign = input.knownForeign[ObjectKey(.extension, number)], !isForeign(number, input) {
        // The entry's number was released, so it gets no other one. The PBX's extension may have been created by hand.
        let isSameExtension = input.adoptions[foreign.key]?.item?.isStored(as: user.numbered(number).item) == true
        if isSameExtension { adoptable.insert(foreign.key) }
        if isSameExtension || input.mayAskAgain(foreign) {
          allocate(number, to: user, input)
        } else {
          let wantedObject = WantedObject(user.numbered(number).item, entry: user.entry, dn: user.wanted.dn)
          conflicts.append((wantedObject, input.reason(foreign, isOfPool: true)))
          taken.insert(number)
        }
      } else if let number, !isForeign(number, input), isFree(number, for: user.entry, input) {
        allocate(number, to: user, input)
      } else {
        rest.append(user)
      }
    }
    return rest
  }

  /// The extensions in a pool that a table showed after a restore and that belong to no entry.
  private func unclaimed(in pool: NumberPool, _ input: PlannerInput) -> [String] {
    input.adoptions.values.filter { $0.isAsItIs && pool.contains($0.key) && !taken.contains($0.key.number) }
      .map(\.key).sorted().map(\.number)
  }

  /// The numbers of a pool that the PBX reported as taken, if they are more than those that the ledger has given. A ledger that was made new
  /// doesn't know the extensions of before: another number would be the second one of many people.
  private func unknown(in pool: NumberPool, _ input: PlannerInput) -> [String] {
    let taken = input.refusals.keys.filter { pool.contains($0) && isForeign($0.number, input) }
    let given = input.allocations.count { pool.contains($0.key) && !isForeign($0.number, input) }
    // What was released is surely foreign.
    let unknown = taken.filter { input.knownForeign[$0] == nil }
    return unknown.count > max(given, 1) ? unknown.sorted().map(\.number) : []
  }

  private mutating func reallocate(_ number: String, to user: UnnumberedUser, _ input: PlannerInput) {
    allocate(number, to: user, input)
    fresh.append(Allocation(number, to: user.entry, dn: user.wanted.dn, pool: user.pool.source, at: input.now))
  }

  private mutating func allocate(_ number: String, to user: UnnumberedUser, _ input: PlannerInput) {
    let numbered = user.numbered(number)
    wantedObjects.append(
      WantedObject(
        numbered.item, entry: user.entry, dn: user.wanted.dn, source: user.wanted.source, open: numbered.open))
    if let write = numbered.write {
      // A second entry with the number would be a new conflict. A missing one hands its extension over.
      let former = input.owned[ObjectKey(.extension, number)]?.entry
      let other = shown[number]?.first { other in
        other.entry != user.entry
          && (other.entry != former || input.reading.sighting(of: other.entry, as: .extension) != nil)
      }
      directoryWrites.append(other.map { write.objecting("\($0.dn) has the number \(number) already") } ?? write)
    }
    pools[numbered.item.key] = user.pool
    taken.insert(number)
  }

  /// Reserves the allocated numbers of entries that can't be mapped now.
  private mutating func reserve(_ input: PlannerInput) {
    for allocation in input.allocations
    where [.unmappable, .withoutNumber].contains(input.reading.sighting(of: allocation.entry, as: .extension)) {
      taken.insert(allocation.number)
    }
  }

  /// Whether an entry that was created again may have its earlier number. A restored ledger doesn't know who has one that was free.
  private func mayHave(_ holding: EarlierNumbers.Holding, again entry: EntryID, _ input: PlannerInput) -> Bool {
    let (number, former) = (holding.object.key.number, holding.object.entry)
    if holding.isPresent { return mayHave(number, entry, of: former, input) }
    return input.restored[.extension] == nil && !isForeign(number, input)
      && isFree(number, for: entry, of: former, input)
  }

  /// Whether the number is free as far as known. An allowed adoption without values doesn't show that the extension exists; an add does.
  private func isFree(_ number: String, for entry: EntryID, of former: EntryID? = nil, _ input: PlannerInput) -> Bool {
    let key = ObjectKey(.extension, number)
    return mayHave(number, entry, of: former, input) && !input.policy.numbers.isEmergency(number)
      && input.adoptions[key]?.item == nil
      && input.knownForeign[key].map(input.mayAskAgain) != false
  }

  /// Whether no other entry has the number, and nothing forbids it.
  ///
  /// - Parameter former: the entry of before, if this one was created again.
  private func mayHave(_ number: String, _ entry: EntryID, of former: EntryID? = nil, _ input: PlannerInput) -> Bool {
    let key = ObjectKey(.extension, number)
    let own = [entry, former]
    return !taken.contains(number) && shown[number]?.contains { !own.contains($0.entry) } != true
      && input.present(key).map { $0.entry == former } != false
      && input.inDoubtCalls[key]?.contains { $0.entry != entry } != true
      && (input.rest(of: key).map { own.contains($0.entry) } != false)
      && !input.policy.numbers.isProtected(number) && !input.policy.numbers.isOutOfRange(key)
  }

  private func isForeign(_ number: String, _ input: PlannerInput) -> Bool {
    input.refusals[ObjectKey(.extension, number)]?.answer.status == .taken
  }

  private func foreign(in pool: NumberPool, _ input: PlannerInput) -> [String] {
    pool.askedAt(input).keys.sorted().map(\.number)
  }
}

/// Iterates over a pool's numbers once, in the order of allocation.
private struct NumberPicker {
  /// The numbers of former holders, which come after the end of `ranges`.
  private var formerHolders: ArraySlice<String> = []
  private var ranges: ArraySlice<NumberRange>
  private var nextNumber: String?
  private let passedOver: Set<String>
  /// Foreign numbers that may be free by now, the longest untried first. They come last.
  private var foreign: ArraySlice<String> = []

  init(_ pool: NumberPool, _ input: PlannerInput) {
    ranges = pool.ranges.sorted { ObjectKey(.extension, $0.first) < ObjectKey(.extension, $1.first) }[...]
    nextNumber = ranges.first?.first
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

  /// The next free number; nil if none is left.
  mutating func next(where isFree: (String) -> Bool) -> String? {
    while let number = advance() {
      if isFree(number) { return number }
    }
    return nil
  }

  private mutating func advance() -> String? {
    while let number = nextNumber, let range = ranges.first {
      nextNumber = range.number(after: number)
      if nextNumber == nil {
        ranges.removeFirst()
        nextNumber = ranges.first?.first
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
