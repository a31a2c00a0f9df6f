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

  package init(
    _ setup: CompiledConfiguration, trigger: String, _ work: Work = .sync, log: Log, reported: Set<Finding> = []
  ) {
    self.setup = setup
    self.trigger = trigger
    self.work = work
    self.log = log
    self.reported = reported
  }

  /// The daemon's own runs.
  package static let poll = "poll"
  package static let change = "change"
  package static let signal = "SIGUSR1"
  /// A one-shot run that no admin waits for.
  package static let timer = "timer"

  private var isByDaemon: Bool { [Self.poll, Self.change, Self.signal].contains(trigger) }

  /// Whether it leaves for later what an admin's own run tries at once.
  private var isPatient: Bool { [Self.poll, Self.change, Self.timer].contains(trigger) }

  private var isDryRun: Bool { if case .dryRun = work { true } else { false } }

  /// What an admin set, and whether failures wait for their next try: the daemon is patient, an admin isn't.
  private var rules: Policy { setup.rules(backsOff: isPatient, foreignRetry: isPatient ? .daily : .always) }

  private var delta: (notifications: [ChangeNotification], lookup: EntryLookup)? {
    if case .delta(let notifications, let lookup) = work { (notifications, lookup) } else { nil }
  }

  /// The same run, which asks this directory server before the others.
  ///
  /// - Parameter markers: where that server stands, and where the directory stood before.
  package func preferringServer(_ server: String?, at markers: (now: String, before: String)) -> SyncRun {
    var setup = setup
    setup.preferredServer = server
    (setup.reachedMarker, setup.earlierMarker) = markers
    return SyncRun(setup, trigger: trigger, work, log: log, reported: reported)
  }

  /// Makes the run. Takes as long as the directory and the PBX do, `run_limit` at most; cancelling its task ends it
  /// after the requests in flight.
  package func callAsFunction(progress: @escaping ChangeScheduler.Progress = { _, _ in }) async -> RunReport {
    var report = RunReport()
    report.isDryRun = isDryRun
    report.removal = setup.configuration.removal
    var runLog = RunLog(log: log)
    let file = StateFolder.ledgerFile(setup.configuration.state.directory)
    if setup.configuration.state.isGuessed {
      report.ledgerNotes.append("[state] directory isn't set, so the ledger is \(file)")
    }
    let isNew = delta == nil && !fileExists(file)
    do {
      if isDryRun {
        let ledger = try await StateFolder.ledgerToPlan(setup)
        if isNew { report.ledgerNotes.append("there is no ledger \(file) yet, so all is new to this plan") }
        report.record(try await RunPreview(setup, ledger, rules, runLog).throwingFailure())
        report.lookups = await lookups(report.plan.held, ledger, setup, at: report.read?.server)
        try await report.explain(from: ledger)
      } else {
        let lock = try await lock()
        defer { withExtendedLifetime(lock) {} }
        if let delta {
          try await run(delta, try await StateFolder.ledgerAgain(setup, under: lock), &report, &runLog, progress)
        } else {
          let ledger = try await StateFolder.ledger(setup, under: lock)
          if isNew {
            report.ledgerNotes.append("made a new ledger, \(file)")
            runLog.ledgerMade(file)
          }
          let begun = ledger.now()
          try await run(ledger, &report, &runLog, progress)
          report.nextTry = try await ledger.nextTry(after: begun)
          (report.generation, report.endedAt) = (try await ledger.generation(), ledger.now())
        }
      }
    } catch {
      report.failure = RunError(error)
    }
    report.isStopped = Task.isCancelled
    if !isByDaemon { report.render() }
    report.measure()
    // What an admin asked for and may not have is answered on the terminal alone. A change that has nothing to do with a phone
    // is nobody's news.
    let isWorthLogging = delta == nil || report.run != nil || report.failure != nil
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

  /// The same for a few entries. Without a change to make there is no run to remember.
  private func run(
    _ delta: (notifications: [ChangeNotification], lookup: EntryLookup), _ ledger: Ledger, _ report: inout RunReport,
    _ runLog: inout RunLog,
    _ progress: @escaping ChangeScheduler.Progress
  ) async throws {
    let now = ledger.now()
    do {
      report.record(try await incrementalPlan(delta, ledger, at: now))
    } catch let error as LDAPError {
      // The connection for notifications is lost: the change listener handles that, and the run hasn't failed.
      report.remainder = "\(error)"
      return
    }
    try await ledger.apply(report.plan.updates, at: now)
    if !report.plan.isEmpty { try await run(ledger, &report, &runLog, progress) }
    report.nextTry = try await ledger.nextTry(after: now)
    (report.generation, report.endedAt) = (try await ledger.generation(), ledger.now())
  }

  /// Reads the entries that changed into the ledger, and plans their neighbourhood.
  private func incrementalPlan(
    _ delta: (notifications: [ChangeNotification], lookup: EntryLookup), _ ledger: Ledger, at now: Timestamp
  ) async throws -> IncrementalPlan {
    let reader = try await IncrementalReader(of: delta.notifications, from: delta.lookup, setup, ledger, at: now)
    let part = try await AffectedPart(
      of: ledger, setup.sources, rules, entries: reader.entries, with: .ofFewEntries, identity: setup.identityName,
      at: now)
    var plan = IncrementalPlan(of: reader.entries, in: part.reading, remembering: part.state, by: rules, at: now)
    if let reason = reader.remainder { plan.requireCompleteRead(because: reason) }
    return plan
  }

  private func run(
    _ ledger: Ledger, _ report: inout RunReport, _ runLog: inout RunLog, _ progress: @escaping ChangeScheduler.Progress
  ) async throws {
    let now = ledger.now()
    let deadline = ContinuousClock.now + setup.configuration.schedule.runLimit
    if case .apply(let file) = work { try await file.check(setup.configuration, ledger) }
    if delta == nil { await backUp(ledger, runLog, now) }
    // Secrets are read for each run, so that a new key needs no restart.
    let key = try setup.securityKey()
    let run = try await ledger.beginRun(RunStart(trigger: trigger, pid: processID, at: now))
    CrashPoint.runBegun.pass()
    runLog.run = run.number
    report.run = run.number

    do {
      if delta == nil { try await prepare(&report, ledger, run, runLog) }
      try await apply(&report, key, ledger, run, runLog, deadline, progress)
    } catch {
      // A run that failed has its place in the history too.
      report.failure = RunError(error).naming(setup.configuration.directory.bindPasswordFile, setup.credentials)
    }
    report.measure()
    do {
      try await recordFirstLoad(report, ledger)
      try await finish(report, ledger, run)
    } catch {
      // What failed first matters more than that it gets into the history.
      report.failure = report.failure ?? RunError(error)
    }
    // They count all that there is, so they wait for a run that looks at all.
    if delta == nil { await writeMetrics(report, ledger, runLog) }
  }

  /// Finds out what to do.
  private func prepare(_ report: inout RunReport, _ ledger: Ledger, _ run: RunID, _ runLog: RunLog) async throws {
    if case .undo(let past) = work {
      report.plan = try await UndoPreview(past, ledger, setup).plan
      try await ledger.recordUndo(of: past, by: run)
      try await ledger.apply(report.plan.updates, at: ledger.now())
      return
    }
    if case .audit(let evidence) = work {
      let audit = try await Audit(evidence, ledger, setup)
      try await ledger.forgetLosses(of: evidence.objects.keys)
      try await ledger.apply(audit.corrections(at: ledger.now()), at: ledger.now())
      runLog.audited(audit)
    }
    for name in try await ledger.endOldApprovals(at: ledger.now()) { runLog.approvalEnded(name) }
    let preview = try await RunPreview(recordingIn: ledger, setup, rules, runLog)
    // An accepted read is recorded after all its consequences: after a crash the next run sees the same changes of the
    // search settings. Any other read changes nothing.
    let isAccepted = preview.pass.failure == nil && preview.pass.record.incomplete == nil
    if !isAccepted { try await ledger.record(preview.pass.record, for: run) }
    report.record(try preview.throwingFailure())
    report.lookups = await lookups(report.plan.held, ledger, setup, at: report.read?.server)
    try await report.explain(from: ledger)
    logFindings(of: report, runLog)
    if case .apply(let file) = work {
      let selection = try file.selection(from: report.plan)
      try await storeHeldSets(report, ledger)
      report.plan = selection
      try await ledger.apply(report.plan.updates, at: ledger.now())
      if isAccepted { try await ledger.record(preview.pass.record, for: run) }
      return
    }
    let now = ledger.now()
    try await ledger.apply(report.plan.updates, at: now)
    CrashPoint.notesTaken.pass()
    for note in report.plan.updates { runLog.recorded(note) }
    if report.incomplete == nil { try await ledger.record(report.searchChanges) }
    let held = Set(report.plan.held.flatMap(\.objects).filter { $0.wanted == nil }.map(\.key))
    for member in report.plan.lapsed {
      runLog.lapsed(member, isHeld: member.action == .removal && held.contains(member.key))
    }
    try await storeHeldSets(report, ledger)
    CrashPoint.holdsKept.pass()
    if isAccepted { try await ledger.record(preview.pass.record, for: run) }
    CrashPoint.readRecorded.pass()
  }

  private func storeHeldSets(_ report: RunReport, _ ledger: Ledger) async throws(LedgerError) {
    let now = ledger.now()
    try await ledger.store(
      holdsOf: report.plan, isComplete: report.incomplete == nil,
      templates: report.templateChanges, at: now)
    for (name, lookup) in report.lookups {
      try await ledger.record(HeldSetRecord.Lookup(asked: lookup.asked, found: lookup.found, at: now), of: name)
    }
  }

  private func apply(
    _ report: inout RunReport, _ key: SecurityKey, _ ledger: Ledger, _ run: RunID, _ runLog: RunLog,
    _ deadline: ContinuousClock.Instant, _ progress: @escaping ChangeScheduler.Progress
  ) async throws {
    let settings = setup.configuration.pbx
    var applied = ExecutionResult(of: report.plan.changes.count)
    let pace = PlanExecutor.ExecutionSettings(
      maxInFlight: settings.maxInFlight, retries: settings.retries, deadline: deadline)
    // Where nothing is to be sent, libcurl and its TLS needn't be in memory.
    if !report.plan.changes.isEmpty {
      let pbx = setup.callControl(with: key)
      let presence = PresenceMemory(
        isOff: !settings.probes, url: settings.url,
        known: try await presence(for: report.plan.changes, pbx, pace, ledger), ledger)
      let applier = PlanExecutor(pbx: pbx, ledger: ledger, run: run, log: runLog, pace: pace, presenceMemory: presence)
      applied = await applier.apply(report.plan.changes, progress: progress)
      report.presence = await presence.learned
      if let learned = report.presence { runLog.learned(learned) }
    }
    report.callCounts = applied.callCounts
    report.changeResults = applied.changeResults
    report.untouched = applied.untouched
    if case .ledger = applied.stop {
      runLog.inDoubt(applied, report.plan.changes, [:])
    } else {
      report.nextTries = try await ledger.setBack(
        applied.backoffs(report.plan.changes, isStopped: Task.isCancelled), at: ledger.now())
      runLog.inDoubt(applied, report.plan.changes, report.nextTries)
      CrashPoint.setbacksKept.pass()
    }
    switch applied.stop {
    case .badKey(let answer):
      report.failure = RunError(keyIn: settings.securityKeyFile, setup.credentials, refusedWith: answer)
    case .ledger(let error): throw error
    case nil: report.failure = applied.unreachable.map { RunError(pbx: settings.url, $0) }
    }
    if applied.stop == nil, !Task.isCancelled {
      report.writings = await WriteBackRunner(setup: setup)(report.dueWritings, until: deadline)
      for ended in report.writings where !reported.contains(.unwritten(ended)) { runLog.write(ended.event) }
    }
    if applied.stop == nil { try await settle(report, ledger) }
    // What this run has put back, or would have removed, isn't missing any more.
    try await ledger.record(losses: applied.losses(report.plan.changes, isDone: false), at: ledger.now())
    if isByDaemon, delta == nil, report.failure == nil {
      let audit = SlowAudit(
        settings: settings, ledger: ledger, connect: { [setup] in setup.callControl(with: key) }, pace: pace)
      runLog.asked(try await audit(hasLost: !applied.losses(report.plan.changes).isEmpty))
    }
  }

  /// Unmarks the entries without open changes. An incomplete run leaves the marks for the next one.
  private func settle(_ report: RunReport, _ ledger: Ledger) async throws(LedgerError) {
    switch work {
    case .sync, .audit: if report.incomplete == nil { try await ledger.unmark(allBut: report.unsettledEntries) }
    case .delta, .apply, .undo, .dryRun: break
    }
  }

  private func logFindings(of report: RunReport, _ runLog: RunLog) {
    if let read = report.read, read.incomplete == nil { runLog.certified(read, changed: report.changedEntries) }
    for finding in report.findings where !reported.contains(finding) {
      if let event = finding.event(in: report) { runLog.write(event) }
    }
  }

  /// A first load that was interrupted, or in which much failed, goes on as one.
  private func recordFirstLoad(_ report: RunReport, _ ledger: Ledger) async throws(LedgerError) {
    if delta != nil { return }
    let loaded = try await ledger.loadedKinds()
    let kinds = report.firstLoads(try await ledger.counts(), rules.addition).subtracting(loaded)
    try await ledger.recordFirstLoad(of: kinds, at: ledger.now())
  }

  private func finish(_ report: RunReport, _ ledger: Ledger, _ run: RunID) async throws(LedgerError) {
    let counts = RunEnd.Counts(
      added: report.callCounts.added, updated: report.callCounts.updated, deleted: report.callCounts.deleted,
      failed: report.callCounts.failed, conflict: report.skippedCount,
      held: report.heldCount, inDoubt: report.callCounts.inDoubt)
    try await ledger.finishRun(
      run,
      RunEnd(
        at: ledger.now(), exitStatus: Int(report.status.rawValue), counts: counts,
        requests: report.callCounts.requests, summary: report.summary))
    CrashPoint.runFinished.pass()
  }

  /// Nor does a run depend on whether anybody can watch it.
  private func writeMetrics(_ report: RunReport, _ ledger: Ledger, _ runLog: RunLog) async {
    guard let path = setup.configuration.metrics.textfile else { return }
    do throws(LedgerError) {
      let metrics = try await MetricsFile(report, ledger, at: ledger.now())
      do throws(FileError) {
        try writeFile(path, metrics.text, mode: 0o644)
      } catch {
        runLog.metricsFailed(path, error.reason)
      }
    } catch {
      runLog.metricsFailed(path, error.description)
    }
  }

  /// A backup that can't be made is a reason to warn, not to stop. What is to be forgotten isn't in the new one.
  private func backUp(_ ledger: Ledger, _ runLog: RunLog, _ now: Timestamp) async {
    do throws(LedgerError) {
      try await ledger.forgetLeavers(after: setup.configuration.privacy.keep.components.seconds, at: now)
      try await ledger.backUpDaily(keeping: setup.configuration.state.backups, at: now)
    } catch {
      runLog.backupFailed(error.description)
    }
  }
}
