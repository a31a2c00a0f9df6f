public import Domain

extension Configuration {
  /// How names of people and companies are sent.
  public struct NamesSection: Sendable, Hashable {
    /// The longest value of a field; nil for no limit.
    public struct NameLimitSection: Sendable, Hashable {
      public var characters: Int?
      /// In UTF-8.
      public var bytes: Int?
    }

    /// nil for names as they are.
    public var transliterate: Transliteration?
    public var firstName: NameLimitSection
    public var lastName: NameLimitSection
    public var company: NameLimitSection
  }
}

extension Configuration.NamesSection {
  init(_ table: TOMLTable) {
    transliterate = table.choice("transliterate", or: "none")
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
