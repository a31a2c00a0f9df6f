import Domain
import LDAP

/// Reads an entry's fields one by one and gathers all that is wrong with them, so that an admin mends it once.
struct FieldReader {
  let rules: NumberRules
  let names: NameRules
  private(set) var faults: [Fault] = []
  /// Of fields that may be empty and are, though the directory has a value.
  private(set) var remarks: [Fault] = []

  init(rules: NumberRules, names: NameRules) {
    self.rules = rules
    self.names = names
  }

  /// The field's value, as it is sent. Empty where the template is nil, or after a fault.
  mutating func read(
    _ field: Field, as form: FieldForm, required: Bool = false, from template: Template?, of entry: borrowing Entry
  ) -> String {
    guard let template else { return "" }
    do throws(Fault) {
      let isName = form == .text
      let rendered = try template.field(
        of: entry, rules: rules, as: form,
        isUsable: { !isName || names.emptying(fieldText($0), in: field) == nil },
        { isName ? names.written($0, in: field) : $0 })
      if !rendered.text.isEmpty { return rendered.text }
      if let source = rendered.leftOut {
        let fault = emptied(field, source)
        if required { throw fault }
        remarks.append(fault)
      }
      if !required { return "" }
      throw Fault(
        rendered.source, reason: "the \(field.words) would be empty",
        remedy:
          "Fill the attribute in the directory, or name a fallback in \(field.rawValue), as in {givenName ?? cn}.",
        isMissingNumber: field == .number && rendered.source.value.isEmpty)
    } catch {
      faults.append(error)
      return ""
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
    return (faults + remarks).map { $0.problem(dn: dn, entry: id) }
  }
}

extension Template {
  /// What is sent for this template, checked unless it is empty.
  ///
  /// - Parameters:
  ///   - isUsable: as for `render`.
  ///   - write: what becomes of the text before it is checked.
  func field(
    of entry: borrowing Entry, rules: NumberRules, as form: FieldForm, isUsable: (String) -> Bool = { _ in true },
    _ write: (String) -> String = { $0 }
  ) throws(Fault) -> Rendered {
    var rendered = try render(entry, rules: rules, isUsable: isUsable)
    let text = fieldText(rendered.text)
    rendered.text = write(text)
    if rendered.text.isEmpty, !text.isEmpty { rendered.leftOut = rendered.leftOut ?? rendered.source }
    if form == .contactNumber, !rendered.text.isEmpty, !makesNumber {
      do { rendered.text = try rules.e164(of: rendered.text) } catch { throw Fault(error, in: rendered.source) }
    }
    if form.isNumber { rendered.text = rules.written(rendered.text) }
    if !rendered.text.isEmpty, let complaint = form.complaint(about: rendered.text) {
      throw Fault(rendered.source, reason: complaint.reason, remedy: complaint.remedy)
    }
    return rendered
  }
}

extension Template {
  /// Whether its author has said what becomes of a number.
  private var makesNumber: Bool { expressions.contains { $0.filters.contains(where: \.makesNumber) } }
}

extension Field {
  fileprivate var words: String {
    switch self {
    case .number: "number"
    case .firstName: "first name"
    case .lastName: "last name"
    case .email: "e-mail address"
    case .callerID: "caller id"
    case .company: "company"
    }
  }
}
