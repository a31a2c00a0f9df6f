import CallControl
import Configuration
import Directory
import Domain
import Executor
import Journal
import LDAP
import Ledger
import Platform
import Reconcile

/// One run under way: its inputs, its log and its report so far.
///
/// After each step the ledger is in a state from which the next run continues after a crash.
struct RunInProgress {
  let request: SyncRun
  /// A private copy for a dry run.
  let ledger: Ledger
  var log: RunLog
  var report: RunReport
  /// nil for a dry run, and until the run is in the history.
  private var execution: Execution?

  /// The means to make changes.
  private struct Execution {
    let run: RunID
    let key: SecurityKey
    let deadline: ContinuousClock.Instant
    let progress: ChangeScheduler.Progress
    /// From the first part with changes on.
    var pbx: (control: CallControl, presence: PresenceMemory)?
    var learned: SendingPace?
  }

  init(_ request: SyncRun, _ ledger: Ledger, _ log: RunLog, _ report: RunReport) {
    (self.request, self.ledger, self.log, self.report) = (request, ledger, log, report)
  }

  var setup: CompiledConfiguration { request.setup }

  /// Does the requested work, and records it in the history. An incremental run without changes isn't recorded.
  mutating func run(progress: @escaping ChangeScheduler.Progress) async throws {
    let begun = ledger.now()
    if let ended = try await ledger.endFreezeIfOver() { log.write(ended.endEvent(at: nil)) }
    let incremental = try await incrementalPlan(at: begun)
    if report.failure == nil, incremental?.isEmpty != true { try await run(incremental, at: begun, progress: progress) }
    report.nextTry = try await ledger.nextTry(after: begun)
    (report.generation, report.endedAt) = (try await ledger.generation(), ledger.now())
  }

  private mutating func run(
    _ incremental: Plan?, at now: Timestamp, progress: @escaping ChangeScheduler.Progress
  ) async throws {
    let deadline = ContinuousClock.now + setup.configuration.schedule.runLimit
    switch request.work {
    case .apply, .undo:
      if let freeze = try await ledger.freeze() { throw RunError(frozen: freeze) }
    case .sync, .dryRun, .audit, .incremental: break
    }
    if case .apply(let file) = request.work { try await file.check(setup.configuration, ledger) }
    if incremental == nil { await backUp(at: now) }
    // Secrets are read for each run, so that a new key needs no restart.
    let key = try setup.securityKey()
    let run = try await ledger.beginRun(RunStart(trigger: request.trigger, pid: processID, at: now))
    CrashPoint.runBegun.pass()
    log.run = run.number
    report.run = run.number
    execution = Execution(run: run, key: key, deadline: deadline, progress: progress)

    do {
      if let incremental {
        try await execute(incremental)
      } else if case .undo(let past) = request.work {
        let plan = try await UndoPreview(past, ledger, setup).plan
        try await ledger.recordUndo(of: past, by: run)
        report.add(plan)
        try await ledger.apply(plan.updates, at: ledger.now())
        try await execute(plan)
      } else {
        try await followDirectory()
      }
      if incremental == nil { try await auditSlowly() }
    } catch {
      // A failed run is recorded in the history too.
      report.failure = RunError(error).naming(setup.configuration.directory.bindPasswordFile, setup.credentials)
    }
    report.measure()
    do {
      if incremental == nil {
        if report.read != nil { report.unprovenInLedger = try await ledger.unprovenObjects() }
        try await recordFirstLoad()
      }
      try await recordConflicts()
      try await finish(run)
    } catch {
      // The first failure matters more than the failure to record it.
      report.failure = report.failure ?? RunError(error)
    }
    // The metrics count all entries, so only a full run writes them.
    if incremental == nil { await writeMetrics() }
  }

  /// Reads the entries that changed into the ledger, and plans their neighbourhood; nil for a run that isn't incremental.
  private mutating func incrementalPlan(at now: Timestamp) async throws -> Plan? {
    guard case .incremental(let notifications, let lookup) = request.work else { return nil }
    do {
      guard
        let found = try await EntryPlan(
          of: notifications, from: lookup, setup, by: request.policy, into: ledger, at: now, isAsked: request.isOfEntry)
      else { return Plan() }
      if !found.incremental.plan.isEmpty, let marker = try await lookup.connection.changeMarker(over: setup.watched) {
        try await ledger.record(marker: marker.text, at: now)
      }
      report.remainder = found.incremental.remainder
      try await ledger.store(conflictsOfNeighbourhood: found.incremental.neighbourhood.unmet)
      if request.isOfEntry {
        report.add(found.incremental.neighbourhood.about(found.entries))
        report.problems = try await ledger.problems().filter { $0.entry.map(found.entries.contains) == true }
        try await report.explain(from: ledger)
      } else {
        report.add(found.incremental.plan)
      }
      try await ledger.apply(found.incremental.plan.updates, at: now)
      return found.incremental.plan
    } catch let error as LDAPError where !request.isOfEntry {
      // The connection for notifications is lost: the change listener handles that, and the run hasn't failed.
      report.remainder = "\(error)"
      return Plan()
    }
  }

