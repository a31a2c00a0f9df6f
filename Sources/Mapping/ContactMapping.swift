public import Domain
public import LDAP

/// The templates of a contact's fields; each number becomes a contact of its own.
public struct ContactTemplates: Sendable {
  let numbers: [Template]
  let firstName: Template
  let lastName: Template
  let company: Template?
  let labels: [String]
  let companyFirstName: String

  /// A number's template without `digits`, `e164` or `national` gets an `e164` at its end.
  ///
  /// - Parameters:
  ///   - labels: the label of each number behind the last name; empty, or missing, for none.
  ///   - companyFirstName: the first name of an entry that is a company.
  public init(
    numbers: [Template], firstName: Template, lastName: Template, company: Template?, labels: [String] = [],
    companyFirstName: String = "Company"
  ) {
    self.numbers = numbers
    self.firstName = firstName
    self.lastName = lastName
    self.company = company
    self.labels = labels
    self.companyFirstName = companyFirstName
  }
}

/// Maps the entries of one `[[contacts]]` section to phonebook contacts.
public struct ContactMapping: Sendable {
  private let templates: ContactTemplates
  private let dialPlans: DialPlans
  private let names: NamePolicy
  /// All attributes that `map` uses, to request from the server.
  public let attributes: Set<String>

  public init(templates: ContactTemplates, dialPlans: DialPlans, names: NamePolicy = NamePolicy()) {
    self.templates = templates
    self.dialPlans = dialPlans
    self.names = names
    let others = [templates.firstName, templates.lastName, templates.company].compactMap(\.self)
    attributes = distinct((templates.numbers + others).flatMap(\.attributes) + dialPlans.attributes)
  }

  /// Pure: the same entry always becomes the same. A bad number is left out if there is a good one.
  ///
  /// - Parameter now: unused; the same signature as in `UserMapping`.
  public func map(_ entry: borrowing Entry, id: EntryID, now: Timestamp) -> MappingResult {
    let dialPlan = dialPlans.dialPlan(for: entry)
    var texts = FieldReader(dialPlan: dialPlan, names: names)
    let isCompany = isCompany(entry, dialPlan)
    let firstName =
      isCompany
      ? names.written(templates.companyFirstName, in: .firstName)
      : texts.read(.firstName, as: .text, required: true, from: templates.firstName, of: entry)
    let lastName = texts.read(
      .lastName, as: .text, required: true, from: isCompany ? templates.company : templates.lastName, of: entry)
    let company = texts.read(.company, as: .text, from: templates.company, of: entry)

    var numbers = FieldReader(dialPlan: dialPlan, names: names)
    var found: [(number: String, choices: [String], label: String)] = []
    for (index, template) in templates.numbers.enumerated() {
      let label = templates.labels.indices.contains(index) ? templates.labels[index] : ""
      for (number, choices) in numbers.readNumbers(from: template, of: entry)
      where !found.contains(where: { $0.number == number }) { found.append((number, choices, label)) }
    }

    var problems = texts.problems(of: entry, id: id) + numbers.problems(of: entry, id: id)
    if found.isEmpty, numbers.problems.isEmpty {
      problems.append(noNumber.problem(dn: entry.dn, entry: id))
    }
    guard texts.problems.isEmpty, !found.isEmpty else {
      let partial = Contact(number: "", firstName: firstName, lastName: lastName, company: company)
      return .unmappable(.contact(partial), problems: problems)
    }
    let dn = entry.dn
    let wanted = found.map { number, choices, label in
      func labelled(_ name: String) -> String { names.labelled(name, label, in: .lastName) }
      var open = texts.open
      if choices.count > 1 { open.choices[.number] = choices }
      open.choices[.lastName] = open.choices[.lastName]?.map(labelled)
      return WantedObject(
        .contact(Contact(number: number, firstName: firstName, lastName: labelled(lastName), company: company)),
        entry: id, dn: dn, open: open.isEmpty ? nil : open)
    }
    return .wanted(wanted, problems: problems)
  }

  /// Whether the entry has a company's name and no person's: an organization, an OU, a branch.
  private func isCompany(_ entry: borrowing Entry, _ dialPlan: DialPlan) -> Bool {
    var reader = FieldReader(dialPlan: dialPlan, names: NamePolicy())
    let company = reader.read(.company, as: .text, from: templates.company, of: entry)
    let firstName = reader.read(.firstName, as: .text, from: templates.firstName, of: entry)
    let lastName = reader.read(.lastName, as: .text, from: templates.lastName, of: entry)
    return reader.problems.isEmpty && reader.remarks.isEmpty && !company.isEmpty && firstName.isEmpty
      && ["", company].contains(lastName)
  }

  private var noNumber: FieldProblem {
    let attributes = distinct(templates.numbers.flatMap(\.attributes)).sorted()
    return FieldProblem(
      attribute: attributes.first ?? "", value: "", reason: "there is no phone number",
      remedy: "Fill \(attributes.joined(separator: " or ")), or exclude such entries with the section's filter.",
      isMissingNumber: true)
  }
}
