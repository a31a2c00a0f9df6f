import CPhoneNumber

extension DialPlan {
  /// The number that is written, as it is dialled from outside: the whole one where a block has the extension that stands behind it.
  func e164(of written: WrittenNumber) throws(PhoneNumberError) -> String {
    let trunk = try trunk(of: written)
    guard let behind = written.extension, let found = ddiBlocks.extension(behind, behind: trunk) else { return trunk }
    return number(reaching: found) ?? trunk
  }

  /// The same without what is written behind it.
  func trunk(of written: WrittenNumber) throws(PhoneNumberError) -> String {
    if let number = written.internalNumber {
      if isEmergency(number) { throw .emergency(number) }
      if let outside = self.number(reaching: number) { return try known(outside).e164 }
      if written.text.isEmpty { throw .extensionAlone(number) }
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
      // Two numbers beside each other are too long for one.
      if let joint = written.joints.first(where: { $0.enclosed == nil }), (try? e164(of: joint.before)) != nil {
        throw .foreign(joint.after)
      }
      throw error
    }
  }

  /// Whether it is what is dialled in an emergency in the country of the rules.
  public func isEmergency(_ number: String) -> Bool { unsafe cphonenumber_is_emergency(country, number) }

  /// The second of two extensions that are written beside each other; nil where it isn't just these.
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
    guard status == CPHONENUMBER_OK else { throw PhoneNumberError(status, digits, country) }
    return (string(e164), facts)
  }

  /// What is known of a number; nil where it is none.
  private func facts(of digits: String) -> cphonenumber_facts? { try? known(digits, withFacts: true).facts }

  /// The digits that letters stand for: those of a number that has none without them.
  private func withoutLetters(_ text: String) throws(PhoneNumberError) -> String {
    let letters = String(text.drop { !$0.isLetter })
    let digits = dialled(text)
    guard facts(of: asciiDigits(of: text))?.is_assigned != true, let facts = facts(of: digits), facts.is_assigned,
      facts.may_be_letters
    else { throw .foreign(letters) }
    return digits
  }

  /// What is dialled for an outside line, and a country code with neither `+` nor an international prefix, look like the
  /// digits before an area code.
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
  /// Whether it stands within one number: where its area code is. No area code has more than five digits.
  fileprivate func isInside(_ facts: cphonenumber_facts) -> Bool {
    guard let enclosed else {
      return !facts.lacks_area && digitsAfter > 2 && Int(facts.national_digits) - digitsAfter <= 5
    }
    let before = Int(facts.national_digits) - digitsAfter - enclosed.utf8.count
    return before <= (enclosed == "0" ? 0 : 1)
  }
}

/// Why a text isn't a phone number, or not one that can be used.
struct PhoneNumberError: Error, Hashable {
  let reason: String
  var remedy = "Correct the number in the directory, best with its country code, as in +49 30 901820."

  init(reason: String, remedy: String) { (self.reason, self.remedy) = (reason, remedy) }

  private init(_ reason: String) { self.reason = reason }

  static var notANumber: Self { Self("it isn't a phone number") }

  static var tooLong: Self { Self("it is too long for a phone number") }

  /// - Parameter part: the rest of the text, from where it can't go on.
  static func foreign(_ part: String) -> Self {
    Self(
      reason: "\"\(excerpt(trimmed(part)))\" doesn't belong to the phone number",
      remedy: "Write one number in the value, with its extension behind \"ext.\" where it has one, and nothing else.")
  }

  static func emergency(_ number: String) -> Self {
    Self(
      reason: "\(number) is an emergency number", remedy: "Give the entry a number of its own, or leave it without one."
    )
  }

  static func extensionAlone(_ number: String) -> Self {
    Self(
      reason: "it is the extension \(number), and no number that is dialled from outside",
      remedy: "Write the whole number, or add the block that has the extension to ddi.")
  }

  static func outsideLine(_ prefix: String) -> Self {
    Self(
      reason: "the \(prefix) at its beginning stands before a number that is whole without it",
      remedy: "Leave the \(prefix) out, and write a country code with +, as in +49 30 901820.")
  }

  init(_ status: cphonenumber_status, _ digits: String, _ country: String) {
    switch status {
    case CPHONENUMBER_TOO_SHORT: self.init("it is too short for a phone number")
    case CPHONENUMBER_TOO_LONG: self = .tooLong
    case CPHONENUMBER_BAD_REGION: self.init("it isn't a phone number: there is no such country code")
    case CPHONENUMBER_NOT_VALID: self.init("no phone number has that many digits there, or the area code is missing")
    case CPHONENUMBER_NO_AREA:
      self.init(
        reason: "the area code is missing, or what is dialled before it in \(country)",
        remedy: "Write the number with its country code, as in +49 30 901820, or set area for the site.")
    case CPHONENUMBER_INTERNAL:
      self.init(
        reason: "\(digits) has no more digits than an internal number",
        remedy: "Write the whole number with its country code, as in +49 30 901820, or add the block that has the "
          + "extension to ddi.")
    case CPHONENUMBER_FAILED: self.init("the phone number library failed on it")
    default: self = .notANumber
    }
  }
}
