import CPhoneNumber

/// How a value of a directory writes its phone number: what a survey of a directory counts.
public struct WrittenForm: Hashable, Sendable {
  public enum Style: String, Hashable, Sendable, CaseIterable {
    /// With a country code.
    case international
    /// Without a country code, complete within its country.
    case national
    /// Without an area code.
    case local
    /// Two to six digits: a number inside a building.
    case `internal`
    /// Not one phone number: words, two numbers, a wrong length.
    case unreadable
  }

  public let style: Style
  /// With its `+` and country code; nil if it isn't certain.
  public var e164: String?
  /// The country of the number's own country code (ISO 3166); nil without one.
  public var region: String?
  public var isMobile = false
  /// The number inside a building: alone, or written behind a phone number.
  public var internalNumber: String?
  /// The digits of a value that lacks its area code; empty for others.
  public var localDigits = ""
  /// The number of digits behind the last separator, which often are the extension; 0 without a separator.
  public var lastGroup = 0
  /// Whether it has only digits, spaces, hyphens and a leading `+`.
  public var isPlain = false

  init(_ style: Style) { self.style = style }
}

extension DialPlan {
  /// Finds out how a value is written. Uses no DDI blocks.
  public func form(of value: String) -> WrittenForm {
    guard let written = try? WrittenNumber(value) else { return WrittenForm(.unreadable) }
    if let number = written.internalNumber, (2...6).contains(number.utf8.count), !number.hasPrefix("0") {
      var form = WrittenForm(.internal)
      form.internalNumber = number
      return form
    }
    guard let e164 = try? trunk(of: written), let facts = try? known(e164, withFacts: true).facts else {
      var form = WrittenForm(lacksArea(written) ? .local : .unreadable)
      if form.style == .local { form.localDigits = written.text }
      form.internalNumber = written.extension
      return form
    }
    let digits = written.text
    let isInternational = digits.hasPrefix("+") || digits.hasPrefix("00") && digits.hasSuffix(e164.dropFirst())
    let isLocal = !isInternational && ((try? known(digits, withFacts: true))?.facts.lacks_area ?? false)
    var form = WrittenForm(isInternational ? .international : isLocal ? .local : .national)
    form.e164 = e164
    form.region = isInternational ? region(of: e164) : nil
    form.isMobile = facts.is_mobile
    form.internalNumber = written.extension
    if isLocal { form.localDigits = digits }
    let groups = digitRuns(in: value)
    // Numbers in pairs, as 44 55 61 10, show nothing.
    let isInPairs = groups.suffix(2).allSatisfy { $0.utf8.count == 2 }
    if written.extension == nil, groups.count > 1, !isInPairs { form.lastGroup = groups.last?.utf8.count ?? 0 }
    form.isPlain = value.unicodeScalars.allSatisfy { "+0123456789 -".unicodeScalars.contains($0) }
    return form
  }

  /// Whether only the area code is missing.
  private func lacksArea(_ written: WrittenNumber) -> Bool {
    guard !written.text.hasPrefix("+"), !written.hasLetters, written.joints.isEmpty else { return false }
    var e164 = [CChar](repeating: 0, count: Int(CPHONENUMBER_ROOM))
    let text = written.text
    let status = unsafe cphonenumber_parse(text, text.utf8.count, country, area, &e164, nil, nil)
    return status == CPHONENUMBER_NO_AREA
  }

  private func region(of e164: String) -> String? {
    var region = [CChar](repeating: 0, count: Int(CPHONENUMBER_ROOM))
    return unsafe cphonenumber_region(e164, &region) ? string(region) : nil
  }

  /// Whether the numbering plan of a country is known, by its two capital letters (ISO 3166).
  public static func knows(country: String) -> Bool {
    country.utf8.count == 2 && country.utf8.allSatisfy { (0x41...0x5A).contains($0) }
      && DialPlan(country: country, plus: false) != nil
  }
}
