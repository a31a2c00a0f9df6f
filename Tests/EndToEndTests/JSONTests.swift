import Foundation
import TestSupport
import Testing

/// What `--json` prints: the reports of runs as docs/json.md lists them, and failures.
@Suite(.timeLimit(.minutes(15))) struct `JSON output` {
  /// Those of the first column below a heading.
  private static func members(below heading: String) throws -> Set<String> {
    let page = try String(contentsOfFile: "docs/json.md", encoding: .utf8)
    let part =
      page.components(separatedBy: heading).dropFirst().first?.components(separatedBy: "\n\n| ").dropFirst().first ?? ""
    let rows = (part.components(separatedBy: "\n\n").first ?? "").split(separator: "\n").filter { $0.hasPrefix("| `") }
    return Set(
      rows.flatMap { row in row.split(separator: "|")[0].matches(of: /`([^`]+)`/).map { String($0.output.1) } })
  }

  private func object(_ it: Installation, _ words: [String]) async throws -> (status: Int32, object: [String: Any]) {
    let finished = try await it.run(words + ["--json"])
    #expect(finished.output.split(separator: "\n").count == 1, "\(words): \(finished.output)\(finished.errors)")
    let json = try JSONSerialization.jsonObject(with: Data(finished.output.utf8))
    return (finished.exitStatus, json as? [String: Any] ?? [:])
  }

  @Test func `of a run is the report of the page`() async throws {
    let it = try await Installation(person("ann", "1001"))
    let report = try Self.members(below: "## Reports of runs")
    #expect(report.count > 20)
    #expect(Set(try await object(it, ["plan"]).object.keys) == report)
    #expect(Set(try await object(it, ["--sync-now"]).object.keys) == report)
    let with = try await object(it, ["plan", "--with", it.configurationFile]).object
    #expect(Set(with.keys) == report.union(try Self.members(below: "`plan --with FILE` has five more")))
  }

  /// Operands that a command needs, to come as far as its configuration.
  private static let operands: [String: [String]] = [
    "apply": ["plan"], "why": ["1001"], "report": ["--html", "/nowhere/report"], "adopt": ["1001"], "release": ["1001"],
    "undo": ["1"], "forget": ["1001"], "alert": ["--test"], "ledger": ["verify"], "sync": ["1001"],
  ]

  @Test func `of every failure has one shape`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try it.write("pbxsyncd.toml", "poll = 1")
    let commands = try await CommandTable.read().commands.filter { command in
      // init reads no configuration.
      command.topic != "Help" && command.name != "init" && command.options.contains { $0.name == "json" }
    }
    #expect(commands.count > 15)
    for command in commands {
      for words in [[command.name] + (Self.operands[command.name] ?? []), [command.name, "--jsno"]] {
        let (status, object) = try await object(it, words)
        #expect(status == (words.last == "--jsno" ? 64 : 78), "\(words)")
        #expect(object["status"] as? Int == Int(status), "\(words)")
        let error = try #require(object["error"] as? [String: String], "\(words)")
        #expect(Set(error.keys) == ["message", "remedy"] && error["message"]?.isEmpty == false, "\(words)")
      }
    }
  }
}
