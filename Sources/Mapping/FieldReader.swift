import Domain
import LDAP

/// Reads an entry's fields one by one and gathers all that is wrong with them, so that an admin mends it once.
struct FieldReader {
  let rules: NumberRules
  let names: NameRules
  private(set) var faults: [Fault] = []

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
      let rendered = try template.field(of: entry, rules: rules, as: form) { text in
        form == .text ? names.written(text, in: field) : text
      }
      if !rendered.text.isEmpty || !required { return rendered.text }
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

  func problems(of entry: borrowing Entry, id: EntryID) -> [Problem] {
    let dn = entry.dn
    return faults.map { $0.problem(dn: dn, entry: id) }
  }
}

extension Template {
  /// What is sent for this template, checked unless it is empty.
  ///
  /// - Parameter write: what becomes of the text before it is checked.
  func field(
    of entry: borrowing Entry, rules: NumberRules, as form: FieldForm, _ write: (String) -> String = { $0 }
  ) throws(Fault) -> Rendered {
    var rendered = try render(entry, rules: rules)
    rendered.text = write(fieldText(rendered.text))
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
