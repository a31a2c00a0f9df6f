public import Domain

extension Configuration {
  /// How numbers are read, and which may be used.
  public struct Numbers: Sendable, Hashable {
    /// Two capital letters of ISO 3166: where a number without a country code belongs.
    public var country: String
    /// Whether numbers with a country code go to the PBX with a leading `+`.
    public var plus: Bool
    public var policy: NumberPolicy
  }
}

extension Configuration.Numbers {
  init(_ table: Table) {
    country =
      table.text("country", example: "DE") { text throws(Complaint) in
        let isCode =
          text.utf8.count == 2 && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        guard isCode else {
          throw Complaint("\"\(text)\" isn't a country code", "write two capital letters, such as \"DE\" or \"GB\"")
        }
        return text
      }?.value ?? ""
    plus = table.flag("plus")
    policy = NumberPolicy(
      extensionRanges: table.list("extension_ranges", readRange).map(\.value),
      protected: table.list("protected", readRange).map(\.value),
      rest: table.duration("rest", default: .zero, in: .zero ... .days(3660)).components.seconds)
  }
}

private func readRange(_ text: String) throws(Complaint) -> NumberRange {
  guard let range = NumberRange(text) else {
    throw Complaint(
      "\"\(text)\" isn't a range of numbers",
      "write \"1000-1999\", with the same count of digits and the smaller number first, or one number")
  }
  return range
}
