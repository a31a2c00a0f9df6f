public import Domain

extension WantedObject {
  /// How surely it is for the person or contact of an object, whose entry was created again; 0 if it may be another one.
  public func likeness(to object: ManagedObject) -> Int { likeness(to: object.item, object.dn) }

  /// How surely it is for the person or contact that had a number before.
  func likeness(to former: FormerHolder) -> Int { likeness(to: former.item, former.dn) }

  /// Whether it may be for the entry of an object, by a sign that both have. A missing entry may have been created again; a disabled account
  /// is there, so it must surely be the same person's.
  public func isAlike(_ object: ManagedObject, by sign: EntrySign, isDisabled: Bool) -> Bool {
    isDisabled ? likeness(to: object) > 0 : sign.identifies(item, like: object.item)
  }

  /// One equal value isn't enough: colleagues share a mailbox, and a leaver's DN is used again.
  private func likeness(to other: PBXObject, _ otherDN: String) -> Int {
    let hasDN = !dn.isEmpty && dn == otherDN
    let names = zip(item.names, other.names).count { !$0.isEmpty && $0 == $1 }
    let hasNames = item.names == other.names && names > 0
    let mails = (item.mail?.lowercased(), other.mail?.lowercased())
    let hasMail = mails.0.map { $0 == mails.1 } ?? false
    let isSame =
      switch mails {
      case (let mail?, let other?) where mail == other: hasDN || names > 0
      case (_?, _?): hasDN && hasNames
      default: hasNames || (hasDN && names > 0)
      }
    return isSame ? 1 + (hasDN ? 2 : 0) + (hasMail ? 1 : 0) + names : 0
  }
}

extension PlannerInput {
  /// Whether the holder of an object is disabled, or isn't found: then another entry may be the same person's.
  func hasLeft(_ entry: EntryID, _ kind: ObjectKind) -> Bool {
    switch reading.sighting(of: entry, as: kind) {
    case nil, .disabled: true
    case .mapped, .unmappable, .withoutNumber: false
    }
  }

  /// Whether the object stays as it is on the PBX for the entry that wants its number now: it has these values, or an admin rejected them
  /// for the holder, whose entry was created again. Who has another object isn't the holder, as after a rejected swap.
  func staysAsItIs(_ object: ManagedObject, for wantedObject: WantedObject) -> Bool {
    object.item == wantedObject.item
      || isRejected(wantedObject.update)
        && (object.entry == wantedObject.entry
          || !holders.contains(NumberClaims.Claimant(wantedObject)))
  }

  /// Who has or had a number, and how surely another entry is the same person's or contact's.
  private typealias EarlierHolder = (entry: EntryID, likeness: (WantedObject) -> Int)

  /// The entry that the holder's has become: who had the number keeps it under another immutable ID, if others claim it too.
  ///
  /// - Returns: nil if a holder is in the directory and not disabled, or if no claimant is like it.
  func successor(ofHolderOf key: ObjectKey, among wantedObjects: [WantedObject]) -> WantedObject? {
    guard wantedObjects.count > 1 else { return nil }
    let present: EarlierHolder? = present(key).map { object in (object.entry, { $0.likeness(to: object) }) }
    let former: EarlierHolder? = (lost[key] ?? rest(of: key)).map { former in
      (former.entry, { max($0.likeness(to: former), $0.dn == former.dn ? 1 : 0) })
    }
    guard let holder = present ?? former, hasLeft(holder.entry, key.kind) else { return nil }
    let alike = wantedObjects.map { ($0, holder.likeness($0)) }
    return alike.filter { $0.1 > 0 }.max { ($0.1, $1.0.entry) < ($1.1, $0.0.entry) }?.0
  }

  /// The objects of entries that are missing or disabled, each with the DNs of present entries that look like the same and have no object:
  /// they can't be mapped, have no number, or claim one that they don't get. With another number an entry counts by its DN only: usually it
  /// is another person's.
  func namesakes() -> [ObjectKey: [String]] {
    guard reading.isComplete else { return [:] }
    let leaving = owned.values.filter { hasLeft($0.entry, $0.key.kind) }
    if leaving.isEmpty { return [:] }
    let claims = Set(wanted.map { Dispute($0.item.key, $0.entry) })
    var unserved: [ObjectKind: [EntrySign: [WantedObject]]] = [:]
    let claimants = Set(wanted.map(\.entry))
    // An entry with several numbers gets its object by any of them.
    let free = Set(wanted.filter { !isBarred($0, by: claims) }.map(NumberClaims.Claimant.init))
    let waiting = reading.unnumbered.map(\.wanted).filter { !claimants.contains($0.entry) } + reading.partial
    for wantedObject in wanted + waiting {
      let claimant = NumberClaims.Claimant(wantedObject)
      if holders.contains(claimant) { continue }
      let isWaiting = !free.contains(claimant)
      for sign in EntrySign.all(of: wantedObject.item, wantedObject.dn) where isWaiting || sign == .dn(wantedObject.dn)
      {
        unserved[claimant.kind, default: [:]][sign, default: []].append(wantedObject)
      }
    }
    if unserved.isEmpty { return [:] }
    var found: [ObjectKey: [String]] = [:]
    for object in leaving {
      let isDisabled = reading.sighting(of: object.entry, as: object.key.kind) == .disabled
      for sign in EntrySign.all(of: object.item, object.dn) {
        for candidate in unserved[object.key.kind]?[sign] ?? []
        where !claims.contains(Dispute(object.key, candidate.entry))
          && candidate.isAlike(object, by: sign, isDisabled: isDisabled)
        {
          found[object.key, default: []].append(candidate.dn)
        }
      }
    }
    return found
  }

  /// Whether an entry without an object doesn't get the number that it wants until an admin does something: another entry keeps it, the PBX
  /// may have a foreign object there, or the settings forbid it.
  private func isBarred(_ wantedObject: WantedObject, by claims: Set<Dispute>) -> Bool {
    let key = wantedObject.item.key
    return isUntouchable(key) || policy.numbers.isOutOfRange(key) || refusal(of: wantedObject) != nil
      || obstacle(to: wantedObject) != nil || key.kind == .extension && policy.numbers.isEmergency(key.number)
      || owned[key].map { claims.contains(Dispute(key, $0.entry)) } == true
  }
}
