import Exploration

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

  /// - Returns: nil if help is asked for.
  init?(_ arguments: [String]) throws(OptionError) {
    var rest = arguments.dropFirst()
    while let option = rest.popFirst() {
      if option == "--help" || option == "-h" { return nil }
      guard let value = rest.popFirst() else {
        throw OptionError("\(option) isn't an option, or lacks its value; see --help")
      }
      func number() throws(OptionError) -> Int {
        guard let number = Int(value), number > 0 else {
          throw OptionError("\(option) needs a positive number, not \(value)")
        }
        return number
      }
      switch option {
      case "--depth": depth = try number()
      case "--seconds": seconds = Double(try number())
      case "--memory": memory = try number()
      case "--world":
        worlds = WorldSettings.all.filter { $0.name == value }
        if worlds.isEmpty { throw OptionError("no world is called \(value); see --help") }
      case "--sabotage":
        sabotages = value == "all" ? Sabotage.allCases : Sabotage.allCases.filter { $0.rawValue == value }
        if sabotages.isEmpty { throw OptionError("no sabotage is called \(value); see --help") }
      default: throw OptionError("\(option) isn't an option; see --help")
      }
    }
  }
}

struct OptionError: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
