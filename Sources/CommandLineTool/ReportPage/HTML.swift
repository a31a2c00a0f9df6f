import Text

/// A piece of an HTML page (https://html.spec.whatwg.org/multipage/syntax.html). Markup comes only from literals
/// of this program: every `String` in one is text, and is escaped.
struct HTML: ExpressibleByStringInterpolation, Sendable {
  private(set) var text: String

  init(stringLiteral value: String) { text = value }
  init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  /// A distinguished name, or a text with one, that breaks between its parts rather than inside one.
  static func dn(_ text: String) -> HTML {
    HTML(
      markup: text.split(separator: ",", omittingEmptySubsequences: false).map { ("\(String($0))" as HTML).text }
        .joined(separator: ",<wbr>"))
  }

  private init(markup: String) { text = markup }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ markup: String) { text += markup }
    mutating func appendInterpolation(_ number: Int) { text += String(number) }
    mutating func appendInterpolation(_ part: HTML) { text += part.text }
    mutating func appendInterpolation(_ parts: [HTML]) { for part in parts { text += part.text } }

    mutating func appendInterpolation(_ value: String) {
      for scalar in value.unicodeScalars {
        switch scalar {
        case "&": text += "&amp;"
        case "<": text += "&lt;"
        case ">": text += "&gt;"
        case "\"": text += "&quot;"
        case "'": text += "&#39;"
        case "\n", "\t": text.unicodeScalars.append(scalar)
        // Characters that HTML doesn't allow, and direction marks (UAX #9).
        case _ where scalar.isInvisible: text += "\u{FFFD}"
        default: text.unicodeScalars.append(scalar)
        }
      }
    }
  }
}
