import LDAP

/// What a template makes of an entry.
struct Rendered {
  var text: String
  /// Where it comes from, for a message: the first attribute that gave a value, else the first that the template names.
  var source: Source
  /// The first operand that was left out because nothing of it can be sent.
  var leftOut: Source?
}

struct Source: Hashable {
  var attribute = ""
  var value = ""
}

extension Template {
  /// Renders the template for an entry. Empty if all its `{...}` parts are, whatever the text around them, so that
  /// `{uid}@example.com` makes no address out of nothing.
  ///
  /// - Parameter isUsable: whether anything of an operand's text can be sent; the next operand is asked where nothing can.
  func render(
    _ entry: borrowing Entry, rules: NumberRules, isUsable: (String) -> Bool = { _ in true }
  ) throws(Fault) -> Rendered {
    var text = ""
    var source: Source?
    var leftOut: Source?
    var isEmpty = !expressions.isEmpty
    for part in parts {
      switch part {
      case .text(let literal): text += literal
      case .expression(let expression):
        let rendered = try expression.render(entry, rules: rules, isUsable)
        leftOut = leftOut ?? rendered.leftOut
        text += rendered.text
        try checkLength(of: text, rendered.source)
        if !rendered.source.value.isEmpty { source = source ?? rendered.source }
        if !rendered.text.isEmpty { isEmpty = false }
      }
    }
    return Rendered(text: isEmpty ? "" : text, source: source ?? Source(attribute: firstAttribute), leftOut: leftOut)
  }

  private var firstAttribute: String {
    for case .attribute(let name) in expressions.flatMap(\.operands) { return name }
    return ""
  }
}

extension Expression {
  fileprivate func render(
    _ entry: borrowing Entry, rules: NumberRules, _ isUsable: (String) -> Bool
  ) throws(Fault) -> Rendered {
    var text = ""
    var source = Source()
    var leftOut: Source?
    for operand in operands where text.isEmpty {
      switch operand {
      case .literal(let literal): text = literal
      case .dn:
        text = entry.dn
        source = Source(value: text)
      case .attribute(let name):
        let value = try entry.text(of: name)
        source = Source(attribute: name, value: value)
        // So that filters find what a configuration, which is composed, names.
        text = composed(value)
        if !isUsable(text) {
          leftOut = leftOut ?? source
          text = ""
        }
      }
    }
    for filter in filters {
      do { text = try filter.apply(to: text, rules: rules) } catch { throw Fault(error, in: source) }
      try checkLength(of: text, source)
    }
    return Rendered(text: text, source: source, leftOut: leftOut)
  }
}

private func checkLength(of text: String, _ source: Source) throws(Fault) {
  if text.utf8.count <= longestText { return }
  throw Fault(
    source, reason: "the template makes more than \(longestText) bytes of it",
    remedy: "Shorten the value with first, or take out a replace that makes it longer.")
}

extension Entry {
  /// The bytewise smallest value that isn't blank: a server may list several in another order each time (RFC 4511,
  /// section 4.1.7), and a field that changed with it would send people mail.
  fileprivate borrowing func text(of attribute: String) throws(Fault) -> String {
    let smallest = values(attribute).filter { !$0.isBlank }.min { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    guard let smallest else { return "" }
    if let text = smallest.text { return text }
    throw Fault(
      attribute: attribute, value: excerpt(smallest.bytes), reason: "the value isn't text in UTF-8",
      remedy: "Store it in the directory as UTF-8, or use another attribute in the template.")
  }
}

extension Value {
  fileprivate var isBlank: Bool { text.map { $0.unicodeScalars.allSatisfy(\.isBlank) } ?? false }
}
