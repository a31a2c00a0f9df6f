import Configuration
import LDAP

/// One poll: first the cheap question whether the directory has anything new, then the run that it may call for.
struct Poll: Sendable {
  enum Outcome: Sendable {
    /// Nothing is new, and the last complete read is young enough.
    case unchanged
    case ran(Report)
  }

  let run: SyncRun
  /// What the last complete read left; nil calls for a run.
  let settled: Settled?

  func callAsFunction() async -> Outcome {
    if let settled, await isUnchanged(since: settled) { return .unchanged }
    return .ran(await run())
  }

  private func isUnchanged(since settled: Settled) async -> Bool {
    if ContinuousClock.now - settled.readAt >= run.setup.configuration.schedule.full { return false }
    // Where the question can't be asked the run will say why.
    guard let server = try? run.setup.server(), let connection = try? await Connection.open(server)
    else { return false }
    return (try? await connection.changeMarker(over: run.setup.bases)) == settled.marker
  }
}

/// A state in which a run has nothing left to try: from here only a change of the directory calls for the next one.
struct Settled: Sendable {
  /// The server's, from before the read: what changed during it differs from this.
  let marker: ChangeMarker
  let readAt: ContinuousClock.Instant

  /// nil where anything is to be tried again, or where the server can't be asked cheaply.
  init?(_ report: Report, readAt: ContinuousClock.Instant) {
    let tally = report.tally
    guard let marker = report.marker, report.failure == nil, report.incomplete == nil,
      tally.failed == 0 && tally.inDoubt == 0 && report.untouched == 0
    else { return nil }
    self.marker = marker
    self.readAt = readAt
  }
}
