import Domain
import Foundation
import LDAP
import TestSupport
import Testing
import Text

@testable import CommandLineTool
@testable import Sync

@Suite(.timeLimit(.minutes(15))) struct `Text from a directory or a PBX` {
  /// Pieces of which somebody would make a name.
  private static let pieces = [
    "\n", "\r\n", "\u{1B}[2J", "\u{9B}31m", "\u{7}", "\0", "\u{202E}", "\u{2066}", "\u{200B}", "\u{2028}", "\u{FEFF}",
    "\t",
    "dn: uid=a", "changetype: delete", "\"", "\\", "'", "<script>", "=cmd|'/C calc'!A0", "&", ";", ",", "é", "日本", " ",
    "#",
  ]

  private static func text(_ random: inout SplitMix64) -> String {
    (0..<Int.random(in: 0...12, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
  }

  private func expectPlain(_ text: String, lines: Int? = nil) {
    #expect(!text.unicodeScalars.contains { $0.isInvisible && $0 != "\n" }, "\(text)")
    if let lines { #expect(text.utf8.count { $0 == UInt8(ascii: "\n") } == lines, "\(text)") }
  }

  @Test(arguments: 0..<50)
  func `stays within its line, its value and its record`(seed: Int) throws {
    var random = SplitMix64(state: UInt64(seed))
    let lines = (0..<5).map { _ in Self.text(&random) }
    expectPlain(paragraph(lines), lines: 5)

    let json = JSON.object(lines.enumerated().map { ("\($0)", .string($1)) }).text
    expectPlain(json, lines: 0)
    let read = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: String]
    #expect(read == Dictionary(uniqueKeysWithValues: lines.enumerated().map { ("\($0)", $1) }))

    let problem = MappingProblem(
      dn: lines[0], entry: nil, attribute: lines[1], value: lines[2], reason: lines[3], remedy: lines[4])
    var report = RunReport()
    report.problems = [problem]
    expectPlain(report.text, lines: 5)

    let page: HTML = "<p title=\"\(lines[0])\">\(lines[1])</p>"
    #expect(page.text.count { $0 == "<" } == 2 && page.text.count { $0 == "\"" } == 2)

    let (removed, added) = (
      [AttributeValue(lines[1]), AttributeValue(lines[2])], [AttributeValue(lines[3]), AttributeValue(lines[4])]
    )
    for change in [
      LDIFModification.Operation(attribute: "mail", added: added),
      LDIFModification.Operation(attribute: "mail", removed: removed),
      LDIFModification.Operation(attribute: "mail", removed: removed, added: added),
      LDIFModification.Operation(attribute: "mail", removed: removed, replacement: added),
    ] {
      let modification = LDIFModification(dn: lines[0], changes: [change])
      let ldif = FixProposal(modification: modification, remarks: lines, solved: []).ldif
      #expect(modification.ldif.utf8.allSatisfy { $0 == 0x0A || (0x20..<0x7F).contains($0) }, "\(ldif)")
      expectPlain(ldif)
      let names = ["# ", "dn:", "changetype: modify", "add: mail", "delete: mail", "replace: mail", "mail:", "-"]
      #expect(ldif.split(separator: "\n").allSatisfy { line in names.contains { line.hasPrefix($0) } }, "\(ldif)")
    }
  }
}
