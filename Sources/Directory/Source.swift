package import Configuration
package import Domain
package import LDAP
package import Mapping

/// One `[[users]]` or `[[contacts]]` of the configuration: what to search for, and how to map the entries.
package struct Source: Sendable {
  package let kind: ObjectKind
  /// Its position among the sources of its kind.
  package let position: Int
  package let name: String
  package let base: String
  package let scope: SearchRequest.Scope
  package let filter: String
  /// Further criteria of the selection (`EntrySelector`).
  package let selection: Configuration.Selection
  /// The attributes that the templates and the check for disabled accounts need.
  let attributes: Set<String>
  /// The templates that make its objects, for an explanation.
  package let fields: [SourceField]
  /// How numbers are read, site by site.
  package let dialPlans: DialPlans
  package let map: @Sendable (_ entry: borrowing Entry, _ id: EntryID, _ now: Timestamp) -> MappingResult
  /// The rule for disabled accounts; nil for contacts.
  var disabled: DisabledRule?
  /// The filter that finds disabled accounts on the server; nil if the entries themselves show it.
  package var disabledFilter: String? { if case .filter(let filter) = disabled { filter } else { nil } }
  /// `[numbers]` and `[[sites]]` in words, as far as they determine an entry's number.
  var numberRules = ""
  /// The pool for entries without a number in the directory; empty without a pool.
  var pool = ""
  /// The attribute and value that show a disabled account; nil if none do.
  package var disabledSign: @Sendable (_ entry: borrowing Entry, _ now: Timestamp) -> DisabledSign? = { _, _ in nil }
  /// When an entry's mapping changes without a change of the entry, or has changed.
  var end: @Sendable (_ entry: borrowing Entry) -> Timestamp? = { _ in nil }
  /// Whether a pool might allocate the number of an entry that can't be mapped.
  var reservesNumbers = false

  /// Selects people and entries with a number of the base that the source's own filter leaves out; nil for contacts.
  var unselectedFilter: String? {
    if kind != .extension { return nil }
    return "(&(|(objectClass=person)\(numberAttributes.sorted().map { "(\($0)=*)" }.joined()))(!\(filter)))"
  }

  /// Whether base and filter alone decide on the selection.
  package var selectsAllEntries: Bool { selection.isEmpty }

  /// Whether the DN is within the base and scope of this source.
  package func covers(_ dn: DN) -> Bool {
    switch scope {
    case .base: dn == DN(base)
    case .one: dn.parent == DN(base)
    case .sub: DN(base).covers(dn)
    }
  }

  /// All sources, users first, in the order of the file: of two sources of a kind with the same entry, the first one selects it.
  ///
  /// - Throws: `ConfigurationError` with the position of each template that doesn't parse.
  static func all(_ configuration: Configuration) throws(ConfigurationError) -> [Source] {
    var templates = MappingBuilder(file: configuration.file)
    let dialPlans = templates.dialPlans(configuration)
    let names = NamePolicy(configuration.names)
    var sources: [Source?] = []
    let hasPool = configuration.users.contains { $0.pool != nil }
    for (position, source) in configuration.users.enumerated() {
      sources.append(users(source, position, dialPlans, names, hasPool: hasPool, &templates))
    }
    for (position, source) in configuration.contacts.enumerated() {
      sources.append(contacts(source, position, dialPlans, names, &templates))
    }
    templates.checkDDIBlocks(dialPlans)
    if !templates.findings.isEmpty { throw ConfigurationError(file: configuration.file, findings: templates.findings) }
    return sources.compactMap { source in
      var source = source
      source?.numberRules = configuration.numberRules
      return source
    }
  }

  private static func users(
    _ source: Configuration.UserSection, _ position: Int, _ dialPlans: DialPlans?, _ names: NamePolicy, hasPool: Bool,
    _ templates: inout MappingBuilder
  ) -> Source? {
    let number = templates.parse(source.number)
    let firstName = templates.parse(source.firstName)
    let lastName = templates.parse(source.lastName)
    let email = templates.parse(source.email)
    let callerID = templates.parse(source.callerID)
    let allocating = source.pool.flatMap { templates.allocating($0, source.name) }
    guard let dialPlans, let number, let firstName else { return nil }
    let mapping = UserMapping(
      templates: ExtensionTemplates(
        number: number, firstName: firstName, lastName: lastName, email: email, callerID: callerID),
      dialPlans: dialPlans, names: names, disabled: source.disabled, allocating: allocating)
    return Source(
      kind: .extension, position: position, name: source.name, base: source.base,
      scope: SearchRequest.Scope(source.scope),
      filter: source.filter, selection: source.selection, attributes: mapping.attributes,
      fields: SourceField.all(
        [
          (source.number, number), (source.firstName, firstName), (source.lastName, lastName), (source.email, email),
          (source.callerID, callerID),
        ], .extension, names), dialPlans: dialPlans,
      map: { entry, id, now in mapping.map(entry, id: id, now: now) }, disabled: source.disabled,
      pool: source.pool?.ranges.map(\.description).joined(separator: ", ") ?? "",
      disabledSign: { entry, now in mapping.disabledSign(of: entry, now: now) },
      end: { entry in mapping.end(of: entry) },
      reservesNumbers: hasPool)
  }

  private static func contacts(
    _ source: Configuration.ContactSection, _ position: Int, _ dialPlans: DialPlans?, _ names: NamePolicy,
    _ templates: inout MappingBuilder
  ) -> Source? {
    let numbers = source.numbers.map { templates.parse($0, mayTakeAll: true) }
    let firstName = templates.parse(source.firstName)
    let lastName = templates.parse(source.lastName)
    let company = templates.parse(source.company)
    guard let dialPlans, let firstName, let lastName else { return nil }
    let mapping = ContactMapping(
      templates: ContactTemplates(
        numbers: numbers.compactMap(\.self), firstName: firstName, lastName: lastName, company: company,
        labels: source.phonebook.labels, companyFirstName: source.phonebook.companyFirstName),
      dialPlans: dialPlans, names: names)
    return Source(
      kind: .contact, position: position, name: source.name, base: source.base,
      scope: SearchRequest.Scope(source.scope),
      filter: source.filter, selection: source.selection, attributes: mapping.attributes,
      fields: SourceField.all(
        zip(source.numbers, numbers).map { ($0, $1) } + [
          (source.firstName, firstName), (source.lastName, lastName), (source.company, company),
        ], .contact, names), dialPlans: dialPlans
    ) { entry, id, now in mapping.map(entry, id: id, now: now) }
  }
}

