import Configuration
import Directory
import Ledger
import Platform
package import Sync

extension CommandContext {
  /// Writes an HTML report: the last runs, held sets, conflicts and the number plan. If the directory is unreachable it has what
  /// the ledger knows.
  package func report(html path: String) async -> ExitStatus {
    await answer { setup in
      let preview = try await RunPreview(setup, log: log, for: .lint)
      let ledger = preview.ledger
      let page = HTMLReport(
        setup: setup, preview: preview,
        conflicts: preview.read.failure == nil ? try await ConflictList(preview, setup) : nil,
        runs: try await ledger.runs(last: 60), reads: try await ledger.lastReads(), holds: try await ledger.holds(),
        drops: try await ledger.drops(),
        madeAt: ledger.now())
      try write("report", page.html.text, to: path, markedBy: HTMLReport.mark)
      return CommandOutput(text: "Report written to \(path).\n", json: ["report": .string(path)])
    }
  }
}
