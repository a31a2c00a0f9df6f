import CPhoneNumber
import Domain
import Text

extension DialPlan {
  /// The written number as a phone number: the whole one if a block has the extension behind it.
  func e164(of written: WrittenNumber) throws(PhoneNumberError) -> String {
    let trunk = try trunk(of: written)
    guard let behind = written.extension, let found = ddiBlocks.extension(behind, behind: trunk) else { return trunk }
    return number(reaching: found) ?? trunk
  }

  /// The same without the text behind it.
  func trunk(of written: WrittenNumber) throws(PhoneNumberError) -> String {
    if let number = written.internalNumber {
      if isEmergency(number) { throw .emergency(number) }
      if let outside = self.number(reaching: number) { return try known(outside).e164 }
      if written.text.isEmpty { throw .extensionAlone(number, self) }
    }
    try checkBeginning(of: written)
    let digits = written.hasLetters ? try withoutLetters(written.text) : written.text
    if written.joints.isEmpty {
      let number = try known(digits).e164
      if let second = secondExtension(in: written), ddiBlocks.extension(of: number) == nil { throw .foreign(second) }
      return number
    }
    do throws(PhoneNumberError) {
      let found = try known(digits, withFacts: true)
      for joint in written.joints where !joint.isInside(found.facts) { throw .foreign(joint.after) }
      return found.e164
    } catch {
      // Two consecutive numbers are too long for one.
      if let joint = written.joints.first(where: { $0.enclosed == nil }), (try? e164(of: joint.before)) != nil {
        throw .foreign(joint.after)
      }
      throw error
    }
  }

  /// Whether it is an emergency number in the dial plan's country, and no extension by the admin's word.
  func isEmergency(_ number: String) -> Bool {
    if emergencyExtensions.contains(where: { $0.contains(number) }) { return false }
    return unsafe cphonenumber_is_emergency(country, number)
  }

  /// The second of two consecutive extensions; nil for anything else.
  private func secondExtension(in written: WrittenNumber) -> String? {
    guard written.groups.count == 2, !written.text.hasPrefix("+"), written.text == written.groups.joined(),
      written.groups.allSatisfy(ddiBlocks.hasExtension)
    else { return nil }
    return written.groups[1]
  }

  func known(
    _ digits: String, withFacts: Bool = false
  ) throws(PhoneNumberError) -> (e164: String, facts: cphonenumber_facts) {
    var e164 = [CChar](repeating: 0, count: Int(CPHONENUMBER_ROOM))
    var facts = cphonenumber_facts()
    let status =
      if withFacts {
        unsafe cphonenumber_parse(digits, digits.utf8.count, country, area, &e164, nil, &facts)
      } else {
        unsafe cphonenumber_parse(digits, digits.utf8.count, country, area, &e164, nil, nil)
      }
    guard status == CPHONENUMBER_OK else { throw PhoneNumberError(status, digits, self) }
    return (string(e164), facts)
  }

  /// The library's result for a number; nil if it isn't one.
  private func facts(of digits: String) -> cphonenumber_facts? { try? known(digits, withFacts: true).facts }

  /// The digits for letters, if the number has too few without them.
  private func withoutLetters(_ text: String) throws(PhoneNumberError) -> String {
    let letters = String(text.drop { !$0.isLetter })
    let digits = dialled(text)
    guard facts(of: asciiDigits(of: text))?.is_assigned != true, let facts = facts(of: digits), facts.is_assigned,
      facts.may_be_letters
    else { throw .foreign(letters) }
    return digits
  }

