import Directory
import Domain
import Executor
package import Platform

extension RunReport {
  /// As a pipe gets it: one record a line.
  package var text: String { page.text }

  /// For a person: the summary, then what needs a decision, what failed, what was skipped, what is pending, and the changes.
  package var page: Page {
    var page = Page()
    page.add(summary, .heading)
    let body = body ?? RunReportPage(report: self).page
    if !body.isEmpty { page.addGap() }
    page.add(body)
    return page
  }

  /// Makes the page but for the summary, so that its cost is in the figures too.
  mutating func render() { body = RunReportPage(report: self).page }
}

/// The report of a run without its summary, in sections. Entries with the same reason share one heading and one next step.
struct RunReportPage {
  let report: RunReport

  private var plan: Plan { report.plan }

  /// How many rows of a list a terminal gets.
  private static let most = 10

  /// The command that shows all rows, of a pipe.
  private var all: String {
    if let command = report.command { return "\(pbxsyncd) \(command) | less" }
    if report.isDryRun { return "\(pbxsyncd) plan | less" }
    return report.run.map { "\(pbxsyncd) history \($0) | less" } ?? ""
  }

  var page: Page {
    var page = Page()
    addHeld(to: &page)
    addUnproven(to: &page)
    addFailures(to: &page)
    addSkipped(to: &page)
    addPending(to: &page)
    addFrozen(to: &page)
    addChanges(to: &page)
    addNotes(to: &page)
    return page
  }

  private func begin(_ title: String, _ page: inout Page, _ tone: Page.Tone = .heading) {
    page.addGap()
    page.add(title, tone)
  }

  // MARK: - What needs a decision

  private func addHeld(to page: inout Page) {
    for held in plan.held {
      begin("Held: \(held.headline)", &page, .bad)
      page.add("Reason: \(held.reason(report))", indent: 2)
      page.add("Next step: \(held.nextStep(report))", indent: 2)
      let isKept = held.isKept(in: report)
      page.add(
        table: held.table.cells, most: HeldTable.sample, mostOnPipe: isKept ? HeldTable.sample : .max,
        all: isKept ? "\(pbxsyncd) approve" : all)
    }
  }

  private func addUnproven(to page: inout Page) {
    for group in UnprovenGroup.all(of: report.unproven) {
      begin("Unproven (\(group.objects.count)): \(group.cause)", &page, .warning)
      page.add("Next step: \(group.remedy)", indent: 2)
      page.add(table: group.cells, most: Self.most, mostOnPipe: UnprovenGroup.listLimit, all: "\(pbxsyncd) conflicts")
    }
  }

  // MARK: - What failed

  private func addFailures(to page: inout Page) {
    var (failed, inDoubt): ([String], [String]) = ([], [])
    let refused = Set(report.refused.map(\.wanted.item.key))
    for (index, change) in plan.changes.enumerated() {
      // What the PBX refused is a conflict.
      guard let changeResult = report.changeResults[index], !refused.contains(change.call.key) else { continue }
      let line = changeResult.event(of: change, nextTry: report.nextTries[change.call.key]).1
      switch changeResult.outcome {
      // Unproven objects have a section of their own.
      case .holds, .gone, .unproven: continue
      case .inDoubt: inDoubt.append(line)
      case .refused, .undone: failed.append(line)
      }
    }
    add(failed, "Failed", to: &page)
    add(inDoubt, "Result unknown", to: &page)
    if !report.failedWriteBacks.isEmpty {
      begin("Not written to the directory (\(report.failedWriteBacks.count))", &page, .bad)
      for result in report.failedWriteBacks {
        page.add("# \(result.failure?.reason ?? "")")
        page.add(verbatim: result.write.ldif ?? "")
      }
    }
  }

  private func add(_ lines: [String], _ title: String, to page: inout Page) {
    if lines.isEmpty { return }
    begin("\(title) (\(lines.count))", &page, .bad)
    page.add(table: lines.map { [$0] }, most: Self.most, all: all)
  }

  // MARK: - What was skipped

  private func addSkipped(to page: inout Page) {
    for group in SkippedGroup.all(of: report.findings + report.refused.map(Finding.conflict)) {
      begin(group.title, &page, .warning)
      page.add("Next step: \(group.remedy)", indent: 2)
      page.add(table: group.cells, most: Self.most, all: report.command == nil ? "\(pbxsyncd) conflicts" : all)
    }
    let left = report.isDryRun ? [] : plan.changes.indices.filter { report.changeResults[$0] == nil }
    if !left.isEmpty {
      begin("Not begun (\(left.count))", &page, .warning)
      page.add(table: left.map { row(plan.changes[$0], nil) }, most: Self.most, all: all)
    }
    if !plan.rejected.isEmpty {
      begin("Skipped (\(plan.rejected.count)): rejected by an admin", &page)
      let removals = plan.rejected.contains { $0.wanted == nil }
      page.add(
        "Next step: none while it is right; to have them made after all: \(pbxsyncd) approve"
          + (removals ? "; to leave an object to the PBX for good: \(pbxsyncd) release NUMBER" : ""), indent: 2)
      let rows = plan.rejected.map { [$0.key.kind.rawValue, $0.key.number, $0.name, $0.deed] }
      page.add(table: rows, most: Self.most, all: "\(pbxsyncd) approve")
    }
  }

