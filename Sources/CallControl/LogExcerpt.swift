extension SecretRedactor {
  static let maxExcerpt = 200

  /// The first 200 characters of foreign text as one line for a log: no control characters, no key.
  func excerpt(_ text: String) -> String {
    var line = String.UnicodeScalarView()
    // Longer than the result, so that a key cut here isn't visible.
    for scalar in text.unicodeScalars.prefix(Self.maxExcerpt * 50) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator:
        if let last = line.last, last != " " { line.append(" ") }
      default: line.append(scalar)
      }
    }
    // Shortened last, so that no part of a key is left at the end.
    return String(scrub(String(line)).prefix(Self.maxExcerpt))
  }
}

extension String {
  /// The trimmed text.
  var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else {
      return ""
    }
    return String(self[first...last])
  }
}
