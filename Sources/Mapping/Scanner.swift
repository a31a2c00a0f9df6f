import Text

/// Reads the code points of a template.
struct Scanner {
  private let scalars: [Unicode.Scalar]
  private var position = 0

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  /// The position of the next code point, from 1.
  var column: Int { position + 1 }

  var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  /// The next word or code point, short enough for a message.
  var peekWord: String {
    let word = scalars[position...].prefix(24).prefix { $0.isASCIILetterOrDigit || $0 == "-" }
    let shown = word.isEmpty ? scalars[position...].prefix(1) : word
    return visible(String(String.UnicodeScalarView(shown)))
  }

  mutating func next() -> Unicode.Scalar? {
    guard let scalar = peek else { return nil }
    position += 1
    return scalar
  }

  /// Skips `expected` if it is next.
  mutating func skip(_ expected: String) -> Bool {
    guard scalars[position...].starts(with: expected.unicodeScalars) else { return false }
    position += expected.unicodeScalars.count
    return true
  }

  mutating func skipBlanks() {
    while let scalar = peek, scalar.properties.isWhitespace { position += 1 }
  }

  /// The next code points that match; empty if there are none.
  mutating func scanWord(_ belongs: (Unicode.Scalar) -> Bool) -> String {
    let word = scalars[position...].prefix(while: belongs)
    position += word.count
    return String(String.UnicodeScalarView(word))
  }

  /// Text in double quotes, in which `\"` is a quote and `\\` a backslash.
  mutating func quoted() throws(TemplateError) -> String {
    let opening = column
    var text = ""
    _ = next()
    while let scalar = next() {
      switch scalar {
      case "\"": return text
      case "\0": throw error("the template has a NUL", back: 1, "Remove it.")
      case "\\":
        guard let escaped = next() else { continue }
        guard escaped == "\"" || escaped == "\\" else {
          throw error(
            "\\\(visible(String(escaped))) isn't an escape", back: 2,
            "Write \\\\ for a backslash and \\\" for a quote; there are no others.")
        }
        text.unicodeScalars.append(escaped)
      default: text.unicodeScalars.append(scalar)
      }
    }
    throw TemplateError(
      message: "this quote is never closed", column: opening, remedy: "Write \" at the end of the text.")
  }

  /// An error at the next code point, or `back` before it.
  func error(_ message: String, back: Int = 0, _ remedy: String) -> TemplateError {
    TemplateError(message: message, column: column - back, remedy: remedy)
  }
}