  // MARK: - From the directory to the PBX

  /// Reads the directory into the ledger, and plans part by part. The changes of each part are made before the next part is planned; a
  /// dry run only reports them.
  mutating func followDirectory() async throws {
    if case .audit(let evidence) = request.work { try await correctLedger(by: evidence) }
    if execution != nil {
      try await endOldApprovals()
    }
    let now = ledger.now()
    let counts = try await ledger.counts()
    let isFirstLoad = execution == nil && counts.isEmpty
    let read = try await DirectoryRead(
      setup, into: ledger, after: ReadBaseline(of: ledger, setup), at: now, for: isFirstLoad ? .firstLoad : .run,
      log: log)
    if !read.isComplete { try await record(read) }
    if let failure = read.failure { throw failure }
    report.add(read, problems: try await ledger.problems())
    if execution != nil { logRead() }
    // A plan that was reviewed as a whole is made as a whole.
    let isInOnePart = if case .apply = request.work { true } else { execution == nil }
    var parts = try await AffectedParts(
      of: ledger, setup.sources, request.policy, with: read.reading, identity: setup.identityName, at: now,
      inOnePart: isInOnePart)
    var isFirst = true
    while !Task.isCancelled, let part = try await parts.next() {
      let plan = Reconcile.plan(for: part.reading, remembering: part.state, by: request.policy, at: now)
      try await add(plan, isFirst: isFirst)
      if let execution {
        try await finishPart(plan, read: read, isFirst: isFirst)
        if report.failure != nil || Task.isCancelled || ContinuousClock.now >= execution.deadline {
          report.unplanned = try await ledger.unplannedCount()
          break
        }
      } else {
        report.add(plan.changes)
      }
      isFirst = false
    }
    if isFirstLoad { report.addSharedNumbers(of: read) }
  }

  /// Ends approvals that no run has made for a week. While it is frozen they wait, and for a day after that.
  private func endOldApprovals() async throws(LedgerError) {
    if try await ledger.freeze() != nil { return try await ledger.keepApprovals(at: ledger.now()) }
    for name in try await ledger.endOldApprovals(at: ledger.now()) { log.approvalLapsed(name) }
  }

  /// Corrects the ledger by the evidence of the PBX's objects.
  private mutating func correctLedger(by evidence: PBXEvidence) async throws {
    let audit = try await Audit(evidence, ledger, setup)
    try await ledger.deleteLosses(of: evidence.objects.keys)
    try await ledger.apply(audit.corrections(at: ledger.now()), at: ledger.now())
    log.auditFinished(audit)
  }

  /// Adds a part's plan to the report. Only the first part has held sets.
  private mutating func add(_ plan: Plan, isFirst: Bool) async throws {
    report.add(plan)
    if isFirst {
      report.lookups = await request.lookups(plan.held, ledger, setup, at: report.read?.server)
      try await report.explain(from: ledger)
    }
    if execution != nil { logNew(plan.findings) }
  }

  /// Records the conclusions of a part's plan, makes its changes, and ends the part.
  private mutating func finishPart(_ plan: Plan, read: DirectoryRead, isFirst: Bool) async throws {
    var plan = plan
    if case .apply(let file) = request.work {
      plan = try file.selection(from: plan)
      try await storeHeldSets()
      try await ledger.apply(plan.updates, at: ledger.now())
    } else {
      try await ledger.apply(plan.updates, at: ledger.now())
      CrashPoint.notesTaken.pass()
      for update in plan.updates { log.updateRecorded(update) }
      if isFirst, report.incomplete == nil { try await ledger.record(report.searchChanges) }
      let held = Set(plan.held.flatMap(\.objects).filter { $0.wanted == nil }.map(\.key))
      for member in plan.lapsed {
        log.approvalLapsed(member, isHeld: member.action == .removal && held.contains(member.key))
      }
      if isFirst || !plan.disputes.isEmpty { try await storeHeldSets() }
      CrashPoint.holdsKept.pass()
    }
    // The search settings are recorded after the absences that follow from them. After a crash the next read finds them changed again.
    if isFirst, read.isComplete { try await record(read) }
    CrashPoint.readRecorded.pass()
    guard let result = try await execute(plan) else { return }
    let freed = plan.freedKeys(after: result)
    if try await ledger.isAnyWanted(of: freed) { report.freesWantedNumber = true }
    switch request.work {
    // After an incomplete run the entries stay marked for the next run.
    case .sync, .audit:
      try await ledger.endPart(
        unsettled: report.incomplete == nil ? plan.unsettledEntries(after: result) : nil, freed: freed)
    case .incremental, .apply, .undo, .dryRun: break
    }
  }