/// One template of the configuration with its key.
package struct SourceField: Sendable {
  /// As in the file, such as `extension.number`.
  package let key: String
  package let text: String
  package let template: Template
  let kind: ObjectKind
  let names: NamePolicy

  /// The field of the template.
  package var field: ObjectField? {
    let name = key.split(separator: ".").last?.split(separator: "[").first.map(String.init) ?? key
    return name == "numbers" ? .number : ObjectField(rawValue: name)
  }

  /// Tries the template on an entry's values.
  package func trial(of entry: borrowing Entry, dialPlan: DialPlan) -> FieldTrial {
    field.map { template.trial(of: entry, dialPlan: dialPlan, names: names, $0, of: kind) } ?? FieldTrial()
  }

  fileprivate static func all(
    _ pairs: [(Configuration.TemplateText?, Template?)], _ kind: ObjectKind, _ names: NamePolicy
  ) -> [SourceField] {
    pairs.compactMap { text, template in
      guard let text, let template else { return nil }
      return SourceField(key: text.name, text: text.text, template: template, kind: kind, names: names)
    }
  }
}

extension Configuration {
  fileprivate var numberRules: String {
    func dialPlan(_ country: PositionedText?, _ area: PositionedText?, _ ddi: [PositionedText]) -> [String] {
      let blocks = ddi.map(\.text).joined(separator: " ")
      return [
        country.map { "country \($0.text)" }, area.map { "area \($0.text)" }, ddi.isEmpty ? nil : "ddi \(blocks)",
      ]
      .compactMap(\.self)
    }
    let general = dialPlan(numbers.countryText, numbers.area, numbers.ddi) + (numbers.plus ? ["plus"] : [])
    let special = sites.map { site in
      let place =
        switch site.condition {
        case .below(let base): base
        case .valued(let attribute, let value): "\(attribute)=\(value)"
        }
      return (["site \(place)"] + dialPlan(site.country, site.area, site.ddi)).joined(separator: " ")
    }
    return (general + special).joined(separator: ", ")
  }
}
