import Directory
import Platform

/// The commands and their options.
enum Usage {
  /// The help orders them by topic. A command of its own topic is added in the file of the topic.
  static let commands = run + begin + review + inspect + decide + maintain + help

  /// The options of every command that reads the configuration.
  static let shared: [Command.Option] = [
    .init("config", "FILE", "the configuration (default: \(defaultConfiguration))"),
    .init("debug", "log each search as the ldapsearch line that repeats it"),
  ]

  /// All options of the command line. `--help` and `--version` are commands too, and so are those of `Command.name`.
  static let options: [CommandLineOptions.Option] = {
    let modes = commands.map(\.name).filter { $0.hasPrefix("--") }.map {
      CommandLineOptions.Option(String($0.dropFirst(2)))
    }
    var seen: Set<String> = []
    let own = (shared + commands.flatMap(\.options)).filter { seen.insert($0.name).inserted }
      .map { CommandLineOptions.Option($0.name, takesValue: $0.value != nil) }
    return modes + own + [.init("help", letter: "h"), .init("version")]
  }()

  static func command(_ name: String) -> Command? { commands.first { $0.name == name } }
}
