import CommandLineTool
import Platform
import Sync
import Text

/// The command of the command line.
struct CommandParser {
  let run: Command.Action

  /// - Parameters:
  ///   - arguments: the program's name first.
  ///   - isForPerson: whether a person at a terminal started it: without a command that is told what there is, instead of a daemon
  ///     that says nothing.
  /// - Throws: a usage error if words or options are missing, unknown or contradict each other.
  init(_ arguments: [String], isForPerson: Bool) throws(CommandLineOptions.UsageError) {
    let options = try Self.hinting("pbxsyncd help") { () throws(CommandLineOptions.UsageError) in
      try CommandLineOptions(arguments, options: Usage.options)
    }
    var words = options.operands[...]
    let name = try Self.hinting("pbxsyncd help") { () throws(CommandLineOptions.UsageError) in
      try Self.commandName(options, &words)
    }
    guard name != nil || !isForPerson || !options.values.keys.allSatisfy(["config", "debug"].contains) else {
      run = {
        Terminal.print(HelpText.short)
        return .usage
      }
      return
    }
    let command = try Self.command(named: name ?? "serve")
    run = try Self.hinting("pbxsyncd help \(command.name)") { () throws(CommandLineOptions.UsageError) in
      try Self.action(of: command, Array(words), options)
    }
  }

  /// - Throws: a usage error that says which command was probably meant.
  static func command(named name: String) throws(CommandLineOptions.UsageError) -> Command {
    if let command = Usage.command(name) { return command }
    let near = nearest(to: name, among: Usage.commands.map(\.name)).map { "; did you mean \"\($0)\"?" } ?? ""
    throw .init(hinted("there is no command \"\(name)\"\(near)", "pbxsyncd help"))
  }

  /// The word or option that names a command; nil for none. Also removes it from the words.
  private static func commandName(
    _ options: CommandLineOptions, _ words: inout ArraySlice<String>
  ) throws(CommandLineOptions.UsageError) -> String? {
    let modes = Usage.commands.map(\.name).filter { $0.hasPrefix("--") && options.has(String($0.dropFirst(2))) }
    if words == ["help"], modes.count == 1 {
      words = modes[...]
      return "help"
    }
    if options.has("help") {
      // About the command that stands beside it.
      words = (modes + words).prefix(1)
      return "help"
    }
    if let word = words.first, let mode = modes.first { throw .init("\(mode) and \(word) can't be combined") }
    let all = modes + (options.has("version") ? ["--version"] : [])
    if all.count > 1 { throw .init("\(all[0]) and \(all[1]) can't be combined") }
    if options.has("version") {
      if let word = words.first { throw .init("--version and \(word) can't be combined") }
      return "version"
    }
    return modes.first ?? words.popFirst()
  }

  private static func action(
    of command: Command, _ words: [String], _ options: CommandLineOptions
  ) throws(CommandLineOptions.UsageError) -> Command.Action {
    let name = command.name
    if let word = words.dropFirst(command.words.upperBound).first {
      throw .init("\(name): unexpected argument \"\(word)\"")
    }
    // A shell's variable that isn't set.
    if words.contains("") { throw .init("\(name): an argument is empty") }
    for option in command.options + Usage.shared where option.value != nil && options.values[option.name] == "" {
      throw .init("--\(option.name) needs a value")
    }
    if words.count < command.words.lowerBound { throw .init("\(name) needs \(command.needs)") }
    for option in Usage.commands.flatMap(\.options).map(\.name) where options.has(option) && !command.takes(option) {
      let places = Usage.commands.filter { $0.takes(option) }.map(\.name)
      throw .init("--\(option) goes with \(places.joined(separator: ", "))")
    }
    let context = CommandContext(
      file: options.values["config"] ?? defaultConfiguration, isJSON: options.has("json"),
      isDebug: options.has("debug"))
    let action = try command.action(Command.Arguments(words: words, options: options, context: context))
    // Commands that only print a text need no descriptors.
    return command.isHelp ? action : { await context.withDescriptors(action) }
  }

  /// Adds to a usage error where to read on.
  private static func hinting<Value>(
    _ page: String, _ body: () throws(CommandLineOptions.UsageError) -> Value
  ) throws(CommandLineOptions.UsageError) -> Value {
    do throws(CommandLineOptions.UsageError) {
      return try body()
    } catch {
      throw .init(hinted(error.message, page))
    }
  }

  private static func hinted(_ message: String, _ page: String) -> String {
    message.contains("pbxsyncd help") ? message : message + (message.hasSuffix("?") ? " See: " : "; see ") + page
  }
}
