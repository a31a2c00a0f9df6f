import Domain

/// Assigns each number to an entry.
///
/// The present holder keeps it, also where its entry was created again. Without one, the entry with the values of an object that may be
/// adopted wins, then the smallest entry ID. A number changes its entry only if its holder was
/// *found* with another number of its own, if a complete read shows that the holder has left or has no number
/// (`PlannerInput.handsOver`), or after the removal of the old object.
struct NumberClaims {
  private(set) var granted: [ObjectKey: WantedObject] = [:]
  private(set) var conflicts: [Conflict] = []
  /// Shared numbers whose holder has left: another entry represents them from now on.
  private(set) var withNewRepresentative: Set<ObjectKey> = []
  /// Numbers whose holder is gone, disabled or without a number: they are handed over as they are.
  private(set) var handedOver: Set<ObjectKey> = []
  /// Entries with a conflict: their objects stay as they are.
  private var claimantsWithConflict: Set<Claimant> = []

  struct Claimant: Hashable {
    let entry: EntryID
    let kind: ObjectKind

    init(entry: EntryID, kind: ObjectKind) { (self.entry, self.kind) = (entry, kind) }

    init(_ object: ManagedObject) { self.init(entry: object.entry, kind: object.key.kind) }

    init(_ wantedObject: WantedObject) { self.init(entry: wantedObject.entry, kind: wantedObject.item.kind) }
  }

  /// - Parameter leaving: objects that this plan removes, so that their numbers are free.
  init(_ input: PlannerInput, leaving: Set<ObjectKey>) {
    for (wantedObject, reason) in input.allocator.conflicts { addConflicts([wantedObject], reason) }
    for entry in input.allocator.waiting { claimantsWithConflict.insert(Claimant(entry: entry, kind: .extension)) }
    granted.reserveCapacity(input.wanted.count)
    for (key, wantedObjects) in candidates(input.wanted) {
      admit(wantedObjects, to: key, input, isLeaving: leaving.contains(key))
    }
    revokeOccupied(input, leaving)
    conflicts.sort { ($0.wanted.item.key, $0.wanted.entry) < ($1.wanted.item.key, $1.wanted.entry) }
  }

  /// Whether the entry has a conflict, so that its objects of this kind stay as they are.
  func keepsObjects(_ entry: EntryID, _ kind: ObjectKind) -> Bool {
    claimantsWithConflict.contains(Claimant(entry: entry, kind: kind))
  }

  /// One wanted object for each entry and number; the first of two sources that select the same entry wins.
  private func candidates(_ wanted: [WantedObject]) -> [ObjectKey: [WantedObject]] {
    var candidates: [ObjectKey: [WantedObject]] = Dictionary(minimumCapacity: wanted.count)
    for wantedObject in wanted
    where candidates[wantedObject.item.key]?.contains(where: { $0.entry == wantedObject.entry }) != true {
      candidates[wantedObject.item.key, default: []].append(wantedObject)
    }
    return candidates
  }

  private mutating func admit(
    _ wantedObjects: [WantedObject], to key: ObjectKey, _ input: PlannerInput, isLeaving: Bool
  ) {
    if input.policy.numbers.isProtected(key.number) { return addConflicts(wantedObjects, .protected) }
    if let foreign = input.foreign(key), !input.mayAskAgain(foreign) {
      return addConflicts(wantedObjects, input.reason(foreign))
    }
    if input.policy.numbers.isOutOfRange(key) { return addConflicts(wantedObjects, .outOfRange) }
    let holder = input.holder(of: key) ?? input.rest(of: key)?.entry
    guard
      let claimant = input.representative(ofCompanyUnder: key, among: wantedObjects)
        ?? wantedObjects.first(where: { $0.entry == holder })
        ?? input.successor(ofHolderOf: key, among: wantedObjects)
        ?? wantedObjects.min(by: { (input.differenceCount($0), $0.entry) < (input.differenceCount($1), $1.entry) })
    else { return }
    let winner = input.shown(claimant, among: wantedObjects)
    if key.kind == .extension, input.policy.numbers.isEmergency(key.number),
      isLeaving || !input.isKeptUpToDate(key, for: winner)
    {
      return addConflicts(wantedObjects, .emergency)
    }
    if let lost = input.lost[key], input.owned[key] == nil, !input.mayHave(key, of: lost, winner) {
      return addConflicts(wantedObjects, .occupied(holder: lost.entry, dn: lost.dn))
    }
    if let former = rest(of: key, input, isLeaving), former.entry != winner.entry, winner.likeness(to: former) == 0 {
      return addConflicts(
        wantedObjects,
        .quarantined(until: former.at + input.policy.numbers.rest, earlier: former.entry, dn: former.dn))
    }
    addConflicts(
      wantedObjects.filter { $0.entry != winner.entry && !input.isSatisfied($0, by: winner) },
      .duplicate(winner: winner.entry, dn: winner.dn))

    if let unproven = input.obstacle(toOthersThan: input.adoptions[key], winner) ?? input.obstacle(to: winner) {
      addConflicts([winner], .unproven(unproven))
    } else if let refusal = input.refusal(of: winner) {
      addConflicts(
        [winner],
        refusal.answer.status == .taken
          ? .foreign(
            since: refusal.since, nextAt: refusal.askedAt + ForeignRetry.pause,
            isOfPool: input.allocator.pool(of: key) != nil)
          : .refused(refusal.answer, since: refusal.since))
    } else {
      granted[key] = winner
    }
  }

