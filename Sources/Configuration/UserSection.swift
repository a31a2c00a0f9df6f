extension Configuration {
  /// The text of a template, which the mapping reads, and where it stands, for its errors.
  public struct TemplateText: Sendable, Hashable {
    public var text: String
    public var line: Int
    /// Of the first character inside the quotes; counts from 1, in Unicode scalars.
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
    /// For people to read; the base where none is set.
    public var name: String
    public var base: String
    /// As RFC 4515 has it, in parentheses.
    public var filter: String
    /// `sub`, `one` or `base`.
    public var scope: String
    public var selection: Selection
    /// `auto`: an account that is switched off counts as gone. `never`: it counts as any other. Else a filter: whom it finds
    /// counts as gone.
    public var disabled: String
    public var number: TemplateText
    public var firstName: TemplateText
    public var lastName: TemplateText?
    public var email: TemplateText?
    public var callerID: TemplateText?
    /// nil where an entry without a number is a problem.
    public var pool: PoolSection?
    /// Where the source begins in the file.
    public var line: Int
  }

  /// Entries that become phonebook contacts, one a number.
  public struct ContactSection: Sendable, Hashable {
    /// For people to read; the base where none is set.
    public var name: String
    public var base: String
    /// As RFC 4515 has it, in parentheses.
    public var filter: String
    /// `sub`, `one` or `base`.
    public var scope: String
    public var selection: Selection
    /// Never empty.
    public var numbers: [TemplateText]
    public var firstName: TemplateText
    public var lastName: TemplateText
    public var company: TemplateText?
    /// How its entries stand in the phonebook.
    public var phonebook: PhonebookSection
    /// Where the source begins in the file.
    public var line: Int
  }
}

private let scopes = ["sub", "one", "base"]

extension Configuration.UserSection {
  init(_ table: TOMLTable) {
    base = table.text("base", example: "ou=people,dc=example,dc=com", checkDN)?.value ?? ""
    name = table.text("name") ?? base
    filter = table.text("filter", example: "(objectClass=inetOrgPerson)", checkFilter)?.value ?? ""
    scope = table.choice("scope", among: scopes)
    selection = Configuration.Selection(table)
    disabled =
      table.text("disabled") { text throws(ValueError) in
        if text.hasPrefix("(") { return try checkFilter(text) }
        guard ["auto", "never"].contains(text) else {
          throw ValueError("'disabled' can't be \"\(text)\"", "write auto, never or a filter in parentheses")
        }
        return text
      }?.value ?? "auto"
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
    scope = table.choice("scope", among: scopes)
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
  /// Stands in for one that was noted as missing, so nobody sees it.
  static var missing: Self { Self(text: "", line: 0, column: 0, key: "") }
}
