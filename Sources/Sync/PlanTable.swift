import Domain
import Executor
import Platform
import Text

/// A run's plan as a table that a person likes to read: a line for each changed field, old -> new.
struct PlanTable {
  let report: RunReport

  private var plan: Plan { report.plan }
  /// What the changes are called: those to come, or those that the run was for.
  private var title: String { report.isDryRun ? "To do" : "Changes" }

  var text: String {
    sections.map { title, rows in
      ([title] + aligned(rows).map { "  " + $0 }).joined(separator: "\n") + "\n"
    }
    .joined(separator: "\n")
  }

  private var sections: [(String, [[String]])] {
    // Of a run that was made the changes are those that it made; what failed has a list of its own.
    let made = plan.changes.indices.filter { report.isDryRun || report.changeResults[$0]?.isDone == true }
    let unlisted = report.isDryRun ? 0 : report.madeCount - made.count
    let more = "… \(unlisted) more: \(pbxsyncd) history \(report.run.map(String.init) ?? "")"
    let changes = made.flatMap { rows(plan.changes[$0], report.changeResults[$0]) } + (unlisted > 0 ? [[more]] : [])
    let left = report.isDryRun ? [] : plan.changes.indices.filter { report.changeResults[$0] == nil }
    let untouched = left.flatMap { rows(plan.changes[$0], nil) }
    let unproven = UnprovenGroup.all(of: report.unproven).map { group in
      (
        "Unproven (\(group.objects.count)): \(group.cause)",
        group.lines.map { [$0] } + [["Next step: \(group.remedy)"]]
      )
    }
    let waiting = plan.pendingRemovals.map {
      [
        $0.key.kind.rawValue, $0.key.number, $0.item.name,
        $0.absence.map { "\($0.reason.text), \($0.dueText(report.removal))" } ?? "",
      ]
    }
    let held = plan.held.map { held in
      (
        "Held: \(held.headline)",
        (held.isKept(in: report) ? held.table.lines : held.table.allLines).map { [$0] }
          + [["\(held.reason(report)); \(held.nextStep(report))"]]
      )
    }
    let rejected = plan.rejected.map { object in
      [object.key.kind.rawValue, object.key.number, object.name, object.deed]
    }
    let failed = Set(report.failedWriteBacks.map(\.write))
    let writings = plan.directoryWrites.filter { !failed.contains($0) }.map {
      ["extension", $0.number, "\($0.attribute): \($0.value)", $0.objection ?? $0.dn]
    }
    let released = plan.released.map {
      [$0.key.kind.rawValue, $0.key.number, $0.item.name, "stays on the PBX; pbxsyncd no longer manages it"]
    }
    let findings = Dictionary(grouping: report.findings.compactMap(\.row), by: \.section)
    let steps = Finding.Section.allCases.map { section in
      let rows = findings[section] ?? []
      // As rows of one cell, because they are aligned already.
      return (
        section == .noRoom ? section.rawValue : "\(section.rawValue) (\(rows.count))",
        lines(of: rows.map { ($0.cells, $0.remedy) }).map { [$0] }
      )
    }
    let all =
      [
        ("\(title) (\(made.count + unlisted))", changes), ("Not begun (\(left.count))", untouched),
        ("Released (\(released.count))", released),
        ("Note", plan.remarks.map { [$0] }),
        ("\(title) in the directory (\(writings.count))", writings),
      ] + steps + unproven + held
      + [
        ("Skipped: rejected (\(rejected.count))", rejected),
        ("Pending removals (\(waiting.count))", waiting),
      ]
    return all.filter { !$0.1.isEmpty }
  }

  private func rows(_ change: Change, _ changeResult: ChangeResult?) -> [[String]] {
    let wasLost = changeResult?.wasLost == true
    // As the counts have it: what the PBX had lost was added, though the call began as an update.
    let verb = wasLost && change.call.action == .update ? .add : change.call.action
    let head = [verb.rawValue, change.call.key.kind.rawValue, change.call.key.number, change.name]
    if wasLost { return [head + ["the PBX had lost it"]] }
    let fields = change.fields.map(\.text)
    guard change.call.action == .update, let first = fields.first else {
      let origin = if case .allocated = change.cause { [change.causeText] } else { [String]() }
      let values = (fields.dropFirst() + origin).joined(separator: ", ")
      return [head + [change.call.action == .add ? values : change.causeText]]
    }
    return [head + [first]] + fields.dropFirst().map { ["", "", "", "", $0] }
  }
}
