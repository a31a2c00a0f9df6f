private let units: [(suffix: Character, seconds: Int)] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)]

extension Duration {
  /// Reads `60s`, `5m`, `6h` or `30d`.
  init(reading text: String) throws(ValueError) {
    let digits = text.dropLast()
    guard let unit = units.first(where: { $0.suffix == text.last }), !digits.isEmpty,
      digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else {
      throw ValueError(
        "\"\(text)\" isn't a duration", "write a whole number with s, m, h or d, such as \"60s\" or \"6h\"")
    }
    guard let count = Int(digits),
      case let (seconds, hasOverflown) = count.multipliedReportingOverflow(by: unit.seconds),
      !hasOverflown
    else { throw ValueError("\"\(text)\" is too long a duration", "write a shorter one") }
    self = .seconds(seconds)
  }

  /// As an admin writes it: `6h`, not `21600s`. For whole seconds.
  var written: String {
    let seconds = Int(components.seconds)
    guard seconds > 0, let unit = units.first(where: { seconds % $0.seconds == 0 }) else { return "\(seconds)s" }
    return "\(seconds / unit.seconds)\(unit.suffix)"
  }

  static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
  static func hours(_ count: Int) -> Duration { .seconds(count * 3_600) }
  static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
