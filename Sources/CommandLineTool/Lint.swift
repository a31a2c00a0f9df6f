import Configuration
import Directory
import Domain
import LDAP
import Mapping
import Platform
package import Sync
import Text

extension CommandContext {
  /// Lists errors in the directory's number plan: reads only the directory, and uses neither the PBX nor the ledger.
  ///
  /// - Parameter csv: a file for the findings as a table (RFC 4180).
  package func lint(csv: String?) async -> ExitStatus {
    await answer { setup in
      let preview = try await RunPreview(setup, log: log, for: .lint, usesLedger: false).throwingFailure()
      let lint = LintReport(preview, try await ConflictList(preview, setup, isLint: true), setup.sources)
      if let csv { try write("table", lint.table, to: csv, markedBy: LintReport.heading) }
      return CommandOutput(status: lint.findings.isEmpty ? .asWanted : .refused, page: lint.page, json: lint.json)
    }
  }
}

/// The findings by OU.
private struct LintReport {
  let findings: [ConflictList.Row]
  private let wanted: [ObjectKind: Int]
  private let incomplete: String?
  /// By the name of a source: what its filter leaves out.
  private let leftOut: [(source: String, numbered: [String], others: Int)]

  init(_ preview: RunPreview, _ conflicts: ConflictList, _ sources: [Source]) {
    leftOut = sources.filter { $0.kind == .extension }.compactMap { source in
      guard let found = preview.read.lintChecks?.leftOut(by: source), !found.numbered.isEmpty || found.others > 0 else {
        return nil
      }
      return (source.name, found.numbered, found.others)
    }
    findings = conflicts.items
    let reading = preview.read.reading
    // Entries without a number get one from a pool.
    wanted =
      (reading.wanted.map(\.item.kind) + reading.unnumbered.map { _ in .extension })
      .frequencies
    incomplete = preview.read.reading.incomplete
  }

  private var units: [(name: String, findings: [ConflictList.Row])] {
    Dictionary(grouping: findings) { DN($0.dn).parent.text }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The topics of all findings, with their counts.
  private var topics: [(key: String, value: Int)] { findings.map(\.topic).frequencies.mostFrequentFirst }

  /// The summary, then the findings by OU.
  var page: Page {
    let wantedObjects = ObjectKind.allCases.map { counted(wanted[$0] ?? 0, $0.rawValue) }.joined(separator: " and ")
    let sum = topics.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    let remark = incomplete.map { "; the read is incomplete: \($0)" } ?? ""
    var page = Page()
    page.add("\(wantedObjects) wanted; \(sum.isEmpty ? "no errors" : sum)\(remark)", .heading)
    for it in leftOut { page.add(Self.text(of: it)) }
    page.add(
      parts: units.map { Self.page(of: $0.findings, in: $0.name) }, most: 5, all: "\(pbxsyncd) lint | less")
    return page
  }

  /// Entries that aren't checked.
  private static func text(of it: (source: String, numbered: [String], others: Int)) -> String {
    let numbered =
      it.numbered.isEmpty
      ? nil : "\(counted(it.numbered.count, "entry", "entries")) with a number (\(it.numbered.listed(to: 3, by: "; ")))"
    let others = it.others == 0 ? nil : counted(it.others, "person without a number", "people without a number")
    return "Not checked, because the filter of \"\(it.source)\" leaves them out: "
      + [numbered, others].compactMap(\.self).joined(separator: ", ")
  }

  private static func page(of findings: [ConflictList.Row], in name: String) -> Page {
    var page = Page()
    page.add("")
    let head = findings.map(\.topic).frequencies.mostFrequentFirst.map { "\($0.value) \($0.key)" }.joined(
      separator: ", ")
    page.add("\(name.isEmpty ? "the configuration" : name): \(head)", .heading)
    for group in RemedyGroup.all(of: findings) {
      let blocks = group.blocks.map { block in
        var page = Page()
        for row in block { page.add(row.heading, indent: 2) }
        // A record isn't indented, or ldapmodify would treat its lines as continuations.
        if let record = block.last?.record {
          page.add("")
          page.add(record: record)
          page.add("")
        }
        return page
      }
      page.add(parts: blocks, most: 3, mark: "  ", all: "\(pbxsyncd) lint | less")
      for remedy in group.remedies { page.add("Next step: \(remedy)", indent: 4) }
    }
    return page
  }

  var json: JSON {
    [
      "wanted": .object(ObjectKind.allCases.map { ($0.rawValue, .count(wanted[$0] ?? 0)) }),
      "incomplete_because": .optional(incomplete),
      "left_out": .array(
        leftOut.map {
          [
            "source": .string($0.source), "with_number": .strings($0.numbered),
            "without_number": .count($0.others),
          ]
        }),
      "counts": .object(topics.map { ($0.key, .count($0.value)) }),
      "findings": .array(
        findings.map {
          [
            "unit": .string(DN($0.dn).parent.text), "topic": .string($0.topic), "dn": .string($0.dn),
            "number": .string($0.number), "reason": .string($0.reason), "remedy": .string($0.remedy),
            "ldif": .optional($0.ldif), "example": .optional($0.example),
          ]
        }),
    ]
  }

  private static let columns = ["unit", "topic", "dn", "number", "reason", "remedy", "ldif"]

  /// The table's first line.
  static var heading: String { columns.map { "\"\($0)\"" }.joined(separator: ",") }

  var table: String {
    let rows = findings.map {
      [DN($0.dn).parent.text, $0.topic, $0.dn, $0.number, $0.reason, $0.remedy, $0.ldif ?? ""]
    }
    return ([Self.columns] + rows).map { row in
      row.map(cell).joined(separator: ",") + "\r\n"
    }
    .joined()
  }

  /// A value of the table. A spreadsheet evaluates text that begins like a formula, wherever it comes from
  /// (https://owasp.org/www-community/attacks/CSV_Injection), so an apostrophe precedes it.
  private func cell(_ value: String) -> String {
    let text = visible(value, keepingLines: true)
    let isFormula = text.first.map { "=+-@".contains($0) } ?? false
    return "\"" + (isFormula ? "'" : "") + text.replacing("\"", with: "\"\"") + "\""
  }
}
