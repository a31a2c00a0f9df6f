package import Domain
import Reconcile

/// A state: the numbers of its parts, each in a pool. Equal parts have one number, so a state takes 24 bytes.
package struct State: Hashable {
  package var directory: UInt32 = 0
  package var ledger: UInt32 = 0
  package var pbx: UInt32 = 0
  /// 0 while no run is in progress.
  package var run: UInt32 = 0
  package var ghost: UInt32 = 0
  package var budget: UInt32 = 0

  package init() {}
}

/// Numbers equal values once.
package struct Pool<Value: Hashable> {
  package private(set) var values: [Value] = []
  private var numbers: [Value: UInt32] = [:]

  package init(_ first: Value) { _ = number(of: first) }

  package subscript(number: UInt32) -> Value { values[Int(number)] }

  package mutating func number(of value: Value) -> UInt32 {
    if let number = numbers[value] { return number }
    let number = UInt32(values.count)
    values.append(value)
    numbers[value] = number
    return number
  }
}

/// A small world: a directory, a PBX, a clock, an admin, and the program's planner and settlement between them.
///
/// The planner, the guard and the settlement are the program's own code. The ledger, the steps of a run, the directory and the PBX are
/// models (`LedgerModel`, `RunModel`, `DirectoryModel`, `PBXModel`).
package final class SmallWorld {
  package let settings: WorldSettings
  package let sabotage: Sabotage?

  package var directories = Pool(DirectoryModel())
  package var ledgers = Pool(LedgerModel())
  package var pbxs = Pool(PBXModel())
  package var runs: Pool<RunModel?> = Pool(nil)
  package var plans: Pool<PlannedRun>
  package var ghosts = Pool(Ghost())
  private var plansByInput: [PlanInput: UInt32] = [:]
  /// States of directory, ledger and PBX from which runs without faults lead to rest.
  var restful: Set<RestKey> = []

  private struct PlanInput: Hashable {
    let directory: UInt32
    let ledger: UInt32
    let read: ReadKind
  }

  package init(_ settings: WorldSettings, sabotage: Sabotage? = nil) {
    self.settings = settings
    self.sabotage = sabotage
    plans = Pool(PlannedRun(reading: ReadResult(), search: 0, plan: Plan()))
  }

  /// The number of the plan for a read, made by the program's planner.
  package func plan(_ read: ReadKind, _ state: State) -> UInt32 {
    let input = PlanInput(directory: state.directory, ledger: state.ledger, read: read)
    if let number = plansByInput[input] { return number }
    let directory = directories[state.directory]
    let ledger = ledgers[state.ledger]
    let shown = directory.read(read, settings.kinds, since: ledger.search)
    var reading = shown
    var policy = settings.policy
    var planned = ledger.planned
    sabotage?.spoil(&reading, &policy, &planned)
    var plan = Reconcile.plan(for: reading, remembering: planned, by: policy, at: LedgerModel.now)
    sabotage?.spoil(&plan)
    // The texts of conflicts and the like decide nothing.
    plan.pendingRemovals = []
    let number = plans.number(of: PlannedRun(reading: shown, search: directory.search, plan: plan))
    plansByInput[input] = number
    return number
  }

  /// Changes a part of a state.
  func change(_ state: inout State, ledger body: (inout LedgerModel) throws(Violation) -> Void) throws(Violation) {
    var ledger = ledgers[state.ledger]
    try body(&ledger)
    if let key = ledger.doubledKey { throw Violation(.ledgerIsConsistent, "two rows for \(key)") }
    ledger.normalize(completeReads: settings.policy.removal.completeReads, isRunning: state.run != 0)
    state.ledger = ledgers.number(of: ledger)
  }

  func change(_ state: inout State, pbx body: (inout PBXModel) -> Void) {
    var pbx = pbxs[state.pbx]
    body(&pbx)
    state.pbx = pbxs.number(of: pbx)
  }

  func change(_ state: inout State, ghost body: (inout Ghost) -> Void) {
    var ghost = ghosts[state.ghost]
    body(&ghost)
    state.ghost = ghosts.number(of: ghost)
  }
}

/// The parts of a world's size and rules.
package struct WorldSettings {
  package let name: String
  package var behaviour = PBXModel.Behaviour.takenFirst
  package var extensionNumbers: [String] = []
  package var contactNumbers: [String] = []
  package var policy = Policy(
    removal: RemovalPolicy(completeReads: 2, after: LedgerModel.day, maxCount: 1, maxPercent: 100),
    update: ChangeLimits(maxCount: 1000, maxPercent: 100), addition: ChangeLimits(maxCount: 1000, maxPercent: 100),
    foreignRetry: .daily)
  /// How often a transient fault is retried within a run.
  package var retries = 2
  package var budget = Budget()
  /// Traces without faults that lead to the states from which the exploration begins. Their events cost nothing.
  package var beginnings: [[Event]] = [[]]

  package init(_ name: String) { self.name = name }

  package var kinds: Set<ObjectKind> {
    Set((extensionNumbers.isEmpty ? [] : [.extension]) + (contactNumbers.isEmpty ? [] : [.contact]))
  }

  package var keys: [ObjectKey] {
    extensionNumbers.map { ObjectKey(.extension, $0) } + contactNumbers.map { ObjectKey(.contact, $0) }
  }
}

/// How many events of each sort a trace may have, at most 15.
package struct Budget {
  package var edits = 0
  package var faults = 0
  package var hands = 0
  package var days = 0
  package var decisions = 0
  package var reads = 0
  package var searches = 0

  package init() {}

  /// The same with at most so many events of each sort; days aren't limited, because removals need them.
  package func limited(to count: Int) -> Budget {
    var budget = self
    (budget.edits, budget.faults, budget.hands) = (min(edits, count), min(faults, count), min(hands, count))
    (budget.decisions, budget.reads) = (min(decisions, count), min(reads, count))
    budget.searches = min(searches, count)
    return budget
  }

  package var packed: UInt32 {
    [edits, faults, hands, days, decisions, reads, searches].reduce(0) { $0 << 4 | UInt32(min($1, 15)) }
  }

  package init(packed: UInt32) {
    func part(_ position: UInt32) -> Int { Int(packed >> (4 * position) & 15) }
    (edits, faults, hands, days) = (part(6), part(5), part(4), part(3))
    (decisions, reads, searches) = (part(2), part(1), part(0))
  }
}
