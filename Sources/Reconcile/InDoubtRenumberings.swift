import Domain

/// Lets one change settle each call in doubt, and keeps other entries from a number that a contact's renumbering in doubt
/// may have reached.
///
/// Such a contact is known by its earlier number or by the new one, so another contact's change could reach it under the
/// new one. While its object is managed, only a change of that object settles the call: it tries both numbers. Other
/// entries that want the new number wait for that. If the object's own change has to wait for one of these, the object
/// first gets its earlier number back.
func settlingEachOnce(_ changes: [Change], _ input: PlannerInput) -> (changes: [Change], conflict: [Conflict]) {
  if input.inDoubtCalls.isEmpty { return (changes, []) }
  var settled: Set<Int64> = []
  let ownSettled = changes.map { change in
    change.settling { inDoubtCall in
      // An object that has the new number already is changed as if no call were in doubt.
      guard let object = input.renumberedObject(inDoubtCall), object.key != change.before?.key else { return true }
      return change.before?.key != inDoubtCall.call.key
    }
  }
  let (kept, withheld) = applyingBackoff(from: ownSettled) { change in
    change.settles.lazy.compactMap { inDoubtCall in
      input.renumberedObject(inDoubtCall).flatMap { $0.key == change.before?.key ? nil : inDoubtCall }
    }.first
  }
  let returning = withheld.compactMap { change, _ in
    change.before.flatMap { object -> Change? in
      let inDoubtCalls = change.settles.filter { input.renumberedObject($0)?.key == object.key }
      return inDoubtCalls.isEmpty ? nil : change.returning(object, inDoubtCalls)
    }
  }
  let once = (kept + returning).map { $0.settling { settled.insert($0.intent).inserted } }
  let conflict = withheld.compactMap { change, inDoubtCall in
    change.call.item.map {
      Conflict(
        WantedObject($0, entry: change.entry, dn: change.dn), .occupied(holder: inDoubtCall.entry, dn: inDoubtCall.dn))
    }
  }
  return (once, conflict)
}

extension PlannerInput {
  /// The calls in doubt about an object: under its number, and its own under each number that one of them may have given it. An update
  /// after a lost renumbering knows the contact only by the new number.
  func inDoubtCalls(of object: ManagedObject, among all: [ObjectKey: [InDoubtCall]]? = nil) -> [InDoubtCall] {
    let all = all ?? inDoubtCalls
    let own = all[object.key, default: []]
    let reached = own.compactMap { inDoubtCall -> ObjectKey? in
      guard case .updateContact(_, object.key.number) = inDoubtCall.call, inDoubtCall.entry == object.entry else {
        return nil
      }
      return inDoubtCall.call.key == object.key ? nil : inDoubtCall.call.key
    }
    return unique(own + Set(reached).sorted().flatMap { all[$0, default: []].filter { $0.entry == object.entry } })
  }

  /// The calls in doubt that none of these changes settles.
  func inDoubtCalls(without changes: [Change]) -> [ObjectKey: [InDoubtCall]] {
    let settled = Set(changes.flatMap(\.settles).map(\.intent))
    return inDoubtCalls.compactMapValues { inDoubtCalls in
      let rest = inDoubtCalls.filter { !settled.contains($0.intent) }
      return rest.isEmpty ? nil : rest
    }
  }

  /// The managed object that a call in doubt may have renumbered, or given its earlier number back; nil for any other call.
  fileprivate func renumberedObject(_ inDoubtCall: InDoubtCall) -> ManagedObject? {
    guard case .updateContact(_, let registered) = inDoubtCall.call, registered != inDoubtCall.call.key.number else {
      return nil
    }
    return owned[ObjectKey(.contact, registered)] ?? owned[inDoubtCall.call.key]
  }
}

extension Change {
  fileprivate func settling(where isSettled: (InDoubtCall) -> Bool) -> Change {
    let inDoubtCalls = settles.filter(isSettled)
    return inDoubtCalls.count == settles.count ? self : copy(settles: inDoubtCalls)
  }

  /// Gives the object its number back, with its earlier values, whatever the result of the calls in doubt is.
  fileprivate func returning(_ object: ManagedObject, _ inDoubtCalls: [InDoubtCall]) -> Change {
    Change(
      .update(object.item, knownAs: object.key.number), before: object, entry: object.entry, dn: object.dn,
      cause: .inDoubt, settles: inDoubtCalls)
  }

  private func copy(settles: [InDoubtCall]) -> Change {
    Change(
      call, before: before, entry: entry, dn: dn, cause: cause, settles: settles, adopts: adopts, unproven: unproven,
      isNumberFreed: isNumberFreed, requires: requires)
  }
}
