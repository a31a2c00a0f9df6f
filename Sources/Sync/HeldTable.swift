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
  package var mails: Int { members.count { $0.wanted?.isMailed == true } }

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
    if let approvedAt { return "\(what), approved \(localTime(approvedAt))\(nextRunText)" }
    if let rejectedAt { return "\(what), rejected \(localTime(rejectedAt)): these stay as they are" }
    return "\(what), held since \(localTime(since))"
  }

  /// What the next run does with an approved set, after the time of the approval.
  private var nextRunText: String {
    let rest = "\(counted(waiting, "has", "have")) a conflict or \(waiting == 1 ? "waits" : "wait") for a next try"
    return switch waiting {
    case 0: " and made by the next run"
    case members.count: ", but all \(rest.replacing("\(waiting) ", with: ""))"
    default: " and made by the next run, but \(rest)"
    }
  }

  /// What an admin calls the set by now.
  package var label: String { approvedAt != nil ? "Approved" : rejectedAt != nil ? "Rejected" : "Held" }

  package var line: String { "\(name): \(state): \(why)" }

  /// What holds it, as a clause.
  package var why: String { reason + (shownAt.map { shownText(at: $0, members.map(\.name)) } ?? "") }

  /// What there is to know of it besides: how many are still in the directory, and which fields change.
  package var evidence: [String] { [lookupLine].compactMap(\.self) + causes }

  /// Which fields change, and the templates that explain it.
  package var causes: [String] { table.causes(templates) }

  /// Of a set that was rejected long ago it tells nothing of who is there today.
  private var lookupLine: String? {
    rejectedAt != nil
      ? nil
      : lookup.map { IDLookup($0).text(of: members.count, at: $0.at) }
  }

  /// How to decide; nil for an approved set.
  package func decision(at now: Timestamp) -> String? {
    if approvedAt != nil { return nil }
    let isKept = rejectedAt != nil && action == .removal
    return (lapse(at: now)?.text ?? HeldSet.decision(on: name, isRejected: rejectedAt != nil))
      + (isKept ? "; to leave an object to the PBX for good: \(pbxsyncd) release NUMBER" : "")
  }

  package var table: HeldTable {
    HeldTable(
      rows: members.map { .init(key: $0.key, name: $0.name, dn: $0.dn, fields: $0.fields) }, action: action)
  }

  package var json: JSON { json(now: nil) }

  /// - Parameters:
  ///   - lookup: which entries the directory shows now; nil if it wasn't asked.
  ///   - reasons: why objects are to be removed, such as a disabled account.
  package func json(now lookup: IDLookup?, because reasons: [ObjectKey: String] = [:]) -> JSON {
    [
      "name": .string(name), "kind": .string(kind.rawValue), "action": .string(action.rawValue),
      "cause": .string(cause.rawValue), "reason": .string(reason), "since": .number(since),
      "shown_at": .optional(shownAt),
      "approved_at": .optional(approvedAt), "rejected_at": .optional(rejectedAt),
      "mails": .count(mails), "dependents": .count(dependents), "waiting": .count(waiting),
      "looked_for": .optional(self.lookup?.asked),
      "still_found": .optional(self.lookup?.found),
      "left_out_because": self.lookup.map { .string($0.unselected) } ?? .null,
      "members": .array(
        members.map {
          [
            "number": .string($0.key.number), "name": .string($0.name), "dn": .string($0.dn),
            "entry": .string($0.entry.text), "in_directory": lookup?.names[$0.entry].map { .bool($0 != nil) } ?? .null,
            "because": .optional(reasons[$0.key]), "values": $0.before?.json ?? .null,
            "wanted": $0.wanted?.json ?? .null,
          ]
        }),
    ]
  }
}

extension HeldSetRecord.Member {
  /// The fields that change, old and new; none for a removal.
  package var fields: [FieldChange] { wanted?.changes(from: before) ?? [] }
}

/// The objects of a held set with their changes.
package struct HeldTable {
  struct Row {
    let key: ObjectKey
    let name: String
    let dn: String
    let fields: [FieldChange]
  }

  let rows: [Row]
  let action: HeldSet.Action

  /// How many objects a list that isn't about the set alone names.
  package static let sample = 10

  /// Number, name, what changes, the entry.
  package var cells: [[String]] {
    rows.map { row in
      let changes = row.fields.filter { action == .update || $0.field != .number }
      let text = changes.map(\.text).joined(separator: ", ")
      return [row.key.number, row.name] + (text.isEmpty ? [] : [text]) + [row.dn]
    }
  }

  /// A sample of them, a line each.
  var sampleLines: [String] {
    let rest = rows.count - Self.sample
    return cells.prefix(Self.sample).map { $0.joined(separator: ", ") }
      + (rest > 0 ? ["… and \(rest) more: \(pbxsyncd) approve"] : [])
  }

  /// A sample of them in one line.
  var sampleText: String {
    cells.map { $0.joined(separator: ", ") }.listed(to: Self.sample, by: "; ")
  }

  /// What the changes have in common: "last_name changes for 4998 of 5000: its template was {sn} and is now {sn | upper}".
  func causes(_ templates: [TemplateChange]) -> [String] {
    guard action == .update else { return [] }
    return ObjectField.allCases.compactMap { field in
      let count = rows.count { row in row.fields.contains { $0.field == field } }
      if count == 0 { return nil }
      let cause = TemplateChange.text(of: templates.filter { $0.field == field })
      return "\(field.rawValue) changes for \(count) of \(rows.count)\(cause.isEmpty ? "" : ": \(cause)")"
    }
  }
}

extension RunReport {
  /// A set that was held before has the cause that it had then.
  mutating func explain(from ledger: Ledger?) async throws(LedgerError) {
    guard !plan.held.isEmpty, let ledger else { return }
    for hold in try await ledger.holds() where hold.isOpen {
      heldBefore.insert(hold.name)
      if hold.action == .update {
        templateChanges[hold.kind] = TemplateChange.joined(hold.templates, templateChanges[hold.kind] ?? [])
      }
    }
  }
}
