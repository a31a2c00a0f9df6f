import Domain
import Foundation
import LDAP
import Testing
import Text

@testable import Mapping

/// docs/templates.md, read as it stands.
private let page: [Substring] = {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  let text = (try? String(contentsOf: root.appending(path: "docs/templates.md"), encoding: .utf8)) ?? ""
  return text.split(separator: "\n", omittingEmptySubsequences: false)
}()

/// The page's entry: its indented `name: value` lines.
private let entry: Entry = {
  let lines = page.filter { $0.hasPrefix("    ") }.map { line in
    line.dropFirst(4).split(separator: ": ", maxSplits: 1).map(String.init)
  }
  return Entry(dn: lines[0][1], attributes: lines.dropFirst().map { ($0[0], [AttributeValue($0[1])]) })
}()

/// The cells of a row, in which `\|` is a bar.
private func cells(_ row: Substring) -> [String] {
  row.replacing("\\|", with: "\u{1}").split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
    .map { trimmed(String($0.replacing("\u{1}", with: "|"))) }
}

/// The rows whose last cell but one is a template.
private let examples: [(template: String, gives: String)] = page.filter { $0.hasPrefix("|") }.map(cells).compactMap {
  guard $0.count >= 2 else { return nil }
  let template = $0[$0.count - 2]
  guard template.hasPrefix("`"), template.contains("{") else { return nil }
  return (String(template.dropFirst().dropLast()), $0[$0.count - 1])
}

@Suite(.timeLimit(.minutes(15))) struct `The page on templates` {
  @Test(arguments: examples.map(\.template).indices)
  func `gives examples that are true`(index: Int) throws {
    let example = examples[index]
    let dialPlan = try dialPlan()
    let ddiBlocks = DDIBlocks([try DDIBlock("+49 30 9018 0000-4999", dialPlan: dialPlan)])
    let rendered = try Template(example.template).render(entry, dialPlan: dialPlan.replacingDDIBlocks(with: ddiBlocks))
    #expect(fieldText(rendered.text) == example.gives, "\(example.template)")
  }

  @Test func `shows every filter`() {
    let shown = Set(examples.flatMap { $0.template.matches(of: /\| ([a-z0-9]+)/).map { String($0.1) } })
    #expect(shown == Set(TemplateFilterParser.names))
  }

  @Test func `names every attribute of the disabled rule`() {
    for attribute in DisabledRule.auto.attributes { #expect(page.contains { $0.contains("`\(attribute)`") }) }
  }
}
