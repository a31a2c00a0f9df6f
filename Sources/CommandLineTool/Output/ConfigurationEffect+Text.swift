import Domain
import Platform
import Sync

// What `plan --with FILE` says before the plan itself.

extension ConfigurationEffect {
  var text: String { paragraph(lines) }

  private var lines: [String] {
    if changedKeys.isEmpty { return ["No key of the configuration has changed"] }
    var lines = groups.map { "  \($0.key): \($0.group.text)" }
    if let undetermined {
      let keys =
        undetermined.keys.isEmpty
        ? "no changed key explains them"
        : "one of these keys, or several together: \(undetermined.keys.joined(separator: ", "))"
      lines.append("  Cause unknown (\(keys)): \(undetermined.group.text)")
    }
    if let present, present != Group() {
      lines.append("  Not this edit, a run with the present configuration has them too: \(present.text)")
    }
    if present == nil {
      lines.append("  The plan of the present configuration is unknown, so its changes are among these")
    }
    let causes = Set(groups.map(\.key) + (undetermined?.keys ?? []))
    let others = changedKeys.filter { !causes.contains($0) }
    return ["By changed key"] + (lines.isEmpty ? ["  Nothing changes"] : lines)
      + (others.isEmpty ? [] : ["Changed keys without a change of their own: \(others.joined(separator: ", "))"])
      + (changedKeys.contains("state.directory")
        ? ["[state] directory isn't changed by this: the plan is of the present ledger"] : [])
      + [
        "Left behind: \(counted(leftBehind, "managed object"))"
          + (leftBehind == 0 ? "" : " that no entry would want (removed, pending or held below)")
      ]
  }

  /// For `--json`, beside the report's own members.
  var members: [(String, JSON)] {
    [
      ("changed_keys", .strings(changedKeys)),
      ("causes", .array(groups.map { .object([("key", .string($0.key))] + $0.group.members) })),
      (
        "cause_unknown",
        undetermined.map { .object([("keys", .strings($0.keys))] + $0.group.members) } ?? .null
      ),
      ("not_this_edit", present.map { .object($0.members) } ?? .null),
      ("left_behind", .count(leftBehind)),
    ]
  }
}

extension ConfigurationEffect.Group {
  fileprivate var text: String {
    let counts = [
      additions == 0 ? nil : counted(additions, "addition"), updates == 0 ? nil : counted(updates, "update"),
      leftBehind == 0 ? nil : counted(leftBehind, "object") + " left behind",
      conflicts == 0 ? nil : counted(conflicts, "conflict"),
      invalid == 0 ? nil : counted(invalid, "entry with invalid data", "entries with invalid data"),
      kept == 0 ? nil : "\(counted(kept, "field")) left as \(kept == 1 ? "it is" : "they are")",
      held == 0 ? nil : "\(held) of them held",
    ]
    let all = counts.compactMap(\.self) + shifts.map { shiftText($0.key, $0.value) }.sorted()
    return (all + (mails == 0 ? [] : [counted(mails, "mail")])).joined(separator: ", ")
  }

  /// Such as "26 removals now that would wait until 2026-11-28 13:18".
  private func shiftText(_ shift: ConfigurationEffect.Shift, _ count: Int) -> String {
    let now =
      switch shift.to {
      case .made: "now"
      case .held: "held"
      case .pending: "pending"
      }
    let otherwise =
      switch shift.from {
      case .made: "would be made"
      case .held: "would be held"
      case .pending: "would wait" + (shift.to == .made ? waitsUntil.map { " until \(localTime($0))" } ?? "" : "")
      }
    return "\(counted(count, shift.action.rawValue)) \(now) that \(otherwise)"
  }

  /// How many changes are made, held or pending and wouldn't be so by the present configuration.
  private func shifted(to state: ConfigurationEffect.State) -> Int {
    shifts.reduce(0) { $0 + ($1.key.to == state ? $1.value : 0) }
  }

  fileprivate var members: [(String, JSON)] {
    [
      ("additions", .count(additions)), ("updates", .count(updates)), ("left_behind", .count(leftBehind)),
      ("conflicts", .count(conflicts)), ("invalid_entries", .count(invalid)), ("fields_left", .count(kept)),
      ("held", .count(held)), ("now_made", .count(shifted(to: .made))), ("now_held", .count(shifted(to: .held))),
      ("now_pending", .count(shifted(to: .pending))), ("mails", .count(mails)),
    ]
  }
}
