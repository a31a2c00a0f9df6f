import LDAP

/// One result of a template for an entry: each of several values of an attribute has its own.
struct RenderedField {
  var text: String
  /// Its source, for a message: the first attribute with a value, otherwise the first in the template.
  var source: Provenance
  /// The first operand that was skipped because nothing of it can be sent.
  var leftOut: Provenance?
  /// The number of `prefer` filters that don't match it.
  var rank = 0
  /// Whether a `default` replaces a value that the previous filters emptied.
  var isDefault = false
}

struct Provenance: Hashable {
  var attribute = ""
  var value = ""
  /// Whether this value is in the entry's RDN.
  var isNaming = false
}

/// All results of a template for an entry.
struct Renditions {
  /// At least one, the default first; empty text only if there is no other.
  var texts: [RenderedField]
  /// The problems of skipped values.
  var problems: [FieldProblem] = []

  /// The most values that are rendered. No real entry has as many.
  static let most = 256
}

extension Template {
  /// Renders the template for an entry. Empty if all its `{...}` parts are, whatever the text around them, so that
  /// `{uid}@example.com` without a uid is no address.
  ///
  /// - Parameter isUsable: whether anything of an operand's text can be sent; otherwise the next operand is used.
  func render(
    _ entry: borrowing Entry, dialPlan: DialPlan, isUsable: (String) -> Bool = { _ in true }
  ) throws(FieldProblem) -> RenderedField {
    try renditions(of: entry, dialPlan: dialPlan, isUsable: isUsable).texts[0]
  }

  /// The same with every value that the filters accept.
  func renditions(
    of entry: borrowing Entry, dialPlan: DialPlan, isUsable: (String) -> Bool = { _ in true }
  ) throws(FieldProblem) -> Renditions {
    var partial = [Partial(isEmpty: !expressions.isEmpty)]
    var problems: [FieldProblem] = []
    for part in parts {
      switch part {
      case .text(let literal):
        for index in partial.indices { partial[index].rendered.text += literal }
      case .expression(let expression):
        let renditions = try expression.renditions(of: entry, dialPlan: dialPlan, isUsable)
        problems += renditions.problems
        var longer: [Partial] = []
        for start in partial {
          for end in renditions.texts where longer.count < Renditions.most {
            longer.append(try start.followed(by: end))
          }
        }
        partial = longer
      }
    }
    if partial.count > 1 {
      partial = partial.enumerated().sorted {
        ($0.element.rendered.rank, $0.offset) < ($1.element.rendered.rank, $1.offset)
      }
      .map(\.element)
    }
    let texts = partial.map { partial in
      var rendered = partial.rendered
      if partial.isEmpty { rendered.text = "" }
      if !partial.hasSource { rendered.source = Provenance(attribute: firstAttribute) }
      return rendered
    }
    return Renditions(texts: texts, problems: problems)
  }

  private var firstAttribute: String {
    for case .attribute(let name) in expressions.flatMap(\.operands) { return name }
    return ""
  }
}

/// A template rendered up to some part.
private struct Partial {
  var rendered = RenderedField(text: "", source: Provenance())
  var isEmpty: Bool
  var hasSource = false

  init(isEmpty: Bool) { self.isEmpty = isEmpty }

  func followed(by end: RenderedField) throws(FieldProblem) -> Partial {
    var longer = self
    longer.rendered.leftOut = rendered.leftOut ?? end.leftOut
    longer.rendered.text += end.text
    longer.rendered.rank += end.rank
    try checkLength(of: longer.rendered.text, end.source)
    if !end.source.value.isEmpty, !hasSource { (longer.rendered.source, longer.hasSource) = (end.source, true) }
    if !end.text.isEmpty { longer.isEmpty = false }
    return longer
  }
}

extension Expression {
  fileprivate func renditions(
    of entry: borrowing Entry, dialPlan: DialPlan, _ isUsable: (String) -> Bool
  ) throws(FieldProblem) -> Renditions {
    var leftOut: Provenance?
    for operand in operands {
      switch operand {
      case .literal(let literal) where literal.isEmpty: continue
      case .literal(let literal): return Renditions(texts: [try filtered(literal, Provenance(), leftOut, dialPlan)])
      case .dn: return Renditions(texts: [try filtered(entry.dn, Provenance(value: entry.dn), leftOut, dialPlan)])
      case .attribute(let name):
        var values = try entry.texts(of: name)
        for index in values.indices {
          // So that filters match text of the configuration, which is composed.
          values[index].text = composed(values[index].text)
        }
        let usable = values.filter { isUsable($0.text) }
        if usable.isEmpty {
          leftOut = leftOut ?? values.first?.source
        } else {
          return try accepted(of: usable, leftOut, dialPlan)
        }
      }
    }
    return Renditions(texts: [try filtered("", Provenance(), leftOut, dialPlan)])
  }

