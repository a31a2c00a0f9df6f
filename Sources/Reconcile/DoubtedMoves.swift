import Domain

/// Lets one change settle each call in doubt, and nobody else have a number meanwhile that a contact's move in doubt may
/// have reached.
///
/// Such a contact is known by its earlier number or by the new one, so a change of another's could meet it under the new one.
/// As long as its object is ours, only a change of that object settles the call: it looks under both numbers. Who else
/// wants the new number waits for that. Where the object's own change has to wait for such a one, it is brought back to its
/// earlier number first.
func settlingOnce(_ changes: [Change], _ world: World) -> (changes: [Change], parked: [Parked]) {
  if world.doubts.isEmpty { return (changes, []) }
  var settled: Set<Int64> = []
  let mine = changes.map { change in
    change.settling { doubt in
      // What has the new number already is changed as it would be without the doubt.
      guard let object = world.objectOfMove(doubt), object.key != change.before?.key else { return true }
      return change.before?.key != doubt.call.key
    }
  }
  let (kept, withheld) = withholding(from: mine) { change in
    change.settles.lazy.compactMap { doubt in
      world.objectOfMove(doubt).flatMap { $0.key == change.before?.key ? nil : doubt }
    }.first
  }
  let returning = withheld.compactMap { change, _ in
    change.before.flatMap { object -> Change? in
      let doubts = change.settles.filter { world.objectOfMove($0)?.key == object.key }
      return doubts.isEmpty ? nil : change.returning(object, doubts)
    }
  }
  let once = (kept + returning).map { $0.settling { settled.insert($0.intent).inserted } }
  let parked = withheld.compactMap { change, doubt in
    change.call.item.map {
      Parked(Wanted($0, entry: change.entry, dn: change.dn), .occupied(holder: doubt.entry, dn: doubt.dn))
    }
  }
  return (once, parked)
}

extension World {
  /// The calls in doubt about an object: those under its number, and its own under each number that one of them may have moved
  /// it to. An update that follows a lost move knows the contact by the new number alone.
  func doubts(of object: Owned, among all: [Key: [Doubt]]? = nil) -> [Doubt] {
    let all = all ?? doubts
    let own = all[object.key, default: []]
    let reached = own.compactMap { doubt -> Key? in
      guard case .updateContact(_, object.key.number) = doubt.call, doubt.entry == object.entry else { return nil }
      return doubt.call.key == object.key ? nil : doubt.call.key
    }
    return unique(own + Set(reached).sorted().flatMap { all[$0, default: []].filter { $0.entry == object.entry } })
  }

  /// The calls in doubt that none of these changes settles.
  func doubts(without changes: [Change]) -> [Key: [Doubt]] {
    let settled = Set(changes.flatMap(\.settles).map(\.intent))
    return doubts.compactMapValues { doubts in
      let rest = doubts.filter { !settled.contains($0.intent) }
      return rest.isEmpty ? nil : rest
    }
  }

  /// The managed object that a call in doubt may have moved to another number; nil for any other call.
  fileprivate func objectOfMove(_ doubt: Doubt) -> Owned? {
    guard case .updateContact(_, let registered) = doubt.call, registered != doubt.call.key.number else { return nil }
    return owned[Key(.contact, registered)]
  }
}

extension Change {
  fileprivate func settling(where isSettled: (Doubt) -> Bool) -> Change {
    let doubts = settles.filter(isSettled)
    return doubts.count == settles.count ? self : copy(settles: doubts)
  }

  /// Brings the object back to its number, with the values that it had there, whatever became of the calls in doubt.
  fileprivate func returning(_ object: Owned, _ doubts: [Doubt]) -> Change {
    Change(
      .update(object.item, knownAs: object.key.number), before: object, entry: object.entry, dn: object.dn,
      cause: .inDoubt, settles: doubts)
  }

  private func copy(settles: [Doubt]) -> Change {
    Change(
      call, before: before, entry: entry, dn: dn, cause: cause, settles: settles, adopts: adopts, unproven: unproven,
      isNumberFreed: isNumberFreed, requires: requires)
  }
}
