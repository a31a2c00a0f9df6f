import Domain

/// Who gets which number.
///
/// The present holder keeps it; with none, the smallest entry id wins, always. A number changes hands only from a
/// holder that was *seen* with another number of its own, or of whom a complete read shows that it has left or has none
/// (`World.handsOver`), or by the removal of the old object.
struct Claims {
  private(set) var granted: [Key: Wanted] = [:]
  private(set) var parked: [Parked] = []
  /// Numbers that are shared, and whose holder has left: they pass on as they are.
  private(set) var passedOn: Set<Key> = []
  /// Numbers whose holder is gone, is disabled or has none any more: they pass on as they are.
  private(set) var handedOver: Set<Key> = []
  /// Entries with a wish that isn't met: what they hold stays as it is.
  private var frozen: Set<Claimant> = []

  struct Claimant: Hashable {
    let entry: EntryID
    let kind: Kind
  }

  /// - Parameter leaving: objects that this plan removes, so that their numbers are free.
  init(_ world: World, leaving: Set<Key>) {
    for (wish, reason) in world.allotment.parked { park([wish], reason) }
    for entry in world.allotment.waiting { frozen.insert(Claimant(entry: entry, kind: .extension)) }
    granted.reserveCapacity(world.wanted.count)
    for (key, wishes) in candidates(world.wanted) {
      admit(wishes, to: key, world, isLeaving: leaving.contains(key))
    }
    revokeOccupied(world, leaving)
    parked.sort { ($0.wanted.item.key, $0.wanted.entry) < ($1.wanted.item.key, $1.wanted.entry) }
  }

  /// Whether something keeps the entry from what it wants, so that nothing of that kind may be taken from it.
  func isFrozen(_ entry: EntryID, _ kind: Kind) -> Bool {
    frozen.contains(Claimant(entry: entry, kind: kind))
  }

  /// One wish for each entry and number; where two sources speak of the same entry, the first does.
  private func candidates(_ wanted: [Wanted]) -> [Key: [Wanted]] {
    var candidates: [Key: [Wanted]] = Dictionary(minimumCapacity: wanted.count)
    for wish in wanted
    where candidates[wish.item.key]?.contains(where: { $0.entry == wish.entry }) != true {
      candidates[wish.item.key, default: []].append(wish)
    }
    return candidates
  }

  private mutating func admit(_ wishes: [Wanted], to key: Key, _ world: World, isLeaving: Bool) {
    if world.rules.numbers.isProtected(key.number) { return park(wishes, .protected) }
    if let foreign = world.foreign(key), !world.mayAskAgain(foreign) { return park(wishes, world.reason(foreign)) }
    if world.rules.numbers.isOutOfRange(key) { return park(wishes, .outOfRange) }

    let holder = world.holder(of: key) ?? world.rest(of: key)?.entry
    guard let claimant = wishes.first(where: { $0.entry == holder }) ?? wishes.min(by: { $0.entry < $1.entry })
    else { return }
    let winner = world.shown(claimant, among: wishes)
    if let lost = world.lost[key], world.owned[key] == nil, !world.mayHave(key, of: lost, winner) {
      return park(wishes, .occupied(holder: lost.entry, dn: lost.dn))
    }
    if let freed = rest(of: key, world, isLeaving), freed.entry != winner.entry {
      return park(
        wishes, .resting(until: freed.at + world.rules.numbers.rest, earlier: freed.entry, dn: freed.dn))
    }
    park(
      wishes.filter { $0.entry != winner.entry && !world.isMet($0, by: winner) },
      .duplicate(winner: winner.entry, dn: winner.dn))

    if let unproven = world.obstacle(toOthersThan: world.adoptions[key], winner) ?? world.obstacle(to: winner) {
      park([winner], .unproven(unproven))
    } else if let refusal = world.refusal(of: winner) {
      park(
        [winner],
        refusal.answer.verdict == .taken
          ? .foreign(
            since: refusal.since, nextAt: refusal.askedAt + ForeignRetry.pause,
            isOfPool: world.allotment.pool(of: key) != nil)
          : .refused(refusal.answer, since: refusal.since))
    } else {
      granted[key] = winner
    }
  }

  /// The removal, past or in this plan, after which the number rests.
  private func rest(of key: Key, _ world: World, _ isLeaving: Bool) -> Freed? {
    guard let owned = world.owned[key] else { return world.rest(of: key) }
    guard isLeaving, key.kind == .extension, world.rules.numbers.rest > 0 else { return nil }
    return Freed(key, entry: owned.entry, dn: owned.dn, at: world.now)
  }

  /// Takes back, until nothing changes, each grant of a number that its holder hasn't left. What remains is the
  /// largest set of grants in which everybody who gives up a number has another: swaps and chains come out whole.
  private mutating func revokeOccupied(_ world: World, _ leaving: Set<Key>) {
    let contested = granted.keys.filter { key in
      guard let holder = world.owned[key], let wish = granted[key], !leaving.contains(key) else { return false }
      // The same values under a new id: the entry was made anew upstream, and the object is as wanted already.
      let isMadeAnew = holder.item == wish.item && world.reading.sighting(of: holder.entry, as: key.kind) == nil
      return holder.entry != wish.entry && !isMadeAnew
    }
    if contested.isEmpty { return }
    var numbersOf: [Claimant: Int] = [:]
    for (key, wish) in granted { numbersOf[Claimant(entry: wish.entry, kind: key.kind), default: 0] += 1 }
    passedOn = Set(
      contested.filter { key in
        guard let holder = world.owned[key], let wish = granted[key] else { return false }
        return world.passesOn(to: wish, from: holder)
      })
    var changed = true
    while changed {
      changed = false
      for key in contested where !passedOn.contains(key) {
        guard let wish = granted[key], let holder = world.owned[key] else { continue }
        let claimant = Claimant(entry: holder.entry, kind: key.kind)
        let hasArrived =
          world.reading.sighting(of: holder.entry, as: key.kind) == .mapped
          && numbersOf[claimant, default: 0] > 0 && !frozen.contains(claimant)
        if hasArrived { continue }
        if !frozen.contains(claimant), world.handsOver(holder, to: wish) {
          handedOver.insert(key)
          continue
        }
        handedOver.remove(key)
        granted[key] = nil
        numbersOf[Claimant(entry: wish.entry, kind: key.kind), default: 0] -= 1
        // Whoever shares the number is served by what is there.
        if !world.shares(wish) { park([wish], .occupied(holder: holder.entry, dn: holder.dn)) }
        changed = true
      }
    }
  }

  private mutating func park(_ wishes: [Wanted], _ reason: Parked.Reason) {
    for wish in wishes {
      parked.append(Parked(wish, reason))
      frozen.insert(Claimant(entry: wish.entry, kind: wish.item.kind))
    }
  }
}
