import Configuration
import Directory
import Domain
import Executor
import LDAP
import Ledger
import Platform
import Sync

enum PollResult: Sendable {
  /// Nothing has changed, and the next complete read isn't due.
  case unchanged
  case ran(RunReport)
}

/// One poll: first a cheap check for changes, then a run if one is needed.
///
/// While listening, no notification means no change.
struct Poll: Sendable {
  let run: SyncRun
  let listener: ChangeListener
  /// The state after the last complete read; nil calls for a run.
  let settled: QuiescentState?

  func callAsFunction() async -> PollResult {
    let state = await listener.ensureListening(run.setup)
    // A cancelled poll leaves everything as it was.
    if Task.isCancelled { return .unchanged }
    if state != .starting, let settled, await isUnchanged(since: settled, isHeard: state == .listening) {
      await listener.wakeAgain()
      return .unchanged
    }
    // From the server that is listened to, or else one would be compared with another.
    let report = await run.preferringServer(await listener.uri, at: await listener.prepareRead(run.setup))()
    if let read = report.read { await listener.completeReadFinished(on: read) }
    return .ran(report)
  }

  private func isUnchanged(since settled: QuiescentState, isHeard: Bool) async -> Bool {
    let configuration = run.setup.configuration
    if ContinuousClock.now - settled.readAt >= configuration.schedule.full { return false }
    if let due = settled.dueAt, ContinuousClock.now >= due { return false }
    // An admin's decision, or another process's run.
    if QuiescentState.generation(configuration) != settled.generation { return false }
    if isHeard { return true }
    guard let marker = settled.marker else { return false }
    // Where the question can't be asked the run will say why.
    guard let server = try? run.setup.server().preferring(marker.server),
      let connection = try? await Connection.open(server)
    else { return false }
    return (try? await connection.changeMarker(over: run.setup.watched)) == marker
  }
}

/// A state in which a run has nothing left to try: from here only a change calls for the next one.
package struct QuiescentState: Sendable {
  /// The server's, from before the read: what changed during it differs from this. nil where it can't be asked cheaply.
  private(set) var marker: ChangeMarker?
  let readAt: ContinuousClock.Instant
  /// The ledger's, after the run.
  let generation: Int64
  /// When something is to be tried again.
  private(set) var dueAt: ContinuousClock.Instant?

  package init(readAt: ContinuousClock.Instant, generation: Int64, dueAt: ContinuousClock.Instant?) {
    marker = nil
    self.readAt = readAt
    self.generation = generation
    self.dueAt = dueAt
  }

  /// nil where anything is to be tried again at once.
  init?(_ report: RunReport, readAt: ContinuousClock.Instant) {
    let callCounts = report.callCounts
    guard report.failure == nil, report.incomplete == nil, !report.isStopped,
      callCounts.failed == 0 && callCounts.inDoubt == 0 && report.untouched == 0,
      !report.freesAwaitedNumber, let generation = report.generation, let now = report.endedAt
    else { return nil }
    marker = report.marker
    self.readAt = readAt
    self.generation = generation
    dueAt =
      (report.plan.conflicts.compactMap { $0.dueAt } + [report.plan.poolRestedAt, report.nextTry].compactMap(\.self))
      .min()
      .map { .now + .seconds($0 - now) }
  }

  /// After a run over a few entries: what holds for it and for all that was before. nil where a complete read must follow.
  func after(_ report: RunReport) -> QuiescentState? {
    guard report.remainder == nil, var settled = QuiescentState(report, readAt: readAt) else { return nil }
    // The directory has gone on since, and that was heard.
    settled.marker = nil
    settled.dueAt = [dueAt, settled.dueAt].compactMap(\.self).min()
    return settled
  }

  /// The same, with another moment at which something is to be tried again.
  func due(by moment: ContinuousClock.Instant?) -> QuiescentState {
    var settled = self
    settled.dueAt = [dueAt, moment].compactMap(\.self).min()
    return settled
  }

  /// The ledger's; nil while a call is in doubt, which is settled without a change of the directory.
  static func generation(_ configuration: Configuration) -> Int64? {
    (try? Ledger.quiescentGeneration(at: StateFolder.ledgerFile(configuration.state.directory))) ?? nil
  }
}
