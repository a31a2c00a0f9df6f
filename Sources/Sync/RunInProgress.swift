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

/// One run under way: what it works with, and what it has found and done so far.
///
/// Each step leaves the ledger such that a run after a crash goes on from there.
struct RunInProgress {
  let request: SyncRun
  /// A private copy for a dry run.
  let ledger: Ledger
  var log: RunLog
  var report: RunReport
  /// nil for a dry run, and until the run has its place in the history.
  private var sending: Sending?

  /// What it takes to make changes.
  private struct Sending {
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

  /// Does what was requested, and records it in the history. An incremental run without changes has no place there.
  mutating func make(_ progress: @escaping ChangeScheduler.Progress) async throws {
    let begun = ledger.now()
    let incremental = try await incrementalPlan(at: begun)
    if report.failure == nil, incremental?.isEmpty != true { try await make(incremental, at: begun, progress) }
    report.nextTry = try await ledger.nextTry(after: begun)
    (report.generation, report.endedAt) = (try await ledger.generation(), ledger.now())
  }

  private mutating func make(
    _ incremental: Plan?, at now: Timestamp, _ progress: @escaping ChangeScheduler.Progress
  ) async throws {
    let deadline = ContinuousClock.now + setup.configuration.schedule.runLimit
    if case .apply(let file) = request.work { try await file.check(setup.configuration, ledger) }
    if incremental == nil { await backUp(at: now) }
    // Secrets are read for each run, so that a new key needs no restart.
    let key = try setup.securityKey()
    let run = try await ledger.beginRun(RunStart(trigger: request.trigger, pid: processID, at: now))
    CrashPoint.runBegun.pass()
    log.run = run.number
    report.run = run.number
    sending = Sending(run: run, key: key, deadline: deadline, progress: progress)

    do {
      if let incremental {
        try await carryOut(incremental)
      } else if case .undo(let past) = request.work {
        let plan = try await UndoPreview(past, ledger, setup).plan
        try await ledger.recordUndo(of: past, by: run)
        report.add(plan)
        try await ledger.apply(plan.updates, at: ledger.now())
        try await carryOut(plan)
      } else {
        try await followDirectory()
      }
      if incremental == nil { try await auditSlowly() }
    } catch {
      // A run that failed has its place in the history too.
      report.failure = RunError(error).naming(setup.configuration.directory.bindPasswordFile, setup.credentials)
    }
    report.measure()
    do {
      if incremental == nil { try await recordFirstLoad() }
      try await finish(run)
    } catch {
      // What failed first matters more than that it gets into the history.
      report.failure = report.failure ?? RunError(error)
    }
    // They count all that there is, so they wait for a run that looks at all.
    if incremental == nil { await writeMetrics() }
  }

  /// Reads the entries that changed into the ledger, and plans their neighbourhood; nil for a run that isn't incremental.
  private mutating func incrementalPlan(at now: Timestamp) async throws -> Plan? {
    guard case .delta(let notifications, let lookup) = request.work else { return nil }
    do {
      let reader = try await IncrementalReader(of: notifications, from: lookup, setup, ledger, at: now)
      guard
        let found = try await ledger.neighbourhood(
          of: .entries(reader.entries), linksUsers: request.rules.linksUsers, at: now)
      else { return Plan() }
      let part = try await AffectedPart(
        found, of: ledger, setup.sources, with: .ofFewEntries, identity: setup.identityName, at: now)
      var incremental = IncrementalPlan(
        of: reader.entries, in: part.reading, remembering: part.state, by: request.rules, at: now)
      if let reason = reader.remainder { incremental.requireCompleteRead(because: reason) }
      report.remainder = incremental.remainder
      report.add(incremental.plan)
      try await ledger.apply(incremental.plan.updates, at: now)
      return incremental.plan
    } catch let error as LDAPError {
      // The connection for notifications is lost: the change listener handles that, and the run hasn't failed.
      report.remainder = "\(error)"
      return Plan()
    }
  }

