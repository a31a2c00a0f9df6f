import Configuration
import Directory
import Journal
import LDAP
import Ledger
import Platform
import Sync

/// Decides when the daemon runs next, by the results of its earlier runs.
struct RunScheduler: Sendable {
  let listener: ChangeListener
  private let clock: Clock
  /// The configuration that was refused at the last reload; nil if it was accepted.
  var refusal: Alert?
  private var reported: Set<Finding> = []
  var quiescent: QuiescentState?
  private var backoff = RunBackoff()
  private var trigger = SyncRun.poll
  private var began = ContinuousClock.now
  /// When the last complete read ended, and how long its run took: complete reads because of groups take at most a tenth of the time.
  private var completeReadAt = ContinuousClock.now
  private var completeReadDuration = Duration.zero
  /// How far the last run's ledger had got: its files may be replaced with older ones while the daemon runs.
  private(set) var anchor: Anchor?
  /// Why the last run failed; nil if it didn't.
  private(set) var failure: ServiceState.Failure?
  private var lastRun = ""
  private var news = ""

  init(_ listener: ChangeListener, _ clock: Clock) {
    self.listener = listener
    self.clock = clock
  }

  /// For `systemctl status`.
  var status: String { lastRun + news }

  /// The next poll, which begins now.
  mutating func poll(_ setup: CompiledConfiguration, _ log: Log) -> Poll {
    began = ContinuousClock.now
    defer { trigger = SyncRun.poll }
    return Poll(
      run: SyncRun(setup, trigger: trigger, log: log, reported: known, alerting: standing, after: anchor),
      listener: listener,
      quiescent: quiescent)
  }

  /// The response to change notifications.
  enum NextRun: Sendable {
    /// A run over these few entries.
    case incremental(SyncRun)
    /// A poll, no later than at this moment; nil for the time that it has anyway.
    case poll(by: ContinuousClock.Instant?)
  }

  mutating func respond(_ setup: CompiledConfiguration, _ log: Log) async -> NextRun {
    // An unreachable server stays so, whatever changes in the directory.
    if backoff.failures > 0 { return .poll(by: nil) }
    // An admin's decision, or another process's run.
    if let quiescent, quiescent.generation != QuiescentState.generation(setup.configuration) { return .poll(by: .now) }
    guard let (notifications, lookup) = await listener.drainNotifications() else { return .poll(by: .now) }
    // An earlier run has handled them.
    if notifications.isEmpty { return .poll(by: nil) }
    if setup.sources.contains(where: \.dependsOnGroups), notifications.contains(where: setup.mayBeGroup) {
      // A change of the members doesn't show in the entries themselves.
      quiescent = nil
      return .poll(by: completeReadAt + completeReadDuration * 10)
    }
    return .incremental(
      SyncRun(
        setup, trigger: SyncRun.change, .incremental(notifications, lookup), log: log, reported: known,
        alerting: standing, after: anchor))
  }

  private var standing: [Alert] { [refusal].compactMap(\.self) }

  /// The findings that need no second event.
  private var known: Set<Finding> { reported.union(backoff.needsNoEvent(at: clock.read().boottime / 1000)) }

  /// Records the result of a poll.
  ///
  /// - Returns: the event of the recovery from a failure; nil without one.
  mutating func record(_ outcome: PollResult) -> Event? {
    guard case .ran(let report) = outcome else {
      news = "; nothing new since"
      return nil
    }
    quiescent = QuiescentState(report, readAt: began)
    completeReadAt = ContinuousClock.now
    completeReadDuration = completeReadAt - began
    return recordResult(report)
  }

  /// Records the result of an incremental run. The next poll reads all entries if the run left something undone.
  mutating func recordIncremental(_ report: RunReport) -> Event? {
    quiescent = quiescent?.after(report)
    return report.run == nil && report.failure == nil ? nil : recordResult(report)
  }

  private mutating func recordResult(_ report: RunReport) -> Event? {
    anchor = report.anchor ?? anchor
    // A failed or incremental run may not have reached the findings that were reported before.
    reported = report.failure == nil && report.read != nil ? Set(report.findings) : reported.union(report.findings)
    lastRun = "last run \(localClock(clock.wall)), \(report.shortSummary)"
    news = ""
    // An admin's command is no failure.
    if report.failure?.event == .lockAwaited || report.isStopped { return nil }
    let now = clock.read()
    failure = report.failure.map { ServiceState.Failure($0.message, at: now.seconds) }
    let seconds = now.boottime / 1000
    return backoff.record(report.failure, at: seconds, shift: now.seconds - seconds)
  }

  /// Whether another process's run has succeeded since this daemon's runs fail.
  func hasRecovered(_ setup: CompiledConfiguration) async -> Bool {
    guard backoff.failures > 0,
      let ledger = try? StateFolder.ledgerToRead(setup.configuration.state.directory, clock),
      let end = try? await ledger.runs(last: 1).first?.end
    else { return false }
    let now = clock.read()
    let shift = now.seconds - now.boottime / 1000
    return end.isRegular && backoff.hasRecovered(byRunAt: end.at - shift)
  }

  /// Makes the next poll a complete read.
  mutating func requireCompleteRead(as trigger: String = SyncRun.poll) {
    self.trigger = trigger
    quiescent = nil
  }

  /// How long to wait for the next poll.
  func pause(_ setup: CompiledConfiguration) -> Duration { backoff.pause(setup.configuration.schedule.poll) }
}
