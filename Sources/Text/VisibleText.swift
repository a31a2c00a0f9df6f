/// Text from elsewhere, made safe for one line of output: line ends, terminal sequences, direction marks (UAX #9) and invisible
/// characters are escaped, as `\n` or `\u{202E}`.
///
/// The only place for this: terminal output, log lines and LDIF comments all use it. A backslash is unchanged, so that DNs are.
///
/// - Parameter keepingLines: whether line feeds stay, for text that has lines of its own.
public func visible(_ text: String, keepingLines: Bool = false) -> String {
  // Most text is ASCII, and Unicode's tables are slow.
  let isPlain = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) || keepingLines && $0 == UInt8(ascii: "\n") }
  if isPlain { return text }
  return text.replacingScalars { $0.isInvisible && !(keepingLines && $0 == "\n") ? $0.spelling : nil }
}

extension String {
  /// The text with another spelling of some scalars. Those between them are copied together.
  ///
  /// - Parameter spelling: nil for a scalar that stays.
  public func replacingScalars(_ spelling: (Unicode.Scalar) -> String?) -> String {
    var result = ""
    var copied = startIndex
    for index in unicodeScalars.indices {
      guard let other = spelling(unicodeScalars[index]) else { continue }
      result += self[copied..<index]
      result += other
      copied = unicodeScalars.index(after: index)
    }
    return copied == startIndex ? self : result + self[copied...]
  }
}

extension Unicode.Scalar {
  /// As in a Swift literal.
  fileprivate var spelling: String {
    switch self {
    case "\0": "\\0"
    case "\t": "\\t"
    case "\n": "\\n"
    case "\r": "\\r"
    default: "\\u{\(String(value, radix: 16, uppercase: true))}"
    }
  }

  /// Whether it is invisible: control characters, ends of lines and paragraphs, and characters that only control the display of
  /// others.
  public var isInvisible: Bool {
    if (0x20..<0x7F).contains(value) { return false }
    return switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