  private func addPending(to page: inout Page) {
    if plan.pendingRemovals.isEmpty { return }
    begin("Pending removals (\(plan.pendingRemovals.count))", &page)
    let rows = plan.pendingRemovals.map { object in
      let due = object.absence.map { "\($0.reason.text), \($0.dueText(report.removal))" } ?? ""
      return [object.key.kind.rawValue, object.key.number, object.item.name, due]
    }
    page.add(table: rows, most: Self.most, all: all)
  }

  /// Changes that passed the guard and wait for the end of a freeze.
  private func addFrozen(to page: inout Page) {
    guard let freeze = plan.freeze else { return }
    begin("Frozen (\(report.frozenCount)): \(freeze.state)", &page, .warning)
    page.add("Next step: \(freeze.remedy)", indent: 2)
    // The history has no calls of them.
    let all = report.isDryRun ? all : "\(pbxsyncd) plan | less"
    page.add(table: plan.frozen.map { row($0, nil) }, most: Self.most, all: all)
    let unlisted = report.frozenCount - plan.frozen.count
    if unlisted > 0 { page.add("… \(unlisted) more: \(all)", indent: 2) }
  }

  // MARK: - The changes

  private func addChanges(to page: inout Page) {
    // Of a finished run these are the changes that it made; failures have a section of their own.
    let made = plan.changes.indices.filter { report.isDryRun || report.changeResults[$0]?.isDone == true }
    let unlisted = report.isDryRun ? 0 : report.madeCount - made.count
    let title = report.isDryRun ? "Planned changes" : "Changes"
    if !made.isEmpty || unlisted > 0 {
      begin("\(title) (\(made.count + unlisted))", &page)
      page.add(table: made.map { row(plan.changes[$0], report.changeResults[$0]) }, most: Self.most, all: all)
      if unlisted > 0 { page.add("… \(unlisted) more: \(all)", indent: 2) }
    }
    let failed = Set(report.failedWriteBacks.map(\.write))
    let writings = plan.directoryWrites.filter { !failed.contains($0) }
    if !writings.isEmpty {
      begin("\(title) in the directory (\(writings.count))", &page)
      let rows = writings.map { ["extension", $0.number, "\($0.attribute): \($0.value)", $0.objection ?? $0.dn] }
      page.add(table: rows, most: Self.most, all: all)
    }
    if !plan.released.isEmpty {
      begin(
        "Released (\(plan.released.count)): they stay on the PBX as they are, and pbxsyncd no longer manages them",
        &page)
      page.add(
        "Note: an undo doesn't bring back the values that they had before their adoption; if a table showed them, the plan and the "
          + "journal have them", indent: 2)
      page.add(
        table: plan.released.map { [$0.key.kind.rawValue, $0.key.number, $0.item.name] }, most: Self.most, all: all)
    }
  }

  private func row(_ change: Change, _ changeResult: ChangeResult?) -> [String] {
    let verb = change.action(changeResult)
    let head = [verb.rawValue, change.call.key.kind.rawValue, change.call.key.number, change.name]
    if changeResult?.wasLost == true { return head + ["the PBX had lost it"] }
    switch verb {
    case .update:
      let texts = change.fields.filter { change.before != nil || $0.field != .number }.map(\.text)
      let isAdopted = changeResult?.isAdoption(by: change) ?? change.adoptsForeign
      let values = change.known == nil ? " with unknown values, which become" : ","
      return head + [(isAdopted ? "adopts the PBX's object\(values) " : "") + texts.joined(separator: ", ")]
    case .delete: return head + [change.causeText]
    case .add:
      let origin = if case .allocated = change.cause { [change.causeText] } else { [String]() }
      // The name says it already.
      let names = Set(change.name.split(separator: " ").map(String.init) + [change.name])
      let values = change.fields.filter { $0.field != .number && !$0.new.isEmpty && !names.contains($0.new) }
      return head + [(values.map(\.text) + origin).joined(separator: ", ")]
    }
  }

  // MARK: - Notes

