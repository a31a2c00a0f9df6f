package import Domain
import Executor
import LDAP
import Ledger
import Mapping
import Platform
import Text

// How held sets are said, those of a plan and those that the ledger keeps.

extension HeldSet.Action {
  /// "1 update", "5,000 updates".
  package func counted(_ count: Int) -> String { Domain.counted(count, rawValue) }
}

/// The age of the table behind a set of removals, the values that it showed, and how long it counts as evidence.
func shownText(at time: Timestamp, _ names: [String]) -> String {
  " by a table of \(localTime(time)), with the values of \(names.listed(to: 5)); somebody may have made the number by hand since, so "
    + "look at it on the PBX first; from \(localTime(time + Absence.validity)) on it can't be approved without a newer table "
    + "(\(pbxsyncd) audit --csv FILE --yes)"
}

/// "1 person", "189 people".
func people(_ count: Int) -> String { counted(count, "person", "people") }

extension HeldSetRecord {
  var mails: Int { members.count { $0.wanted?.isMailed == true } }

  /// That what it rests on is too old for an approval; nil where it isn't.
  package func lapse(at now: Timestamp) -> RunError? {
    guard let shownAt, shownAt + Absence.validity <= now else { return nil }
    return RunError(
      refusing:
        "\(name) rests on a table of \(localTime(shownAt)), more than a day ago: somebody may have made "
        + "\(members.map(\.key.number).listed(to: 5)) by hand since",
      remedy: "nothing is approved; export a new table and audit it: \(pbxsyncd) audit --csv FILE --yes")
  }

  /// What was decided, or that nothing was, and since when.
  package var state: String {
    let mail = mails == 0 ? "" : ", which \(rejectedAt == nil ? "would" : "were to") mail \(people(mails))"
    let what = "\(action.counted(members.count)) of \(kind.rawValue)s\(mail)"
    if let approvedAt { return "\(what), approved \(localTime(approvedAt)) and made by the next run" }
    if let rejectedAt { return "\(what), rejected \(localTime(rejectedAt)): these stay as they are" }
    return "\(what), held since \(localTime(since))"
  }

  var line: String { "\(name): \(state): \(why)" }

  /// What holds it, as a clause.
  package var why: String { reason + (shownAt.map { shownText(at: $0, members.map(\.name)) } ?? "") }

  /// What there is to know of it besides: how many are still in the directory, and which fields change.
  package var evidence: [String] { [lookupLine].compactMap(\.self) + table.causes(templates) }

  /// Of a set that was rejected long ago it tells nothing of who is there today.
  private var lookupLine: String? {
    rejectedAt != nil
      ? nil
      : lookup.map { "\(IDLookup(asked: $0.asked, found: $0.found).text(of: members.count)), at \(localTime($0.at))" }
  }

  /// The line, and below it a sample of the objects.
  package var lines: [String] { lines(table.lines) }

  /// The same with all objects, and how to decide.
  package func wholeLines(at now: Timestamp) -> [String] {
    let decision = "  " + (lapse(at: now)?.text ?? HeldSet.decision(on: name, isRejected: rejectedAt != nil))
    return lines(table.lines(atMost: .max)) + (approvedAt == nil ? [decision] : [])
  }

  private func lines(_ objects: [String]) -> [String] {
    [line] + (evidence + objects).map { "  \($0)" }
  }

  var table: HeldTable {
    HeldTable(
      rows: members.map { .init(key: $0.key, name: $0.name, dn: $0.dn, fields: $0.fields) }, action: action)
  }

  package var json: JSON {
    [
      "name": .string(name), "kind": .string(kind.rawValue), "action": .string(action.rawValue),
      "cause": .string(cause.rawValue), "reason": .string(reason), "since": .number(since),
      "shown_at": shownAt.map(JSON.number) ?? .null,
      "approved_at": approvedAt.map(JSON.number) ?? .null, "rejected_at": rejectedAt.map(JSON.number) ?? .null,
      "mails": .count(mails), "dependents": .count(dependents), "looked_for": lookup.map { .count($0.asked) } ?? .null,
      "still_found": lookup.map { .count($0.found) } ?? .null,
      "members": .array(
        members.map {
          [
            "number": .string($0.key.number), "name": .string($0.name), "dn": .string($0.dn),
            "entry": .string($0.entry.text), "values": $0.before?.json ?? .null, "wanted": $0.wanted?.json ?? .null,
          ]
        }),
    ]
  }
}

extension HeldSetRecord.Member {
  /// The fields that change, old and new; none for a removal.
  package var fields: [FieldChange] {
    guard let wanted else { return [] }
    if let before { return before.changes(to: wanted) }
    return wanted.fields.filter { !$0.value.isEmpty }.map { FieldChange($0.field, from: "", to: $0.value) }
  }
}

/// The objects of a held set: the first of them with their changes, and the count of the others.
package struct HeldTable {
  struct Row {
    let key: ObjectKey
    let name: String
    let dn: String
    let fields: [FieldChange]
  }

  let rows: [Row]
  let action: HeldSet.Action

  package static let sample = 10

  /// Number, name, what changes, the entry.
  private func cells(atMost count: Int) -> [[String]] {
    rows.prefix(count).map { row in
      let changes = row.fields.filter { action == .update || $0.field != .number }
      return [row.key.number, row.name, changes.map(\.text).joined(separator: ", "), row.dn]
    }
  }

  /// What the changes have in common: "last_name changes for 4998 of 5000: its template was {sn} and is now {sn | upper}".
  func causes(_ templates: [ObjectField: String]) -> [String] {
    guard action == .update else { return [] }
    return ObjectField.allCases.compactMap { field in
      let count = rows.count { row in row.fields.contains { $0.field == field } }
      if count == 0 { return nil }
      let cause = templates[field].map { ": its template \($0)" } ?? ""
      return "\(field.rawValue) changes for \(count) of \(rows.count)\(cause)"
    }
  }

  /// A sample of them, and where the others are shown.
  var lines: [String] {
    let rest = rows.count - Self.sample
    return lines(atMost: Self.sample) + (rest > 0 ? ["… and \(rest) more; \(pbxsyncd) approve lists all of them"] : [])
  }

  /// All of them, where no set is kept that could be listed.
  var allLines: [String] { lines(atMost: .max) }

  func lines(atMost count: Int) -> [String] { aligned(cells(atMost: count).map { $0.filter { !$0.isEmpty } }) }
}

/// Pads all columns but the last to their widest cell.
func aligned(_ rows: [[String]]) -> [String] {
  let rows = rows.map { $0.map { visible($0) } }
  let columns = (rows.map(\.count).max() ?? 1) - 1
  let widths = (0..<max(columns, 0)).map { column in
    rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
  }
  return rows.map { row in
    row.enumerated().map { column, cell in
      column < row.count - 1 ? cell + String(repeating: " ", count: widths[column] - cell.count) : cell
    }
    .joined(separator: "  ")
  }
}

extension RunReport {
  /// A set that was held before has the cause that it had then.
  mutating func explain(from ledger: Ledger?) async throws(LedgerError) {
    guard !plan.held.isEmpty, let ledger else { return }
    for hold in try await ledger.holds() where hold.isOpen {
      heldBefore.insert(hold.name)
      if hold.action == .update { templateChanges[hold.kind, default: [:]].merge(hold.templates) { now, _ in now } }
    }
  }
}
