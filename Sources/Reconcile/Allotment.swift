import Domain

/// Numbers for those to whom the directory gives none.
///
/// Whoever was given a number has it again, also after leaving and coming back, unless somebody else has it by now.
/// New numbers are given by a complete read alone, for only that knows all the numbers that others want: first come
/// those with the smaller entry ids, so that the order of the answer doesn't matter.
struct Allotment {
  private(set) var wishes: [Wanted] = []
  /// Numbers that are given for the first time.
  private(set) var fresh: [Allocation] = []
  private(set) var writings: [Writing] = []
  /// Those for whom there is no number.
  private(set) var parked: [(wish: Wanted, reason: Parked.Reason)] = []
  /// When the first number of a pool that has none for them has rested.
  private(set) var restedAt: Seconds?
  /// Those who wait for a complete read.
  private(set) var waiting: [EntryID] = []
  private var pools: [Key: NumberPool] = [:]
  /// Numbers that were given to those who are to have what is there.
  private(set) var adoptable: Set<Key> = []
  /// Numbers that are kept for others.
  private var taken: Set<String> = []
  /// Whose number each is by the directory, whatever else is wrong with the entry.
  private var shown: [String: [ReservedNumber]] = [:]

  init() {}

  init(_ world: World) {
    let numberless = world.reading.numberless.sorted { $0.entry < $1.entry }
    if numberless.isEmpty { return }
    let wanted = world.reading.wanted.filter { $0.item.kind == .extension }.map {
      ReservedNumber($0.item.number, of: $0.entry, dn: $0.dn)
    }
    shown = Dictionary(grouping: wanted + world.reading.reserved, by: \.number)
    let rest = keepers(among: numberless, world)
    if !world.reading.isComplete {
      waiting = rest.map(\.entry)
      return
    }
    if world.isNumberHidden(.extension) {
      parked += rest.map { ($0.wish, .numbersHidden(world.numberLoss[.extension]?.lost ?? 0)) }
      return
    }
    // What was given since the backup isn't known: a free number would be somebody's second one.
    let pools = Set(rest.map(\.pool))
    let unclaimed = Dictionary(uniqueKeysWithValues: pools.map { ($0, self.unclaimed(in: $0, world)) })
    let waits = { (pool: NumberPool) in world.restored[.extension] != nil || unclaimed[pool]?.isEmpty == false }
    parked += rest.filter { waits($0.pool) }.map { ($0.wish, .restored($0.pool, unclaimed: unclaimed[$0.pool] ?? [])) }
    reserve(world)
    var pickers: [NumberPool: Picker] = [:]
    for it in rest where !waits(it.pool) {
      let number = pickers[it.pool, default: Picker(it.pool, world)].next {
        isFree($0, for: it.entry, world) && it.mayGet($0)
      }
      if let number {
        giveAnew(number, to: it, world)
      } else {
        parked.append((it.wish, .poolExhausted(it.pool, foreign: foreign(in: it.pool, world))))
        restedAt = [restedAt, rested(in: it.pool, world)].compactMap(\.self).min()
      }
    }
  }

  private func rested(in pool: NumberPool, _ world: World) -> Seconds? {
    world.freed.values.filter { freed in
      pool.ranges.contains { $0.contains(freed.key.number) } && world.rest(of: freed.key) != nil
    }
    .map { $0.at + world.rules.numbers.rest }.min()
  }

  /// The wishes with everything decided that only the ledger can.
  func decided(by present: PresentObjects) -> [Wanted] {
    wishes.map { $0.open == nil ? $0 : $0.decided(by: present[$0]) }
  }

  /// The pool that the number of a wish comes from; nil where the directory gives it.
  func pool(of key: Key) -> NumberPool? { pools[key] }

