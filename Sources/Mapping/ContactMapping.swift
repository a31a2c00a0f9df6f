public import Domain
public import LDAP

/// How a contact's fields are made; each number becomes a phonebook entry of its own.
public struct ContactTemplates: Sendable {
  let numbers: [Template]
  let firstName: Template
  let lastName: Template
  let company: Template?

  /// A number's template without `digits`, `e164` or `national` gets an `e164` at its end.
  public init(numbers: [Template], firstName: Template, lastName: Template, company: Template?) {
    self.numbers = numbers
    self.firstName = firstName
    self.lastName = lastName
    self.company = company
  }
}

/// Makes phonebook contacts of the entries of one `[[contacts]]` section.
public struct ContactMapping: Sendable {
  private let templates: ContactTemplates
  private let numbering: Numbering
  private let names: NameRules
  /// All that `map` looks at: what to ask the server for.
  public let attributes: Set<String>

  public init(templates: ContactTemplates, numbering: Numbering, names: NameRules = NameRules()) {
    self.templates = templates
    self.numbering = numbering
    self.names = names
    let others = [templates.firstName, templates.lastName, templates.company].compactMap(\.self)
    attributes = distinct((templates.numbers + others).flatMap(\.attributes) + numbering.attributes)
  }

  /// Pure: the same entry always becomes the same. A bad number is left out if there is a good one.
  ///
  /// - Parameter now: not looked at; here as in `UserMapping`.
  public func map(_ entry: borrowing Entry, id: EntryID, now: Seconds) -> Mapped {
    let rules = numbering.rules(for: entry)
    var texts = FieldReader(rules: rules, names: names)
    let firstName = texts.read(.firstName, as: .text, required: true, from: templates.firstName, of: entry)
    let lastName = texts.read(.lastName, as: .text, required: true, from: templates.lastName, of: entry)
    let company = texts.read(.company, as: .text, from: templates.company, of: entry)

    var numbers = FieldReader(rules: rules, names: names)
    var found: [String] = []
    for template in templates.numbers {
      let number = numbers.read(.number, as: .contactNumber, from: template, of: entry)
      if !number.isEmpty, !found.contains(number) { found.append(number) }
    }

    var problems = texts.problems(of: entry, id: id) + numbers.problems(of: entry, id: id)
    if found.isEmpty, numbers.faults.isEmpty {
      problems.append(noNumber.problem(dn: entry.dn, entry: id))
    }
    guard texts.faults.isEmpty, !found.isEmpty else { return .unmappable(problems) }
    let dn = entry.dn
    let wanted = found.map {
      Wanted(
        .contact(Contact(number: $0, firstName: firstName, lastName: lastName, company: company)), entry: id, dn: dn)
    }
    return .wanted(wanted, problems: problems)
  }

  private var noNumber: Fault {
    let attributes = distinct(templates.numbers.flatMap(\.attributes)).sorted()
    return Fault(
      attribute: attributes.first ?? "", value: "", reason: "there is no phone number",
      remedy: "Fill \(attributes.joined(separator: " or ")), or leave such entries out with the section's filter.")
  }
}