  /// A digit for an outside line, and a country code with neither `+` nor an international prefix, look like a trunk prefix.
  private func checkBeginning(of written: WrittenNumber) throws(PhoneNumberError) {
    guard !written.text.hasPrefix("+"), written.groups.count == 2 else { return }
    let (first, second) = (written.groups[0], written.groups[1])
    if first.utf8.count > 4 { return }
    let room = Int(CPHONENUMBER_ROOM)
    var (trunk, code) = ([CChar](repeating: 0, count: room), [CChar](repeating: 0, count: room))
    guard unsafe cphonenumber_prefixes(country, &trunk, &code) else { return }
    let (prefix, countryCode) = (string(trunk), string(code))
    if prefix.isEmpty { return }
    let isApart = first == prefix && (second == countryCode || second.hasPrefix(prefix))
    guard isApart || first == prefix + countryCode else { return }
    // With a trunk prefix of two digits, which is always written apart, and in one run, an area may have these digits.
    if isApart, prefix.utf8.count == 1 { throw .outsideLine(prefix) }
    let international = "+" + written.text.dropFirst(prefix.utf8.count)
    if facts(of: written.text)?.is_assigned != true, facts(of: international)?.is_assigned == true {
      throw .outsideLine(prefix)
    }
  }
}

extension WrittenNumber.Joint {
  /// Whether it is within one number: around its area code. No area code has more than five digits.
  fileprivate func isInside(_ facts: cphonenumber_facts) -> Bool {
    guard let enclosed else {
      return !facts.lacks_area && digitsAfter > 2 && Int(facts.national_digits) - digitsAfter <= 5
    }
    let before = Int(facts.national_digits) - digitsAfter - enclosed.utf8.count
    return before <= (enclosed == "0" ? 0 : 1)
  }
}

/// Why a text isn't a phone number, or not a usable one.
struct PhoneNumberError: Error, Hashable {
  let reason: String
  var remedy = "Correct the number in the directory, preferably in international format, as in +49 30 901820."

  init(reason: String, remedy: String) { (self.reason, self.remedy) = (reason, remedy) }

  private init(_ reason: String) { self.reason = reason }

  static var notANumber: Self { Self("it isn't a phone number") }

  static var tooLong: Self { Self("it is too long for a phone number") }

  /// - Parameter part: the rest of the text, from its first invalid character.
  static func foreign(_ part: String) -> Self {
    let letters = part.filter(\.isLetter)
    let isZero = !letters.isEmpty && letters.allSatisfy { "Oo".contains($0) }
    return Self(
      reason: "\"\(excerpt(trimmed(part)))\" doesn't belong to the phone number",
      remedy: isZero
        ? "Write the digit 0 in place of the letter O."
        : "Write only one number in the value, with an extension behind \"ext.\".")
  }

  static func emergency(_ number: String) -> Self {
    Self(
      reason: "\(number) is an emergency number", remedy: "Give the entry another number, or none."
    )
  }

  static func extensionAlone(_ number: String, _ dialPlan: DialPlan) -> Self {
    Self(
      reason: "it is the extension \(number), not a phone number",
      remedy: "Write the whole number, or add the block that has the extension to ddi of \(dialPlan.place).")
  }

  static func outsideLine(_ prefix: String) -> Self {
    Self(
      reason: "the \(prefix) at its beginning is before a complete number",
      remedy: "Remove the \(prefix), and write a country code with +, as in +49 30 901820.")
  }

  init(_ status: cphonenumber_status, _ digits: String, _ dialPlan: DialPlan) {
    switch status {
    case CPHONENUMBER_TOO_SHORT: self.init("it is too short for a phone number")
    case CPHONENUMBER_TOO_LONG: self = .tooLong
    case CPHONENUMBER_BAD_REGION: self.init("it isn't a phone number: there is no such country code")
    case CPHONENUMBER_NOT_VALID: self.init("it has the wrong length for its country, or the area code is missing")
    case CPHONENUMBER_NO_AREA:
      self.init(
        reason: "the area code is missing, or the trunk prefix of \(dialPlan.country)",
        remedy: "Write the number with its country code, as in +49 30 901820, or set area of \(dialPlan.place).")
    case CPHONENUMBER_INTERNAL:
      self.init(
        reason: "\(digits) has only as many digits as an internal number",
        remedy: "Write the whole number with its country code, as in +49 30 901820, or add the block that has the "
          + "extension to ddi of \(dialPlan.place).")
    case CPHONENUMBER_FAILED: self.init("the phone number library failed on it")
    default: self = .notANumber
    }
  }
}
