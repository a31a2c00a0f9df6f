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
  let quiescent: QuiescentState?

  /// Checks for changes, and runs if there are any or if a run is due.
  func check() async -> PollResult {
    let state = await listener.ensureListening(run.setup)
    // A cancelled poll leaves everything as it was.
    if Task.isCancelled { return .unchanged }
    if state != .starting, let quiescent, await isUnchanged(since: quiescent, isListening: state == .listening) {
      await listener.wakeAgain()
      return .unchanged
    }
    // The read uses the server of the subscription: change markers of two servers can't be compared.
    let report = await run.preferringServer(await listener.uri, at: await listener.prepareRead(run.setup)).run()
    if let read = report.read { await listener.completeReadFinished(on: read) }
    return .ran(report)
  }

  private func isUnchanged(since quiescent: QuiescentState, isListening: Bool) async -> Bool {
    let configuration = run.setup.configuration
    if ContinuousClock.now - quiescent.readAt >= configuration.schedule.full { return false }
    if let due = quiescent.dueAt, ContinuousClock.now >= due { return false }
    // An admin's decision, or another process's run.
    if QuiescentState.generation(configuration) != quiescent.generation { return false }
    if isListening { return true }
    guard let marker = quiescent.marker else { return false }
    // If the marker can't be read, the run reports why.
    guard let server = try? run.setup.server().preferring(marker.server),
      let connection = try? await Connection.open(server)
    else { return false }
    return (try? await connection.changeMarker(over: run.setup.watched)) == marker
  }
}

/// A state in which a run has nothing left to try: from here only a change calls for the next one.
package struct QuiescentState: Sendable {
  /// The server's marker before the read, so that later changes differ from it; nil if the server has none.
  private(set) var marker: ChangeMarker?
  let readAt: ContinuousClock.Instant
  /// The ledger's generation after the run.
  let generation: Int64
  /// When the next retry is due; nil without one.
  private(set) var dueAt: ContinuousClock.Instant?

  package init(readAt: ContinuousClock.Instant, generation: Int64, dueAt: ContinuousClock.Instant?) {
    marker = nil
    self.readAt = readAt
    self.generation = generation
    self.dueAt = dueAt
  }

  /// nil if the run left something to try again at once.
  init?(_ report: RunReport, readAt: ContinuousClock.Instant) {
    let callCounts = report.callCounts
    guard report.failure == nil, report.incomplete == nil, !report.isStopped,
      callCounts.failed == 0 && callCounts.inDoubt == 0 && report.untouched == 0,
      !report.freesAwaitedNumber, let generation = report.generation, let now = report.endedAt
    else { return nil }
    marker = report.marker
    self.readAt = readAt
    self.generation = generation
    let times = [report.plan.poolRestedAt, report.nextTry, report.nextAlert, report.plan.freeze?.until]
    dueAt =
      (report.plan.conflicts.compactMap { $0.dueAt } + times.compactMap(\.self)).min()
      .map { .now + .seconds($0 - now) }
  }

  /// The state after an incremental run; nil if a complete read must follow.
  func after(_ report: RunReport) -> QuiescentState? {
    guard report.remainder == nil, var quiescent = QuiescentState(report, readAt: readAt) else { return nil }
    // The directory has changed since the marker, and the incremental run has handled that.
    quiescent.marker = nil
    quiescent.dueAt = [dueAt, quiescent.dueAt].compactMap(\.self).min()
    return quiescent
  }

  /// The same state with another due time; the earlier one counts.
  func due(by moment: ContinuousClock.Instant?) -> QuiescentState {
    var quiescent = self
    quiescent.dueAt = [dueAt, moment].compactMap(\.self).min()
    return quiescent
  }

  /// The ledger's generation; nil while a call is in doubt, which is settled without a change of the directory.
  static func generation(_ configuration: Configuration) -> Int64? {
    (try? Ledger.quiescentGeneration(at: StateFolder.ledgerFile(configuration.state.directory))) ?? nil
  }
}