  // MARK: - From the directory to the PBX

  /// Reads the directory into the ledger, and plans what follows, part by part. The changes of each part are made before the next one is
  /// planned; those of a dry run are only reported.
  mutating func followDirectory() async throws {
    if case .audit(let evidence) = request.work { try await correct(by: evidence) }
    if sending != nil {
      for name in try await ledger.endOldApprovals(at: ledger.now()) { log.approvalEnded(name) }
    }
    let now = ledger.now()
    let read = try await DirectoryRead(setup, into: ledger, at: now, log: log)
    if !read.isComplete { try await record(read) }
    if let failure = read.failure { throw failure }
    report.add(read, problems: try await ledger.problems())
    if sending != nil { logRead() }
    // What was reviewed as one plan is made as one plan.
    let isInOnePart = if case .apply = request.work { true } else { sending == nil }
    var parts = try await AffectedParts(
      of: ledger, setup.sources, request.rules, with: read.reading, identity: setup.identityName, at: now,
      inOnePart: isInOnePart)
    var isFirst = true
    while !Task.isCancelled, let part = try await parts.next() {
      let plan = Reconcile.plan(for: part.reading, remembering: part.state, by: request.rules, at: now)
      try await add(plan, isFirst: isFirst)
      if let sending {
        try await settle(plan, read, isFirst: isFirst)
        if report.failure != nil || Task.isCancelled || ContinuousClock.now >= sending.deadline {
          report.unplanned = try await ledger.unplannedCount()
          break
        }
      } else {
        report.add(plan.changes)
      }
      isFirst = false
    }
  }

  /// Corrects the ledger by what the PBX was seen to have.
  private mutating func correct(by evidence: PBXEvidence) async throws {
    let audit = try await Audit(evidence, ledger, setup)
    try await ledger.forgetLosses(of: evidence.objects.keys)
    try await ledger.apply(audit.corrections(at: ledger.now()), at: ledger.now())
    log.audited(audit)
  }

  /// Takes a part's plan into the report. Only the first part has held sets.
  private mutating func add(_ plan: Plan, isFirst: Bool) async throws {
    report.add(plan)
    if isFirst {
      report.lookups = await request.lookups(plan.held, ledger, setup, at: report.read?.server)
      try await report.explain(from: ledger)
    }
    if sending != nil { logNew(plan.findings) }
  }

  /// Records what a part's plan concludes, makes its changes, and ends the part.
  private mutating func settle(_ plan: Plan, _ read: DirectoryRead, isFirst: Bool) async throws {
    var plan = plan
    if case .apply(let file) = request.work {
      plan = try file.selection(from: plan)
      try await storeHeldSets()
      try await ledger.apply(plan.updates, at: ledger.now())
    } else {
      try await ledger.apply(plan.updates, at: ledger.now())
      CrashPoint.notesTaken.pass()
      for update in plan.updates { log.recorded(update) }
      if isFirst, report.incomplete == nil { try await ledger.record(report.searchChanges) }
      let held = Set(plan.held.flatMap(\.objects).filter { $0.wanted == nil }.map(\.key))
      for member in plan.lapsed {
        log.lapsed(member, isHeld: member.action == .removal && held.contains(member.key))
      }
      if isFirst || !plan.disputes.isEmpty { try await storeHeldSets() }
      CrashPoint.holdsKept.pass()
    }
    // Its search settings are on record once the absences that follow from them are: after a crash the next read finds them changed again.
    if isFirst, read.isComplete { try await record(read) }
    CrashPoint.readRecorded.pass()
    let unsettled = try await carryOut(plan)
    switch request.work {
    // A run that didn't see or do all leaves the marks for the next one.
    case .sync, .audit: try await ledger.endPart(unsettled: report.incomplete == nil ? unsettled : nil)
    case .delta, .apply, .undo, .dryRun: break
    }
  }

  private func record(_ read: DirectoryRead) async throws(LedgerError) {
    if let sending { try await ledger.record(read.record, for: sending.run) }
  }

