import Configuration
import Directory
import Domain
import Ledger
import Platform
package import Sync

extension CommandContext {
  /// How many runs are listed.
  private static let most = 50

  /// The last runs, or each call of one.
  package func history(_ word: String?) async -> ExitStatus {
    await answer { setup in
      let ledger = try StateFolder.ledgerToRead(setup.configuration.state.directory, setup.clock)
      guard let word else {
        let all = try await ledger?.runs(last: Self.most + 1) ?? []
        let runs = Array(all.prefix(Self.most))
        var page = Page()
        if runs.isEmpty { page.add("No run yet.") }
        page.add(table: runs.map { [$0.line] }, indent: 0, most: 10, all: "\(pbxsyncd) history | less")
        if all.count > runs.count {
          page.add(
            "Only the last \(runs.count) runs are listed; each earlier one by its number: \(pbxsyncd) history RUN")
        }
        return CommandOutput(page: page, json: .array(runs.map(\.json)))
      }
      guard let ledger, let number = Int64(word), let run = try await ledger.run(RunID(number)) else {
        throw RunError(noRun: word)
      }
      let pastCalls = try await ledger.callsSettled(by: run.id) + ledger.outcomes(of: run.id)
      var page = Page()
      page.add(run.line, .heading)
      for read in run.reads { page.add("Read: \(read.text)") }
      page.add(table: pastCalls.lines(in: run.id).map { [$0] }, most: 10, all: "\(pbxsyncd) history \(word) | less")
      return CommandOutput(
        page: page,
        json: ["run": run.json, "calls": pastCalls.json])
    }
  }
}
