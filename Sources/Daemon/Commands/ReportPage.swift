import Configuration
import Ledger
import Platform

extension Invocation {
  /// Writes a page to look at in a browser: the last runs, what is held, what stands in the way, and the number plan.
  /// Where the directory is out of reach it holds what the ledger knows.
  public func report(html path: String) async -> ExitStatus {
    await answer { setup in
      let ledger = try State.ledgerToRead(setup.configuration.state.directory, setup.clock)
      let outlook = try await Outlook(setup, ledger, log: log, surveying: true)
      let page = Page(
        setup: setup, outlook: outlook,
        conflicts: outlook.pass.failure == nil ? try await ConflictList(outlook, setup) : nil,
        runs: try await ledger?.runs(last: 60) ?? [], reads: try await ledger?.lastReads() ?? (nil, nil),
        holds: try await ledger?.holds() ?? [], madeAt: ledger?.now() ?? setup.clock.wall)
      try write("report", page.html.text, to: path)
      return Reply(text: "The report is in \(path).\n", json: ["report": .string(path)])
    }
  }
}
