import CallControl
import Configuration
package import Directory
import Domain
package import Executor
package import Journal
package import LDAP
package import Ledger
import Mapping
import Platform
package import Reconcile

/// The one path that data takes: read, map, compare, guard, apply. The daemon and every command walk it alike; they
/// differ in where they start and stop.
package struct SyncRun: Sendable {
  package enum Work: Sendable {
    /// All of it.
    case sync
    /// All but the last step; nothing is sent and nothing remembered.
    case dryRun
    /// The same, but no change is made that isn't in this plan.
    case apply(PlanFile)
    /// Back to what was before a run; the directory isn't asked.
    case undo(RunID)
    /// A full run, after the ledger was corrected by evidence of the PBX's objects.
    case audit(PBXEvidence)
    /// The run over a few changed entries, right after their notifications.
    case delta([ChangeNotification], EntryLookup)
  }

  package let setup: CompiledConfiguration
  /// `sync-now`, `timer`, `poll`: what the ledger's history says began it.
  let trigger: String
  let work: Work
  let log: Log
  /// Problems that need no second event, because an earlier run of this process told them.
  let reported: Set<Finding>

  /// How many changes that were made the report lists; of more it has the counts.
  private let limit: Int

  package init(
    _ setup: CompiledConfiguration, trigger: String, _ work: Work = .sync, log: Log, reported: Set<Finding> = [],
    listing limit: Int = 0
  ) {
    self.setup = setup
    self.trigger = trigger
    self.work = work
    self.log = log
    self.reported = reported
    self.limit = limit
  }

  /// The daemon's own runs.
  package static let poll = "poll"
  package static let change = "change"
  package static let signal = "SIGUSR1"
  /// A one-shot run that no admin waits for.
  package static let timer = "timer"

  var isByDaemon: Bool { [Self.poll, Self.change, Self.signal].contains(trigger) }

  /// Whether it leaves for later what an admin's own run tries at once.
  private var isPatient: Bool { [Self.poll, Self.change, Self.timer].contains(trigger) }

  var isDryRun: Bool { if case .dryRun = work { true } else { false } }

  /// What an admin set, and whether failures wait for their next try: the daemon is patient, an admin isn't.
  var rules: Policy { setup.rules(backsOff: isPatient, foreignRetry: isPatient ? .daily : .always) }

  var isIncremental: Bool { if case .delta = work { true } else { false } }

  /// The same run, which asks this directory server before the others.
  ///
  /// - Parameter markers: where that server stands, and where the directory stood before.
  package func preferringServer(_ server: String?, at markers: (now: String, before: String)) -> SyncRun {
    var setup = setup
    setup.preferredServer = server
    (setup.reachedMarker, setup.earlierMarker) = markers
    return SyncRun(setup, trigger: trigger, work, log: log, reported: reported, listing: limit)
  }

  /// Makes the run. Takes as long as the directory and the PBX do, `run_limit` at most; cancelling its task ends it
  /// after the requests in flight.
  package func callAsFunction(progress: @escaping ChangeScheduler.Progress = { _, _ in }) async -> RunReport {
    var report = RunReport(listing: limit)
    report.isDryRun = isDryRun
    report.removal = setup.configuration.removal
    var runLog = RunLog(log: log)
    let file = StateFolder.ledgerFile(setup.configuration.state.directory)
    if setup.configuration.state.isGuessed {
      report.ledgerNotes.append("[state] directory isn't set, so the ledger is \(file)")
    }
    let isNew = !isIncremental && !fileExists(file)
    do {
      if isDryRun {
        if isNew { report.ledgerNotes.append("there is no ledger \(file) yet, so all is new to this plan") }
        let copy = try await StateFolder.ledgerCopy(setup)
        if !isNew { report.standing = try await LedgerVersion(of: copy) }
        var run = RunInProgress(self, copy, runLog, report)
        defer { report = run.report }
        try await run.followDirectory()
      } else {
        let lock = try await lock()
        defer { withExtendedLifetime(lock) {} }
        let ledger =
          try await isIncremental
          ? StateFolder.ledgerAgain(setup, under: lock) : StateFolder.ledger(setup, under: lock)
        if isNew {
          report.ledgerNotes.append("made a new ledger, \(file)")
          runLog.ledgerMade(file)
        }
        var run = RunInProgress(self, ledger, runLog, report)
        defer { (report, runLog) = (run.report, run.log) }
        try await run.make(progress)
      }
    } catch {
      report.failure = RunError(error)
    }
    report.isStopped = Task.isCancelled
    if !isByDaemon { report.render() }
    report.measure()
    // What an admin asked for and may not have is answered on the terminal alone. A change that has nothing to do with a phone
    // is nobody's news.
    let isWorthLogging = !isIncremental || report.run != nil || report.failure != nil
    if !isDryRun && isWorthLogging && report.status != .refused
      && !(report.failure.map { reported.contains(.failure($0.event)) } ?? false)
    {
      runLog.finished(report)
    }
    return report
  }

  /// Waits until no other run or command has the lock: a minute if an admin waits for the run, otherwise half of `run_limit`.
  private func lock() async throws -> LockFile {
    if !isByDaemon { try StateFolder.checkService(setup) }
    let limit = setup.configuration.schedule.runLimit / 2
    do {
      return try await StateFolder.lockWhenFree(
        setup.configuration.state.directory, within: isPatient ? limit : min(.seconds(60), limit)
      ) { failure in
        log.write(Event(.lockAwaited, "Waiting for the ledger: \(failure.message)", [.reason: failure.message]))
      }
    } catch let failure as RunError where failure.status == .busy && isByDaemon {
      throw RunError(.busy, .lockAwaited, failure.message, remedy: "")
    }
  }
}
