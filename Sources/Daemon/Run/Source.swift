import Configuration
import Domain
import LDAP
import Mapping

/// One `[[users]]` or `[[contacts]]` of the configuration: what to search for and what becomes of what is found.
struct Source: Sendable {
  let kind: Kind
  /// Its place among those of its kind.
  let position: Int
  let name: String
  let base: String
  let scope: SearchRequest.Scope
  let filter: String
  /// What else narrows it (`Sieve`).
  let selection: Configuration.Selection
  /// The attributes that the templates and the check for disabled accounts need.
  let attributes: Set<String>
  /// The templates that make its objects, for an explanation.
  let fields: [SourceField]
  /// How numbers are read, site by site.
  let numbering: Numbering
  let map: @Sendable (_ entry: borrowing Entry, _ id: EntryID, _ now: Seconds) -> Mapped
  /// How switched off accounts are told, as in the file; empty where nobody asks.
  var disabled = ""
  /// Whom the server finds by it has an account that is off; nil where the entries themselves tell.
  var disabledFilter: String? { disabled.hasPrefix("(") ? disabled : nil }
  /// `[numbers]` and `[[sites]]` in words, as far as they say which number an entry has.
  var numberRules = ""
  /// The numbers for those whom the directory gives none; empty without a pool.
  var pool = ""
  /// What says that an entry's account is off; nil where nothing does.
  var disabledSign: @Sendable (_ entry: borrowing Entry, _ now: Seconds) -> DisabledSign? = { _, _ in nil }
  /// When an entry becomes something else with no change of its own.
  var expiry: @Sendable (_ entry: borrowing Entry, _ now: Seconds) -> Seconds? = { _, _ in nil }
  /// Whether a pool might give away the number of an entry that comes to nothing.
  var reservesNumbers = false

  /// Whether its base and its filter are all that counts.
  var isWhole: Bool { selection.isEmpty }

  /// Whether the entry lies where this source searches, by the letters of its name.
  func covers(_ dn: String) -> Bool {
    let (name, root) = (foldedDN(dn), foldedDN(base))
    switch scope {
    case .base: return name == root
    case .one: return parent(ofDN: name) == root
    case .sub: return name == root || root.isEmpty || name.hasSuffix("," + root)
    }
  }

  /// Every source, the users first, in the order of the file: where one entry is in two of a kind, the first has it.
  ///
  /// - Throws: `ConfigurationError` with the place of each template that doesn't parse.
  static func all(_ configuration: Configuration) throws(ConfigurationError) -> [Source] {
    var templates = Templates(file: configuration.file)
    let numbering = templates.numbering(configuration)
    let names = NameRules(configuration.names)
    var sources: [Source?] = []
    let hasPool = configuration.users.contains { $0.pool != nil }
    for (position, source) in configuration.users.enumerated() {
      sources.append(users(source, position, numbering, names, hasPool: hasPool, &templates))
    }
    for (position, source) in configuration.contacts.enumerated() {
      sources.append(contacts(source, position, numbering, names, &templates))
    }
    templates.checkDialIn(numbering)
    if !templates.findings.isEmpty { throw ConfigurationError(file: configuration.file, findings: templates.findings) }
    return sources.compactMap { source in
      var source = source
      source?.numberRules = configuration.numberRules
      return source
    }
  }

