/// The template of a field: text with `{attribute | filter}` parts (docs/templates.md).
///
/// Parsed once, rendered for each entry.
public struct Template: Sendable, Hashable {
  let parts: [Part]
  let expressions: [Expression]

  /// Parses a template. The error has the position and a remedy.
  public init(_ text: String) throws(TemplateError) {
    var parser = TemplateParser(text)
    parts = try parser.parse()
    expressions = parts.compactMap { if case .expression(let expression) = $0 { expression } else { nil } }
  }

  /// The LDAP attributes to request, each once, without regard to case.
  public var attributes: Set<String> {
    distinct(expressions.flatMap(\.operands).compactMap { if case .attribute(let name) = $0 { name } else { nil } })
  }

  /// Whether it needs DDI blocks, to find extensions (`DDIBlocks`).
  public var needsDDIBlocks: Bool { expressions.contains { $0.filters.contains(.extension) } }

  /// Whether it uses every value of its attributes, and not only one.
  public var takesAll: Bool { expressions.contains { $0.filters.contains(.all) } }
}

/// A piece of a template.
enum Part: Sendable, Hashable {
  case text(String)
  case expression(Expression)
}

/// The content of braces: the first operand that isn't empty, with the filters applied.
struct Expression: Sendable, Hashable {
  var operands: [Operand]
  var filters: [TemplateFilter] = []
}

/// The source of a value.
enum Operand: Sendable, Hashable {
  case attribute(String)
  case dn
  case literal(String)
}

/// Attribute names without those that differ only in case (RFC 4512, section 2.5), in their first spelling by order.
func distinct(_ names: some Sequence<String>) -> Set<String> {
  Set(Dictionary(names.sorted().map { ($0.lowercased(), $0) }) { first, _ in first }.values)
}

/// An error of a template, with its position.
public struct TemplateError: Error, Hashable, Sendable {
  /// The error, as a sentence without a full stop.
  public var message: String
  /// Its first position in the template's text, in code points from 1.
  public var column: Int
  /// What to write instead, as a sentence.
  public var remedy: String

  public init(message: String, column: Int, remedy: String) {
    self.message = message
    self.column = column
    self.remedy = remedy
  }
}
