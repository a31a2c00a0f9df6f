public import Domain

/// What a few entries that were read by themselves surely lead to, and what only a complete read can tell.
public struct IncrementalPlan: Hashable, Sendable {
  /// Adds and updates that nothing stands in the way of.
  public private(set) var plan: Plan
  /// Why a complete read must follow, as a clause; nil where nothing is left to do.
  public private(set) var remainder: String?

  /// A plan from these entries alone would lead to the same adds and updates if nobody else wanted their numbers. Nobody
  /// does where the last complete read left the number free or with its holder; where it left anything open (a call in
  /// doubt, a refusal, a failure, a wish that couldn't be met) the change is left to the next one, as is all that has to
  /// do with somebody being gone.
  ///
  /// - Parameters:
  ///   - reading: of the entries that changed, whatever became of them.
  ///   - memory: all that the ledger remembers of these entries and of the numbers that they want.
  ///   - now: seconds since 1970.
  public init(_ reading: ReadResult, remembering state: LedgerState, by policy: Policy, at now: Timestamp) {
    plan = Plan()
    if let inDoubtCall = state.inDoubt.first {
      remainder = "the outcome of a call for \(inDoubtCall.call.key) isn't known"
      return
    }
    var reading = reading
    reading.incomplete = "a few entries were read by themselves"
    let whole = Reconcile.plan(for: reading, remembering: state, by: policy, at: now)
    let input = PlannerInput(reading, state, policy, now: now)
    let open = Set(
      state.refusals.map(\.item.key) + state.adoptions.map(\.key) + state.backoffs.map(\.key))
    let hanging = UndecidedContacts(reading, state, policy)
    let (kept, withheld) = applyingBackoff(from: whole.changes) { change -> String? in
      if state.lost.contains(where: { $0.key == change.call.key && $0.entry != change.entry }) {
        return "was another's until the PBX lost it"
      }
      if open.contains(change.call.key) || change.before.map({ open.contains($0.key) }) == true {
        return "was left open before"
      }
      return hanging.includes(change) ? "hangs on other contacts" : nil
    }
    plan.changes = kept
    let holders = Dictionary(state.objects.map { ($0.key, $0.entry) }, uniquingKeysWith: { first, _ in first })
    plan.updates = whole.updates.filter { note in
      switch note {
      case .absence(let key, _): reading.sighting(of: holders[key] ?? EntryID(""), as: key.kind) != nil
      // Another one with the same values may have been made anew, or be a second one; only a complete read tells.
      case .holder(let key, let entry, _): holders[key] == entry
      case .unprove, .release, .adopt, .seen, .lost, .foreign, .allowed, .known, .foreignGone, .forgetRefusal,
        .allocate:
        false
      }
    }

    let moved = Set(kept.compactMap(\.before?.key))
    let wanted = Dictionary(grouping: input.wanted, by: \.item.key).mapValues { Set($0.map(\.entry)) }
    let left = state.objects.first { object in
      object.unproven?.hasKnownValues != false && reading.sighting(of: object.entry, as: object.key.kind) != nil
        && !moved.contains(object.key)
        && wanted[object.key]?.contains(object.entry) != true
    }
    let reasons = [
      reading.problems.first.map { "\($0.dn) can't be mapped" },
      whole.held.first?.limit,
      whole.conflicts.first.map { "\($0.wanted.item.key) can't be had at once" },
      input.deferredLoss.map { "\($0.item.key) would lose a field" },
      withheld.first.map { "\($0.change.call.key) \($0.reason)" },
      reading.unnumbered.first { $0.isUnserved(by: state) }.map { "\($0.wanted.dn) has no number" },
      hanging.shared(in: input.wanted).map { "\($0.item.key) is shared" },
      whole.updates.count == plan.updates.count ? nil : "a number has another holder, or nobody knows",
      left.map { "\($0.key) isn't wanted any more" },
      undecided(state, but: kept).map { "\($0) was left open before" },
      whole.directoryWrites.first.map { "\(ObjectKey(.extension, $0.number)) isn't in the directory yet" },
    ]
    remainder = reasons.compactMap(\.self).first
  }

  /// The first number that an admin has to decide or has decided on, or that the PBX refused: where the entry asks for something
  /// else by now, that ends, which a complete read alone can tell.
  private func undecided(_ state: LedgerState, but kept: [Change]) -> ObjectKey? {
    let approved = state.approvals.flatMap(\.members).map(\.key)
    // A number that was taken stays in mind, whatever is wanted.
    let refused = state.refusals.filter { $0.answer.status != .taken }.map(\.item.key)
    return state.undecided.union(state.rejections.map(\.key)).union(approved).union(refused)
      .subtracting(kept.map(\.call.key)).min()
  }

  /// Leaves something to a complete read.
  public mutating func requireCompleteRead(because reason: String) { remainder = remainder ?? reason }
}

/// Contacts of which only a view of all others tells what becomes of them: numbers that are shared, those who may be users
/// too, and a phonebook that may be full.
private struct UndecidedContacts {
  private let policy: Policy
  private let sources: [EntryID: Int]
  private let holders: [ObjectKey: EntryID]

  init(_ reading: ReadResult, _ state: LedgerState, _ policy: Policy) {
    self.policy = policy
    sources = Dictionary(
      reading.wanted.filter { $0.item.kind == .contact }.map { ($0.entry, $0.source) },
      uniquingKeysWith: { first, _ in first })
    holders = Dictionary(state.objects.map { ($0.key, $0.entry) }, uniquingKeysWith: { first, _ in first })
  }

  /// An update of what the entry has under the same number hangs on nobody.
  func includes(_ change: Change) -> Bool {
    guard change.call.key.kind == .contact else { return false }
    if let before = change.before, before.key == change.call.key, before.entry == change.entry { return false }
    let rule = rule(ofSource: sources[change.entry])
    let isNew = change.before == nil
    return rule.sharing != .conflict || isNew && (rule.skipsUsers || policy.maxContacts != nil)
  }

  /// The first wish for a number that another has, where that may be no conflict.
  func shared(in wantedObjects: [WantedObject]) -> WantedObject? {
    wantedObjects.first { wantedObject in
      wantedObject.item.kind == .contact && rule(ofSource: wantedObject.source).sharing != .conflict
        && holders[wantedObject.item.key].map { $0 != wantedObject.entry } ?? false
    }
  }

  private func rule(ofSource source: Int?) -> PhonebookPolicy {
    guard let source, policy.phonebook.indices.contains(source) else { return PhonebookPolicy() }
    return policy.phonebook[source]
  }
}

extension UnnumberedUser {
  /// Whether it has no extension yet, or one whose number isn't known to be from a pool.
  fileprivate func isUnserved(by state: LedgerState) -> Bool {
    let numbers = state.allocations.filter { $0.entry == entry }.map(\.key)
    return !state.objects.contains { $0.entry == entry && numbers.contains($0.key) }
  }
}
