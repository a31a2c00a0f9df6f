import Exploration
import Platform

/// The options of `scripts/explore`.
struct ExplorerOptions {
  var depth = Int.max
  /// For all worlds together.
  var seconds = 3600.0
  /// In MiB.
  var memory = 4096
  var worlds = WorldSettings.all
  var sabotages: [Sabotage] = []

  static var help: String {
    """
    Usage: scripts/explore [--depth N] [--world NAME] [--seconds N] [--memory MiB] [--sabotage NAME|all]
      --depth N        the longest trace; without it, all traces within the budget
      --world NAME     only this world, one of: \(WorldSettings.all.map(\.name).joined(separator: ", "))
      --seconds N      for all worlds together, or for each sabotage (3600)
      --memory MiB     the limit (4096)
      --sabotage NAME  puts a fault into the program's decisions, which must be found; all for each of:
                       \(Sabotage.allCases.map(\.rawValue).joined(separator: ", "))
    Exit status: 0 no violation, 1 a violation, or a sabotage that isn't found, 2 out of memory, 64 wrong options.
    """
  }

  private static let known: [CommandLineOptions.Option] =
    ["depth", "seconds", "memory", "world", "sabotage"].map { .init($0, takesValue: true) }
    + [.init("help", letter: "h")]

  /// - Returns: nil if help is asked for.
  init?(_ arguments: [String]) throws(CommandLineOptions.UsageError) {
    let given = try CommandLineOptions(arguments, options: Self.known)
    if given.has("help") { return nil }
    if let word = given.operands.first { throw .init("\(word) isn't an option; see --help") }
    func number(_ name: String) throws(CommandLineOptions.UsageError) -> Int? {
      guard let text = given.values[name] else { return nil }
      guard let number = Int(text), number > 0 else {
        throw .init("--\(name) needs a positive number, not \(text); see --help")
      }
      return number
    }
    depth = try number("depth") ?? depth
    seconds = try number("seconds").map(Double.init) ?? seconds
    memory = try number("memory") ?? memory
    if let name = given.values["world"] {
      worlds = worlds.filter { $0.name == name }
      if worlds.isEmpty { throw .init("no world is called \(name); see --help") }
    }
    if let name = given.values["sabotage"] {
      sabotages = Sabotage.allCases.filter { name == "all" || $0.rawValue == name }
      if sabotages.isEmpty { throw .init("no sabotage is called \(name); see --help") }
    }
  }
}
