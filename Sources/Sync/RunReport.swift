import Directory
package import Domain
package import Executor
package import LDAP
package import Ledger
import Mapping
import Platform
import Reconcile

/// The findings and results of one run.
package struct RunReport: Sendable {
  package var run: Int64?
  /// The plans of all parts, without their updates of the ledger. Changes that were made are left out beyond the limit of the list.
  package var plan = Plan()
  /// How many changes were planned.
  private(set) var changeCount = 0
  /// How many of them were made.
  private(set) var madeCount = 0
  /// How many changes that were made the report lists.
  private let limit: Int
  /// How many changes wait for the end of a freeze.
  private(set) var frozenCount = 0
  /// Objects that were adopted and had the wanted values already.
  private(set) var adoptedAsTheyAre = 0
  /// The number of entries that the run didn't plan before it ended.
  var unplanned = 0
  /// Whether it freed a number that an entry wants and no object has.
  var freesWantedNumber = false
  /// Whether the PBX no longer had an object.
  var lost: Set<ObjectKey> = []
  package var problems: [MappingProblem] = []
  /// Entries read from the directory.
  var entries = 0
  /// The count of entries with disabled accounts; nil without a read of all entries.
  var disabled: Int?
  package var incomplete: String?
  /// The report of the read; nil if the directory wasn't read.
  package var read: ReadReport?
  /// How many entries have changed since the last read; nil if there is no earlier read.
  var changedEntries: Int?
  /// How the search settings have changed since the last complete read.
  var searchChanges: [SearchChange] = []
  /// The templates that have changed, as far as that explains held changes.
  var templateChanges: [ObjectKind: [TemplateChange]] = [:]
  /// The sets that an earlier run held and that wait for a decision, by their names.
  var heldBefore: Set<String> = []
  /// How many entries of each held set of removals are still found, by the set's name.
  var lookups: [String: IDLookup] = [:]
  /// Sites without entries.
  var vacantSites: [VacantSite] = []
  /// Whether a source finds no entry, so that the configuration needs a look.
  var foundNobody = false
  /// Remarks on the ledger for the admin.
  var ledgerNotes: [String] = []
  /// Exclusions that match no entry.
  var unmatched: [UnmatchedExclusion] = []
  /// Numbers of new extensions that other entries show too, of the dry run of a first load.
  var sharedNumbers: [SharedNumber] = []
  /// Why such numbers aren't known, as a clause; nil if they are.
  var sharedNumbersGap: String?
  /// The ledger's version when the plan was made; nil without a ledger.
  var ledgerVersion: LedgerVersion?
  /// How far the ledger had got when the run ended, or when it failed; nil if it wasn't opened for writing.
  package var anchor: Anchor?
  /// The ledger's generation after the run; nil if the run failed before.
  package var generation: Int64?
  /// When the run ended, by the ledger that it was made with.
  package var endedAt: Timestamp?
  /// The directory's change marker when the read began; nil if the server has none.
  package var marker: ChangeMarker?
  var changeResults: [Int: ChangeResult] = [:]
  /// When the daemon retries each change that has a back-off.
  var nextTries: [ObjectKey: Timestamp] = [:]
  /// The earliest retry of a failed change or a call in doubt, in the ledger's time; nil without one.
  package var nextTry: Timestamp?
  package var callCounts = CallCounts()
  package var untouched = 0
  /// For an incremental run, why a complete read must follow, as a clause; otherwise nil.
  package var remainder: String?
  /// The results of the plan's changes of the directory.
  var writeBacks: [WriteBackResult] = []
  /// What this run learned about whether the PBX reveals taken numbers.
  var presence: PresenceKnowledge?
  /// The unproven objects of the ledger after the run; nil unless it was about all entries.
  var unprovenInLedger: [ManagedObject]?
  /// What the ledger knows after the run of objects and calls that need a person.
  var ledgerFindings: [Finding] = []
  /// When the next alert is due; nil without one.
  package var nextAlert: Timestamp?
  package var failure: RunError?
  /// Whether the run was stopped, so that changes may be undone that it doesn't count.
  package var isStopped = false
  var removal = RemovalPolicy()
  package var isDryRun = false
  /// The command that shows all rows, with its options, if no other one has these; nil for the usual one.
  private(set) var command: String?
  /// Whether it makes exactly the changes of a plan file, and leaves all else to the next run.
  var isOfPlanFile = false
  /// Whether it is of a run over one entry, which keeps no held sets.
  var isOfEntry = false
  /// The report for people, without the summary; nil until it is made.
  var body: Page?
  let begun = ContinuousClock.now
  private(set) var seconds: Duration = .zero
  /// Bytes.
  private(set) var peakMemory = 0

  /// - Parameter limit: how many of the changes that were made it lists.
  package init(listing limit: Int = .max) { self.limit = limit }

  /// Names the command that shows all rows of long lists, because it has others than the usual one.
  package mutating func list(by command: String) {
    self.command = command
    body = nil
  }

  /// Records the time and the memory used so far.
  package mutating func measure() {
    seconds = ContinuousClock.now - begun
    peakMemory = Platform.peakMemory()
  }

  /// Adds the result of a read.
  mutating func add(_ read: DirectoryRead, problems: [MappingProblem]) {
    self.problems = problems + read.reading.problems
    incomplete = read.reading.incomplete
    searchChanges = read.reading.searchChanges
    templateChanges = read.templateChanges
    vacantSites = read.vacantSites.map(VacantSite.init)
    foundNobody = read.foundNobody
    unmatched = read.unmatched
    entries = read.record.entries
    disabled = read.disabled
    self.read = read.record
    changedEntries = read.mappedAllEntries ? nil : read.changed
    marker = read.marker
  }

  /// Adds a part's plan without its changes.
  mutating func add(_ part: Plan) {
    adoptedAsTheyAre += part.updates.count { if case .adopt = $0 { true } else { false } }
    plan.conflicts += part.conflicts
    plan.alsoUsers += part.alsoUsers
    if isDryRun { plan.arbitraryValues += part.arbitraryValues }
    plan.overflow = part.overflow ?? plan.overflow
    plan.pendingRemovals += part.pendingRemovals
    plan.unproven += part.unproven
    plan.held += part.held
    plan.rejected += part.rejected
    plan.overtaken += part.overtaken
    plan.lapsed += part.lapsed
    plan.directoryWrites += part.directoryWrites
    plan.deferredLosses += part.deferredLosses
    plan.poolRestedAt = [plan.poolRestedAt, part.poolRestedAt].compactMap(\.self).min()
    plan.released += part.released
    plan.freeze = part.freeze ?? plan.freeze
    frozenCount += part.frozen.count
    plan.frozen += isDryRun ? part.frozen : Array(part.frozen.prefix(max(0, limit - plan.frozen.count)))
    plan.remarks += part.remarks
  }

  /// Adds a part's changes and their results; nil for a dry run.
  mutating func add(_ changes: [Change], _ result: ExecutionResult? = nil) {
    changeCount += changes.count
    guard let result else {
      plan.changes += changes
      return
    }
    callCounts.add(result.callCounts)
    untouched += result.untouched
    for (index, change) in changes.enumerated() {
      let changeResult = result.changeResults[index]
      if changeResult?.isDone == true {
        madeCount += 1
        if madeCount > limit { continue }
      }
      changeResults[plan.changes.count] = changeResult
      plan.changes.append(change)
    }
  }

  package var status: ExitStatus {
    if let failure { return failure.status }
    if incomplete != nil { return .outOfReach }
    if isDryRun {
      let hasPlans = !plan.isEmpty || !plan.held.isEmpty || frozenCount + backingOffCount > 0
      return hasPlans ? .somethingToDo : foundNobody ? .partly : .asWanted
    }
    if !plan.held.isEmpty || frozenCount > 0 { return .held }
    let isClean =
      problems.isEmpty && plan.conflicts.allSatisfy(\.isAsAdminWants) && plan.unproven.isEmpty && callCounts.failed == 0
      && callCounts.inDoubt == 0 && untouched + unplanned == 0
      && failedWriteBacks.isEmpty && plan.overflow == nil
    return isClean ? .asWanted : .partly
  }

  /// Whether it freed a number that the next run gives to another entry.
  package var freesAwaitedNumber: Bool {
    let waits = plan.conflicts.contains { if case .poolExhausted = $0.reason { true } else { false } }
    return freesWantedNumber || waits && callCounts.deleted > 0
  }

  /// Conflicts and entries with invalid data, as `status` counts them.
  var skippedCount: Int { plan.unmet.count + problems.invalidEntries }

  var heldCount: Int { plan.held.reduce(0) { $0 + $1.objects.count } }

  /// The number of held objects by action, without actions that have none.
  var heldCounts: [(action: HeldSet.Action, count: Int)] {
    HeldSet.Action.allCases.compactMap { action in
      let count = plan.held.filter { $0.action == action }.reduce(0) { $0 + $1.objects.count }
      return count == 0 ? nil : (action, count)
    }
  }

  /// The changes of the search settings, each once; nil without changes.
  var changedView: String? {
    var texts: [String] = []
    for change in searchChanges where !texts.contains(change.text) { texts.append(change.text) }
    return texts.isEmpty ? nil : texts.joined(separator: "; ")
  }

  /// To how many people the PBX sent a mail because of this run; for a dry run, would send.
  var mails: Int { isDryRun ? plan.mails : callCounts.mails }

  var mailText: String? {
    let heldMails = plan.held.reduce(0) { $0 + $1.mails }
    let words = [
      mails == 0 ? nil : isDryRun ? "would mail \(people(mails))" : "mailed \(people(mails))",
      callCounts.possibleMails == 0
        ? nil
        : "may have sent \(counted(callCounts.possibleMails, "mail"))\(mails == 0 ? "" : " more")",
      heldMails == 0 ? nil : "what is held would mail \(people(heldMails))",
    ]
    let text = words.compactMap(\.self).joined(separator: ", ")
    return text.isEmpty ? nil : text
  }

  /// The kinds whose first load this run finished, because few additions are left. From then on additions are limited.
  func firstLoads(_ owned: [ObjectKind: Int], _ limits: ChangeLimits) -> Set<ObjectKind> {
    if incomplete != nil || read == nil || unplanned > 0 || frozenCount > 0 { return [] }
    let undone = plan.changes.enumerated().filter { index, change in
      change.heldAction == .addition && changeResults[index].map { $0.needsRetry } ?? true
    }
    .map(\.element.call.key)
    let failing = plan.conflicts.compactMap { conflict -> ObjectKey? in
      if case .backingOff = conflict.reason { conflict.wanted.item.key } else { nil }
    }
    return Set(
      ObjectKind.allCases.filter { kind in
        let left = (undone + failing).count { $0.kind == kind }
        let owned = owned[kind] ?? 0
        return owned > 0 && limits.passed(by: left, of: owned) == nil
      })
  }

  var secondsText: String {
    let tenths = seconds / .milliseconds(100)
    return "\(Int(tenths) / 10).\(Int(tenths) % 10)"
  }
}
