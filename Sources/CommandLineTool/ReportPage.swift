import Configuration
import Directory
import Ledger
import Platform
package import Sync

extension CommandContext {
  /// Writes a page to look at in a browser: the last runs, what is held, what stands in the way, and the number plan.
  /// Where the directory is out of reach it holds what the ledger knows.
  package func report(html path: String) async -> ExitStatus {
    await answer { setup in
      let ledger = try StateFolder.ledgerToRead(setup.configuration.state.directory, setup.clock)
      let preview = try await RunPreview(setup, ledger, log: log, runsLintChecks: true)
      let page = HTMLReport(
        setup: setup, preview: preview,
        conflicts: preview.pass.failure == nil ? try await ConflictList(preview, setup) : nil,
        runs: try await ledger?.runs(last: 60) ?? [], reads: try await ledger?.lastReads() ?? (nil, nil),
        holds: try await ledger?.holds() ?? [], madeAt: ledger?.now() ?? setup.clock.wall)
      try write("report", page.html.text, to: path)
      return CommandOutput(text: "The report is in \(path).\n", json: ["report": .string(path)])
    }
  }
}
