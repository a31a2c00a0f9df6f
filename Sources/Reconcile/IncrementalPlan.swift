public import Domain

/// What the change of a few entries leads to, and what only a complete read can tell.
public struct IncrementalPlan: Hashable, Sendable {
  /// Adds and updates, of these entries and of those whose numbers they touch.
  public private(set) var plan = Plan()
  /// Why a complete read must follow, as a clause; nil where nothing is left to do about them.
  public private(set) var remainder: String?

  /// - Parameters:
  ///   - entries: those that changed.
  ///   - reading: of their neighbourhood, which isn't complete.
  ///   - state: what the ledger remembers of it.
  ///   - now: seconds since 1970.
  public init(
    of entries: Set<EntryID>, in reading: ReadResult, remembering state: LedgerState, by policy: Policy,
    at now: Timestamp
  ) {
    var reading = reading
    reading.decide(by: state)
    let whole = Reconcile.plan(for: reading, remembering: state, by: policy, at: now)
    plan.changes = whole.changes
    plan.updates = whole.updates
    let reasons = [
      unmapped(entries, reading),
      whole.held.first { set in set.objects.contains { entries.contains($0.entry) } }?.limit,
      whole.conflicts.first { entries.contains($0.wanted.entry) }.map { "\($0.wanted.item.key) can't be had at once" },
      whole.deferredLosses.first { entries.contains($0.entry) }.map { "\($0.item.key) would lose a field" },
      reading.unnumbered.first { entries.contains($0.entry) && !$0.isServed(by: state) }
        .map { "\($0.wanted.dn) has no number" },
      left(reading, state, whole).map { "\($0.key) is no longer wanted" },
      undecided(of: entries, state, whole).map { "\($0) was left open before" },
      whole.directoryWrites.first.map { "\(ObjectKey(.extension, $0.number)) isn't in the directory yet" },
    ]
    remainder = reasons.compactMap(\.self).first
  }

  /// Leaves something to a complete read.
  public mutating func requireCompleteRead(because reason: String) { remainder = remainder ?? reason }
}

private func unmapped(_ entries: Set<EntryID>, _ reading: ReadResult) -> String? {
  let dns = ObjectKind.allCases.flatMap { kind in
    entries.filter { reading.sighting(of: $0, as: kind) == .unmappable }.compactMap { reading.name(of: $0, as: kind) }
  }
  return dns.min().map { "\($0) can't be mapped" }
}

/// The first object that is no longer wanted by its entry, or by another entry with these numbers.
private func left(_ reading: ReadResult, _ state: LedgerState, _ plan: Plan) -> ManagedObject? {
  let wanted = Set(reading.wanted.map { Dispute($0.item.key, $0.entry) })
    .subtracting(plan.alsoUsers.map { Dispute($0.item.key, $0.entry) })
  let given = Set(state.allocations.map { Dispute($0.key, $0.entry) })
  let unnumbered = Set(reading.unnumbered.map(\.entry))
  let moved = Set(plan.changes.compactMap(\.before?.key))
  return state.objects.first { object in
    let claim = Dispute(object.key, object.entry)
    let isWanted = wanted.contains(claim) || unnumbered.contains(object.entry) && given.contains(claim)
    return object.absence == nil && object.unproven?.hasKnownValues != false
      && reading.sighting(of: object.entry, as: object.key.kind) != nil && !moved.contains(object.key) && !isWanted
  }
}

/// The first number that an admin has to decide or has decided on for an entry, or that the PBX refused to it: where the entry asks
/// for something else by now, that ends, which a complete read alone can tell.
private func undecided(of entries: Set<EntryID>, _ state: LedgerState, _ plan: Plan) -> ObjectKey? {
  let decided = (state.rejections.union(state.approvals.flatMap(\.members))).filter { entries.contains($0.entry) }
  // A number that was taken stays in mind, whatever is wanted.
  let refused = state.refusals.filter { $0.answer.status != .taken && entries.contains($0.entry) }
  return Set(decided.map(\.key) + refused.map(\.item.key)).union(state.undecided)
    .subtracting(plan.changes.map(\.call.key)).min()
}
