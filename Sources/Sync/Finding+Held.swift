import Directory
package import Domain
import Executor
import Journal
import LDAP
import Ledger
import Platform

// What a run holds until an admin decides.

extension HeldSet {
  var decision: String { Self.decision(on: name) }

  package static func decision(on name: String, isRejected: Bool = false) -> String {
    "if they are right: \(pbxsyncd) approve \(name)" + (isRejected ? "" : "; if not: \(pbxsyncd) reject \(name)")
  }

  /// The same of a plan, which keeps no set.
  static let preview = "a run holds them, and says by which name to approve or reject them"

  /// How to decide, or how that will be found out where no run has held this very set yet.
  func nextStep(_ report: RunReport) -> String { isKept(in: report) ? decision : Self.preview }

  /// Whether the ledger has this very set, so that it can be listed and decided on.
  func isKept(in report: RunReport) -> Bool {
    !report.isDryRun && !report.isOfEntry || report.heldBefore.contains(name)
  }

  /// What holds them, when the search settings changed, and how many are still there.
  func reason(_ report: RunReport) -> String {
    let lookup = report.lookups[name]
    let times = Set(changes.map { localTime($0.at) }).sorted()
    let time = times.isEmpty ? "" : " (first read so at \(times.joined(separator: ", ")))"
    let causes = table.causes(report.templateChanges[kind] ?? []).map { "; \($0)" }.joined()
    let limit = changes.reduce(limit) { text, change in
      text.replacing(change.text, with: change.text(beside: report.read?.searches ?? []))
    }
    return "\(limit)\(shownClause)\(time)\(causes)" + (lookup.map { "; \($0.text(of: objects.count))" } ?? "")
  }

  /// Of which table it is that it rests on, as a clause; empty where it rests on none.
  private var shownClause: String {
    let times = objects.compactMap { object in object.before?.absence.flatMap { $0.isThereAgain ? $0.since : nil } }
    return times.min().map { shownText(at: $0, objects.map(\.name)) } ?? ""
  }

  /// What it is about in a few words: "5000 updates of extensions, which would mail 4980 people".
  var headline: String {
    let mail = mails == 0 ? "" : ", which would mail \(people(mails))"
    let others = dependents.isEmpty ? "" : ", and \(dependents.count) more that wait for them"
    return "\(action.counted(objects.count)) of \(kind.rawValue)s\(others)\(mail)"
  }

  /// The objects by OU: a whole OU on the list is a sign of a bad read.
  var namesByOU: String {
    Dictionary(grouping: objects) { DN($0.dn).parent.text }.sorted { $0.key < $1.key }.map { unit, objects in
      "\(unit): " + objects.map { "\($0.key.number) \($0.name)" }.joined(separator: ", ")
    }
    .joined(separator: "; ")
  }

  var table: HeldTable {
    HeldTable(
      rows: objects.map { .init(key: $0.key, name: $0.name, dn: $0.dn, fields: $0.fields) }, action: action)
  }

  func event(in report: RunReport) -> Event {
    let isRemoval = action == .removal
    let objects = isRemoval ? namesByOU : table.sampleText
    return Event(
      isRemoval ? .removalsHeld : .changesHeld, "Held \(headline): \(reason(report)); \(decision); \(objects)",
      [.action: "hold", .kind: kind.rawValue, .outcome: "held", .reason: limit, .remedy: decision])
  }

  func json(_ lookup: IDLookup?) -> JSON {
    [
      "name": .string(name), "kind": .string(kind.rawValue), "action": .string(action.rawValue),
      "looked_for": .optional(lookup?.asked), "still_found": .optional(lookup?.found),
      "left_out_because": lookup.map { .string($0.unselected) } ?? .null,
      "search_changes": .array(
        changes.map { ["text": .string($0.text), "at": .number($0.at)] }),
      "cause": .string(cause.rawValue), "limit": .string(limit), "owned": .count(owned), "mails": .count(mails),
      "dependents": .count(dependents.count), "objects": .array(objects.map(\.json)),
    ]
  }
}

extension HeldObject {
  /// The change of the object: the fields that change, or its removal.
  package var deed: String { fields.isEmpty ? "its removal" : fields.map(\.text).joined(separator: ", ") }

  var json: JSON {
    guard let wanted else { return before?.json ?? .null }
    return [
      "kind": .string(key.kind.rawValue), "number": .string(key.number), "name": .string(name), "dn": .string(dn),
      "entry": .string(entry.text), "values": before?.item.json ?? .null, "wanted": wanted.json,
    ]
  }
}

extension OvertakenRejection {
  /// What it makes, as a clause.
  var text: String {
    "the update of \(key) also makes \(fields.map(\.text).joined(separator: ", ")), which an admin rejected before the directory "
      + "wanted other values for \(dn)"
  }

  var remedy: String { "if that is wrong, set back the template or the attribute that makes it" }

  var event: Event {
    Event(
      .rejectionOvertaken, "A rejection has ended: \(text); \(remedy)", action: "hold", outcome: "lapsed", key,
      of: entry,
      dn: dn, [.reason: text, .remedy: remedy, .changed: fields.map(\.field.rawValue).joined(separator: " ")])
  }
}

extension SearchChange {
  /// The change as a clause, with the settings that are no longer in force told as such: "was A and, for a while, B".
  ///
  /// - Parameter searches: the settings in force; those that aren't known count as in force.
  package func text(beside searches: [SearchReport]) -> String {
    let now = searches.filter { $0.query.kind == kind }
    if now.isEmpty || now.contains(where: \.asked.isEmpty) { return text }
    let inForce = now.flatMap { search in
      [search.query.base, search.query.scope, "none"]
        + search.asked.split(separator: "\n").map { String($0.drop { $0 != " " }.dropFirst()) }
    }
    let mark = " and is now "
    return text.split(separator: "; ").map { clause in
      let clause = String(clause)
      guard let range = clause.firstRange(of: mark), !inForce.contains(String(clause[range.upperBound...])) else {
        return clause
      }
      return clause.replacing(mark, with: " and, for a while, ")
    }
    .joined(separator: "; ")
  }
}
