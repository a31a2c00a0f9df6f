public import Domain

extension Configuration {
  /// The dial plan, and the number ranges.
  public struct NumbersSection: Sendable, Hashable {
    /// Two capital letters of ISO 3166, with their position.
    public var countryText: PositionedText
    /// The area code of numbers without one.
    public var area: PositionedText?
    /// DDI blocks as text, which the mapping parses.
    public var ddi: [PositionedText]
    /// Whether numbers with a country code are sent with a leading `+`.
    public var plus: Bool
    /// Emergency numbers that are used as extensions.
    public var emergencyExtensions: [NumberRange]
    public var policy: NumberPolicy

    /// The country of numbers without a country code.
    public var country: String { countryText.text }
  }
}

extension Configuration.NumbersSection {
  init(_ table: TOMLTable) {
    countryText = table.placed("country", example: "DE", checkCountry) ?? .missing
    area = table.placed("area", checkArea)
    ddi = table.templates("ddi")
    plus = table.flag("plus")
    emergencyExtensions = table.list("allow_emergency", readRange).map(\.value)
    policy = NumberPolicy(
      extensionRanges: table.list("extension_ranges", readRange).map(\.value),
      protected: table.list("protected", readRange).map(\.value),
      rest: table.duration("rest", default: .zero, in: .zero ... .days(3660)).components.seconds,
      handover: table.choice("handover", default: .update))
  }
}

func readRange(_ text: String) throws(ValueError) -> NumberRange {
  guard let range = NumberRange(text) else {
    throw ValueError(
      "\"\(text)\" isn't a range of numbers",
      "write \"1000-1999\", with the same count of digits and the smaller number first, or one number")
  }
  return range
}
