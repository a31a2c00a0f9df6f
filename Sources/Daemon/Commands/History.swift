import Configuration
import Domain
import Ledger

extension Invocation {
  /// The last runs, or all that one did.
  public func history(_ word: String?) async -> ExitStatus {
    await answer { setup in
      let ledger = try State.ledgerToRead(setup.configuration.state.directory, setup.clock)
      guard let word else {
        let runs = try await ledger?.runs(last: 50) ?? []
        return Reply(
          text: runs.isEmpty ? "No run yet.\n" : runs.map { $0.line + "\n" }.joined(), json: .array(runs.map(\.json)))
      }
      guard let number = Int64(word), let run = try await ledger?.run(RunID(number)),
        let attempts = try await ledger?.outcomes(of: run.id)
      else { throw Failure(noRun: word) }
      let reads = run.reads.map { "Read: \($0.text)\n" }
      return Reply(
        text: "\(run.line)\n" + reads.joined() + attempts.map { "  \($0.line)\n" }.joined(),
        json: ["run": run.json, "calls": .array(attempts.map(\.json))])
    }
  }
}
