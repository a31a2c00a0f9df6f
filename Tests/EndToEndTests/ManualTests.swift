import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A manual page` {
  /// Each page's title, its source, and a word that it holds.
  private static let pages = [
    ("PBXSYNCD(8)", "commands.md", "--accept-losses"), ("PBXSYNCD.TOML(5)", "configuration.md", "extension_ranges"),
    ("PBXSYNCD-DIRECTORIES(7)", "directories.md", "targetattr"), ("PBXSYNCD-EVENTS(7)", "events.md", "removalsHeld"),
    ("PBXSYNCD-DEMO(1)", "demo.md", "pbx-simulator"), ("PBXSYNCD-TEMPLATES(7)", "templates.md", "e164"),
  ]

  /// As the package makes it from one of docs, by a shell's command that follows.
  private func page(_ source: String, _ command: String) async throws -> ChildProcess.Finished {
    try await ChildProcess.run("/bin/sh", ["-c", "packaging/manual-page docs/\(source) | \(command)"])
  }

  @Test(arguments: pages) func `renders without a warning`(title: String, source: String, word: String) async throws {
    let lint = try await page(source, "mandoc -T lint")
    #expect(lint.exitStatus == 0 && lint.output.isEmpty, "\(lint.output)\(lint.errors)")
    let rendered = try await page(source, "mandoc -T utf8 | col -b")
    #expect(rendered.output.contains(word))
    #expect(rendered.output.hasPrefix(title))
  }

  @Test(arguments: pages) func `keeps each piece of code as its source has it`(
    title: String, source: String, word: String
  ) async throws {
    let text = try String(contentsOfFile: "docs/\(source)", encoding: .utf8)
    let rendered = words(try await page(source, "mandoc -T utf8 -O width=1000 | col -bx").output)
    let isCode = { (line: Substring) in line.hasPrefix("    ") && !line.hasPrefix("     ") }
    let lines = text.split(separator: "\n")
    let spans = lines.filter { !isCode($0) }.joined(separator: "\n").matches(of: /`([^`]+)`/).map { String($0.1) }
    #expect(spans.count > 9)
    for code in spans + lines.filter(isCode).map(String.init) {
      let wanted = words(code.replacing("\\|", with: "|"))
      #expect(rendered.contains(wanted), "\(wanted)")
    }
  }

  /// The text with one space between its words.
  private func words(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }

  @Test func `names every command, option and exit status of the help`() async throws {
    let table = try await CommandTable.read()
    let page = try String(contentsOfFile: "docs/commands.md", encoding: .utf8)
    for command in table.commands {
      let parts = page.components(separatedBy: "\n### `pbxsyncd \(command.name)").dropFirst()
      let chapter = parts.map { $0.components(separatedBy: "\n#").first ?? "" }.joined()
      #expect(!chapter.isEmpty, "\(command.name)")
      for option in command.options where option.name != "json" {
        #expect(chapter.contains("--\(option.name)"), "\(command.name) --\(option.name)")
      }
      for exit in command.exit { #expect(page.contains("\n| \(exit.status) | "), "\(exit.status)") }
    }
    for option in table.options { #expect(page.contains("--\(option.name)"), "--\(option.name)") }
  }
}
