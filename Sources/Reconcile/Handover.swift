import Domain

// The handover of a number whose holder hasn't another one.

extension PlannerInput {
  /// Whether an object stays in service for the entry that claims its number now: a complete read shows that its holder is
  /// gone, is disabled or has no number. Not if changed search settings may have hidden the holder, if an entry without a number looks
  /// like the missing holder, if so many holders are gone, or lack their numbers, that the directory may hide them, if an admin decides on
  /// the removal, or if numbers have a quarantine. Nor for an entry that claimed the number while the holder was there: the usual removal
  /// comes first, unless the holder has another one.
  /// A handover whose answer was lost goes on: the object may be the other entry's by now.
  func handsOver(_ holder: ManagedObject, to wantedObject: WantedObject) -> Bool {
    let kind = holder.key.kind
    guard reading.isComplete, !isHiddenByChange(holder) else { return false }
    let isUnderWay = inDoubtCalls[holder.key]?.contains { inDoubtCall in
      inDoubtCall.entry == wantedObject.entry && inDoubtCall.call.action == .update
    }
    if isUnderWay == true { return reading.sighting(of: holder.entry, as: kind) != .unmappable }
    // The same person keeps the object, whatever is set for others.
    if hasLeft(holder.entry, kind), wantedObject.likeness(to: holder) > 0 { return true }
    guard policy.numbers.handover == .update, kind == .contact || policy.numbers.rest == 0, !isKept(holder) else {
      return false
    }
    let isDisputed = disputes.contains(Dispute(holder.key, wantedObject.entry))
    return switch reading.sighting(of: holder.entry, as: kind) {
    case nil, .disabled: !isDisputed && recreated[holder.key] == nil && !isMass(lost: leavers[kind] ?? 0, kind)
    case .mapped: true
    case .withoutNumber: !isDisputed && !isAllocated(holder) && hasGivenUp(holder.entry, kind)
    case .unmappable: false
    }
  }

  /// Whether an admin keeps the object, or has still to decide on its removal.
  private func isKept(_ object: ManagedObject) -> Bool {
    let removal = Approval.Member(object.key, object.entry)
    return isUndecided(removal) || isRejected(removal)
  }

  /// Whether an entry may have a number whose object the PBX lost while another entry had it. The other entry keeps it unless a
  /// complete read shows otherwise, as if its object were there.
  func mayHave(_ key: ObjectKey, of lost: FormerHolder, _ wantedObject: WantedObject) -> Bool {
    if wantedObject.entry == lost.entry || lost.entry.text.isEmpty { return true }
    return switch reading.sighting(of: lost.entry, as: key.kind) {
    case nil, .disabled: reading.isComplete
    case .mapped: !numberLoss(of: key.kind).includes(lost.entry)
    case .withoutNumber: reading.isComplete && hasGivenUp(lost.entry, key.kind)
    case .unmappable: false
    }
  }

  /// Whether a pool allocated the object's number. The directory never gave it, so an entry without a number hasn't given it up: it has
  /// moved to a source without a pool, or the pool was taken out of the configuration.
  func isAllocated(_ object: ManagedObject) -> Bool {
    allocated.contains(Dispute(object.key, object.entry))
  }

  /// Whether an entry that shows no number has given it up, because few others lack theirs.
  private func hasGivenUp(_ entry: EntryID, _ kind: ObjectKind) -> Bool {
    !isNumberHidden(kind) && hiddenNumberLimit(of: entry, kind) == nil
      && !isMass(lost: numberLoss(of: kind).objects, kind)
  }

  /// Whether so many entries with an object of this kind show no number that the attribute is hidden.
  func isNumberHidden(_ kind: ObjectKind) -> Bool { numberLoss(of: kind).isHidden(by: policy.removal) }

  /// The count of entries without their numbers if these may be hidden, in all sources together or in some; otherwise nil.
  func hiddenNumbers(_ kind: ObjectKind) -> Int? {
    let loss = numberLoss(of: kind)
    if isNumberHidden(kind) { return loss.total.lost }
    let count = loss.hiddenSources(policy.removal).compactMap { loss.sources[$0]?.lost }.reduce(0, +)
    return count == 0 ? nil : count
  }

  /// The exceeded limit if so many entries of this entry's source lack numbers that these may be hidden: an admin decides
  /// on them. Otherwise nil.
  func hiddenNumberLimit(of entry: EntryID, _ kind: ObjectKind) -> String? {
    let loss = numberLoss(of: kind)
    guard loss.includes(entry), let source = reading.source(of: entry, as: kind) else { return nil }
    return loss.limit(ofSource: source, policy.removal)
  }

  /// Whether the object is missing since the search settings changed, now or before, or is there again after its removal.
  private func isHiddenByChange(_ object: ManagedObject) -> Bool {
    let reason: Absence.Reason =
      switch reading.sighting(of: object.entry, as: object.key.kind) {
      case nil: .missing
      case .disabled: .disabled
      case .mapped, .unmappable, .withoutNumber: .renumbered
      }
    return Absences.counted(object.absence, reason, object.key.kind, self)?.change != nil
  }

  /// Whether the removal of so many objects would be held.
  private func isMass(lost count: Int, _ kind: ObjectKind) -> Bool {
    let owned = self.count(of: kind)
    return count > policy.removal.maxCount
      || owned >= ChangeLimits.smallestCrowd && count * 100 > policy.removal.maxPercent * owned
  }
}
