extension Configuration {
  /// How names of people and companies are sent.
  public struct NamesSection: Sendable, Hashable {
    /// The longest value of a field; nil for no limit.
    public struct NameLimitSection: Sendable, Hashable {
      public var characters: Int?
      /// In UTF-8.
      public var bytes: Int?
    }

    /// `ascii`, `german`, `nordic`, `polish`, `turkish`, `cyrillic` or `greek`; nil for names as they are.
    public var transliterate: String?
    public var firstName: NameLimitSection
    public var lastName: NameLimitSection
    public var company: NameLimitSection
  }
}

extension Configuration.NamesSection {
  init(_ table: TOMLTable) {
    let none = "none"
    let manner = table.choice(
      "transliterate", among: [none, "ascii", "german", "nordic", "polish", "turkish", "cyrillic", "greek"])
    transliterate = manner == none ? nil : manner
    firstName = table.section("first_name", NameLimitSection.init)
    lastName = table.section("last_name", NameLimitSection.init)
    company = table.section("company", NameLimitSection.init)
  }
}

extension Configuration.NamesSection.NameLimitSection {
  init(_ table: TOMLTable) {
    characters = table.integer("characters", in: 1...255)
    // No character has more than four.
    bytes = table.integer("bytes", in: 1...1020)
  }
}
