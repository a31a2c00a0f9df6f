package import Domain

/// The ledger in memory: the smallest model of the rules in `Sources/Ledger` that a plan depends on.
///
/// | here | models |
/// |---|---|
/// | `state` | the tables from which `Ledger.state(at:)` makes a `LedgerState` |
/// | `record(_:of:)` | `recordOutcomes` and `Database.apply` (Ledger/Ledger+Intents.swift) |
/// | `holds`, `store(holdsOf:isComplete:)` | Ledger/Ledger+Holds.swift |
/// | `approve`, `reject` | Ledger/Ledger+Decisions.swift |
/// | `release` | Ledger/Ledger+FormerObjects.swift |
/// | `recordFailures` | Ledger/Ledger+Backoff.swift |
/// | `search`, `record(_: [SearchChange])` | Ledger/Ledger+Reads.swift |
/// | `LedgerState.apply(_:at:)` | Ledger/LedgerUpdate.swift |
///
/// The present time is always `now`: when time passes, every stored time becomes older instead, so that equal situations are
/// equal values. What is older than two days has the age of two days, because nothing waits longer.
package struct LedgerModel: Hashable {
  package static let now: Timestamp = 1_000_000
  package static let day: Timestamp = 86_400

  package var state = LedgerState()
  package var holds: [HeldRecord] = []
  /// The search settings of the last complete read; nil before the first.
  package var search: Int?
  /// Removals of the last day that no admin approved, which count against the limit (`removals`).
  package var unasked: Set<ObjectKey> = []
  /// What was learned about probes in the last day; nil if nothing.
  package var presence: Knowledge?

  package enum Knowledge: Hashable {
    case reveals(ProbeForm)
    case revealsNothing
  }

  /// A held set and its decision.
  package struct HeldRecord: Hashable {
    package let name: String
    package let action: HeldSet.Action
    package let kind: ObjectKind
    package let cause: HeldSet.Cause
    package var members: [Approval.Member]
    package var decision: Decision?
  }

  package enum Decision: Hashable { case approved, rejected }

  package init() {}

  /// The state for a plan, with the admins' decisions and what counts against the limits.
  package var planned: LedgerState {
    var state = state
    state.undecided = Set(holds.filter { $0.decision == nil }.flatMap(\.members))
    state.rejections = Set(holds.filter { $0.decision == .rejected }.flatMap(\.members))
    state.approvals = holds.filter { $0.decision == .approved }.map {
      Approval($0.name, because: $0.cause, Set($0.members))
    }
    state.recent[.removal] = Dictionary(uniqueKeysWithValues: unasked.map { ($0, LedgerState.Recent(made: 1)) })
    return state
  }

  /// The row under a number, managed or not.
  package func object(_ key: ObjectKey) -> ManagedObject? { state.objects.first { $0.key == key } }

  /// A number with two rows; nil in a ledger that is right.
  var doubledKey: ObjectKey? {
    let keys = state.objects.map(\.key)
    return keys.indices.first { keys[..<$0].contains(keys[$0]) }.map { keys[$0] }
  }

  // MARK: - Intents and outcomes

  /// Stores an intent and returns its number.
  package mutating func recordIntent(_ call: Call, _ change: Change) -> Int64 {
    let number = (state.inDoubt.map(\.intent).max() ?? 0) + 1
    state.inDoubt.append(InDoubtCall(intent: number, call: call, entry: change.entry, dn: change.dn))
    return number
  }

  /// Records the outcome of intents; those in doubt stay open.
  package mutating func record(_ outcome: Outcome, of intents: [Int64]) {
    if outcome != .inDoubt { state.inDoubt.removeAll { intents.contains($0.intent) } }
    switch outcome {
    case .holds(let object, let former):
      if let former, former != object.key { state.objects.removeAll { $0.key == former } }
      store(object)
      state.clearRestrictions(on: object.key)
      deleteHeld(object.key, isGone: false)
    case .unproven(let object):
      store(object)
      state.clearRestrictions(on: object.key)
      deleteHeld(object.key, isGone: false)
    case .gone(let key):
      if let object = object(key) {
        let isApproved = holds.contains { hold in
          hold.decision == .approved && hold.action == .removal && hold.members.contains { $0.key == key }
        }
        state.formerHolders.removeAll { $0.key == key }
        state.formerHolders.append(FormerHolder(key, entry: object.entry, dn: object.dn, at: Self.now))
        if !isApproved { unasked.insert(key) }
      }
      state.objects.removeAll { $0.key == key }
      deleteHeld(key, isGone: true)
      state.backoffs.removeAll { $0.key == key }
      state.lost.removeAll { $0.key == key }
    case .refused(let refusal):
      store(refusal)
      state.backoffs.removeAll { $0.key == refusal.item.key }
      deleteHeld(refusal.item.key, isGone: false)
    case .undone, .inDoubt: break
    }
  }

  private mutating func store(_ object: ManagedObject) {
    state.objects.removeAll { $0.key == object.key }
    state.objects.append(object)
  }

  private mutating func store(_ refusal: Refusal) {
    let before = state.refusals.first { $0.item.key == refusal.item.key }
    state.refusals.removeAll { $0.item.key == refusal.item.key }
    let isTaken = before?.answer.status == .taken && refusal.answer.status == .taken
    state.refusals.append(
      Refusal(
        refusal.item, entry: refusal.entry, answer: refusal.answer,
        since: isTaken ? before?.since ?? refusal.since : refusal.since, askedAt: refusal.askedAt))
  }

  /// Counts another failure of each object's change, and postpones its retry.
  package mutating func recordFailures(_ failures: [ObjectKey: ChangeFailure]) {
    for (key, failure) in failures.sorted(by: { $0.key < $1.key }) {
      // More failures than three differ only in the pause, which is a day at most.
      let total = min(3, failure.total(after: state.backoffs.first { $0.key == key }?.failures))
      state.backoffs.removeAll { $0.key == key }
      state.backoffs.append(
        ChangeBackoff(key, failures: total, nextAt: Self.now + failure.schedule.pause(after: total), message: ""))
    }
  }

  // MARK: - Time

  /// The same ledger in one form: sorted, and between runs with intents numbered from 1.
  package mutating func normalize(completeReads: Int, isRunning: Bool) {
    for index in state.objects.indices {
      if let absence = state.objects[index].absence {
        state.objects[index].absence?.reads = min(absence.reads, completeReads)
      }
    }
    state.objects.sort { $0.key < $1.key }
    state.inDoubt.sort { $0.intent < $1.intent }
    if !isRunning {
      state.inDoubt = state.inDoubt.enumerated().map { index, inDoubtCall in
        InDoubtCall(
          intent: Int64(index + 1), call: inDoubtCall.call, entry: inDoubtCall.entry, dn: inDoubtCall.dn)
      }
    }
    state.refusals.sort { $0.item.key < $1.item.key }
    state.adoptions.sort { $0.key < $1.key }
    state.formerHolders.sort { $0.key < $1.key }
    state.backoffs.sort { $0.key < $1.key }
    state.knownForeign.sort { $0.key < $1.key }
    state.lost.sort { $0.key < $1.key }
    let used = Set(state.objects.compactMap { $0.absence?.change })
    state.searchChanges = state.searchChanges.filter { used.contains($0.id) }.sorted { $0.id < $1.id }
    holds.sort { $0.name < $1.name }
    for index in holds.indices {
      holds[index].members.sort { ($0.key, $0.entry, $0.action.rawValue) < ($1.key, $1.entry, $1.action.rawValue) }
    }
  }

  /// Lets a day pass: every stored time is a day older.
  package mutating func age() {
    func older(_ time: Timestamp) -> Timestamp { max(time - Self.day, Self.now - 2 * Self.day) }
    for index in state.objects.indices {
      if let since = state.objects[index].absence?.since { state.objects[index].absence?.since = older(since) }
      if let since = state.objects[index].unproven?.since { state.objects[index].unproven?.since = older(since) }
    }
    state.refusals = state.refusals.map {
      Refusal($0.item, entry: $0.entry, answer: $0.answer, since: older($0.since), askedAt: older($0.askedAt))
    }
    // A permission lasts for a day.
    state.adoptions = []
    state.formerHolders = state.formerHolders.map {
      FormerHolder($0.key, entry: $0.entry, dn: $0.dn, at: older($0.at))
    }
    state.lost = state.lost.map { FormerHolder($0.key, entry: $0.entry, dn: $0.dn, at: older($0.at)) }
    state.backoffs = state.backoffs.map {
      ChangeBackoff($0.key, failures: $0.failures, nextAt: older($0.nextAt), message: $0.message)
    }
    state.searchChanges = state.searchChanges.map {
      SearchChange(id: $0.id, $0.text, of: $0.kind, at: older($0.at))
    }
    state.knownForeign = state.knownForeign.map { KnownForeign($0.key, since: older($0.since)) }
    unasked = []
    presence = nil
  }
}
