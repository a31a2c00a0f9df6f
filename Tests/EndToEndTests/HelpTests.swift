import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The help` {
  private func run(_ words: [String]) async throws -> ChildProcess.Finished {
    try await ChildProcess.run(Installation.binary, words)
  }

  /// What it prints on a terminal of `columns`.
  private func onTerminal(_ words: String, columns: Int = 80) async throws -> ChildProcess.Finished {
    let command = "stty cols \(columns) rows 24; exec \(Installation.binary) \(words)"
    return try await ChildProcess.run(
      "/usr/bin/script", ["-qec", command, "/dev/null"], environment: ["SHELL": "/bin/sh"])
  }

  @Test func `lists each form of each command in 80 columns`() async throws {
    let page = try await run(["help"])
    #expect(page.exitStatus == 0)
    for command in try await CommandTable.read().commands {
      for form in command.forms {
        #expect(
          page.output.contains("  \(command.name)\(form.words.isEmpty ? "" : " ")\(form.words)"), "\(command.name)")
      }
    }
    #expect(page.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    for words in [["--help"], ["-h"]] { #expect(try await run(words).output == page.output) }
  }

  @Test func `explains each command, with its options, its exit statuses and an example`() async throws {
    for command in try await CommandTable.read().commands {
      let word = command.name.trimmingPrefix("--")
      let help = try await run(["help", String(word)])
      #expect(help.exitStatus == 0)
      #expect(help.output.hasPrefix("pbxsyncd \(command.name)"))
      for option in command.options { #expect(help.output.contains("\n  --\(option.name)"), "\(command.name)") }
      for exit in command.exit { #expect(help.output.contains("\n  \(exit.status) "), "\(command.name)") }
      #expect(Set(command.exit.map(\.status)).count == command.exit.count, "\(command.name) has a status twice")
      #expect(
        !command.example.isEmpty
          && command.example.allSatisfy {
            $0.contains("\(command.name)") || $0.contains("systemctl") || command.topic == "Review a plan"
          })
      #expect(help.output.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.hasPrefix("  pbxsyncd ") })
      #expect(try await run([command.name, "--help"]).output == help.output, "\(command.name)")
    }
  }

  /// Whatever a wrong command line leads to.
  @Test func `is found by each command's name as messages write it`() async throws {
    let table = try await CommandTable.read()
    for command in table.commands {
      let page = try await run(["help", command.name])
      #expect(page.exitStatus == 0 && page.output.hasPrefix("pbxsyncd \(command.name)"), "\(command.name)")
      let own = Set(command.options.map(\.name))
      let option = try #require(table.commands.flatMap(\.options).first { !own.contains($0.name) && $0.name != "json" })
      let wrong = try await run([command.name, "--\(option.name)"] + (option.value == nil ? [] : ["x"]))
      #expect(wrong.exitStatus == 64, "\(wrong.errors)")
      let advice = try #require(wrong.errors.firstRange(of: "; see pbxsyncd help"), "\(wrong.errors)")
      let words = wrong.errors[advice.upperBound...].split(whereSeparator: \.isWhitespace).map(String.init)
      #expect(try await run(["help"] + words).exitStatus == 0, "\(wrong.errors)")
    }
  }

  @Test(arguments: [
    (["statsu"], "there is no command \"statsu\"; did you mean \"status\"?"),
    (["sync-now"], "did you mean \"--sync-now\"?"), (["chekc-config"], "did you mean \"--check-config\"?"),
    (["help", "stauts"], "there is no command \"stauts\"; did you mean \"status\"?"),
    (["help", "nosuch"], "there is no command \"nosuch\"; see pbxsyncd help"),
    (["qwertz"], "there is no command \"qwertz\"; see pbxsyncd help"),
    (["plan", "--otu", "x"], "unknown option --otu; did you mean --out?"),
    (["status", "-json"], "unknown option -json; did you mean --json?"),
    (["status", "--out", "x"], "--out goes with init, plan; see pbxsyncd help status"),
    (["why"], "why needs a number, a DN, a uid, a mail address or an ID; see pbxsyncd help why"),
    (["why", ""], "why: an argument is empty; see pbxsyncd help why"),
    (["ledger", "backup", ""], "ledger: an argument is empty"), (["plan", "--out", ""], "--out needs a value"),
    (["history", "1", "2"], "history: unexpected argument \"2\"; see pbxsyncd help history"),
    (["--sync-now", "plan"], "--sync-now and plan can't be combined; see pbxsyncd help"),
    (["--version", "status"], "--version and status can't be combined"),
    (["--dry-run"], "--dry-run goes with --sync-now"), ([""], "there is no command \"\""),
  ])
  func `is where a wrong command line leads, in text and in JSON`(words: [String], message: String) async throws {
    let text = try await run(words)
    #expect(text.exitStatus == 64 && text.output.isEmpty)
    #expect(text.errors.hasPrefix("pbxsyncd: ") && text.errors.contains(message), "\(text.errors)")

    let json = try await run(["--json"] + words)
    #expect(json.exitStatus == 64 && json.errors.isEmpty)
    let failure = try JSONDecoder().decode(Failure.self, from: Data(json.output.utf8))
    #expect(failure.status == 64 && failure.error.message.contains(message))
  }

  private struct Failure: Decodable {
    let status: Int32
    let error: Report.Message
  }

  @Test func `is what a person gets who names no command on a terminal, on one screen`() async throws {
    let short = try await onTerminal("")
    #expect(short.exitStatus == 64)
    let lines = short.output.split(separator: "\r\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 24 && lines.allSatisfy { $0.count <= 80 }, "\(short.output)")
    for command in try await CommandTable.read().commands { #expect(short.output.contains(command.name)) }
    // A service manager waits for the daemon, wherever its output goes.
    let service = try await ChildProcess.run(
      "/usr/bin/script", ["-qec", "\(Installation.binary) --config /nowhere/pbxsyncd.toml", "/dev/null"],
      environment: ["SHELL": "/bin/sh", "NOTIFY_SOCKET": "/nowhere/notify"])
    #expect(service.exitStatus == 78 && service.output.contains("/nowhere/pbxsyncd.toml"), "\(service.output)")
  }

  @Test func `keeps to a narrow terminal`() async throws {
    let page = try await onTerminal("help", columns: 50)
    #expect(page.exitStatus == 0)
    #expect(page.output.split(separator: "\r\n").allSatisfy { $0.count <= 50 }, "\(page.output)")
  }

  @Test(arguments: [["version"], ["--version"]]) func `comes with the version`(words: [String]) async throws {
    let version = try await run(words)
    #expect(version.exitStatus == 0 && version.output.wholeMatch(of: /pbxsyncd [0-9.]+\n/) != nil)
    #expect(try await run(words + ["--json"]).output.hasPrefix("{\"status\":0,\"error\":null,\"version\":\""))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The daemon on a terminal` {
  @Test func `is started by serve, and ends with Ctrl-C`() async throws {
    let it = try await Installation(person("ann", "1001"))
    // -INT is what the terminal sends; `script` is its end.
    let daemon = try ChildProcess(
      launching: "/usr/bin/script",
      arguments: ["-qec", "echo $$; exec \(Installation.binary) --config \(it.configurationFile) serve", "/dev/null"],
      environment: ["SHELL": "/bin/sh"])
    try await eventually("a first run") { try await it.pbx.state().extensions.count == 1 }
    let pid = try #require(Int32(daemon.output.prefix { $0.isNumber }))
    #expect(kill(pid, SIGINT) == 0)
    #expect(await daemon.waitUntilExit() == 0)
  }
}
