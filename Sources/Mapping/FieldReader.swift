import Domain
import LDAP

/// Reads an entry's fields one by one and gathers all that is wrong with them, so that an admin mends it once.
struct FieldReader {
  let rules: NumberRules
  let names: NameRules
  private(set) var faults: [Fault] = []
  /// Of fields that may be empty, and whose value can't be used.
  private(set) var remarks: [Fault] = []
  /// What only the object that the entry has can decide.
  private(set) var open = OpenFields()

  init(rules: NumberRules, names: NameRules) {
    self.rules = rules
    self.names = names
  }

  /// The field's value, as it is sent. Empty where the template is nil, or after a fault. What is wrong with a field that may be
  /// empty costs no more than the field, unless it is the number.
  mutating func read(
    _ field: Field, as form: FieldForm, required: Bool = false, from template: Template?, of entry: borrowing Entry
  ) -> String {
    guard let template else { return "" }
    do throws(Fault) {
      let values = try template.values(of: entry, rules: rules, names: names, field, as: form).texts
      guard values[0].text.isEmpty else {
        if values.count > 1 { open.choices[field] = values.map(\.text) }
        return values[0].text
      }
      if let source = values[0].leftOut { throw emptied(field, source) }
      if !required { return "" }
      throw Fault(
        values[0].source, reason: "the \(field.words) would be empty",
        remedy:
          "Fill the attribute in the directory, or name a fallback in \(field.rawValue), as in {givenName ?? cn}.",
        isMissingNumber: field == .number && values[0].source.value.isEmpty)
    } catch {
      if required || field == .number {
        faults.append(error)
      } else {
        remarks.append(error.keeping(field))
        open.kept.insert(field)
      }
      return ""
    }
  }

  /// The numbers of a template: one, or all that it takes of its attributes, and of which one the choice where it takes one.
  mutating func readNumbers(from template: Template, of entry: borrowing Entry) -> [(number: String, choices: [String])]
  {
    do throws(Fault) {
      let values = try template.values(of: entry, rules: rules, names: names, .number, as: .contactNumber)
      let numbers = values.texts.map(\.text).filter { !$0.isEmpty }
      if template.takesAll {
        faults += values.faults
        return numbers.map { ($0, [$0]) }
      }
      return numbers.first.map { [($0, numbers)] } ?? []
    } catch {
      faults.append(error)
      return []
    }
  }

  /// A value is there, and nothing of it is left as it is to be sent.
  private func emptied(_ field: Field, _ source: Source) -> Fault {
    let cause = names.emptying(fieldText(composed(source.value)), in: field) ?? "the template leaves nothing of it"
    return Fault(
      source, reason: "the \(field.words) would be empty: \(cause)",
      remedy: "Name a fallback in \(field.rawValue), as in {displayName ?? cn}, or change [names].")
  }

  func problems(of entry: borrowing Entry, id: EntryID) -> [Problem] {
    let dn = entry.dn
    // What one value costs the whole entry needn't be said of a field of it too.
    let others = remarks.filter { remark in
      !faults.contains { $0.attribute == remark.attribute && $0.value == remark.value && !$0.value.isEmpty }
    }
    return (faults + others).map { $0.problem(dn: dn, entry: id) }
  }
}

extension Template {
  /// What may be sent for this template in a field, checked unless it is empty: each value that the steps accept and that the field
  /// takes, the one first that is taken where none is in use. Unless the template takes all, of those that it prefers alone.
  ///
  /// - Throws: what is wrong with the first one where none can be sent.
  func values(
    of entry: borrowing Entry, rules: NumberRules, names: NameRules, _ field: Field, as form: FieldForm
  ) throws(Fault) -> Renditions {
    let isName = form == .text
    let found = try renditions(
      of: entry, rules: rules, isUsable: { !isName || names.emptying(fieldText($0), in: field) == nil })
    var (sent, empty): ([Rendered], [Rendered]) = ([], [])
    var faults: [Fault] = []
    for rendered in found.texts {
      do throws(Fault) {
        let value = try finished(rendered, rules: rules, as: form) { isName ? names.written($0, in: field) : $0 }
        if value.text.isEmpty { empty.append(value) } else { sent.append(value) }
      } catch {
        faults.append(error)
      }
    }
    guard let best = sent.first?.rank else {
      if let first = faults.first { throw first }
      return Renditions(texts: [empty[0]], faults: found.faults)
    }
    var seen: Set<String> = []
    return Renditions(
      texts: sent.filter { (takesAll || $0.rank == best) && seen.insert($0.text).inserted },
      faults: found.faults + faults)
  }

  private func finished(
    _ rendered: Rendered, rules: NumberRules, as form: FieldForm, _ write: (String) -> String
  ) throws(Fault) -> Rendered {
    var rendered = rendered
    let text = fieldText(rendered.text)
    rendered.text = write(text)
    if rendered.text.isEmpty, !text.isEmpty { rendered.leftOut = rendered.leftOut ?? rendered.source }
    if form == .email { rendered.text = mailAddress(in: rendered.text) }
    if form == .contactNumber, !rendered.text.isEmpty, !makesNumber {
      do { rendered.text = try rules.e164(of: rendered.text) } catch { throw Fault(error, in: rendered.source) }
    }
    if form.isNumber { rendered.text = rules.written(rendered.text) }
    if !rendered.text.isEmpty, let complaint = form.complaint(about: rendered.text) {
      throw Fault(rendered.source, reason: complaint.reason, remedy: complaint.remedy)
    }
    return rendered
  }

  /// Whether its author has said what becomes of a number.
  private var makesNumber: Bool { expressions.contains { $0.filters.contains(where: \.makesNumber) } }
}
