import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A manual page` {
  /// How the package makes each page; pbxsyncd(8) is written by hand.
  private static let pages = [
    ("pbxsyncd(8)", "cat docs/pbxsyncd.8", "COMMANDS"),
    ("pbxsyncd.toml(5)", page("pbxsyncd.toml 5", "docs/configuration.md"), "extension_ranges"),
    ("pbxsyncd-templates(7)", page("pbxsyncd-templates 7", "docs/templates.md"), "e164"),
    ("pbxsyncd-events(7)", page("pbxsyncd-events 7", "docs/events.md"), "removalsHeld"),
  ]

  private static func page(_ name: String, _ source: String) -> String {
    "packaging/manual-page \(name) 'a title' \(source)"
  }

  @Test(arguments: pages) func `renders without a warning`(name: String, make: String, holds: String) async throws {
    let lint = try await ChildProcess.run("/bin/sh", ["-c", "\(make) | mandoc -T lint -W warning"])
    #expect(lint.exitStatus == 0 && lint.output.isEmpty, "\(lint.output)\(lint.errors)")
    let rendered = try await ChildProcess.run("/bin/sh", ["-c", "\(make) | mandoc -T utf8 | col -b"])
    #expect(rendered.output.contains(holds))
    #expect(rendered.output.hasPrefix(name.uppercased()))
  }

  @Test func `names every verb and option of the help`() async throws {
    let help = try await ChildProcess.run(Installation.binary, ["--help"]).output
    let page = try String(contentsOfFile: "docs/pbxsyncd.8", encoding: .utf8)
    for option in Set(help.matches(of: /--([a-z-]+)/).map { $0.output.1 }) {
      #expect(page.contains("Fl -\(option)"), "--\(option)")
    }
    for line in help.split(separator: "\n") {
      guard let verb = line.firstMatch(of: /^ {2}([a-z]+)/)?.output.1 else { continue }
      #expect(page.contains(".It Cm \(verb)"), "\(verb)")
    }
  }
}
