import CommandLineTool
import Directory
import Platform
import Sync

/// The command of the command line.
struct CommandParser {
  let run: () async -> ExitStatus

  /// - Throws: a usage error if words or options are missing, unknown or contradict each other.
  init(_ options: CommandLineOptions) throws(CommandLineOptions.UsageError) {
    var words = options.operands[...]
    let given = ["help", "version", "check-config", "sync-now"].filter(options.has)
    if given.count > 1 { throw .init("--\(given[0]) and --\(given[1]) can't be combined") }
    if let option = given.first, let word = words.first { throw .init("--\(option) and \(word) can't be combined") }
    let name = given.first.map { "--\($0)" } ?? words.popFirst() ?? ""
    guard let command = Usage.commands.first(where: { $0.name == name }) else {
      throw .init("there is no command \"\(name)\"")
    }
    if let word = words.dropFirst(command.words.upperBound).first {
      throw .init("\(name): unexpected argument \"\(word)\"")
    }
    if words.count < command.words.lowerBound { throw .init("\(name) needs \(command.operands)") }
    for option in ["dry-run", "json", "out", "csv", "yes", "accept-losses", "html", "with"]
    where options.has(option) && !command.options.contains(option) {
      let places = Usage.commands.filter { $0.options.contains(option) && !$0.name.isEmpty }.map(\.name)
      throw .init("--\(option) goes with \(places.joined(separator: ", "))")
    }
    let invocation = CommandContext(
      file: options.values["config"] ?? defaultConfiguration, isJSON: options.has("json"),
      isDebug: options.has("debug"))
    let action = try Self.action(command.name, Array(words), options, invocation)
    // Commands that only print a text need no descriptors.
    run = ["--help", "--version"].contains(command.name) ? action : { await invocation.withDescriptors(action) }
  }

  private static func action(
    _ name: String, _ words: [String], _ options: CommandLineOptions, _ it: CommandContext
  ) throws(CommandLineOptions.UsageError) -> () async -> ExitStatus {
    let word = words.first
    switch name {
    case "--help": return { print(Usage.text) }
    case "--version": return { print("pbxsyncd \(version)\n") }
    case "--check-config": return { await it.checkConfiguration() }
    case "--sync-now": return { await it.syncNow(isDryRun: options.has("dry-run")) }
    case "plan": return { await it.plan(with: options.values["with"], out: options.values["out"]) }
    case "apply": return { await it.apply(word ?? "") }
    case "status": return { await it.status() }
    case "history": return { await it.history(word) }
    case "why": return { await it.why(word ?? "") }
    case "conflicts": return { await it.conflicts() }
    case "doctor": return { await it.doctor() }
    case "lint": return { await it.lint(csv: options.values["csv"]) }
    case "report":
      guard let file = options.values["html"] else { throw .init("report needs --html FILE") }
      return { await it.report(html: file) }
    case "approve": return { await it.approve(word) }
    case "reject": return { await it.reject(word) }
    case "adopt":
      if words.isEmpty && !options.has("csv") { throw .init("adopt needs numbers, ranges or --csv FILE") }
      return { await it.adopt(words, csv: options.values["csv"]) }
    case "release": return { await it.release(words, isConfirmed: options.has("yes")) }
    case "audit":
      return {
        await it.audit(
          words, csv: options.values["csv"], isConfirmed: options.has("yes"),
          acceptsLosses: options.has("accept-losses"))
      }
    case "undo": return { await it.undo(word ?? "", isConfirmed: options.has("yes")) }
    case "forget": return { await it.forget(word ?? "") }
    case "ledger":
      guard let verb = LedgerCommand(rawValue: word ?? "") else {
        let verbs = LedgerCommand.allCases.map(\.rawValue).joined(separator: ", ")
        throw .init("ledger needs \(verbs), not \"\(word ?? "")\"")
      }
      let path = words.dropFirst().first
      if verb == .restore && path == nil { throw .init("ledger restore needs a backup's FILE") }
      if verb == .pbx, let path, LedgerRebinding(rawValue: path) == nil {
        let words = LedgerRebinding.allCases.map(\.rawValue).joined(separator: " or ")
        throw .init("ledger pbx needs \(words), not \"\(path)\"")
      }
      if options.has("yes") && ![.pbx, .restore].contains(verb) {
        throw .init("--yes goes with ledger restore and ledger pbx")
      }
      if ![.restore, .backup, .pbx].contains(verb), let path {
        throw .init("ledger \(verb.rawValue): unexpected argument \"\(path)\"")
      }
      return { await it.ledger(verb, path, isConfirmed: options.has("yes")) }
    default: return { await it.serve() }
    }
  }

  private static func print(_ text: String) -> ExitStatus {
    Terminal.print(text)
    return .asWanted
  }
}
