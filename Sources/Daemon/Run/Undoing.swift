import Configuration
import Domain
import Ledger
import Reconcile

/// The way back from a past run.
struct Undoing: Sendable {
  let plan: Plan

  /// Blocks for the time of reading the ledger.
  ///
  /// - Throws: `Failure` with all that stands in the way; nothing is changed then.
  init(_ run: RunID, _ ledger: Ledger, _ setup: Setup) async throws {
    guard try await ledger.run(run) != nil else { throw Failure(noRun: "\(run)") }
    let done = try await ledger.outcomes(of: run).filter { $0.ending == .holds || $0.ending == .gone }
    if let gone = done.first(where: \.isForgotten) {
      throw Failure(
        refusing: "run \(run) can't be undone: the values of \(gone.intent.call.key) are gone with the person who left",
        remedy: "nothing was changed; [privacy] keep says how long they are kept")
    }
    let (changes, obstacles) = undo(
      done.map { PastChange($0.intent.call, before: $0.intent.before) }, of: run.number,
      remembering: try await ledger.memory(), numbers: setup.configuration.numbers.policy)
    guard obstacles.isEmpty else {
      throw Failure(
        refusing: "run \(run) can't be undone: \(obstacles.joined(separator: "; "))",
        remedy: "nothing was changed; change the people in the directory instead")
    }
    var plan = Plan()
    plan.changes = changes
    self.plan = plan
  }
}
