import CallControl
import Configuration
import Domain
import Journal
import LDAP
import Ledger
import Platform
import Reconcile

/// The one path that data takes: read, map, compare, guard, apply. The daemon and `--sync-now` walk it alike.
struct SyncRun: Sendable {
  let setup: Setup
  /// `sync-now`, `poll`: what the ledger's history says began it.
  let trigger: String
  let isDryRun: Bool
  let log: Log
  /// Problems that need no second event, because an earlier run of this process told them.
  let told: Set<Told>

  init(_ setup: Setup, trigger: String, isDryRun: Bool = false, log: Log, told: Set<Told> = []) {
    self.setup = setup
    self.trigger = trigger
    self.isDryRun = isDryRun
    self.log = log
    self.told = told
  }

  /// Something wrong that stays so from run to run.
  enum Told: Hashable, Sendable {
    case problem(Problem)
    case parked(Parked)
    case held(Held)
    case incomplete(String)
    case failure(Failure)
  }

  /// Makes the run. Takes as long as the directory and the PBX do, `run_limit` at most; cancelling its task ends it
  /// after the requests in flight.
  func callAsFunction(progress: @Sendable (_ done: Int, _ of: Int) -> Void = { _, _ in }) async -> Report {
    let start = ContinuousClock.now
    var report = Report()
    report.isDryRun = isDryRun
    report.removal = setup.configuration.removal
    var runLog = RunLog(log: log)
    do {
      let lock = isDryRun ? nil : try State.lock(setup.configuration.state.directory)
      defer { withExtendedLifetime(lock) {} }
      try await run(&report, &runLog, deadline: start + setup.configuration.schedule.runLimit, progress)
    } catch {
      report.failure = Failure(error)
    }
    report.seconds = ContinuousClock.now - start
    report.peakMemory = peakMemory()
    if !isDryRun && !(report.failure.map { told.contains(.failure($0)) } ?? false) { runLog.finished(report) }
    return report
  }

  private func run(
    _ report: inout Report, _ runLog: inout RunLog, deadline: ContinuousClock.Instant,
    _ progress: @Sendable (Int, Int) -> Void
  ) async throws {
    let now = secondsSince1970()
    let ledger = try State.ledger(setup.configuration.state.directory, readOnly: isDryRun)
    let memory = try await ledger?.memory() ?? Memory()
    // Secrets are read for each run, so that a new key needs no restart.
    let server = try setup.server()
    let pbx = isDryRun ? nil : try setup.callControl()

    var run: RunID?
    if !isDryRun, let ledger {
      run = try await ledger.beginRun(RunStart(trigger: trigger, pid: processID, at: now))
      CrashPoint.runBegun.pass()
      runLog.run = run?.number
      report.run = run?.number
    }

    do {
      let pass = try await DirectoryReading.read(
        setup, server, owning: Set(memory.owned.map(\.key.kind)), at: now, log: runLog)
      report.take(pass)
      report.plan = plan(
        for: pass.reading, remembering: memory, numbers: setup.configuration.numbers.policy,
        removal: setup.configuration.removal, at: now)
      tell(report, runLog)
      if let ledger, let run, let pbx {
        try await ledger.record(pass.record, for: run)
        CrashPoint.readRecorded.pass()
        try await ledger.take(report.plan.notes, at: now)
        CrashPoint.notesTaken.pass()
        try await apply(&report, pbx, ledger, run, runLog, deadline, progress)
      }
    } catch {
      // A run that failed has its place in the history too; the error itself matters more than that it gets there.
      report.failure = Failure(error)
      if let ledger, let run { try? await finish(report, ledger, run) }
      throw error
    }
    if let ledger, let run { try await finish(report, ledger, run) }
  }

  private func apply(
    _ report: inout Report, _ pbx: CallControl, _ ledger: Ledger, _ run: RunID, _ runLog: RunLog,
    _ deadline: ContinuousClock.Instant, _ progress: @Sendable (Int, Int) -> Void
  ) async throws {
    let settings = setup.configuration.pbx
    let applier = Applier(
      pbx: pbx, ledger: ledger, run: run, log: runLog,
      pace: Applier.Pace(maxInFlight: settings.maxInFlight, retries: settings.retries, deadline: deadline))
    let applied = await applier.apply(report.plan.changes, progress: progress)
    report.tally = applied.tally
    report.endings = applied.endings
    report.untouched = applied.untouched
    switch applied.stop {
    case .badKey(let answer):
      report.failure = Failure(keyIn: settings.securityKeyFile, refusedWith: answer)
    case .ledger(let error): throw error
    case nil: report.failure = applied.unreachable.map { Failure(pbx: settings.url, $0) }
    }
  }

  private func tell(_ report: Report, _ runLog: RunLog) {
    if isDryRun { return }
    if let reason = report.incomplete, !told.contains(.incomplete(reason)) { runLog.readIncomplete(reason) }
    for problem in report.problems where !told.contains(.problem(problem)) { runLog.unmappable(problem) }
    // A foreign object or a refusal was told when the PBX said it.
    for parked in report.plan.parked where !parked.isFromPBX && !told.contains(.parked(parked)) {
      runLog.parked(parked)
    }
    for held in report.plan.held where !told.contains(.held(held)) { runLog.held(held) }
  }

  private func finish(_ report: Report, _ ledger: Ledger, _ run: RunID) async throws(LedgerError) {
    let counts = RunEnd.Counts(
      added: report.tally.added, updated: report.tally.updated, deleted: report.tally.deleted,
      failed: report.tally.failed, parked: report.skippedCount,
      held: report.heldCount, inDoubt: report.tally.inDoubt)
    try await ledger.finishRun(
      run,
      RunEnd(
        at: secondsSince1970(), exitStatus: Int(report.status.rawValue), counts: counts,
        requests: report.tally.requests, summary: report.summary))
    CrashPoint.runFinished.pass()
  }
}

extension Report {
  fileprivate mutating func take(_ pass: DirectoryReading) {
    problems = pass.reading.problems
    incomplete = pass.reading.incomplete
    entries = pass.record.entries
    marker = pass.marker
  }

  /// What the next run of this process needn't tell again.
  var told: Set<SyncRun.Told> {
    Set(
      problems.map(SyncRun.Told.problem) + plan.parked.map(SyncRun.Told.parked) + plan.held.map(SyncRun.Told.held)
        + [incomplete.map(SyncRun.Told.incomplete), failure.map(SyncRun.Told.failure)].compactMap(\.self))
  }
}

extension Applier.Applied {
  /// What the transport said, where not one request reached the PBX.
  fileprivate var unreachable: String? {
    let answers = endings.values.map(\.answer)
    guard let first = answers.first, answers.allSatisfy({ $0.verdict == .notSent }) else { return nil }
    return first.message
  }
}

extension Parked {
  var isFromPBX: Bool {
    switch reason {
    case .foreign, .refused: true
    case .duplicate, .occupied, .protected, .outOfRange: false
    }
  }
}
