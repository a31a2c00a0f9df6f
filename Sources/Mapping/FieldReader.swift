import Domain
import LDAP

/// Maps an entry's fields one by one and collects all problems, so that an admin can fix them in one go.
struct FieldReader {
  let dialPlan: DialPlan
  let names: NamePolicy
  private(set) var problems: [FieldProblem] = []
  /// Problems of optional fields with invalid values.
  private(set) var remarks: [FieldProblem] = []
  /// Fields that only the entry's present object can decide.
  private(set) var open = OpenFields()

  init(dialPlan: DialPlan, names: NamePolicy) {
    self.dialPlan = dialPlan
    self.names = names
  }

  /// The field's value to send. Empty if the template is nil, or after an error. An error of an optional field affects only this
  /// field, unless it is the number.
  mutating func read(
    _ field: ObjectField, as form: FieldFormat, required: Bool = false, from template: Template?,
    of entry: borrowing Entry
  ) -> String {
    guard let template else { return "" }
    do throws(FieldProblem) {
      let values = try template.values(of: entry, dialPlan: dialPlan, names: names, field, as: form).texts
      guard values[0].text.isEmpty else {
        if values.count > 1 { open.choices[field] = values.map(\.text) }
        return values[0].text
      }
      if let source = values[0].leftOut { throw emptied(field, source) }
      if !required { return "" }
      throw FieldProblem(
        values[0].source, reason: "the \(field.words) would be empty",
        remedy:
          "Fill the attribute in the directory, or add a fallback in \(field.rawValue), as in {givenName ?? cn}.",
        isMissingNumber: field == .number && values[0].source.value.isEmpty)
    } catch {
      if required || field == .number {
        problems.append(error)
      } else {
        remarks.append(error.keeping(field))
        open.kept.insert(field)
      }
      return ""
    }
  }

  /// The numbers of a template: one with its alternatives, or all of its attributes.
  mutating func readNumbers(from template: Template, of entry: borrowing Entry) -> [(number: String, choices: [String])]
  {
    do throws(FieldProblem) {
      let values = try template.values(of: entry, dialPlan: dialPlan, names: names, .number, as: .contactNumber)
      let numbers = values.texts.map(\.text).filter { !$0.isEmpty }
      if template.takesAll {
        problems += values.problems
        return numbers.map { ($0, [$0]) }
      }
      return numbers.first.map { [($0, numbers)] } ?? []
    } catch {
      problems.append(error)
      return []
    }
  }

  /// A value exists, and nothing of it is left to send.
  private func emptied(_ field: ObjectField, _ source: Provenance) -> FieldProblem {
    let cause = names.emptying(composed(source.value), in: field) ?? "the template leaves nothing of it"
    return FieldProblem(
      source, reason: "the \(field.words) would be empty: \(cause)",
      remedy: "Add a fallback in \(field.rawValue), as in {displayName ?? cn}, or change [names].")
  }

  func problems(of entry: borrowing Entry, id: EntryID) -> [MappingProblem] {
    let dn = entry.dn
    // A value that affects the whole entry isn't reported again for its field.
    let others = remarks.filter { remark in
      !problems.contains { $0.attribute == remark.attribute && $0.value == remark.value && !$0.value.isEmpty }
    }
    return (problems + others).map { $0.problem(dn: dn, entry: id) }
  }
}

extension Template {
  /// The possible values of a field by this template: each value that the filters and the field accept, the default one first. Only
  /// preferred ones, unless the template uses all.
  ///
  /// - Throws: the problem of the first one if none can be sent.
  func values(
    of entry: borrowing Entry, dialPlan: DialPlan, names: NamePolicy, _ field: ObjectField, as form: FieldFormat
  ) throws(FieldProblem) -> Renditions {
    let isName = form == .text
    let found = try renditions(
      of: entry, dialPlan: dialPlan, isUsable: { !isName || names.emptying($0, in: field) == nil })
    var (sent, empty): ([RenderedField], [RenderedField]) = ([], [])
    var problems: [FieldProblem] = []
    for rendered in found.texts {
      do throws(FieldProblem) {
        let value = try finished(rendered, dialPlan: dialPlan, as: form) { isName ? names.written($0, in: field) : $0 }
        if value.text.isEmpty { empty.append(value) } else { sent.append(value) }
      } catch {
        problems.append(error)
      }
    }
    guard let best = sent.first?.rank else {
      if let first = problems.first { throw first }
      return Renditions(texts: [empty[0]], problems: found.problems)
    }
    if sent.count > 1 {
      var seen: Set<String> = []
      sent.removeAll { !takesAll && $0.rank != best || !seen.insert($0.text).inserted }
    }
    return Renditions(texts: sent, problems: found.problems + problems)
  }

  private func finished(
    _ rendered: RenderedField, dialPlan: DialPlan, as form: FieldFormat, _ write: (String) -> String
  ) throws(FieldProblem) -> RenderedField {
    var rendered = rendered
    let text = fieldText(rendered.text)
    rendered.text = write(text)
    if rendered.text.isEmpty, !text.isEmpty { rendered.leftOut = rendered.leftOut ?? rendered.source }
    if form == .email { rendered.text = mailAddress(in: rendered.text) }
    if form == .contactNumber, !rendered.text.isEmpty, !makesNumber {
      do { rendered.text = try dialPlan.e164(of: rendered.text) } catch {
        throw FieldProblem(error, in: rendered.source)
      }
    }
    if form.isNumber { rendered.text = dialPlan.written(rendered.text) }
    if !rendered.text.isEmpty, let complaint = form.complaint(about: rendered.text) {
      throw FieldProblem(rendered.source, reason: complaint.reason, remedy: complaint.remedy)
    }
    return rendered
  }

  /// Whether the template defines a number's format.
  private var makesNumber: Bool { expressions.contains { $0.filters.contains(where: \.makesNumber) } }
}
