public import Domain

extension Configuration {
  /// The scope of a search (RFC 4511, section 4.5.1.2).
  public enum Scope: String, CaseIterable, Sendable { case sub, one, base }

  /// The text of a template, which the mapping parses, with its position for errors.
  public struct TemplateText: Sendable, Hashable {
    public var text: String
    public var line: Int
    /// The position of the first character inside the quotes; counts from 1, in Unicode scalars.
    public var column: Int
    /// Such as `users[0].extension.number`.
    public var key: String

    public init(text: String, line: Int, column: Int, key: String) {
      self.text = text
      self.line = line
      self.column = column
      self.key = key
    }
  }

  /// Entries that become extensions.
  public struct UserSection: Sendable, Hashable {
    /// The name in messages; the base if none is set.
    public var name: String
    public var base: String
    /// In the form of RFC 4515, in parentheses.
    public var filter: String
    public var scope: Scope
    public var selection: Selection
    public var disabled: DisabledRule
    public var number: TemplateText
    public var firstName: TemplateText
    public var lastName: TemplateText?
    public var email: TemplateText?
    public var callerID: TemplateText?
    /// nil if an entry without a number is a problem.
    public var pool: PoolSection?
    /// The source's first line in the file.
    public var line: Int
  }

  /// Entries that become phonebook contacts, one for each number.
  public struct ContactSection: Sendable, Hashable {
    /// The name in messages; the base if none is set.
    public var name: String
    public var base: String
    /// In the form of RFC 4515, in parentheses.
    public var filter: String
    public var scope: Scope
    public var selection: Selection
    /// Never empty.
    public var numbers: [TemplateText]
    public var firstName: TemplateText
    public var lastName: TemplateText
    public var company: TemplateText?
    /// The form of its contacts in the phonebook.
    public var phonebook: PhonebookSection
    /// The source's first line in the file.
    public var line: Int
  }
}

extension Configuration.UserSection {
  init(_ table: TOMLTable) {
    base = table.text("base", example: "ou=people,dc=example,dc=com", checkDN)?.value ?? ""
    name = table.text("name") ?? base
    filter = table.text("filter", example: "(objectClass=inetOrgPerson)", checkFilter)?.value ?? ""
    scope = table.choice("scope", default: .sub)
    selection = Configuration.Selection(table)
    disabled =
      table.text("disabled") { text throws(ValueError) in
        switch text {
        case "auto": return .auto
        case "never": return .never
        case _ where text.hasPrefix("("): return .filter(try checkFilter(text))
        default: throw ValueError("'disabled' can't be \"\(text)\"", "write auto, never or a filter in parentheses")
        }
      }?.value ?? .auto
    line = table.line
    (number, firstName, lastName, email, callerID, pool) = table.section("extension") { fields in
      (
        fields.template("number", example: "{telephoneNumber | extension}") ?? .missing,
        fields.template("first_name", example: "{givenName}") ?? .missing,
        fields.template("last_name"), fields.template("email"), fields.template("caller_id"),
        Configuration.PoolSection(fields)
      )
    }
  }
}

extension Configuration.ContactSection {
  init(_ table: TOMLTable) {
    base = table.text("base", example: "ou=partners,dc=example,dc=com", checkDN)?.value ?? ""
    name = table.text("name") ?? base
    filter = table.text("filter", example: "(objectClass=person)", checkFilter)?.value ?? ""
    scope = table.choice("scope", default: .sub)
    selection = Configuration.Selection(table)
    line = table.line
    (numbers, firstName, lastName, company, phonebook) = table.section("contact") { fields in
      (
        fields.templates("numbers", example: "{telephoneNumber}"),
        fields.template("first_name", example: "{givenName}") ?? .missing,
        fields.template("last_name", example: "{sn}") ?? .missing,
        fields.template("company"), Configuration.PhonebookSection(fields, of: table)
      )
    }
  }
}

extension Configuration.TemplateText {
  /// Replaces a template that was reported as missing; never used.
  static var missing: Self { Self(text: "", line: 0, column: 0, key: "") }
}
