/// What the PBX takes in a field.
enum FieldForm {
  case text
  case extensionNumber
  case callerID
  case contactNumber
  case email

  var isNumber: Bool {
    switch self {
    case .extensionNumber, .callerID, .contactNumber: true
    case .text, .email: false
    }
  }

  /// The longest that any field may be, in code points.
  static let mostCharacters = 255

  /// What is wrong with a text that isn't empty, as a clause, and what to do about it; nil where nothing is.
  func complaint(about text: String) -> (reason: String, remedy: String)? {
    // Code points, as one character can be any number of them. There are no more of them than bytes.
    if text.utf8.count > Self.mostCharacters, text.unicodeScalars.count > Self.mostCharacters {
      return (
        "it has more than \(Self.mostCharacters) characters", "Shorten the value, or the template with first 255."
      )
    }
    switch self {
    case .text: return nil
    case .extensionNumber:
      if (1...20).contains(text.utf8.count), isDigits(text) { return nil }
      return (
        "an extension number has 1 to 20 digits and nothing else; this is \(excerpt(text))",
        "Correct the value, or take its digits in the template, as in {telephoneNumber | digits | last 4}."
      )
    case .callerID, .contactNumber:
      if isDigits(text.hasPrefix("+") ? String(text.dropFirst()) : text) { return nil }
      return (
        "a phone number has digits, with a + in front at most; this is \(excerpt(text))",
        "Correct the value, or send it through e164, as in {telephoneNumber | e164}."
      )
    case .email:
      if isEmailAddress(text) { return nil }
      return (
        "\(excerpt(text)) isn't an e-mail address",
        "Correct the value in the directory, in the form name@example.com, or leave email out of the configuration."
      )
    }
  }
}

private func isDigits(_ text: String) -> Bool {
  !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
}

/// Form alone: one `@`, something before it, and a domain of at least two labels (RFC 1123, section 2.1) behind it.
func isEmailAddress(_ text: String) -> Bool {
  let halves = text.split(separator: "@", omittingEmptySubsequences: false)
  guard text.utf8.count <= 254, halves.count == 2, !halves[0].isEmpty,
    !text.unicodeScalars.contains(where: { !$0.isVisibleASCII && $0.isBlank })
  else { return false }
  let labels = halves[1].split(separator: ".", omittingEmptySubsequences: false)
  return labels.count >= 2 && labels.allSatisfy(isLabel)
}

private func isLabel(_ label: Substring) -> Bool {
  (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
    && label.unicodeScalars.allSatisfy { $0 == "-" || $0.isASCIILetterOrDigit || $0.properties.isAlphabetic }
}

extension Unicode.Scalar {
  /// Asked first: Unicode's tables are slow.
  fileprivate var isVisibleASCII: Bool { (0x21...0x7E).contains(value) }
}
