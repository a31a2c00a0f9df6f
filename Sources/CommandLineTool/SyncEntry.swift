import Directory
import Domain
import Executor
import LDAP
import Ledger
import Platform
package import Sync

extension CommandContext {
  /// Reads one entry now, explains it as `why` does, and makes its changes and those that depend on them, under all guards. Nothing
  /// follows from anybody's absence, as after a change notification: nobody is removed.
  ///
  /// - Parameters:
  ///   - who: a number, a DN, a name, a uid, a mail address or an ID.
  ///   - isDryRun: whether nothing is sent.
  package func sync(_ who: String, isDryRun: Bool) async -> ExitStatus {
    await answer { setup in
      let ledger = try await StateFolder.ledgerToPlan(setup)
      guard let ledger, try await ledger.reasonForCompleteRead(setup) == nil else {
        let reason = try await ledger?.reasonForCompleteRead(setup) ?? "there is no ledger yet"
        throw RunError(
          refusing:
            "one entry can't be synced by itself, because \(reason): other entries with its number would be missed",
          remedy: "make a complete run first: \(pbxsyncd) --sync-now")
      }
      let last = try await ledger.lastReads().complete
      let lookup = try await EntryLookup(setup, at: last?.server, called: last?.name ?? "")
      let match = try await EntryMatch(who, setup, lookup, ledger)
      let notification = ChangeNotification(dn: match.dn, id: match.id?.text)
      let preview = try await RunPreview(of: notification, from: lookup, setup, log: log)
      var output = EntrySyncReport(
        who: who, entry: try await EntryReport(match.dn, match.id, setup, preview, lookup), preview: preview)
      if !isDryRun {
        if !isJSON { Terminal.print(output.steps) }
        output.result = await run(setup, SyncRun.entry, .incremental([notification], lookup))
      }
      return output.reply
    }
  }
}

/// The answer of `sync WHO`.
private struct EntrySyncReport {
  let who: String
  let entry: EntryReport
  let preview: RunPreview
  /// nil for a dry run.
  var result: RunReport?

  /// The entry, from its attributes to its changes.
  var steps: Page {
    var page = entry.page(next: "Plan")
    for change in preview.plan.changes where change.entry != entry.entry && change.before?.entry != entry.entry {
      page.add("Plan: \(change.actionWord) \(change.call.key) of \(change.dn) too: \(change.causeText)", indent: 2)
    }
    if let remainder = preview.remainder { page.add("Left to a complete run: \(remainder)", indent: 2) }
    return page
  }

  var reply: CommandOutput {
    // The steps were printed before the run, which may take a while.
    guard let result else { return CommandOutput(status: status, page: steps, json: json) }
    var page = Page()
    if result.failure == nil {
      page.add("")
      page.add(result.page)
    }
    return CommandOutput(status: status, page: page, json: json)
  }

  /// Whether the directory gives the entry no number, and no complete read was there to allocate one.
  private var lacksNumber: Bool {
    preview.read.reading.unnumbered.contains { $0.entry == entry.entry && !$0.isServed(by: preview.state) }
  }

  private var status: ExitStatus {
    if let result { return result.status == .asWanted && lacksNumber ? .partly : result.status }
    let plan = preview.plan
    if !plan.isEmpty || !plan.held.isEmpty || !plan.frozen.isEmpty { return .somethingToDo }
    let isInTheWay =
      lacksNumber || !preview.read.reading.problems.isEmpty
      || plan.conflicts.contains { $0.wanted.entry == entry.entry }
    return isInTheWay ? .partly : .asWanted
  }

  private var json: JSON {
    [
      "status": status.json,
      "error": result?.failure?.json ?? .null,
      "who": .string(who), "entry": entry.json, "left_to_complete_run": .optional(preview.remainder),
      "result": result?.json ?? .null,
    ]
  }
}