  private func record(_ read: DirectoryRead) async throws(LedgerError) {
    if let execution { try await ledger.record(read.record, for: execution.run) }
  }

  private func storeHeldSets() async throws(LedgerError) {
    let now = ledger.now()
    try await ledger.store(
      holdsOf: report.plan, isComplete: report.incomplete == nil, templates: report.templateChanges, at: now)
    for (name, lookup) in report.lookups {
      try await ledger.record(
        HeldSetRecord.Lookup(asked: lookup.asked, found: lookup.found, unselected: lookup.unselected, at: now), of: name
      )
    }
  }

  /// Makes a plan's changes on the PBX and in the directory, and records the results.
  ///
  /// - Returns: nil for a dry run.
  /// - Throws: also if the ledger couldn't be written: then nothing more may be sent.
  @discardableResult
  private mutating func execute(_ plan: Plan) async throws -> ExecutionResult? {
    guard var execution else { return nil }
    let pbxSection = setup.configuration.pbx
    var result = ExecutionResult(of: plan.changes.count)
    let settings = PlanExecutor.ExecutionSettings(pbxSection, until: execution.deadline)
    // libcurl and its TLS take memory, so a run without changes has none of them.
    if !plan.changes.isEmpty {
      // Before the first probe.
      try ledger.checkRoom()
      let pbx: (control: CallControl, presence: PresenceMemory)
      if let known = execution.pbx {
        pbx = known
      } else {
        let control = setup.callControl(with: execution.key, over: request.transport)
        let presence = PresenceMemory(
          isOff: !pbxSection.probes, url: pbxSection.url,
          known: try await request.presence(for: plan.changes, control, settings, ledger), ledger)
        pbx = (control, presence)
      }
      let executor = PlanExecutor(
        pbx: pbx.control, ledger: ledger, run: execution.run, log: log, settings: settings, presenceMemory: pbx.presence
      )
      let earlier = report.changeCount
      result = await executor.execute(plan.changes, after: execution.learned) {
        [progress = execution.progress] done, all in
        progress(earlier + done, earlier + all)
      }
      (execution.pbx, execution.learned) = (pbx, result.learned)
      self.execution = execution
      if let learned = pbx.presence.learned, learned != report.presence {
        report.presence = learned
        log.presenceLearned(learned)
      }
    }
    report.add(plan.changes, result)
    if case .ledger(let error) = result.stop {
      log.logInDoubt(plan.changes, in: result, nextTries: [:])
      throw error
    }
    let nextTries = try await ledger.recordFailures(
      result.backoffs(plan.changes, isStopped: Task.isCancelled), at: ledger.now())
    report.nextTries.merge(nextTries) { _, new in new }
    log.logInDoubt(plan.changes, in: result, nextTries: nextTries)
    CrashPoint.setbacksKept.pass()
    if case .badKey(let answer) = result.stop {
      report.failure = RunError(keyIn: pbxSection.securityKeyFile, setup.credentials, refusedWith: answer)
    } else {
      report.failure = result.unreachable.map { RunError(pbx: pbxSection.url, $0) }
      if !Task.isCancelled {
        let written = await WriteBackRunner(setup: setup).write(
          plan.dueWrites(after: result), until: execution.deadline)
        logNew(written.map(Finding.unwritten))
        report.writeBacks += written
      }
    }
    report.lost.formUnion(result.losses(plan.changes))
    // Objects that this run has added again, or would have removed, are no longer missing.
    try await ledger.record(losses: result.losses(plan.changes, isDone: false), at: ledger.now())
    return result
  }

  /// Probes some of the extensions, or all of them once the PBX has lost one.
  private func auditSlowly() async throws {
    // A probe is sent to the PBX too.
    guard let execution, request.isByDaemon, report.failure == nil, report.plan.freeze == nil else { return }
    let pbxSection = setup.configuration.pbx
    let audit = SlowAudit(
      pbxSection: pbxSection, ledger: ledger,
      connect: { [setup, request] in setup.callControl(with: execution.key, over: request.transport) },
      settings: PlanExecutor.ExecutionSettings(pbxSection, until: execution.deadline))
    log.slowAuditFinished(try await audit.auditDue(hasLost: !report.lost.isEmpty))
  }
}
