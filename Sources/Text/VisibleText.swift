/// Text from elsewhere as it may stand in a line for people: what would end the line, steer a terminal, turn the text around
/// it (UAX #9) or can't be seen at all is spelt out, as `\n` or `\u{202E}`.
///
/// The one place for it: terminal output, log lines and comments all come here. A backslash stays as it is, so that DNs do.
///
/// - Parameter keepingLines: whether line feeds stay, for text that has lines of its own.
public func visible(_ text: String, keepingLines: Bool = false) -> String {
  // Most text is ASCII, and Unicode's tables are slow.
  let isPlain = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) || keepingLines && $0 == UInt8(ascii: "\n") }
  if isPlain { return text }
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    if scalar.isInvisible && !(keepingLines && scalar == "\n") {
      result.append(contentsOf: scalar.spelling.unicodeScalars)
    } else {
      result.append(scalar)
    }
  }
  return String(result)
}

extension Unicode.Scalar {
  /// As in a literal of Swift.
  fileprivate var spelling: String {
    switch self {
    case "\0": "\\0"
    case "\t": "\\t"
    case "\n": "\\n"
    case "\r": "\\r"
    default: "\\u{\(String(value, radix: 16, uppercase: true))}"
    }
  }

  /// Whether an eye can't see it: control characters, the ends of lines and paragraphs, and what only steers how other
  /// characters are shown.
  public var isInvisible: Bool {
    if (0x20..<0x7F).contains(value) { return false }
    return switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