  /// Gives back the numbers that were given before, and returns those who need a new one.
  private mutating func keepers(among numberless: [Numberless], _ world: World) -> [Numberless] {
    let given = Dictionary(world.allocations.map { ($0.entry, $0.number) }, uniquingKeysWith: { first, _ in first })
    var owned: [EntryID: Owned] = [:]
    for object in Array(world.owned.values) + world.unproven.values where object.key.kind == .extension {
      // What waits for its removal is named last.
      let rank = { (object: Owned) in (object.absence == nil ? 0 : 1, object.key) }
      if let other = owned[object.entry], rank(other) < rank(object) { continue }
      owned[object.entry] = object
    }
    let shownByMail = Dictionary(grouping: world.adoptions.values.filter { $0.mail != nil }, by: \.mail)
    let givenByDN = Dictionary(grouping: world.allocations, by: \.dn)
    var rest: [Numberless] = []
    for it in numberless {
      let number = given[it.entry]
      if let number, world.present(Key(.extension, number))?.entry == it.entry {
        give(number, to: it)
      } else if let object = owned[it.entry] {
        parked.append((Wanted(object.item, entry: it.entry, dn: it.wish.dn), .numberGone))
      } else if let number = shownNumber(of: it, among: shownByMail[it.wish.item.mail] ?? [], world) {
        adoptable.insert(Key(.extension, number))
        giveAnew(number, to: it, world)
      } else if number == nil, let number = earlierNumber(of: it, among: givenByDN[it.wish.dn] ?? [], world) {
        giveAnew(number, to: it, world)
      } else if let number, let foreign = world.knownForeign[Key(.extension, number)] {
        // It was theirs and was released, so they get no other one. What is there now may be another's, made by hand.
        let isTheirs = world.adoptions[foreign.key]?.item == it.numbered(number).item
        if isTheirs { adoptable.insert(foreign.key) }
        if isTheirs || world.mayAskAgain(foreign) {
          give(number, to: it)
        } else {
          let wish = Wanted(it.numbered(number).item, entry: it.entry, dn: it.wish.dn)
          parked.append((wish, world.reason(foreign, isOfPool: true)))
          taken.insert(number)
        }
      } else if let number, !isForeign(number, world), isFree(number, for: it.entry, world) {
        give(number, to: it)
      } else {
        rest.append(it)
      }
    }
    return rest
  }

  /// The number under which a table showed an extension with the very values that this entry would have, its mail address among
  /// them, or with that address where an admin said that it may be taken over: it isn't given a second one.
  ///
  /// - Parameter adoptions: those with the entry's mail address.
  private func shownNumber(of it: Numberless, among adoptions: [Adoption], _ world: World) -> String? {
    guard world.reading.isComplete, it.wish.item.mail != nil else { return nil }
    let numbers = adoptions.filter { adoption in
      it.pool.contains(adoption.key) && mayHave(adoption.key.number, it.entry, world)
        && (!adoption.isAsItIs || adoption.item == it.numbered(adoption.key.number).item)
    }
    return numbers.count == 1 ? numbers.first?.key.number : nil
  }

  /// The number of an entry that was made anew with the same DN, in a directory that was filled again.
  ///
  /// - Parameter allocations: those that were made for its DN.
  private func earlierNumber(of it: Numberless, among allocations: [Allocation], _ world: World) -> String? {
    guard world.reading.isComplete else { return nil }
    let numbers = allocations.filter { allocation in
      it.pool.contains(allocation.key) && world.owned[allocation.key]?.entry == allocation.entry
        && world.reading.sighting(of: allocation.entry, as: .extension) == nil
    }
    return numbers.count == 1 && !taken.contains(numbers[0].number) ? numbers[0].number : nil
  }

  /// The extensions that a table showed in a pool after a restore, and that are nobody's.
  private func unclaimed(in pool: NumberPool, _ world: World) -> [String] {
    world.adoptions.values.filter { $0.isAsItIs && pool.contains($0.key) && !taken.contains($0.key.number) }
      .map(\.key).sorted().map(\.number)
  }

  private mutating func giveAnew(_ number: String, to it: Numberless, _ world: World) {
    give(number, to: it)
    fresh.append(Allocation(number, to: it.entry, dn: it.wish.dn, pool: it.pool.source, at: world.now))
  }

