extension Configuration {
  /// How names of people and companies are sent.
  public struct Names: Sendable, Hashable {
    /// The most that a field holds; nil for what isn't limited.
    public struct Limit: Sendable, Hashable {
      public var characters: Int?
      /// In UTF-8.
      public var bytes: Int?
    }

    /// `ascii`, `german`, `nordic`, `polish`, `turkish`, `cyrillic` or `greek`; nil for names as they are.
    public var transliterate: String?
    public var firstName: Limit
    public var lastName: Limit
    public var company: Limit
  }
}

extension Configuration.Names {
  init(_ table: Table) {
    let none = "none"
    let manner = table.choice(
      "transliterate", among: [none, "ascii", "german", "nordic", "polish", "turkish", "cyrillic", "greek"])
    transliterate = manner == none ? nil : manner
    firstName = table.section("first_name", Limit.init)
    lastName = table.section("last_name", Limit.init)
    company = table.section("company", Limit.init)
  }
}

extension Configuration.Names.Limit {
  init(_ table: Table) {
    characters = table.integer("characters", in: 1...255)
    // No character has more than four.
    bytes = table.integer("bytes", in: 1...1020)
  }
}
