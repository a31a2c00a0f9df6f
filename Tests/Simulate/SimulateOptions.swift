import Platform
import Simulation

/// The options of `scripts/simulate`.
struct SimulateOptions {
  var seed: UInt64 = 1
  var histories = Int.max
  var seconds = 60.0
  /// Whether all that happens is printed.
  var traces = false
  var sabotages: [Sabotage] = []

  static let help = """
    Usage: scripts/simulate [--seed N] [--histories N] [--seconds N] [--hours N] [--trace] [--sabotage NAME|all]
      --seed N        the first history's seed; each next one has the next seed (1)
      --histories N   the number of histories; without it, as many as there is time for
      --seconds N     the time (60)
      --hours N       the same in hours
      --trace         prints all that happens, to play a history again: --seed N --histories 1 --trace
      --sabotage NAME puts a fault into the program, which must be found in the time; all for each of:
                      \(Sabotage.allCases.map(\.rawValue).joined(separator: ", "))
    Exit status: 0 no violation, 1 a violation, or a sabotage that isn't found, 64 wrong options.
    """

  private static let known: [CommandLineOptions.Option] =
    ["seed", "histories", "seconds", "hours", "sabotage"].map { .init($0, takesValue: true) }
    + [.init("trace"), .init("help", letter: "h")]

  /// - Returns: nil if help is asked for.
  init?(_ arguments: [String]) throws(CommandLineOptions.UsageError) {
    let given = try CommandLineOptions(arguments, options: Self.known)
    if given.has("help") { return nil }
    if let word = given.operands.first { throw .init("\(word) isn't an option; see --help") }
    func number(_ name: String) throws(CommandLineOptions.UsageError) -> UInt64? {
      guard let text = given.values[name] else { return nil }
      guard let number = UInt64(text), number > 0, number < UInt64(Int.max) else {
        throw .init("--\(name) needs a positive number, not \(text); see --help")
      }
      return number
    }
    traces = given.has("trace")
    seed = try number("seed") ?? seed
    histories = try number("histories").map { Int($0) } ?? histories
    if let given = try number("seconds") { seconds = Double(given) }
    if let name = given.values["sabotage"] {
      sabotages = Sabotage.allCases.filter { name == "all" || $0.rawValue == name }
      if sabotages.isEmpty { throw .init("no sabotage is called \(name); see --help") }
    }
    if let given = try number("hours") { seconds = Double(given) * 3600 }
  }
}
