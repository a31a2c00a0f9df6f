public import Domain

/// The plan after a few entries have changed, and the reason why a complete read must follow, if any.
public struct IncrementalPlan: Hashable, Sendable {
  /// Adds and updates of these entries and of entries with the same numbers.
  public private(set) var plan = Plan()
  /// The plan of the whole neighbourhood, with conflicts and held sets, which a complete read confirms.
  public let neighbourhood: Plan
  /// Why a complete read must follow, as a clause; nil if nothing is left to do for these entries.
  public private(set) var remainder: String?
  /// The same without what is reported by itself, with its own next step: invalid data, conflicts, and what is held or frozen.
  public private(set) var unexplainedRemainder: String?

  /// - Parameters:
  ///   - entries: the entries that have changed.
  ///   - reading: the read of their neighbourhood, which is incomplete.
  ///   - state: the ledger's state of the neighbourhood.
  ///   - now: seconds since 1970.
  public init(
    of entries: Set<EntryID>, in reading: ReadResult, remembering state: LedgerState, by policy: Policy,
    at now: Timestamp
  ) {
    var reading = reading
    reading.decide(by: state)
    let fullPlan = Reconcile.plan(for: reading, remembering: state, by: policy, at: now)
    neighbourhood = fullPlan
    plan.changes = fullPlan.changes
    plan.updates = fullPlan.updates
    (plan.freeze, plan.frozen) = (fullPlan.freeze, fullPlan.frozen)
    let explained = [
      firstUnmapped(entries, reading),
      fullPlan.held.first { set in set.objects.contains { entries.contains($0.entry) } }?.limit,
      fullPlan.frozen.first { entries.contains($0.entry) }.map { "\($0.call.key) waits for the end of the freeze" },
      fullPlan.conflicts.first { entries.contains($0.wanted.entry) }.map {
        "\($0.wanted.item.key) can't be had at once"
      },
    ]
    let reported = Set(fullPlan.conflicts.map(\.wanted.item.key) + fullPlan.held.flatMap(\.objects).map(\.key))
    let undecided = undecided(of: entries, state, fullPlan)
    let others = [
      fullPlan.deferredLosses.first { entries.contains($0.entry) }.map { "\($0.item.key) would lose a field" },
      reading.unnumbered.first { entries.contains($0.entry) && !$0.isServed(by: state) }
        .map { "\($0.wanted.dn) has no number" },
      firstUnwanted(reading, state, fullPlan).map { "\($0.key) is no longer wanted" },
    ]
    let writes = fullPlan.directoryWrites.first.map {
      "\(ObjectKey(.extension, $0.number)) isn't in the directory yet"
    }
    func text(undecided key: ObjectKey?) -> String? { key.map { "\($0) waits since an earlier run" } }
    remainder = (explained + others + [text(undecided: undecided.min()), writes]).compactMap(\.self).first
    unexplainedRemainder =
      (others + [text(undecided: undecided.subtracting(reported).min()), writes]).compactMap(\.self).first
  }

  /// Records that a complete read must follow. The first reason is kept.
  public mutating func requireCompleteRead(because reason: String) {
    remainder = remainder ?? reason
    unexplainedRemainder = unexplainedRemainder ?? reason
  }
}

private func firstUnmapped(_ entries: Set<EntryID>, _ reading: ReadResult) -> String? {
  let dns = ObjectKind.allCases.flatMap { kind in
    entries.filter { reading.sighting(of: $0, as: kind) == .unmappable }.compactMap { reading.name(of: $0, as: kind) }
  }
  return dns.min().map { "\($0) can't be mapped" }
}

/// The first object that is no longer wanted by its entry, or by another entry with these numbers.
private func firstUnwanted(_ reading: ReadResult, _ state: LedgerState, _ plan: Plan) -> ManagedObject? {
  let wanted = Set(reading.wanted.map { Dispute($0.item.key, $0.entry) })
    .subtracting(plan.alsoUsers.map { Dispute($0.item.key, $0.entry) })
  let given = Set(state.allocations.map { Dispute($0.key, $0.entry) })
  let unnumbered = Set(reading.unnumbered.map(\.entry))
  let moved = Set((plan.changes + plan.frozen).compactMap(\.before?.key))
  return state.objects.first { object in
    let claim = Dispute(object.key, object.entry)
    let isWanted = wanted.contains(claim) || unnumbered.contains(object.entry) && given.contains(claim)
    return object.absence == nil && object.unproven?.hasKnownValues != false
      && reading.sighting(of: object.entry, as: object.key.kind) != nil && !moved.contains(object.key) && !isWanted
  }
}

/// The numbers of these entries with an admin's decision, open or made, or with a refusal of the PBX. It ends if the entry wants
/// something else by now, which only a complete read shows.
private func undecided(of entries: Set<EntryID>, _ state: LedgerState, _ plan: Plan) -> Set<ObjectKey> {
  let decided = (state.rejections.union(state.approvals.flatMap(\.members))).filter { entries.contains($0.entry) }
  // The refusal of a taken number stays, whatever is wanted.
  let refused = state.refusals.filter { $0.answer.status != .taken && entries.contains($0.entry) }
  let rejected = plan.rejected.filter { entries.contains($0.entry) }
  return Set(decided.map(\.key) + refused.map(\.item.key) + rejected.map(\.key)).union(state.undecided.map(\.key))
    .subtracting(plan.changes.map(\.call.key))
}
