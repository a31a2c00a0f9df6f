public import Domain

extension Configuration {
  /// The form of a source's contacts in the phonebook.
  public struct PhonebookSection: Sendable, Hashable {
    /// The label of each number, in their order; empty for none.
    public var labels: [String]
    /// The first name of a contact that is a company.
    public var companyFirstName: String
    public var rule: PhonebookPolicy
    /// Whether the file has this first name.
    var saysCompanyFirstName: Bool
  }
}

extension Configuration.ContactSection {
  /// The same, with a country's defaults for missing keys.
  func localized(to country: String) -> Self {
    if phonebook.saysCompanyFirstName { return self }
    var source = self
    let firstName = Configuration.PhonebookSection.companyFirstName(in: country)
    source.phonebook.companyFirstName = firstName
    if case .company = phonebook.rule.sharing { source.phonebook.rule.sharing = .company(firstName: firstName) }
    return source
  }
}

extension Configuration.PhonebookSection {
  /// The word for a company in a country with one main language; English elsewhere.
  fileprivate static func companyFirstName(in country: String) -> String {
    switch country {
    case "DE", "AT", "LI", "PL", "CZ", "DK", "NO", "TR": "Firma"
    case "FR", "MC": "Société"
    case "IT", "SM", "VA": "Azienda"
    case "ES", "PT", "BR", "MX", "AR", "CL", "CO", "PE", "UY": "Empresa"
    case "NL": "Bedrijf"
    case "SE": "Företag"
    case "FI": "Yritys"
    default: "Company"
    }
  }
}

extension Configuration.PhonebookSection {
  /// - Parameters:
  ///   - fields: the section of the fields.
  ///   - source: the enclosing section.
  init(_ fields: TOMLTable, of source: TOMLTable) {
    let labels = fields.labels()
    let firstName = fields.text("company_first_name")
    companyFirstName = firstName ?? Self.companyFirstName(in: "")
    saysCompanyFirstName = firstName != nil
    self.labels = labels
    let sharing: PhonebookPolicy.Sharing =
      switch source.choice("shared", default: Shared.conflict) {
      case .conflict: .conflict
      case .first: .first
      case .company: .company(firstName: companyFirstName)
      }
    let skipsUsers = source.choice("also_users", default: AlsoUsers.keep) == .skip
    rule = PhonebookPolicy(sharing: sharing, skipsUsers: skipsUsers)
    if sharing == .company(firstName: companyFirstName), fields.lacks("company") {
      source.report(
        "shared = \"company\" needs the company's name", "add, say: contact.company = \"{o}\"", at: "shared")
    }
  }
}

private enum Shared: String, CaseIterable { case conflict, first, company }
private enum AlsoUsers: String, CaseIterable { case keep, skip }

extension TOMLTable {
  /// Labels of numbers; they may be empty or equal.
  fileprivate func labels() -> [String] {
    guard let node = node("labels") else { return [] }
    guard case .array(let elements) = node.value else {
      reportType(of: "labels", node, wanted: "a list", "write it in brackets: labels = [\"\", \"mobile\"]")
      return []
    }
    let numbers = count(of: "numbers")
    if elements.count > numbers {
      report(
        "'labels' has \(counted(elements.count, "word")) for \(counted(numbers, "number"))",
        "write one for each number, \"\" for none",
        at: "labels")
    }
    return elements.compactMap { element in
      guard case .text(let text) = element.value else {
        reportType(of: "labels", element, wanted: "text", "write it in quotes")
        return nil
      }
      if text.unicodeScalars.count > 40 || text.unicodeScalars.contains(where: \.isControl) {
        document.report(
          ValueError("a label has up to 40 characters, and no line breaks", "shorten it"), at: element.place)
      }
      return text
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool { properties.generalCategory == .control }
}
