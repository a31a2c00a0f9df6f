import Configuration
import Ledger
import Platform

extension Invocation {
  /// Writes a page to look at in a browser: the last runs, what is held, what stands in the way, and the number plan.
  /// Where the directory is out of reach it holds what the ledger knows.
  public func report(html path: String) async -> ExitStatus {
    await answer { setup in
      let ledger = try State.ledgerToRead(setup.configuration.state.directory)
      let outlook = try await Outlook(setup, ledger, setup.rules(backsOff: false), RunLog(log: log))
      let page = Page(
        setup: setup, outlook: outlook,
        conflicts: outlook.pass.failure == nil ? try await ConflictList(outlook, setup) : nil,
        runs: try await ledger?.runs(last: 60) ?? [], reads: try await ledger?.lastReads() ?? (nil, nil),
        holds: try await ledger?.holds() ?? [], madeAt: secondsSince1970())
      if let reason = writeFile(path, page.html.text) {
        throw Failure(
          refusing: "the report can't be written to \(path): \(reason)", .stateNotWritable,
          remedy: "choose a folder that is there and that you may write to")
      }
      return Reply(text: "The report is in \(path).\n", json: ["report": .string(path)])
    }
  }
}
