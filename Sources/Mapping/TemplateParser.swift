/// Parses the template language. Recursive descent over code points, so that columns match those of an editor.
struct TemplateParser {
  private var scanner: Scanner

  init(_ text: String) { scanner = Scanner(text) }

  /// template = { text | "{{" | "}}" | "{" expression "}" }
  mutating func parse() throws(TemplateError) -> [Part] {
    var parts: [Part] = []
    var text = ""
    while let next = scanner.next() {
      switch next {
      case "\0":
        throw scanner.error("the template has a NUL", back: 1, "Remove it.")
      case "{" where scanner.skip("{"): text.append("{")
      case "}" where scanner.skip("}"): text.append("}")
      case "}":
        throw scanner.error("there is no { before this }", back: 1, "Write }} for a brace in the text.")
      case "{":
        if !text.isEmpty { parts.append(.text(text)) }
        text = ""
        parts.append(.expression(try expression()))
      default: text.unicodeScalars.append(next)
      }
    }
    if !text.isEmpty { parts.append(.text(text)) }
    return parts
  }

  /// expression = operand { "??" operand } { "|" filter } "}"
  private mutating func expression() throws(TemplateError) -> Expression {
    let opening = scanner.column - 1
    scanner.skipBlanks()
    if scanner.peek == nil { throw unclosed(opening) }
    if scanner.peek == "}" {
      throw TemplateError(
        message: "there is nothing between the braces", column: opening,
        remedy: "Name an attribute, as in {mail}, or write {{ and }} for braces in the text.")
    }
    var expression = Expression(operands: [try operand()])
    while scanner.skip("??") { expression.operands.append(try operand()) }
    while scanner.skip("|") {
      expression.filters.append(try TemplateFilterParser.filter(from: &scanner))
      scanner.skipBlanks()
    }
    switch scanner.peek {
    case "}": _ = scanner.next()
    case nil: throw unclosed(opening)
    default:
      let found = scanner.peekWord
      throw scanner.error(
        "\(found) isn't allowed here",
        expression.filters.isEmpty
          ? "Write | before a filter, ?? before a fallback, or } to close the part."
          : "Write | before the next filter, or } to close the part; all ?? come before the first filter.")
    }
    return expression
  }

  private func unclosed(_ opening: Int) -> TemplateError {
    TemplateError(
      message: "this { is never closed", column: opening,
      remedy: "Write } at the end of the part, or {{ for a brace in the text.")
  }

  /// operand = "dn" | attribute description (RFC 4512, section 2.5) | quoted text
  private mutating func operand() throws(TemplateError) -> Operand {
    scanner.skipBlanks()
    defer { scanner.skipBlanks() }
    if scanner.peek == "\"" { return .literal(try scanner.quoted()) }
    let start = scanner.column
    let name = scanner.scanWord { $0.isNameCharacter }
    guard let first = name.unicodeScalars.first else {
      throw scanner.error(
        scanner.peek == nil ? "an attribute is missing at the end" : "\(scanner.peekWord) isn't an attribute",
        "Write an attribute's name such as sn, the word dn, or text in double quotes.")
    }
    guard first.isASCIILetterOrDigit,
      name.utf8.split(separator: 0x3B, omittingEmptySubsequences: false).allSatisfy({ !$0.isEmpty })
    else {
      throw TemplateError(
        message: "\(name) isn't an attribute's name", column: start,
        remedy: "Write letters, digits and hyphens, with options such as ;lang-de behind them.")
    }
    return name.lowercased() == "dn" ? .dn : .attribute(name)
  }
}

extension UInt8 {
  var isASCIICapital: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }

  var isASCIILetterOrDigit: Bool { Unicode.Scalar(self).isASCIILetterOrDigit }
}

extension Unicode.Scalar {
  var isASCIILetterOrDigit: Bool {
    switch self {
    case "a"..."z", "A"..."Z", "0"..."9": true
    default: false
    }
  }

  /// The characters of names, object identifiers and attribute options.
  fileprivate var isNameCharacter: Bool {
    isASCIILetterOrDigit || self == "-" || self == "." || self == ";" || self == "_"
  }
}
