public import LDAP

/// How one field is made from an entry's attributes: text with `{attribute | filter}` parts (docs/templates.md).
///
/// Read and checked once, rendered for each entry.
public struct Template: Sendable, Hashable {
  let parts: [Part]

  /// Reads a template. The error says where it is wrong and what to write instead.
  public init(_ text: String) throws(TemplateError) {
    var parser = TemplateParser(text)
    parts = try parser.parse()
  }

  /// The LDAP attributes to ask the server for, each once, whatever the case it is written in.
  public var attributes: Set<String> {
    distinct(expressions.flatMap(\.operands).compactMap { if case .attribute(let name) = $0 { name } else { nil } })
  }

  /// What it makes of an entry before a field's own rules: for an explanation. Empty with the reason where it fails.
  public func trial(_ entry: borrowing Entry, dialPlan: DialPlan) -> (text: String, failure: String?) {
    do throws(FieldProblem) {
      return (try render(entry, dialPlan: dialPlan).text, nil)
    } catch {
      return ("", error.reason)
    }
  }

  /// Whether it tells extensions from phone numbers, which takes blocks of them (`DDIBlocks`).
  public var needsDDIBlocks: Bool { expressions.contains { $0.filters.contains(.extension) } }

  /// Whether every value of its attributes counts, and not one of them.
  public var takesAll: Bool { expressions.contains { $0.filters.contains(.all) } }

  var expressions: [Expression] {
    parts.compactMap { if case .expression(let expression) = $0 { expression } else { nil } }
  }
}

/// A piece of a template.
enum Part: Sendable, Hashable {
  case text(String)
  case expression(Expression)
}

/// What stands between braces: the first operand that isn't empty, sent through the filters.
struct Expression: Sendable, Hashable {
  var operands: [Operand]
  var filters: [TemplateFilter] = []
}

/// Where a value comes from.
enum Operand: Sendable, Hashable {
  case attribute(String)
  case dn
  case literal(String)
}

/// Attribute names without those that differ in case alone (RFC 4512, section 2.5), in their first spelling by order.
func distinct(_ names: some Sequence<String>) -> Set<String> {
  Set(Dictionary(names.sorted().map { ($0.lowercased(), $0) }) { first, _ in first }.values)
}
