import CommandLineTool
import Platform
import Sync

/// A command of the command line: what it takes, what it does, and how it ends.
///
/// `Usage.commands` has all of them. The parser and all help are made from it; tests compare the completions, the manual page and the
/// README with `help --json`.
struct Command: Sendable {
  /// What a command is for, in the order of the help.
  enum Topic: String, CaseIterable, Sendable {
    case begin = "Begin"
    case run = "Run"
    case review = "Review a plan"
    case inspect = "Inspect"
    case decide = "Decide"
    case maintain = "Maintain"
    case help = "Help"
  }

  /// One way to call the command, and what that does.
  struct Form: Sendable {
    /// Everything after the command's name, such as `[--out FILE]`.
    let words: String
    /// A verb first, in the imperative, without a full stop.
    let summary: String

    init(_ words: String, _ summary: String) { (self.words, self.summary) = (words, summary) }
  }

  /// An option as this command takes it.
  struct Option: Sendable {
    let name: String
    /// The name of its value; nil if it takes none.
    let value: String?
    let summary: String

    init(_ name: String, _ summary: String) { (self.name, value, self.summary) = (name, nil, summary) }

    init(_ name: String, _ value: String, _ summary: String) {
      (self.name, self.value, self.summary) = (name, value, summary)
    }

    static let json = Option("json", "print one line of JSON instead of text")
    static let yes = Option("yes", "don't ask")
  }

  /// An exit status, and what it means for this command.
  struct Exit: Sendable {
    let status: ExitStatus
    let meaning: String

    init(_ status: ExitStatus, _ meaning: String) { (self.status, self.meaning) = (status, meaning) }
  }

  /// What was given with the command.
  struct Arguments {
    let words: [String]
    let options: CommandLineOptions
    let context: CommandContext

    func has(_ option: String) -> Bool { options.has(option) }
    func value(_ option: String) -> String? { options.values[option] }
  }

  typealias UsageError = CommandLineOptions.UsageError
  typealias Action = () async -> ExitStatus

  let name: String
  let topic: Topic
  /// In a few words, for completions; the summary of its only form if not given.
  let summary: String
  let forms: [Form]
  /// The allowed number of operands.
  let words: ClosedRange<Int>
  /// What is missing if there are too few, such as `a plan's FILE`.
  let needs: String
  let options: [Option]
  /// What else there is to know, in whole sentences.
  let details: String
  let exits: [Exit]
  let example: [String]
  /// Whether it needs neither configuration nor descriptors.
  let isHelp: Bool
  let action: @Sendable (Arguments) throws(UsageError) -> Action

  init(
    _ name: String, _ topic: Topic, summary: String? = nil, _ forms: [Form], words: ClosedRange<Int> = 0...0,
    needs: String = "",
    options: [Option] = [.json], details: String = "", exits: [Exit], example: [String], isHelp: Bool = false,
    action: @escaping @Sendable (Arguments) throws(UsageError) -> Action
  ) {
    self.name = name
    self.topic = topic
    self.summary = summary ?? forms.first?.summary ?? ""
    self.forms = forms
    self.words = words
    self.needs = needs
    self.options = options
    self.details = details
    self.exits = exits.contains { $0.status == .diskFailed } ? exits : exits.inserting(.lostOutput)
    self.example = example
    self.isHelp = isHelp
    self.action = action
  }

  func takes(_ option: String) -> Bool { options.contains { $0.name == option } }
}

extension Command.Exit {
  /// Every command has output.
  fileprivate static let lostOutput = Command.Exit(.diskFailed, "the output can't be written")
}

extension [Command.Exit] {
  /// In the order of the numbers, as far as the others are.
  fileprivate func inserting(_ exit: Command.Exit) -> [Command.Exit] {
    let index = firstIndex { $0.status.rawValue > exit.status.rawValue } ?? endIndex
    return self[..<index] + [exit] + self[index...]
  }

  /// The ends of every command that reads the configuration.
  static let ofConfiguration = [Command.Exit(.configuration, "the configuration is wrong")]

  /// The ends of a command that only reads the ledger.
  static let ofLedger =
    [
      Command.Exit(.dataError, "the ledger is corrupt or newer"),
      Command.Exit(.stateNotWritable, "the ledger can't be read or written"),
    ] + ofConfiguration

  /// The ends of a command that writes the ledger.
  static let ofWriting =
    [
      Command.Exit(.dataError, "the ledger is corrupt or newer"),
      Command.Exit(.stateNotWritable, "the state folder can't be written"),
      Command.Exit(.diskFailed, "the disk is full, or the output can't be written"),
      Command.Exit(.busy, "another pbxsyncd was still running after a minute"),
    ] + ofConfiguration

  /// The ends of a command that reads the directory and the ledger.
  static let ofReading =
    [
      Command.Exit(.dataError, "the ledger is corrupt or newer"),
      Command.Exit(.outOfReach, "the directory is unreachable, or the read incomplete"),
      Command.Exit(.stateNotWritable, "no private copy of the ledger can be made"),
      Command.Exit(.notAuthorised, "the directory refused the bind"),
    ] + ofConfiguration

  /// How a run ends that isn't possible.
  static let ofRun =
    [
      Command.Exit(.dataError, "the ledger is corrupt or newer"),
      Command.Exit(.outOfReach, "the directory or the PBX is unreachable, or the read incomplete"),
      Command.Exit(.stateNotWritable, "the state folder can't be written"),
      Command.Exit(.diskFailed, "the disk is full, or the output can't be written"),
      Command.Exit(
        .busy, "another pbxsyncd was still running after a minute, or the service uses another configuration"),
      Command.Exit(.notAuthorised, "the PBX refused the key, or the directory the bind"),
    ] + ofConfiguration
}
