import Domain
import Text

/// A plan as a table that a person likes to read: a line for each changed field, old -> new.
struct PlanTable {
  let plan: Plan
  let problems: [Problem]
  let removal: RemovalPolicy
  let report: Report
  /// What the changes are called: those to come, or those that the run was for.
  let title: String

  var text: String {
    sections.map { title, rows in
      ([title] + aligned(rows).map { "  " + $0 }).joined(separator: "\n") + "\n"
    }
    .joined(separator: "\n")
  }

  private var sections: [(String, [[String]])] {
    let changes = plan.changes.flatMap(rows)
    let parked = plan.parked.map {
      [$0.wanted.item.kind.rawValue, $0.wanted.item.number, $0.wanted.item.name, "\($0.reasonText); \($0.remedy)"]
    }
    let unproven = plan.unproven.map {
      [$0.key.kind.rawValue, $0.key.number, $0.item.name, "\($0.unprovenText()); \($0.unprovenRemedy)"]
    }
    let waiting = plan.waiting.map {
      [
        $0.key.kind.rawValue, $0.key.number, $0.item.name,
        $0.absence.map { "\($0.reason.text), \($0.dueText(removal))" } ?? "",
      ]
    }
    let held = plan.held.map { held in
      (
        "Held: \(held.headline)",
        held.table.lines.map { [$0] } + [["\(held.reason(report)); \(report.isDryRun ? Held.preview : held.decision)"]]
      )
    }
    let rejected = plan.rejected.map { object in
      [object.key.kind.rawValue, object.key.number, object.name, object.deed]
    }
    let writings = plan.writings.map {
      ["extension", $0.number, "\($0.attribute): \($0.value)", $0.objection ?? $0.dn]
    }
    let released = plan.released.map {
      [$0.key.kind.rawValue, $0.key.number, $0.item.name, "stays on the PBX; pbxsyncd no longer manages it"]
    }
    let all =
      [
        ("\(title) (\(plan.changes.count))", changes),
        ("Released (\(released.count))", released),
        ("Note", plan.remarks.map { [$0] }),
        ("\(title) in the directory (\(plan.writings.count))", writings),
        ("Not done: in the way (\(parked.count))", parked),
        ("Not done: no room in the phonebook", plan.surplus.map { [[$0.text, $0.remedy]] } ?? []),
        ("Not done: entries that can't be mapped (\(problems.count))", problems.map { [$0.text, $0.remedy] }),
        ("Unproven (\(unproven.count))", unproven),
      ] + held
      + [
        ("Not done: rejected (\(rejected.count))", rejected),
        ("Removals waiting (\(waiting.count))", waiting),
      ]
    return all.filter { !$0.1.isEmpty }
  }

  private func rows(_ change: Change) -> [[String]] {
    let head = [change.actionWord, change.call.key.kind.rawValue, change.call.key.number, change.name]
    let fields = change.fields.map(\.text)
    guard change.call.verb == .update, let first = fields.first else {
      let origin = if case .allocated = change.cause { [change.causeText] } else { [String]() }
      let values = (fields.dropFirst() + origin).joined(separator: ", ")
      return [head + [change.call.verb == .add ? values : change.causeText]]
    }
    return [head + [first]] + fields.dropFirst().map { ["", "", "", "", $0] }
  }
}