  private func addNotes(to page: inout Page) {
    var notes = plan.remarks + report.ledgerNotes + [report.presence?.text].compactMap(\.self)
    notes += report.findings.compactMap(\.note) + [adoptionNote].compactMap(\.self)
    notes += [report.arbitraryText, report.sharedNumbersText].compactMap(\.self)
    if report.callCounts.lost > 0 {
      notes.append("the PBX had lost \(counted(report.callCounts.lost, "object")); \(ChangeResult.lossRemedy)")
    }
    if notes.isEmpty { return }
    page.addGap()
    for note in notes { page.add("Note: \(note)") }
  }
}

extension RunReportPage {
  /// That planned additions may turn out to be adoptions; nil without any.
  fileprivate var adoptionNote: String? {
    let count = report.isDryRun ? plan.changes.count(where: \.mayAdoptForeign) : 0
    if count == 0 { return nil }
    return
      "existing = \"adopt\": each of \(counted(count, "addition")) adopts the PBX's object instead, with an update, "
      + "if the PBX has one under the number"
  }
}

/// Skipped objects and entries with the same reason and the same next step.
struct SkippedGroup {
  let title: String
  let remedy: String
  let cells: [[String]]

  private enum Kind: Hashable, CaseIterable { case conflict, invalid, kept }

  private struct Reason: Hashable {
    let kind: Kind
    let text: String
    let remedy: String
  }

  private struct Row {
    var reason: Reason
    var cells: [String]
    let remedy: String
    /// Of invalid data: what it is about, and the reason alone.
    var topic = "", detail = ""
  }

  /// Conflicts, then invalid data, then fields without a usable value, each in the order of the findings.
  static func all(of findings: [Finding]) -> [SkippedGroup] {
    let ordered = groupedByTopic(findings.compactMap(row))
    let rows = Kind.allCases.flatMap { kind in ordered.filter { $0.reason.kind == kind } }
    return rows.grouped(by: \.reason).map { reason, rows in
      // A value that leads to two problems is one line.
      var seen: Set<[String]> = []
      let rows = rows.filter { seen.insert($0.cells).inserted }
      return SkippedGroup(
        title: "\(reason.kind == .kept ? "Field without a usable value" : "Skipped") (\(rows.count)): \(reason.text)",
        remedy: rows.count == 1 ? rows[0].remedy : reason.remedy,
        cells: rows.map(\.cells).filter { !$0.isEmpty })
    }
  }

  /// Rows of invalid data that share a next step but have different reasons, such as a number in each, share a topic.
  private static func groupedByTopic(_ rows: [Row]) -> [Row] {
    struct Topic: Hashable { let kind: Kind, text, remedy: String }
    var reasons: [Topic: Set<String>] = [:]
    func topic(of row: Row) -> Topic { Topic(kind: row.reason.kind, text: row.topic, remedy: row.reason.remedy) }
    for row in rows where row.reason.kind != .conflict { reasons[topic(of: row), default: []].insert(row.reason.text) }
    return rows.map { row in
      guard row.reason.kind != .conflict, reasons[topic(of: row), default: []].count > 1 else { return row }
      var row = row
      row.cells.append(row.detail)
      row.reason = Reason(kind: row.reason.kind, text: row.topic, remedy: row.reason.remedy)
      return row
    }
  }

  private static func row(_ finding: Finding) -> Row? {
    switch finding {
    // Unproven objects are listed by their causes.
    case .conflict(let conflict) where UnprovenObject(conflict) == nil:
      let item = conflict.wanted.item
      let remedy = conflict.remedyOfSeveral
      let reason = conflict.reasonText
      let isNamed = reason.contains(conflict.wanted.dn)
      let detail =
        conflict.isExplainedByTopic ? conflict.wanted.dn : isNamed ? reason : "not for \(conflict.wanted.dn): \(reason)"
      return Row(
        reason: Reason(kind: .conflict, text: conflict.topic, remedy: remedy),
        cells: [item.kind.rawValue, item.number, item.name, detail], remedy: conflict.remedy)
    case .overflow(let overflow):
      return Row(
        reason: Reason(kind: .conflict, text: overflow.text, remedy: overflow.remedy), cells: [],
        remedy: overflow.remedy)
    case .problem(let problem):
      let attribute = problem.attribute.isEmpty ? "" : " (\(problem.attribute))"
      let reason = Reason(
        kind: problem.keptField == nil ? .invalid : .kept, text: "\(problem.reason)\(attribute)",
        remedy: problem.remedy)
      let value = problem.value.isEmpty ? [] : ["\"\(problem.value)\""]
      return Row(
        reason: reason, cells: value + [problem.dn], remedy: problem.remedy, topic: problem.topic,
        detail: problem.reason)
    case .incomplete, .changedView, .vacantSite, .unmatched, .conflict, .held, .overtaken, .unwritten, .failure, .lost,
      .failing,
      .inDoubt, .dueMass:
      return nil
    }
  }
}
