import CommandLineTool
import Directory
import Platform
import Sync

// The configuration, the ledger, and the help.

extension Usage {
  static let maintain: [Command] = [
    Command(
      "--check-config", .maintain, [.init("", "check the configuration")],
      exits: [.init(.asWanted, "the configuration is right")] + .ofConfiguration,
      example: ["pbxsyncd --config /tmp/edited.toml --check-config"]
    ) { it in { await it.context.checkConfiguration() } },
    Command(
      "alert", .maintain, [.init("--test", "send a test by each way that [alerts] names, and show the result")],
      options: [.init("test", "send a test"), .json],
      exits: [.init(.asWanted, "all were accepted"), .init(.refused, "one wasn't, or [alerts] names nobody")]
        + .ofConfiguration,
      example: ["pbxsyncd alert --test"], action: alert),
    Command(
      "ledger", .maintain, summary: "verify, back up, restore, export or rebind the ledger",
      [
        .init("verify", "check the ledger for damage"),
        .init("backup [FILE]", "write a backup"),
        .init(
          "restore FILE [--yes]", "replace the ledger with a backup; shows what the backup lacks and asks first"),
        .init("export", "print all of it as JSON"),
        .init("pbx [same|replaced] [--yes]", "show which PBX it belongs to; bind it to the configured one"),
      ],
      words: 1...2, needs: "\(verbs)", options: [.yes, .json],
      exits: [
        .init(.asWanted, "success"), .init(.refused, "the backup's file exists, there is no ledger, or not confirmed"),
      ] + .ofWriting,
      example: ["pbxsyncd ledger restore ledger-20261124T020000Z-daily.sqlite"], action: ledger),
  ]

  static let help: [Command] = [
    Command(
      "help", .help, [.init("[COMMAND]", "print a page of help, or all about one command")],
      words: 0...1, exits: [.init(.asWanted, "printed"), .init(.usage, "there is no such command")],
      example: ["pbxsyncd help plan"], isHelp: true, action: printHelp),
    Command(
      "version", .help, [.init("", "print the version")],
      exits: [.init(.asWanted, "printed")], example: ["pbxsyncd version"], isHelp: true
    ) { it in
      {
        let json: JSON = ["status": 0, "error": .null, "version": .string(version)]
        return print(it.has("json") ? json.text + "\n" : "pbxsyncd \(version)\n")
      }
    },
  ]

  private static func alert(_ it: Command.Arguments) throws(Command.UsageError) -> Command.Action {
    guard it.has("test") else { throw .init("alert needs --test") }
    return { await it.context.testAlerts() }
  }

  private static let verbs = LedgerCommand.allCases.map(\.rawValue).joined(separator: ", ")

  private static func ledger(_ it: Command.Arguments) throws(Command.UsageError) -> Command.Action {
    let word = it.words.first ?? ""
    guard let verb = LedgerCommand(rawValue: word) else {
      throw .init("ledger needs \(verbs), not \"\(word)\"")
    }
    let path = it.words.dropFirst().first
    if verb == .restore && path == nil { throw .init("ledger restore needs a backup's FILE") }
    if verb == .pbx, let path, LedgerRebinding(rawValue: path) == nil {
      let words = LedgerRebinding.allCases.map(\.rawValue).joined(separator: " or ")
      throw .init("ledger pbx needs \(words), not \"\(path)\"")
    }
    if it.has("yes") && ![.pbx, .restore].contains(verb) {
      throw .init("--yes goes with ledger restore and ledger pbx")
    }
    if ![.restore, .backup, .pbx].contains(verb), let path {
      throw .init("ledger \(verb.rawValue): unexpected argument \"\(path)\"")
    }
    return { await it.context.ledger(verb, path, isConfirmed: it.has("yes")) }
  }

  private static func printHelp(_ it: Command.Arguments) throws(Command.UsageError) -> Command.Action {
    guard let word = it.words.first else {
      return { print(it.has("json") ? HelpText.json(of: commands) : HelpText.page(columns: Terminal.width)) }
    }
    let command = if let option = Usage.command("--\(word)") { option } else { try CommandParser.command(named: word) }
    return {
      print(it.has("json") ? HelpText.json(of: [command]) : HelpText(of: command, columns: Terminal.width).text)
    }
  }

  private static func print(_ text: String) -> ExitStatus {
    Terminal.print(text)
    return .asWanted
  }
}