  /// The removal, past or in this plan, after which the number rests.
  private func rest(of key: ObjectKey, _ input: PlannerInput, _ isLeaving: Bool) -> FormerHolder? {
    guard let owned = input.owned[key] else { return input.rest(of: key) }
    guard isLeaving, key.kind == .extension, input.policy.numbers.rest > 0 else { return nil }
    return FormerHolder(owned.item, entry: owned.entry, dn: owned.dn, at: input.now)
  }

  /// Revokes, until nothing changes, each grant of a number that its holder hasn't left. The result is the largest set of grants in
  /// which each entry that gives up a number has another: swaps and chains stay complete.
  private mutating func revokeOccupied(_ input: PlannerInput, _ leaving: Set<ObjectKey>) {
    let contested = granted.keys.filter { key in
      guard let holder = input.owned[key], let wantedObject = granted[key], !leaving.contains(key) else { return false }
      // The same values under a new ID: the entry was recreated in the directory, and the object is as wanted already, or stays as it is.
      let isRecreated =
        input.staysAsItIs(holder, for: wantedObject) && input.reading.sighting(of: holder.entry, as: key.kind) == nil
      return holder.entry != wantedObject.entry && !isRecreated
    }
    if contested.isEmpty { return }
    var numbersOf: [Claimant: Int] = [:]
    for (key, wantedObject) in granted {
      numbersOf[Claimant(entry: wantedObject.entry, kind: key.kind), default: 0] += 1
    }
    withNewRepresentative = Set(
      contested.filter { key in
        guard let holder = input.owned[key], let wantedObject = granted[key] else { return false }
        return input.changesRepresentative(to: wantedObject, from: holder)
      })
    var changed = true
    while changed {
      changed = false
      for key in contested where !withNewRepresentative.contains(key) {
        guard let wantedObject = granted[key], let holder = input.owned[key] else { continue }
        let claimant = Claimant(holder)
        let hasArrived =
          input.reading.sighting(of: holder.entry, as: key.kind) == .mapped
          && numbersOf[claimant, default: 0] > 0 && !claimantsWithConflict.contains(claimant)
        if hasArrived { continue }
        if !claimantsWithConflict.contains(claimant), input.handsOver(holder, to: wantedObject) {
          handedOver.insert(key)
          continue
        }
        granted[key] = nil
        numbersOf[Claimant(entry: wantedObject.entry, kind: key.kind), default: 0] -= 1
        // An entry that shares the number is served by the existing object.
        if !input.mayShareNumber(wantedObject) {
          addConflicts([wantedObject], .occupied(holder: holder.entry, dn: holder.dn))
        }
        changed = true
      }
    }
  }

  private mutating func addConflicts(_ wantedObjects: [WantedObject], _ reason: Conflict.Reason) {
    for wantedObject in wantedObjects {
      conflicts.append(Conflict(wantedObject, reason))
      claimantsWithConflict.insert(Claimant(wantedObject))
    }
  }
}

extension PlannerInput {
  /// Whether the number's object is there already for this entry: it holds it, has the same values as a recreated entry, or an admin
  /// named it for adoption. A handover to another entry would be as a new object.
  fileprivate func isKeptUpToDate(_ key: ObjectKey, for wantedObject: WantedObject) -> Bool {
    mayExist(key)
      && (holder(of: key) == wantedObject.entry || present(key)?.item == wantedObject.item || adoptions[key] != nil)
  }

  /// How many values differ from those that a table of the PBX shows under the number; 0 without one.
  fileprivate func differenceCount(_ wantedObject: WantedObject) -> Int {
    guard let item = adoptions[wantedObject.item.key]?.item else { return 0 }
    return wantedObject.item.differences(from: Dictionary(item.fields.map { ($0.field, $0.value) }) { $1 }).count
  }
}
