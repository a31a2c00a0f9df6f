import Configuration
import Directory
import Domain
import Ledger
package import Sync

extension CommandContext {
  /// The last runs, or each call of one.
  package func history(_ word: String?) async -> ExitStatus {
    await answer { setup in
      let ledger = try StateFolder.ledgerToRead(setup.configuration.state.directory, setup.clock)
      guard let word else {
        let runs = try await ledger?.runs(last: 50) ?? []
        return CommandOutput(
          text: runs.isEmpty ? "No run yet.\n" : paragraph(runs.map(\.line)), json: .array(runs.map(\.json)))
      }
      guard let number = Int64(word), let run = try await ledger?.run(RunID(number)),
        let pastCalls = try await ledger?.outcomes(of: run.id)
      else { throw RunError(noRun: word) }
      let reads = run.reads.map { "Read: \($0.text)" }
      return CommandOutput(
        text: paragraph([run.line] + reads + pastCalls.map { "  \($0.line)" }),
        json: ["run": run.json, "calls": .array(pastCalls.map(\.json))])
    }
  }
}
