public import Domain
public import LDAP

/// The templates of an extension's fields; without a template, a field is empty.
public struct ExtensionTemplates: Sendable {
  let number: Template
  let firstName: Template
  let lastName: Template?
  let email: Template?
  let callerID: Template?

  public init(number: Template, firstName: Template, lastName: Template?, email: Template?, callerID: Template?) {
    self.number = number
    self.firstName = firstName
    self.lastName = lastName
    self.email = email
    self.callerID = callerID
  }
}

/// Maps the entries of one `[[users]]` section to extensions.
public struct UserMapping: Sendable {
  private let templates: ExtensionTemplates
  private let dialPlans: DialPlans
  private let names: NamePolicy
  private let disabled: DisabledRule
  private let allocating: PoolSettings?
  /// All attributes that `map` uses, to request from the server.
  public let attributes: Set<String>

  /// - Parameter allocating: the pool for entries whose `number` template is empty; nil if such an entry is a problem.
  public init(
    templates: ExtensionTemplates, dialPlans: DialPlans, names: NamePolicy = NamePolicy(), disabled: DisabledRule,
    allocating: PoolSettings? = nil
  ) {
    self.templates = templates
    self.dialPlans = dialPlans
    self.names = names
    self.disabled = disabled
    self.allocating = allocating
    let all = [templates.number, templates.firstName, templates.lastName, templates.email, templates.callerID]
    attributes = distinct(
      all.compactMap(\.self).flatMap(\.attributes) + disabled.attributes + dialPlans.attributes
        + (allocating?.writeBack?.attributes ?? []))
  }

  /// When the same entry maps differently, only by time; in the past if it does already, and nil for never.
  public func end(of entry: borrowing Entry) -> Timestamp? { disabled.end(of: entry) }

  /// The value that disables the entry's account; nil if there is none, or if it doesn't matter.
  public func disabledSign(of entry: borrowing Entry, now: Timestamp) -> DisabledSign? {
    disabled.sign(of: entry, now: now)
  }

  /// Pure: the same entry at the same time always becomes the same.
  ///
  /// - Parameter now: decides whether an account has expired.
  public func map(_ entry: borrowing Entry, id: EntryID, now: Timestamp) -> MappingResult {
    if disabled.isDisabled(entry, now: now) { return .disabled }
    var reader = FieldReader(dialPlan: dialPlans.dialPlan(for: entry), names: names)
    var item = Extension(
      number: reader.read(
        .number, as: .extensionNumber, required: allocating == nil, from: templates.number, of: entry),
      firstName: reader.read(.firstName, as: .text, required: true, from: templates.firstName, of: entry),
      lastName: reader.read(.lastName, as: .text, from: templates.lastName, of: entry),
      email: reader.read(.email, as: .email, from: templates.email, of: entry),
      callerID: reader.read(.callerID, as: .callerID, from: templates.callerID, of: entry))
    let problems = reader.problems(of: entry, id: id)
    if !reader.problems.isEmpty {
      item.number = ""
      return .unmappable(.extension(item), problems: problems)
    }
    let open = reader.open.isEmpty ? nil : reader.open
    if item.number.isEmpty, let allocating {
      let unnumbered = allocating.unnumbered(copy entry, item, open, id, dialPlan: dialPlans.dialPlan(for: entry)) {
        map($0, id: id, now: now)
      }
      return .unnumbered(unnumbered, problems: problems)
    }
    return .wanted([WantedObject(.extension(item), entry: id, dn: entry.dn, open: open)], problems: problems)
  }
}
