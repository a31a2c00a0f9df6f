import Foundation
import TestSupport
import Testing

/// The standard output of the commands, where it can't be written.
@Suite(.timeLimit(.minutes(15))) struct `Output that can't be written` {
  /// Runs a command by a shell that redirects it.
  private func run(_ it: Installation, _ words: [String], _ redirection: String) async throws -> ChildProcess.Finished {
    try await ChildProcess.run(
      "/bin/sh",
      ["-c", "\"$@\" \(redirection)", "sh", Installation.binary, "--config", it.configurationFile] + words)
  }

  @Test func `is an error of each command, with a status of its own`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try it.configure(numbers: "extension_ranges = [\"1000-1019\"]")
    try await it.sync()
    for words in [
      ["help"], ["help", "plan"], ["version"], ["status"], ["status", "--json"], ["status", "--check"], ["history"],
      ["history", "1"], ["history", "99", "--json"], ["why", "1001"], ["free"], ["conflicts"], ["lint"], ["doctor"],
      ["plan"], ["--sync-now"], ["--sync-now", "--dry-run", "--json"], ["sync", "ann"], ["approve"],
      ["--check-config"], ["ledger", "verify"], ["ledger", "export"], ["ledger", "backup"], ["freeze"], ["thaw"],
      ["--nonsense", "--json"],
    ] {
      let finished = try await run(it, words, ">/dev/full")
      #expect(finished.exitStatus == 74, "\(words): \(finished.errors)")
      #expect(
        finished.errors.contains("pbxsyncd: the output can't be written: No space left on device; the command itself"),
        "\(words): \(finished.errors)")
    }
  }

  @Test func `stops no run`() async throws {
    let it = try await Installation(person("ann", "1001"))
    let finished = try await run(it, ["--sync-now"], ">/dev/full")
    #expect(finished.exitStatus == 74 && finished.errors.contains("ended with status 0"), "\(finished.errors)")
    #expect(try await it.pbx.state().extensions.map(\.number) == ["1001"])
  }

  /// No file and no connection gets the number of the closed descriptor.
  @Test func `is an error where it is closed too, and is not written to another file`() async throws {
    let it = try await Installation(person("ann", "1001"))
    let finished = try await run(it, ["--sync-now"], "<&- >&-")
    #expect(finished.exitStatus == 74 && finished.errors.contains("Bad file descriptor"), "\(finished.errors)")
    #expect(try await it.pbx.state().extensions.map(\.number) == ["1001"])
    try await it.command("ledger", "verify", saying: "Ledger OK.")
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test func `is no error where the reader wants no more`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    for words in [["help"], ["ledger", "export"], ["--sync-now"], ["status", "--json"]] {
      let finished = try await run(it, words, "| true")
      #expect(!finished.errors.contains("can't be written"), "\(words): \(finished.errors)")
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A long list on a terminal` {
  private func screen(_ it: Installation, _ words: [String]) async throws -> String {
    try await TerminalSession.run(
      ["/usr/bin/env", "-u", "PBXSYNCD_LOG", Installation.binary, "--config", it.configurationFile] + words, answers: []
    ).screen
  }

  /// Sixty people with the same name; thirty share a number with another.
  @Test func `is its beginning and the command for the rest`() async throws {
    let people = (0..<60).map { person("p\($0)", String(1000 + $0 % 30), last: "Berg") }
    let it = try await Installation(people.joined())
    try it.configure(contacts: "")
    let run = try await screen(it, ["--sync-now"])
    #expect(!run.contains("PBX_") && !run.contains("<5>"), "\(run)")
    for words in [["conflicts"], ["lint"], ["history", "1"], ["why", "Berg"]] {
      let all = try await it.run(words).output
      let shown = try await screen(it, words)
      #expect(shown.contains(" more: pbxsyncd --config"), "\(words): \(shown)")
      #expect(shown.split(separator: "\n").count < 60, "\(words): \(shown)")
      #expect(all.count > shown.count && !all.contains(" more: "), "\(words): \(all)")
    }
  }
}
