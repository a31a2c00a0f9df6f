import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A completion` {
  /// The options of each verb, as `pbxsyncd --help` has them.
  private static let options: [(line: String, offers: Set<String>)] = [
    ("pbxsyncd --sync-now --", ["--dry-run", "--json"]), ("pbxsyncd --check-config --", ["--json"]),
    ("pbxsyncd plan --", ["--out", "--with", "--json"]), ("pbxsyncd apply --", ["--json"]),
    ("pbxsyncd status --", ["--json"]),
    ("pbxsyncd lint --", ["--csv", "--json"]), ("pbxsyncd report --", ["--html"]),
    ("pbxsyncd adopt --", ["--csv", "--json"]),
    ("pbxsyncd undo --", ["--yes", "--json"]), ("pbxsyncd ledger --", ["--yes", "--json"]),
  ]

  @Test(arguments: Shell.allCases) func `offers every verb of the help, and no other`(shell: Shell) async throws {
    let help = try await ChildProcess.run(Installation.binary, ["--help"]).output
    // Verbs stand two blanks from the left, or after a comma; what they do stands from the 32nd column on.
    let heads = help.split(separator: "\n").filter { $0.hasPrefix("  ") }.map { $0.prefix(31) }
    let verbs = Set(heads.flatMap { $0.matches(of: /(?:^ {2}|, )([a-z]+)/).map { String($0.output.1) } })
    #expect(verbs.count > 10)
    #expect(try await shell.completions(of: "pbxsyncd ").filter { !$0.hasPrefix("-") } == verbs)
  }

  @Test(arguments: Shell.allCases) func `offers every option of the help somewhere`(shell: Shell) async throws {
    let help = try await ChildProcess.run(Installation.binary, ["--help"]).output
    let all = Set(help.matches(of: /--[a-z-]+/).map { String($0.output) })
    var offered = try await shell.completions(of: "pbxsyncd --")
    for (line, _) in Self.options { offered.formUnion(try await shell.completions(of: line)) }
    #expect(all.subtracting(offered) == [])
    #expect(offered.subtracting(all) == [])
  }

  @Test(arguments: Shell.allCases) func `offers a verb's own options`(shell: Shell) async throws {
    let shared: Set = ["--config", "--debug"]
    for (line, options) in Self.options {
      let verb = String(line.split(separator: " ")[1])
      #expect(try await shell.completions(of: line).subtracting([verb]) == options.union(shared), "\(line)")
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
