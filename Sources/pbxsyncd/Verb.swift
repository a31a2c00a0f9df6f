import Daemon
import Platform

/// What the command line asks for.
struct Verb {
  private enum Action { case serve, syncNow, checkConfiguration, help, version }

  private let action: Action
  private let invocation: Invocation

  /// - Throws: a usage error where options contradict each other or words are left over.
  init(_ options: CommandLineOptions) throws(CommandLineOptions.UsageError) {
    if let word = options.operands.first { throw .init("there is no command \"\(word)\"") }
    let verbs: [(String, Action)] = [
      ("help", .help), ("version", .version), ("check-config", .checkConfiguration), ("sync-now", .syncNow),
    ]
    let given = verbs.filter { options.has($0.0) }
    if given.count > 1 { throw .init("--\(given[0].0) and --\(given[1].0) don't go together") }
    action = given.first?.1 ?? .serve
    if options.has("dry-run") && action != .syncNow { throw .init("--dry-run goes with --sync-now") }
    if options.has("json") && action == .serve { throw .init("--json goes with --sync-now or --check-config") }
    invocation = Invocation(
      file: options.values["config"] ?? Usage.defaultConfiguration, isDryRun: options.has("dry-run"),
      isJSON: options.has("json"), isDebug: options.has("debug"))
  }

  func run() async -> ExitStatus {
    switch action {
    case .help:
      Terminal.print(Usage.text)
      return .asWanted
    case .version:
      Terminal.print("pbxsyncd \(version)\n")
      return .asWanted
    case .checkConfiguration: return invocation.checkConfiguration()
    case .syncNow: return await invocation.syncNow()
    case .serve: return await invocation.serve()
    }
  }
}
