import Configuration
import Directory
import Domain
import Executor
import Ledger
import Platform
import Sync

/// The HTML report: held sets, people with their numbers, conflicts, and the last runs. It loads nothing from outside and is
/// complete without its script.
struct HTMLReport {
  let setup: CompiledConfiguration
  let preview: RunPreview
  /// nil if the directory can't be read now.
  let conflicts: ConflictList?
  /// The newest first.
  let runs: [Run]
  let reads: (any: ReadReport?, complete: ReadReport?)
  let holds: [HeldSetRecord]
  let drops: [EntryDrop]
  let madeAt: Timestamp

  /// The beginning of the title, which no other page has.
  static let mark = "<title>pbxsyncd on "

  var html: HTML {
    let held = HeldSets(holds: holds, drops: drops, now: madeAt)
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="\(HTML.policy)">
      <title>pbxsyncd on \(hostName), \(localTime(madeAt))</title>
      \(HTML.style)
      </head>
      <body>
      <h1>pbxsyncd on \(hostName)</h1>
      <p class="faint">\(localTime(madeAt)), version \(version), \(setup.configuration.file), PBX \(setup.configuration.pbx.url)</p>
      \(summary(held.count))
      \(held.html)
      <h2 id="leaving">Pending removals (\(pendingRemovals.count))</h2>
      \(leaving)
      <h2 id="plan">Number plan</h2>
      \(NumberGrid(plan: numberPlan).html)
      <h2 id="people">Who has which number</h2>
      \(PeopleTable(preview.state.objects, holds).html)
      <h2 id="conflicts">Conflicts and invalid data (\(counted(conflicts?.items.count)))</h2>
      \(conflicts.map { Obstacles(items: $0.items).html } ?? "<p>The directory can't be read now.</p>")
      <h2 id="runs">Runs</h2>
      \(RunChart(runs: runs).html)
      <script>\(HTML.script)</script>
      </body>
      </html>

      """
  }

  private var numberPlan: NumberPlan {
    let ranges = setup.extensionRanges
    return NumberPlan(
      setup.configuration.numbers.policy, preview.state, claimed: preview.claimedNumbers(setup),
      in: ranges.isEmpty ? nil : ranges, at: madeAt)
  }

  /// As `status` counts them: not those that are held.
  private var pendingRemovals: [ManagedObject] {
    let held = holds.removals
    return preview.pendingRemovals.filter { !held.contains($0.key) }
  }

  /// A count that isn't known without the directory.
  private func counted(_ count: Int?) -> String { conflicts == nil ? "unknown" : String(count ?? 0) }

  /// The figures, each with a link to its section.
  private func summary(_ held: Int) -> HTML {
    let state = preview.state
    typealias Figure = (String, String, HTML)
    func figure(_ count: Int, _ noun: String, _ plural: String, _ place: HTML, isKnown: Bool = true) -> Figure {
      (isKnown ? String(count) : "unknown", count == 1 && isKnown ? noun : plural, place)
    }
    let (isRead, invalid) = (conflicts != nil, preview.read.reading.problems.invalidEntries)
    let waiting = [
      figure(held, "held", "held", "held"),
      figure(preview.plan.unmet.count, "conflict", "conflicts", "conflicts", isKnown: isRead),
      figure(invalid, "entry with invalid data", "entries with invalid data", "conflicts", isKnown: isRead),
      figure(state.unproven.count, "unproven object", "unproven objects", "conflicts"),
      figure(state.lastInDoubt.count, "call in doubt", "calls in doubt", "runs"),
    ]
    let ours = ObjectKind.allCases.map { kind in
      let count = state.managed.count { $0.key.kind == kind }
      return figure(count, "managed \(kind.rawValue)", "managed \(kind.rawValue)s", "people")
    }
    let leaving = figure(pendingRemovals.count, "pending removal", "pending removals", "leaving")
    let bad = waiting.filter { $0.0 != "0" }
    let tiles = bad.map { tile($0, isBad: true) } + ([leaving] + ours).map { tile($0) }
    let lines = [
      state.freeze.map { $0.text },
      bad.isEmpty ? "Nothing waits for an admin." : nil,
      preview.read.failure.map { "The directory can't be read now; this is the state of the ledger: \($0)" },
      preview.read.reading.incomplete.map { "The read of the directory is incomplete now: \($0)" },
      runs.first.map { "Last run: \($0.line)" },
    ]
    let paragraphs = lines.compactMap(\.self).map { "<p>\($0)</p>" as HTML }
    return ##"""
      <div class="tiles">\##(tiles)</div>\##(paragraphs)<p><a href="#people">Find a number or a name</a></p>\##(certificate)
      """##
  }

  private func tile(_ figure: (count: String, what: String, place: HTML), isBad: Bool = false) -> HTML {
    let type: HTML = isBad ? "tile bad" : "tile"
    return ##"<a class="\##(type)" href="#\##(figure.place)"><b>\##(figure.count)</b>\##(figure.what)</a>"##
  }

  private var certificate: HTML {
    guard let read = reads.complete ?? reads.any else { return "" }
    return """
      <details><summary>Last read: \(read.brief)</summary>\
      \(([read.text] + read.valueLines).map { "<p>\($0)</p>" as HTML })</details>
      """
  }

  private var leaving: HTML {
    if pendingRemovals.isEmpty { return "<p>No pending removals.</p>" }
    let rows = pendingRemovals.map { object -> [HTML] in
      let due = object.absence.map { "\($0.reason.text), \($0.dueText(setup.configuration.removal))" } ?? ""
      return ["\(object.key.description)", "\(object.item.name)", "\(due)"]
    }
    return HTMLTable(columns: ["Object", "Name", "Reason, and earliest removal"], rows: rows, hasHeadings: true)
      .html(unfolding: HeldTable.sample)
  }
}
