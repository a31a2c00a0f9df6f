import Configuration
import Domain
import LDAP
import Ledger
import Platform

/// One poll: first the cheap question whether anything is new, then the run that it may call for.
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
    let configuration = run.setup.configuration
    if ContinuousClock.now - settled.readAt >= configuration.schedule.full { return false }
    if let due = settled.dueAt, secondsSince1970() >= due { return false }
    // An admin's decision, or another process's run.
    if Settled.generation(configuration) != settled.generation { return false }
    // Where the question can't be asked the run will say why.
    guard let server = try? run.setup.server(), let connection = try? await Connection.open(server)
    else { return false }
    return (try? await connection.changeMarker(over: run.setup.bases)) == settled.marker
  }
}

/// A state in which a run has nothing left to try: from here only a change calls for the next one.
struct Settled: Sendable {
  /// The server's, from before the read: what changed during it differs from this.
  let marker: ChangeMarker
  let readAt: ContinuousClock.Instant
  /// The ledger's, after the run.
  let generation: Int64
  /// When something is to be tried again, in seconds since 1970.
  let dueAt: Int64?

  /// nil where anything is to be tried again at once, or where the server can't be asked cheaply.
  init?(_ report: Report, _ setup: Setup, readAt: ContinuousClock.Instant) {
    let tally = report.tally
    guard let marker = report.marker, report.failure == nil, report.incomplete == nil,
      tally.failed == 0 && tally.inDoubt == 0 && report.untouched == 0,
      let generation = Self.generation(setup.configuration)
    else { return nil }
    self.marker = marker
    self.readAt = readAt
    self.generation = generation
    dueAt = report.plan.parked.compactMap { $0.dueAt }.min()
  }

  static func generation(_ configuration: Configuration) -> Int64? {
    try? Ledger.generation(at: State.ledgerFile(configuration.state.directory))
  }
}
