import TestSupport
import Testing

@testable import Platform

@Suite(.timeLimit(.minutes(15))) struct `The command line` {
  private let options: [CommandLineOptions.Option] = [
    .init("sync-now"), .init("json"), .init("config", takesValue: true), .init("site"),
  ]

  @Test(
    arguments: [
      (["--sync-now"], ["sync-now": ""], []),
      (["--config", "ä b.toml", "--json"], ["config": "ä b.toml", "json": ""], []),
      (["--json", "--json"], ["json": ""], []),
      (["--sync-now", "one", "--json", "two"], ["sync-now": "", "json": ""], ["one", "two"]),
      (["one", "--config", "--conf", "two"], ["config": "--conf"], ["one", "two"]),
      (["--", "--json"], [:], ["--json"]),
      ([], [:], []),
    ] as [([String], [String: String], [String])])
  func `is parsed by getopt_long`(words: [String], values: [String: String], operands: [String]) async throws {
    // getopt keeps its place in globals, so one reading at a time.
    try await MainActor.run {
      let read = try CommandLineOptions(["pbxsyncd"] + words, options: options)
      #expect(read.values == values)
      #expect(read.operands == operands)
    }
  }

  @Test func `is refused without the program's name`() async {
    await MainActor.run {
      _ = #expect(throws: CommandLineOptions.UsageError.self) { try CommandLineOptions([], options: options) }
    }
  }

  @Test(arguments: [
    (["--nonsense"], "unknown option --nonsense"), (["--config"], "--config needs a value"),
    (["--json=1"], "--json takes no value"), (["--jso=1"], "unknown option --jso=1; did you mean --json?"),
    (["-x"], "unknown option -x"),
    (["--jsno"], "unknown option --jsno; did you mean --json?"), (["--="], "unknown option --="),
    (["-config"], "unknown option -config; did you mean --config?"),
    (["word", "-config", "x"], "unknown option -config; did you mean --config?"),
    (["--config=/x", "--config", "/y"], "--config is given twice"), (["--json", "-xy"], "unknown option -xy"),
    (["--s"], "unknown option --s; did you mean --sync-now or --site?"),
    (["--sync"], "unknown option --sync; did you mean --sync-now?"),
    (["one", "--conf", "/x"], "unknown option --conf; did you mean --config?"),
    (["--conf=/x"], "unknown option --conf=/x; did you mean --config?"),
  ])
  func `is refused with the word that is wrong`(words: [String], message: String) async {
    await MainActor.run {
      let error = #expect(throws: CommandLineOptions.UsageError.self) {
        try CommandLineOptions(["pbxsyncd"] + words, options: options)
      }
      #expect(error?.message == message)
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A lock` {
  @Test func `is held by one process at a time, which is named, and released`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/lock"
    do {
      let lock = try LockFile(path: path)
      #expect(throws: LockError.heldBy(pid: processID)) { _ = try LockFile(path: path) }
      withExtendedLifetime(lock) {}
    }
    // A child that another test starts at this moment holds it too, until it becomes another program.
    while (try? LockFile(path: path)) == nil { try await Task.sleep(for: .milliseconds(5)) }
  }

  @Test func `says why it can't be acquired`() throws {
    #expect(throws: LockError.unusable("No such file or directory")) {
      _ = try LockFile(path: "/nonexistent/lock")
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A next step` {
  @Test(arguments: [
    (["pbxsyncd"], "pbxsyncd"), (["pbxsyncd", "--config", defaultConfiguration, "status"], "pbxsyncd"),
    (["/usr/bin/pbxsyncd", "--config", "/etc/x y.toml"], "pbxsyncd --config '/etc/x y.toml'"),
    (["pbxsyncd", "audit", "--csv", "a", "--config=/b.toml"], "pbxsyncd --config /b.toml"),
    (["pbxsyncd", "--check-config", "--config"], "pbxsyncd"), ([], "pbxsyncd"),
  ])
  func `names the configuration that this process was given`(words: [String], call: String) {
    #expect(programCall(words) == call)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The process` {
  @Test func `knows its peak memory`() { #expect(peakMemory() > 1_000_000) }

  @Test func `distinguishes existing from missing files`() throws {
    let folder = try TemporaryFolder()
    #expect(fileExists(folder.path))
    #expect(!fileExists(folder.path + "/nothing"))
    #expect(environment("PBXSYNCD_NOT_SET") == nil)
    #expect(environment("PATH") != nil)
  }
}
