import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A completion` {
  @Test(arguments: Shell.allCases) func `offers every command, and no other word`(shell: Shell) async throws {
    let names = Set(try await CommandTable.read().commands.map(\.name).filter { !$0.hasPrefix("-") })
    #expect(try await shell.completions(of: "pbxsyncd ").filter { !$0.hasPrefix("-") } == names)
    #expect(
      try await shell.completions(of: "pbxsyncd help ").filter { !$0.hasPrefix("-") }.subtracting([
        "sync-now", "check-config",
      ])
        == names)
  }

  @Test(arguments: Shell.allCases) func `offers a command's own options`(shell: Shell) async throws {
    let table = try await CommandTable.read()
    for command in table.commands where command.topic != "Help" {
      let options = Set(command.options.map { "--\($0.name)" } + ["--config", "--debug"])
      let offered = try await shell.completions(of: "pbxsyncd \(command.name) --").subtracting([command.name])
      #expect(offered == options, "\(command.name)")
    }
    let modes = table.commands.map(\.name).filter { $0.hasPrefix("--") }
    #expect(
      try await shell.completions(of: "pbxsyncd --") == Set(modes + ["--config", "--debug", "--help", "--version"]))
  }

  @Test(arguments: ["_pbxsyncd", "pbxsyncd.fish"]) func `describes a command as its help does`(file: String)
    async throws
  {
    let text = try String(contentsOfFile: "packaging/completions/\(file)", encoding: .utf8)
    for command in try await CommandTable.read().commands {
      let summary = command.summary
      let name = command.name.trimmingPrefix("--")
      let line =
        if file == "_pbxsyncd" {
          command.name.hasPrefix("--")
            ? "'\(command.name)[\(summary)]'" : "'\(name):\(summary.replacing("'", with: "'\\\'\'"))'"
        } else { (command.name.hasPrefix("--") ? "-l \(name)" : "-a \(name)") + " -d \"\(summary)\"" }
      #expect(text.contains(line), "\(line)")
    }
  }

  @Test(arguments: Shell.allCases) func `goes on with what was begun`(shell: Shell) async throws {
    #expect(try await shell.completions(of: "pbxsyncd his") == Set(["history"]))
    #expect(
      try await shell.completions(of: "pbxsyncd ledger ")
        == Set(["verify", "backup", "restore", "export", "pbx"]))
  }

  @Test(arguments: Shell.allCases) func `offers the runs of the ledger that --config leads to`(shell: Shell)
    async throws
  {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    try await it.sync()
    for verb in ["history", "undo"] {
      let runs = try await shell.completions(of: "pbxsyncd --config \(it.configurationFile) \(verb) ")
      #expect(runs.filter { !$0.hasPrefix("-") } == Set(["1", "2"]))
    }
  }

  @Test(arguments: Shell.allCases) func `offers the sets that are held`(shell: Shell) async throws {
    let it = try await Installation((1001...1008).map { person("p\($0)", String($0)) }.joined())
    try it.configure(removal: "complete_reads = 1\nafter = \"0s\"\nmax_count = 1")
    try await it.sync()
    for number in 1001...1003 { try await it.remove("p\(number)") }
    let held = try await it.sync(expecting: 4).held.map(\.name)
    for verb in ["approve", "reject"] {
      let sets = try await shell.completions(of: "pbxsyncd --config \(it.configurationFile) \(verb) ")
      #expect(sets.filter { !$0.hasPrefix("-") } == Set(held))
    }
  }

  @Test(arguments: Shell.allCases) func `offers files where one is asked for`(shell: Shell) async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("plan.txt", "")
    for line in [
      "apply", "ledger restore", "ledger backup", "plan --out", "plan --with", "report --html", "adopt --csv",
      "--config",
    ] {
      let offered = try await shell.completions(of: "pbxsyncd \(line) \(folder.path)/pl")
      #expect(offered.contains { file.hasSuffix($0) }, "\(line): \(offered)")
    }
  }
}
