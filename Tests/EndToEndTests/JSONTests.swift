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

  /// The commands of the page's last table, each with its members.
  private static func commands() throws -> [(words: [String], isArray: Bool, members: Set<String>)] {
    let page = try String(contentsOfFile: "docs/json.md", encoding: .utf8)
    let table = page.components(separatedBy: "## Other commands").dropFirst().first ?? ""
    return table.split(separator: "\n").filter { $0.hasPrefix("| `") }.flatMap { row in
      let cells = row.split(separator: "|").map(String.init)
      // What is in parentheses is inside a member.
      let members = cells[1].replacing(/\([^)]*\)/, with: "")
      return cells[0].matches(of: /`([^`]+)`/).map { command in
        (
          command.output.1.split(separator: " ").map(String.init), cells[0].contains("(an array)"),
          Set(members.matches(of: /`([^`]+)`/).map { String($0.output.1) })
        )
      }
    }
  }

  @Test func `of each command has the members of the page`() async throws {
    let it = try await Installation((1001...1004).map { person("p\($0)", String($0)) }.joined())
    try await it.sync()
    try await it.remove("p1004")
    try await it.sync()
    let folder = it.folder.path
    try await it.command("ledger", "backup", folder + "/copy.sqlite")
    try it.write("export.csv", "ExtentionNumber\n1001\n1002\n1003\n")
    let placeholders = ["WHO": "1002", "RUN": "1"]
    let operands = [
      "why": ["1002"], "free": ["1000-1099"], "report": ["--html", folder + "/report"], "release": ["1001"],
      "adopt": ["1050-1051"], "forget": ["1004", "--yes"], "audit": ["--csv", folder + "/export.csv"],
      "ledger backup": [folder + "/second.sqlite"], "ledger restore": [folder + "/copy.sqlite"],
    ]
    // These need a server that takes alerts, a new file, or a held set.
    let others = ["alert --test", "init", "approve SET", "reject SET"]
    let commands = try Self.commands()
    #expect(commands.count > 25)
    for (words, isArray, members) in commands where !others.contains(words.joined(separator: " ")) {
      let line = words.map { placeholders[$0] ?? $0 } + (operands[words.joined(separator: " ")] ?? [])
      let finished = try await it.run(line + ["--json"])
      let json = try JSONSerialization.jsonObject(with: Data(finished.output.utf8))
      let object = (isArray ? (json as? [[String: Any]])?.first : json as? [String: Any]) ?? [:]
      if isArray, (json as? [Any])?.isEmpty == true { continue }
      let expected = isArray ? members : members.union(["status", "error"])
      #expect(Set(object.keys) == expected, "\(line): \(finished.output)\(finished.errors)")
    }
  }

  /// Operands that a command needs, to come as far as its configuration.
  private static let operands: [String: [String]] = [
    "apply": ["plan"], "why": ["1001"], "report": ["--html", "/nowhere/report"], "adopt": ["1001"], "release": ["1001"],
    "undo": ["1"], "forget": ["1001"], "ledger": ["verify"], "sync": ["1001"],
    "alert": ["--test"],
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
