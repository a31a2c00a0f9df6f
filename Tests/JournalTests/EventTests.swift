import Foundation
import Testing

@testable import Journal

@Suite(.timeLimit(.minutes(15))) struct `The log contract` {
  private let reference: String

  init() throws {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    reference = try String(contentsOf: package.appending(path: "docs/events.md"), encoding: .utf8)
  }

  @Test func `gives each kind of event an id of its own`() {
    #expect(Set(MessageID.all.map(\.text)).count == MessageID.all.count)
    #expect(Set(MessageID.all.map(\.name)).count == MessageID.all.count)
    for id in MessageID.all {
      #expect(id.text.wholeMatch(of: /[0-9a-f]{32}/) != nil, "\(id.name)")
      #expect(id.meaning.hasSuffix("."), "\(id.name)")
    }
  }

  @Test func `lists every constant`() throws {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/Journal/MessageID.swift")
    let constants = try String(contentsOf: source, encoding: .utf8).matches(
      of: /static let (\w+) = MessageID\(\s+"(\w+)"/)
    #expect(constants.map { $0.1 } == constants.map { $0.2 })
    #expect(MessageID.all.map(\.name) == constants.map { String($0.1) })
  }

  @Test func `documents each event as it is, with what to do`() {
    let rows = reference.split(separator: "\n").filter { $0.contains(/`[0-9a-f]{32}`/) }.map(String.init)
    #expect(rows.count == MessageID.all.count)
    for (row, id) in zip(rows, MessageID.all) {
      let known = "| \(id.name) | \(id.level) | `\(id.text)` | \(id.meaning) | "
      #expect(row.hasPrefix(known) && row.dropFirst(known.count).contains(/\w.*\. \|$/), "\(row)")
    }
  }

  @Test func `documents each field`() {
    let listed = reference.matches(of: /(?m)^\| `(PBX_[A-Z_]+)`/).map { String($0.1) }
    #expect(listed == JournalField.allCases.map(\.rawValue))
  }

  @Test func `has the fields of the design`() {
    let contract: [JournalField] = [
      .run, .action, .kind, .number, .dn, .entry, .outcome, .errorCode, .reason, .changed,
    ]
    #expect(
      contract.map(\.rawValue) == [
        "PBX_RUN", "PBX_ACTION", "PBX_KIND", "PBX_NUMBER", "PBX_DN", "PBX_ENTRY", "PBX_OUTCOME", "PBX_ERROR_CODE",
        "PBX_REASON", "PBX_CHANGED",
      ])
  }

  @Test(arguments: JournalField.allCases)
  func `names fields as the journal takes them`(name: JournalField) {
    // sd_journal_sendv(3): capitals, digits and underscores, not beginning with a digit or an underscore.
    #expect(name.rawValue.wholeMatch(of: /[A-Z][A-Z0-9_]{0,63}/) != nil)
  }

  @Test func `has the levels of syslog`() {
    #expect(Level.allCases.map(\.rawValue) == [3, 4, 5, 6, 7])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `An event` {
  @Test func `keeps the order of its fields and leaves out the empty ones`() {
    let event = Event(.added, "Added", [.number: "1000", .errorCode: nil, .dn: "", .kind: "extension"])
    #expect(event.fields.map(\.name) == [.number, .kind])
    #expect(event.level == .notice)
    #expect(Event(.added, level: .debug, "Added").level == .debug)
  }
}
