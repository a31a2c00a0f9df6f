import Configuration
import Domain
import Ledger

extension Invocation {
  /// The last runs, or all that one did.
  public func history(_ word: String?) async -> ExitStatus {
    await answer { setup in
      let ledger = try State.ledgerToRead(setup.configuration.state.directory)
      guard let word else {
        let runs = try await ledger?.runs(last: 50) ?? []
        return Reply(
          text: runs.isEmpty ? "No run yet.\n" : paragraph(runs.map(\.line)), json: .array(runs.map(\.json)))
      }
      guard let number = Int64(word), let run = try await ledger?.run(RunID(number)),
        let attempts = try await ledger?.outcomes(of: run.id)
      else { throw Failure(noRun: word) }
      let reads = run.reads.map { "Read: \($0.text)" }
      return Reply(
        text: paragraph([run.line] + reads + attempts.map { "  \($0.line)" }),
        json: ["run": run.json, "calls": .array(attempts.map(\.json))])
    }
  }
}