  private func storeHeldSets() async throws(LedgerError) {
    let now = ledger.now()
    try await ledger.store(
      holdsOf: report.plan, isComplete: report.incomplete == nil, templates: report.templateChanges, at: now)
    for (name, lookup) in report.lookups {
      try await ledger.record(HeldSetRecord.Lookup(asked: lookup.asked, found: lookup.found, at: now), of: name)
    }
  }

  /// Makes a plan's changes on the PBX and in the directory, and records the results.
  ///
  /// - Returns: The entries that the next run must plan again.
  /// - Throws: Also if the ledger couldn't be written: then nothing more may be sent.
  @discardableResult
  private mutating func carryOut(_ plan: Plan) async throws -> Set<EntryID> {
    guard var sending else { return [] }
    let settings = setup.configuration.pbx
    var result = ExecutionResult(of: plan.changes.count)
    let pace = PlanExecutor.ExecutionSettings(
      maxInFlight: settings.maxInFlight, retries: settings.retries, deadline: sending.deadline)
    // libcurl and its TLS take memory, so a run without changes has none of them.
    if !plan.changes.isEmpty {
      let pbx: (control: CallControl, presence: PresenceMemory)
      if let known = sending.pbx {
        pbx = known
      } else {
        let control = setup.callControl(with: sending.key)
        let presence = PresenceMemory(
          isOff: !settings.probes, url: settings.url,
          known: try await request.presence(for: plan.changes, control, pace, ledger), ledger)
        pbx = (control, presence)
      }
      let executor = PlanExecutor(
        pbx: pbx.control, ledger: ledger, run: sending.run, log: log, pace: pace, presenceMemory: pbx.presence)
      let made = report.changeCount
      result = await executor.apply(plan.changes, after: sending.learned) { [progress = sending.progress] done, all in
        progress(made + done, made + all)
      }
      (sending.pbx, sending.learned) = (pbx, result.learned)
      self.sending = sending
      if let learned = await pbx.presence.learned, learned != report.presence {
        report.presence = learned
        log.learned(learned)
      }
    }
    report.add(plan.changes, result)
    if case .ledger(let error) = result.stop {
      log.inDoubt(result, plan.changes, [:])
      throw error
    }
    let nextTries = try await ledger.setBack(
      result.backoffs(plan.changes, isStopped: Task.isCancelled), at: ledger.now())
    report.nextTries.merge(nextTries) { _, new in new }
    log.inDoubt(result, plan.changes, nextTries)
    CrashPoint.setbacksKept.pass()
    if case .badKey(let answer) = result.stop {
      report.failure = RunError(keyIn: settings.securityKeyFile, setup.credentials, refusedWith: answer)
    } else {
      report.failure = result.unreachable.map { RunError(pbx: settings.url, $0) }
      if !Task.isCancelled {
        let written = await WriteBackRunner(setup: setup)(plan.dueWrites(after: result), until: sending.deadline)
        logNew(written.map(Finding.unwritten))
        report.writings += written
      }
    }
    let losses = result.losses(plan.changes)
    if !losses.isEmpty { report.hasLosses = true }
    // Objects that this run has added again, or would have removed, are no longer missing.
    try await ledger.record(losses: result.losses(plan.changes, isDone: false), at: ledger.now())
    return plan.unsettledEntries(after: result)
  }

  /// Asks the PBX for some of the extensions, or for all of them once it has lost one.
  private func auditSlowly() async throws {
    guard let sending, request.isByDaemon, report.failure == nil else { return }
    let settings = setup.configuration.pbx
    let audit = SlowAudit(
      settings: settings, ledger: ledger, connect: { [setup] in setup.callControl(with: sending.key) },
      pace: PlanExecutor.ExecutionSettings(
        maxInFlight: settings.maxInFlight, retries: settings.retries, deadline: sending.deadline))
    log.asked(try await audit(hasLost: report.hasLosses))
  }
}
