import Configuration
import Directory
import Domain
import Ledger
import Platform
package import Sync

extension CommandContext {
  /// The last runs, or each call of one.
  package func history(_ word: String?) async -> ExitStatus {
    await answer { setup in
      let ledger = try StateFolder.ledgerToRead(setup.configuration.state.directory, setup.clock)
      guard let word else {
        let runs = try await ledger?.runs(last: 50) ?? []
        var page = Page()
        if runs.isEmpty { page.add("No run yet.") }
        page.add(table: runs.map { [$0.line] }, indent: 0, most: 10, all: "\(pbxsyncd) history | less")
        return CommandOutput(page: page, json: .array(runs.map(\.json)))
      }
      guard let ledger, let number = Int64(word), let run = try await ledger.run(RunID(number)) else {
        throw RunError(noRun: word)
      }
      let pastCalls = try await ledger.callsSettled(by: run.id) + ledger.outcomes(of: run.id)
      var page = Page()
      page.add(run.line, .heading)
      for read in run.reads { page.add("Read: \(read.text)") }
      page.add(table: pastCalls.map { [$0.line(in: run.id)] }, most: 10, all: "\(pbxsyncd) history \(word) | less")
      return CommandOutput(
        page: page,
        json: ["run": run.json, "calls": .array(pastCalls.map(\.json))])
    }
  }
}
