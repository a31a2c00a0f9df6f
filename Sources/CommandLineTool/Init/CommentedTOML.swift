import Platform
import Text

/// Writes TOML with comments, line by line.
struct CommentedTOML {
  private(set) var text = ""
  private static let width = 116

  mutating func blank() { text += "\n" }

  mutating func section(_ name: String) { text += "\n[\(name)]\n" }

  mutating func sections(_ name: String) { text += "\n[[\(name)]]\n" }

  /// A comment, wrapped at words. Line ends and control characters in it are escaped.
  mutating func comment(_ comment: String) {
    for line in wrapped(comment, to: Self.width) { text += line.isEmpty ? "#\n" : "# \(visible(line))\n" }
  }

  mutating func key(_ name: String, _ value: String) { text += "\(name) = \(Self.quoted(value))\n" }

  mutating func key(_ name: String, _ values: [String]) {
    text += "\(name) = [\(values.map(Self.quoted).joined(separator: ", "))]\n"
  }

  mutating func flag(_ name: String) { text += "\(name) = true\n" }

  /// A key that is only proposed.
  mutating func proposal(_ name: String, _ value: String) { text += "# \(name) = \(Self.quoted(value))\n" }

  mutating func proposal(_ name: String, _ values: [String]) {
    text += "# \(name) = [\(values.map(Self.quoted).joined(separator: ", "))]\n"
  }

  /// A basic string (TOML 1.0, section String).
  static func quoted(_ value: String) -> String {
    var result = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _
      where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.properties.generalCategory == .format:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "\\U\(String(repeating: "0", count: 8 - digits.count))\(digits)"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// The lines of a text that is broken at spaces; a longer word stays whole.
///
/// - Parameter indent: spaces before all lines but the first.
func wrapped(_ text: String, to width: Int, indent: Int = 0) -> [String] {
  let start = text.prefix { $0 == " " }
  var lines: [String] = []
  var line = String(start)
  var isEmpty = true
  for word in text.dropFirst(start.count).split(separator: " ") {
    if !isEmpty, line.count + 1 + word.count > width {
      lines.append(line)
      line = String(repeating: " ", count: indent) + word
    } else {
      line += (isEmpty ? "" : " ") + word
    }
    isEmpty = false
  }
  return lines + [line]
}

/// The columns for text that is wrapped at words: those of a terminal. Other output has one record a line.
var wrappingWidth: Int { Terminal.isInteractive ? max(20, Terminal.width - 1) : .max }
