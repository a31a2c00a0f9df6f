import CallControl
import Configuration
package import Directory
import Domain
package import Executor
package import HTTP
package import Journal
package import LDAP
package import Ledger
import Mapping
import Platform
package import Reconcile

/// One run: read, map, plan, guard, execute. The daemon and all commands use it; they differ only in where they start and stop.
package struct SyncRun: Sendable {
  package enum Work: Sendable {
    /// All steps.
    case sync
    /// All steps but the last; nothing is sent and nothing stored.
    case dryRun
    /// All steps, but only changes of this plan are made.
    case apply(PlanFile)
    /// Reverts a past run, without a read of the directory.
    case undo(RunID)
    /// A full run, after the ledger was corrected by evidence of the PBX's objects.
    case audit(PBXEvidence)
    /// A run for a few entries: those of notifications, right after these, or one that an admin names.
    case incremental([ChangeNotification], EntryLookup)
  }

  package let setup: CompiledConfiguration
  /// The reason of the run in the ledger's history: `sync-now`, `timer`, `poll`.
  let trigger: String
  let work: Work
  let log: Log
  /// Findings that need no second event, because an earlier run of this process has logged them.
  let reported: Set<Finding>
  /// What a service has to tell besides what its run finds.
  let standing: [Alert]
  /// How far this process has seen the ledger get.
  private let seen: Anchor?

  /// How many of the changes that were made the report lists; more are only counted.
  private let limit: Int
  /// The way to the PBX; nil for a client of its own.
  let transport: (any Transport)?

  package init(
    _ setup: CompiledConfiguration, trigger: String, _ work: Work = .sync, log: Log, reported: Set<Finding> = [],
    alerting standing: [Alert] = [], after seen: Anchor? = nil, listing limit: Int = 0,
    over transport: (any Transport)? = nil
  ) {
    self.setup = setup
    self.trigger = trigger
    self.work = work
    self.log = log
    self.reported = reported
    self.standing = standing
    self.seen = seen
    self.limit = limit
    self.transport = transport
  }

  /// The daemon's own runs.
  package static let poll = "poll"
  package static let change = "change"
  package static let signal = "SIGUSR1"
  /// A one-shot run that no admin waits for.
  package static let timer = "timer"

  var isByDaemon: Bool { Self.isByService(trigger) }

  /// Whether the service begins runs with this trigger.
  package static func isByService(_ trigger: String) -> Bool { [poll, change, signal].contains(trigger) }

  /// Whether back-off applies: a run by an admin retries at once, unless that may mail a person again.
  private var isPatient: Bool { [Self.poll, Self.change, Self.timer].contains(trigger) }

  var isDryRun: Bool { if case .dryRun = work { true } else { false } }

  /// The admin's settings. A plan leaves out what the PBX is known to refuse, such as an addition with a number that it has already; a run
  /// asks again.
  var policy: Policy {
    let foreignRetry: ForeignRetry =
      switch work {
      case .dryRun, .apply: .never
      case .sync, .audit, .incremental, .undo: isPatient ? .daily : .always
      }
    return setup.policy(backsOff: isPatient, foreignRetry: foreignRetry)
  }

  var isIncremental: Bool { if case .incremental = work { true } else { false } }

  /// Whether an admin asked for it, about one entry.
  var isOfEntry: Bool { isIncremental && !isByDaemon }

  /// The same run, which tries this directory server before the others.
  ///
  /// - Parameter markers: the server's change marker, and the directory's marker before.
  package func preferringServer(_ server: String?, at markers: (now: String, before: String)) -> SyncRun {
    var setup = setup
    setup.preferredServer = server
    (setup.reachedMarker, setup.earlierMarker) = markers
    return SyncRun(
      setup, trigger: trigger, work, log: log, reported: reported, alerting: standing, after: seen, listing: limit,
      over: transport)
  }

  /// Makes the run, within `run_limit`. If its task is cancelled, it ends after the requests in flight.
  package func run(progress: @escaping ChangeScheduler.Progress = { _, _ in }) async -> RunReport {
    var report = RunReport(listing: limit)
    report.isDryRun = isDryRun
    report.isOfEntry = isOfEntry
    report.isOfPlanFile = if case .apply = work { true } else { false }
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
        if !isNew { report.ledgerVersion = try await LedgerVersion(of: copy) }
        var dryRun = RunInProgress(self, copy, runLog, report)
        defer { report = dryRun.report }
        try await dryRun.followDirectory()
      } else {
        let lock = try await lock()
        let seen = seen ?? seenByService
        defer { withExtendedLifetime(lock) {} }
        let ledger =
          try await isIncremental && isByDaemon
          ? StateFolder.ledgerAgain(setup, after: seen, under: lock)
          : StateFolder.ledger(setup, after: seen, under: lock)
        report.anchor = try await ledger.anchor()
        if isNew {
          report.ledgerNotes.append("made a new ledger, \(file)")
          runLog.ledgerMade(file)
        }
        var run = RunInProgress(self, ledger, runLog, report)
        defer { (report, runLog) = (run.report, run.log) }
        try await run.run(progress: progress)
        await run.sendAlerts()
        run.report.anchor = try await ledger.anchor()
      }
    } catch {
      let failure = RunError(error)
      report.failure = failure
      await sendAlert(failure, &report, runLog)
    }
    report.isStopped = Task.isCancelled
    if !isByDaemon { report.render() }
    report.measure()
    // Log a summary unless the command was refused or an incremental run changed nothing.
    let isWorthLogging = !isIncremental || report.run != nil || report.failure != nil
    if !isDryRun && isWorthLogging && report.status != .refused
      && !(report.failure.map { reported.contains(.failure($0.event)) } ?? false)
    {
      runLog.runFinished(report)
    }
    return report
  }

  /// How far the service on the same state folder has seen the ledger get: it remembers what a new process can't know.
  private var seenByService: Anchor? {
    let configuration = setup.configuration
    return isByDaemon ? nil : StateFolder.service(configuration.state.directory, configuration.digest)?.state?.anchor
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