  private static func users(
    _ source: Configuration.UserSource, _ position: Int, _ numbering: Numbering?, _ names: NameRules, hasPool: Bool,
    _ templates: inout Templates
  ) -> Source? {
    let number = templates.parse(source.number)
    let firstName = templates.parse(source.firstName)
    let lastName = templates.parse(source.lastName)
    let email = templates.parse(source.email)
    let callerID = templates.parse(source.callerID)
    let allocating = source.pool.flatMap { templates.allocating($0, source.name) }
    guard let numbering, let number, let firstName else { return nil }
    let mapping = UserMapping(
      templates: ExtensionTemplates(
        number: number, firstName: firstName, lastName: lastName, email: email, callerID: callerID),
      numbering: numbering, names: names, disabled: source.disabled == "auto" ? .auto : .never, allocating: allocating)
    return Source(
      kind: .extension, position: position, name: source.name, base: source.base,
      scope: SearchRequest.Scope(rawValue: source.scope) ?? .sub,
      filter: source.filter, selection: source.selection, attributes: mapping.attributes,
      fields: SourceField.all(
        [
          (source.number, number), (source.firstName, firstName), (source.lastName, lastName), (source.email, email),
          (source.callerID, callerID),
        ], .extension, names), numbering: numbering,
      map: { entry, id, now in mapping.map(entry, id: id, now: now) }, disabled: source.disabled,
      pool: source.pool?.ranges.map(\.description).joined(separator: ", ") ?? "",
      disabledSign: { entry, now in mapping.disabledSign(of: entry, now: now) },
      expiry: { entry, now in mapping.expiry(of: entry, after: now) },
      reservesNumbers: hasPool)
  }

  private static func contacts(
    _ source: Configuration.ContactSource, _ position: Int, _ numbering: Numbering?, _ names: NameRules,
    _ templates: inout Templates
  ) -> Source? {
    let numbers = source.numbers.map { templates.parse($0, mayTakeAll: true) }
    let firstName = templates.parse(source.firstName)
    let lastName = templates.parse(source.lastName)
    let company = templates.parse(source.company)
    guard let numbering, let firstName, let lastName else { return nil }
    let mapping = ContactMapping(
      templates: ContactTemplates(
        numbers: numbers.compactMap(\.self), firstName: firstName, lastName: lastName, company: company,
        labels: source.phonebook.labels, companyFirstName: source.phonebook.companyFirstName),
      numbering: numbering, names: names)
    return Source(
      kind: .contact, position: position, name: source.name, base: source.base,
      scope: SearchRequest.Scope(rawValue: source.scope) ?? .sub,
      filter: source.filter, selection: source.selection, attributes: mapping.attributes,
      fields: SourceField.all(
        zip(source.numbers, numbers).map { ($0, $1) } + [
          (source.firstName, firstName), (source.lastName, lastName), (source.company, company),
        ], .contact, names), numbering: numbering
    ) { entry, id, now in mapping.map(entry, id: id, now: now) }
  }
}

/// One template of the configuration with its key.
struct SourceField: Sendable {
  /// As in the file, such as `extension.number`.
  let key: String
  let text: String
  let template: Template
  let kind: Kind
  let names: NameRules

  /// Which field it makes.
  var field: Field? {
    let name = key.split(separator: ".").last?.split(separator: "[").first.map(String.init) ?? key
    return name == "numbers" ? .number : Field(rawValue: name)
  }

  /// What may be sent of an entry's values.
  func trial(of entry: borrowing Entry, rules: NumberRules) -> FieldTrial {
    field.map { template.trial(of: entry, rules: rules, names: names, $0, of: kind) } ?? FieldTrial()
  }

  fileprivate static func all(
    _ pairs: [(Configuration.TemplateText?, Template?)], _ kind: Kind, _ names: NameRules
  ) -> [SourceField] {
    pairs.compactMap { text, template in
      guard let text, let template else { return nil }
      return SourceField(key: text.name, text: text.text, template: template, kind: kind, names: names)
    }
  }
}

extension Configuration {
  fileprivate var numberRules: String {
    func rules(_ country: PlacedText?, _ area: PlacedText?, _ ddi: [PlacedText]) -> [String] {
      let blocks = ddi.map(\.text).joined(separator: " ")
      return [
        country.map { "country \($0.text)" }, area.map { "area \($0.text)" }, ddi.isEmpty ? nil : "ddi \(blocks)",
      ]
      .compactMap(\.self)
    }
    let general = rules(numbers.countryText, numbers.area, numbers.ddi) + (numbers.plus ? ["plus"] : [])
    let special = sites.map { site in
      let place = site.base ?? "\(site.attribute ?? "")=\(site.value ?? "")"
      return (["site \(place)"] + rules(site.country, site.area, site.ddi)).joined(separator: " ")
    }
    return (general + special).joined(separator: ", ")
  }
}
