import Configuration
import Domain
import Ledger
import Platform

/// What an admin likes to look at: how the last runs went, what waits for a decision, what stands in the way, and who
/// has which number. One page that asks for nothing outside itself.
struct Page {
  let setup: Setup
  let outlook: Outlook
  /// nil where the directory can't be read now.
  let conflicts: ConflictList?
  /// The newest first.
  let runs: [Run]
  let reads: (any: ReadRecord?, complete: ReadRecord?)
  let holds: [Hold]
  let madeAt: Seconds

  var html: HTML {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-page'">
    <title>pbxsyncd on \(hostName), \(localTime(madeAt))</title>
    \(HTML.style)
    </head>
    <body>
    <h1>pbxsyncd on \(hostName)</h1>
    <p class="faint">\(localTime(madeAt)), version \(version), \(setup.configuration.file), PBX \(setup.configuration.pbx.url)</p>
    \(standing)
    <h2>Runs</h2>
    \(RunChart(runs: runs).html)
    <h2>Held (\(held))</h2>
    \(decisions)
    <h2>Conflicts (\(conflictCount))</h2>
    \(obstacles)
    <h2>Removals waiting (\(outlook.plan.waiting.count))</h2>
    \(leaving)
    <h2>Number plan</h2>
    \(NumberGrid(plan: NumberPlan(setup.configuration.numbers.policy, outlook.memory, at: madeAt)).html)
    </body>
    </html>

    """
  }

  private var conflictCount: String { conflicts.map { String($0.items.count) } ?? "not known" }

  private var held: Int { holds.filter(\.isOpen).reduce(0) { $0 + $1.members.count } }

  // MARK: - How it stands

  private var standing: HTML {
    let memory = outlook.memory
    let ours = Kind.allCases.map { kind in
      (String(memory.managed.count { $0.key.kind == kind }), "\(kind.rawValue)s are ours", false)
    }
    let waiting = [
      (String(held), "held"), (conflictCount, "conflicts"),
      (String(memory.unproven.count), "unproven objects"), (String(memory.doubts.count), "calls in doubt"),
    ].map { ($0, $1, $0 != "0") }
    let tiles = (ours + waiting).map { count, what, isBad -> HTML in
      #"<div class="\#(isBad ? "tile bad" : "tile")"><b>\#(count)</b>\#(what)</div>"#
    }
    let lines =
      [
        runs.first.map { "Last run: \($0.line)" },
        reads.complete.map { "Last complete read: \($0.text)" },
      ] + ((reads.complete ?? reads.any)?.valueLines ?? []) + [
        outlook.pass.failure.map { "The directory can't be read now, so this is what the ledger knows: \($0)" },
        outlook.pass.reading.incomplete.map { "The directory's answer isn't complete now: \($0)" },
      ]
    return #"<div class="tiles">\#(tiles)</div>\#(lines.compactMap(\.self).map { "<p>\($0)</p>" as HTML })"#
  }

  // MARK: - What waits

  private var decisions: HTML {
    let falls = (reads.any?.searches ?? []).compactMap { search -> HTML? in
      guard let name = search.fallName, let line = search.fallLine else { return nil }
      return """
        <div class="item"><p>\(line)</p><p>If that is right: <code>\(pbxsyncd) approve \(name)</code></p></div>
        """
    }
    let sets = holds.map { hold -> HTML in
      let members = Table(
        columns: ["Number", "Name", "What changes", "Entry"],
        rows: hold.members.map { [$0.key.number, $0.name, $0.fields.map(\.text).joined(separator: ", "), $0.dn] })
      let decision: HTML =
        hold.approvedAt.map { "<p>Approved \(localTime($0)); the next run makes them.</p>" }
        ?? hold.rejectedAt.map { "<p>Rejected \(localTime($0)); these stay as they are.</p>" }
          ?? """
          <p>If they are right: <code>\(pbxsyncd) approve \(hold.name)</code>; if not: \
          <code>\(pbxsyncd) reject \(hold.name)</code></p>
          """
      return """
        <div class="item"><h3>\(hold.action.counted(hold.members.count)) of \(hold.kind.rawValue)s, since \(localTime(hold.since))</h3>\
        <p>\(hold.reason)</p>\(decision)\(members.html)</div>
        """
    }
    return falls.isEmpty && sets.isEmpty ? "<p>Nothing is held.</p>" : "\(falls)\(sets)"
  }

  private var obstacles: HTML {
    guard let conflicts else { return "<p>The directory can't be read now.</p>" }
    if conflicts.isEmpty { return "<p>Nothing stands in the way.</p>" }
    let items = conflicts.items.map { item -> HTML in
      let ldif: HTML = (item.ldif ?? item.example).map { "<pre>\($0)</pre>" } ?? ""
      return #"<div class="item"><h3>\#(item.heading)</h3><p>\#(item.remedy)</p>\#(ldif)</div>"#
    }
    return "\(items)"
  }

  private var leaving: HTML {
    if outlook.plan.waiting.isEmpty { return "<p>Nothing waits.</p>" }
    let rows = outlook.plan.waiting.map { object in
      [
        object.key.description, object.item.name,
        object.absence.map { "\($0.reason.text), \($0.dueText(setup.configuration.removal))" } ?? "",
      ]
    }
    return Table(columns: ["Object", "Name", "Why, and when it may go"], rows: rows).html
  }
}