  private mutating func give(_ number: String, to it: Numberless) {
    let numbered = it.numbered(number)
    wishes.append(Wanted(numbered.item, entry: it.entry, dn: it.wish.dn, open: numbered.open))
    if let writing = numbered.writing {
      // A second entry with the number would be a conflict of our own making.
      let other = shown[number]?.first { $0.entry != it.entry }
      writings.append(other.map { writing.objecting("\($0.dn) has the number \(number) already") } ?? writing)
    }
    pools[numbered.item.key] = it.pool
    taken.insert(number)
  }

  /// What an entry was given is kept for it while it can't be mapped.
  private mutating func reserve(_ world: World) {
    for allocation in world.allocations
    where [.unmappable, .withoutNumber].contains(world.reading.sighting(of: allocation.entry, as: .extension)) {
      taken.insert(allocation.number)
    }
  }

  /// That an extension may be adopted doesn't say that there is one, unless its values are known: an add finds out.
  private func isFree(_ number: String, for entry: EntryID, _ world: World) -> Bool {
    let key = Key(.extension, number)
    return mayHave(number, entry, world) && world.adoptions[key]?.item == nil
      && world.knownForeign[key].map(world.mayAskAgain) != false
  }

  /// Whether nobody else has the number, and nothing forbids it.
  private func mayHave(_ number: String, _ entry: EntryID, _ world: World) -> Bool {
    let key = Key(.extension, number)
    return !taken.contains(number) && shown[number]?.contains { $0.entry != entry } != true
      && world.present(key) == nil
      && world.doubts[key]?.contains { $0.entry != entry } != true
      && [nil, entry].contains(world.rest(of: key)?.entry)
      && !world.rules.numbers.isProtected(number) && !world.rules.numbers.isOutOfRange(key)
  }

  private func isForeign(_ number: String, _ world: World) -> Bool {
    world.refusals[Key(.extension, number)]?.answer.verdict == .taken
  }

  private func foreign(in pool: NumberPool, _ world: World) -> [String] {
    pool.askedAt(world).keys.sorted().map(\.number)
  }
}

/// Goes through a pool's numbers once, in the order in which they are to be given.
private struct Picker {
  /// Of these, one is the next after `place` has come to the end of `ranges`.
  private var freed: ArraySlice<String> = []
  private var ranges: ArraySlice<NumberRange>
  private var place: String?
  private let passedOver: Set<String>
  /// Those that were foreign and may be free by now, the one that was asked for longest ago first: the last to be tried.
  private var foreign: ArraySlice<String> = []

  init(_ pool: NumberPool, _ world: World) {
    ranges = pool.ranges.sorted { Key(.extension, $0.first) < Key(.extension, $1.first) }[...]
    place = ranges.first?.first
    if pool.pick == .rested {
      let used = world.freed.values.filter { freed in
        freed.key.kind == .extension && pool.ranges.contains { $0.contains(freed.key.number) }
      }
      freed = used.sorted { ($0.at, $0.key) < ($1.at, $1.key) }.map(\.key.number)[...]
    }
    let taken = pool.askedAt(world)
    passedOver = Set(freed).union(taken.keys.map(\.number))
    freed.removeAll { taken[Key(.extension, $0)] != nil }
    foreign =
      taken.filter { world.rules.foreignRetry.isDue(askedAt: $0.value, at: world.now) }
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
    return freed.popFirst() ?? foreign.popFirst()
  }
}

extension NumberPool {
  /// The numbers under which the PBX had somebody else's extension, with the time of the last question.
  fileprivate func askedAt(_ world: World) -> [Key: Seconds] {
    let known = world.knownForeign.values.map { ($0.key, world.askedAt($0)) }
    let refused = world.refusals.values.filter { $0.answer.verdict == .taken }.map { ($0.item.key, $0.askedAt) }
    return Dictionary((known + refused).filter { contains($0.0) }, uniquingKeysWith: max)
  }

  func contains(_ key: Key) -> Bool {
    key.kind == .extension && contains(key.number)
  }
}
