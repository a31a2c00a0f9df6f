/// The options of `scripts/simulate`.
struct SimulateOptions {
  var seed: UInt64 = 1
  var histories = Int.max
  var seconds = 60.0
  /// Whether all that happens is printed.
  var traces = false

  static var help: String {
    """
    Usage: scripts/simulate [--seed N] [--histories N] [--seconds N] [--hours N] [--trace]
      --seed N        the first history's seed; each next one has the next seed (1)
      --histories N   the number of histories; without it, as many as there is time for
      --seconds N     the time (60)
      --hours N       the same in hours
      --trace         prints all that happens, to play a history again: --seed N --histories 1 --trace
    Exit status: 0 no violation, 1 a violation, 64 wrong options.
    """
  }

  /// - Returns: nil if help is asked for.
  init?(_ arguments: [String]) throws(OptionError) {
    var rest = arguments.dropFirst()
    while let option = rest.popFirst() {
      if option == "--help" || option == "-h" { return nil }
      if option == "--trace" {
        traces = true
        continue
      }
      guard let value = rest.popFirst() else {
        throw OptionError("\(option) isn't an option, or lacks its value; see --help")
      }
      guard let number = UInt64(value), number > 0, number < UInt64(Int.max) else {
        throw OptionError("\(option) needs a positive number, not \(value)")
      }
      switch option {
      case "--seed": seed = number
      case "--histories": histories = Int(number)
      case "--seconds": seconds = Double(number)
      case "--hours": seconds = Double(number) * 3600
      default: throw OptionError("\(option) isn't an option; see --help")
      }
    }
  }
}

struct OptionError: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
