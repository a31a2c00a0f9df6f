import Domain

/// The managed objects that the directory doesn't want: since when, and which of them are due for removal.
struct Absences {
  /// The absence that each object has after this read; only those that have one.
  private(set) var current: [ObjectKey: Absence] = [:]

  init(_ input: PlannerInput, _ claims: NumberClaims, _ renumbering: ContactRenumbering, leaving: Set<ObjectKey>) {
    func record(_ key: ObjectKey, _ object: ManagedObject) {
      // The number of a removed object may be granted to its next holder already; the object is absent nevertheless.
      let isWanted = !leaving.contains(key) && (claims.granted[key] != nil || renumbering.targets[key] != nil)
      if !isWanted, let reason = Self.reason(for: object, input, claims) {
        current[key] = Self.counted(object.absence, reason, key.kind, input)
      }
    }
    for (key, object) in input.owned { record(key, object) }
    // An object whose answer was lost may not exist at all.
    for (key, object) in input.unproven where object.unproven?.hasKnownValues == true { record(key, object) }
  }

  /// The objects that are due for removal and those that an admin must decide on in any case, in the order of their numbers.
  func due(_ input: PlannerInput) -> [ManagedObject] {
    current.compactMap { key, absence in
      // An unmanaged object is never due, nor is an add in doubt that nothing proves to be managed.
      guard Self.isDue(absence, input) || absence.change != nil && input.reading.isComplete,
        var object = input.owned[key], !input.assumed.contains(key)
      else { return nil }
      object.absence = absence
      return object
    }
    .sorted { $0.key < $1.key }
  }

  /// Why an object isn't wanted; nil if nothing certain is known.
  private static func reason(for object: ManagedObject, _ input: PlannerInput, _ claims: NumberClaims) -> Absence
    .Reason?
  {
    // An add in doubt ends also if the number is known to be foreign by now: no call will settle it.
    if input.isUntouchable(object.key), !input.assumed.contains(object.key) { return nil }
    return switch input.reading.sighting(of: object.entry, as: object.key.kind) {
    case nil: .missing
    case .disabled: .disabled
    case .unmappable: nil
    case .withoutNumber:
      input.isNumberHidden(object.key.kind) || input.isAllocated(object)
        || claims.keepsObjects(object.entry, object.key.kind) ? nil : .renumbered
    case .mapped: claims.keepsObjects(object.entry, object.key.kind) ? nil : .renumbered
    }
  }

  /// Only a complete read counts. An incomplete one leaves the count where it was.
  static func counted(
    _ before: Absence?, _ reason: Absence.Reason, _ kind: ObjectKind, _ input: PlannerInput
  ) -> Absence? {
    guard input.reading.isComplete else { return before }
    let change = input.reading.searchChanges.first { $0.kind == kind }
    // An entry that was seen as disabled, or with another number, may be back by now: it is missing for the first time. So is one whose
    // absence wasn't proved before an edit: it may be back too, and no longer selected.
    let isProved = before.map { $0.reason == .missing && (change?.isEdit != true || isDue($0, input)) } ?? false
    let isFirstMissing = reason == .missing && !isProved && before?.change == nil
    guard let before, change == nil || !isFirstMissing else {
      return Absence(reason, since: input.now, reads: 1, change: change?.id)
    }
    return Absence(reason, since: before.since, reads: before.reads + 1, change: before.change)
  }

  private static func isDue(_ absence: Absence, _ input: PlannerInput) -> Bool {
    let policy = input.policy.removal
    return input.reading.isComplete && policy.isConfirmed(absence) && policy.grace(of: absence, at: input.now) == 0
  }
}