  /// The values that the filters accept, preferred ones and the one in the RDN first. If none is accepted, the problem of the first
  /// one.
  private func accepted(
    of values: [(text: String, source: Provenance)], _ leftOut: Provenance?, _ dialPlan: DialPlan
  ) throws(FieldProblem) -> Renditions {
    if values.count == 1 {
      return Renditions(texts: [try filtered(values[0].text, values[0].source, leftOut, dialPlan)])
    }
    var (texts, rejected): ([RenderedField], [RenderedField]) = ([], [])
    var problems: [FieldProblem] = []
    for value in values.prefix(Renditions.most) {
      do throws(FieldProblem) {
        let rendered = try filtered(value.text, value.source, leftOut, dialPlan)
        if rendered.text.isEmpty || rendered.isDefault { rejected.append(rendered) } else { texts.append(rendered) }
      } catch {
        problems.append(error)
      }
    }
    if texts.isEmpty {
      if let first = rejected.first, !first.text.isEmpty || problems.isEmpty { return Renditions(texts: [first]) }
      if let first = problems.first { throw first }
    }
    var seen: Set<String> = []
    return Renditions(
      texts: texts.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
        .map(\.element).filter { seen.insert($0.text).inserted },
      problems: problems)
  }

  private func filtered(
    _ text: String, _ source: Provenance, _ leftOut: Provenance?, _ dialPlan: DialPlan
  ) throws(FieldProblem) -> RenderedField {
    var rendered = RenderedField(text: text, source: source, leftOut: leftOut)
    for filter in filters {
      let isEmpty = rendered.text.isEmpty
      do {
        rendered.text = try filter.apply(to: rendered.text, dialPlan: dialPlan)
      } catch {
        throw FieldProblem(error, in: source)
      }
      switch filter {
      case .prefer(let pattern) where !pattern.matches(rendered.text): rendered.rank += 1
      case .default where isEmpty && !rendered.text.isEmpty: rendered.isDefault = true
      default: break
      }
      try checkLength(of: rendered.text, source)
    }
    return rendered
  }
}

private func checkLength(of text: String, _ source: Provenance) throws(FieldProblem) {
  if text.utf8.count <= longestText { return }
  throw FieldProblem(
    source, reason: "the template makes more than \(longestText) bytes of it",
    remedy: "Shorten the value with first, or remove a replace that makes it longer.")
}

extension Entry {
  /// The values that aren't blank: first those in the RDN, then the others in byte order. A server may list them in
  /// another order each time (RFC 4511, section 4.1.7), and a field that changed with it would send people mail.
  fileprivate borrowing func texts(of attribute: String) throws(FieldProblem) -> [(text: String, source: Provenance)] {
    var all = values(attribute)
    // A value with a language option is a value of the attribute too; beside one without it is a repetition.
    if all.isEmpty { all = languageValues(attribute) }
    if all.count > 1 {
      let naming = NamingValues(of: DN(dn))
      let texts = all.filter { !$0.isBlank }.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        .compactMap { value in value.text.map { (text: $0, role: naming.role(of: $0, as: attribute)) } }
      if !texts.isEmpty {
        return texts.enumerated().sorted { ($0.element.role, $0.offset) < ($1.element.role, $1.offset) }.map {
          let (text, role) = $0.element
          return (text, Provenance(attribute: attribute, value: text, isNaming: role != .none))
        }
      }
    }
    guard let value = all.first(where: { !$0.isBlank }) else { return [] }
    if let text = value.text { return [(text, Provenance(attribute: attribute, value: text))] }
    throw FieldProblem(
      attribute: attribute, value: excerpt(value.bytes), reason: "the value isn't text in UTF-8",
      remedy: "Store it in the directory as UTF-8, or use another attribute in the template.")
  }
}

extension AttributeValue {
  fileprivate var isBlank: Bool {
    // Most values begin with a letter or a digit. Without this line the mapping takes 5 % more instructions.
    if let first = bytes.first, (0x21...0x7E).contains(first) { return false }
    return text.map { $0.unicodeScalars.allSatisfy { $0.isBlank || $0.showsNothing } } ?? false
  }
}
