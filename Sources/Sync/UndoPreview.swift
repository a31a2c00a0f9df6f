import Configuration
package import Directory
package import Domain
package import Ledger
import Platform
import Reconcile

/// The plan that reverts a past run.
package struct UndoPreview: Sendable {
  package let plan: Plan
  /// The run that is to be reverted, with its time.
  package let name: String

  /// The warning before an undo: the daemon's next run may start within seconds.
  package static let warning =
    "The next run follows the directory again, and may mail the same people a second time, unless the directory is changed first"

  /// What comes first, and then the undo of a run.
  package static func nextStep(_ run: Int64) -> String {
    "change the directory first, because the next run follows it again and may mail the same people a second time; then "
      + "\(pbxsyncd) undo \(run) --yes"
  }

  /// Blocks for the time of reading the ledger.
  ///
  /// - Throws: `RunError` with all obstacles.
  package init(_ run: RunID, _ ledger: Ledger, _ setup: CompiledConfiguration) async throws {
    guard let start = try await ledger.run(run)?.start else { throw RunError(noRun: "\(run)") }
    name = "run \(run) (\(start.trigger), \(localTime(start.at)))"
    let state = try await ledger.state()
    if let freeze = state.freeze { throw RunError(frozen: freeze) }
    let done = try await ledger.callsDone(by: run)
    if let gone = done.first(where: \.isForgotten) {
      // A younger run has lost them only by a command.
      let isByCommand = start.at > ledger.now() - setup.configuration.privacy.keep.components.seconds
      throw RunError(
        refusing: "run \(run) can't be undone: the values of \(gone.intent.call.key) are gone with the person who left",
        remedy: "nothing was changed; "
          + (isByCommand
            ? "an admin had them removed (\(pbxsyncd) forget)"
            : "they are kept for the time of [privacy] keep, or until \(pbxsyncd) forget"))
    }
    var past = PastRun(
      run.number,
      done.map { CompletedCall($0.intent.call, before: $0.intent.before, isProved: $0.isProved) })
    if let by = try await ledger.undo(of: run) {
      past.undone = (by.number, Set(try await ledger.callsDone(by: by).map(\.intent.call.key)))
    }
    for (key, runs) in try await ledger.changes(after: run) { past.later[key] = runs.map(\.number) }
    let undoPlan = undo(
      past, remembering: state, numbers: setup.configuration.numbers.policy, removal: setup.configuration.removal)
    guard undoPlan.obstacles.isEmpty else {
      throw RunError(
        refusing: "run \(run) can't be undone: \(undoPlan.obstacles.joined(separator: "; "))",
        remedy: "nothing was changed; change the people in the directory instead")
    }
    var plan = Plan()
    plan.changes = undoPlan.changes
    plan.released = undoPlan.released
    plan.updates = undoPlan.released.map(LedgerUpdate.release)
    let written = Set(setup.configuration.users.filter { $0.pool?.writeBack != nil }.map(\.name))
    plan.remarks = state.allocations.filter { allocation in
      written.contains(allocation.pool) && undoPlan.changes.contains { $0.call.key == allocation.key }
    }
    .map { "The number \($0.number) stays where it was written in the directory: \($0.dn)" }
    self.plan = plan
  }
}

extension Ledger {
  /// The calls that a run got done, also if an earlier run began them, in their order.
  fileprivate func callsDone(by run: RunID) throws(LedgerError) -> [PastCall] {
    try callsSettled(by: run).filter(\.isDone) + outcomes(of: run).filter { $0.isDone && $0.settledBy == nil }
  }
}

extension PastCall {
  fileprivate var isDone: Bool { outcomeName == .holds || outcomeName == .gone }

  /// Whether the PBX's answer proves that the call was done. An add of an object that was there already is answered with "taken".
  fileprivate var isProved: Bool { answer?.status != .taken || intent.seenAbsent }
}
