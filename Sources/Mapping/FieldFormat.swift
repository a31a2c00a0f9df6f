/// The values that the PBX accepts in a field.
enum FieldFormat {
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

  /// The longest value of any field, in code points.
  static let mostCharacters = 255

  /// The error of a text that isn't empty, as a clause, with its remedy; nil if it is valid.
  func complaint(about text: String) -> (reason: String, remedy: String)? {
    // Code points, because one character can be any number of them. There are at most as many as bytes.
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
        "an extension number has 1 to 20 digits and nothing else, not \(excerpt(text))",
        "Correct the value, or use the filter extension in the template, as in {telephoneNumber | extension} with ddi."
      )
    case .callerID, .contactNumber:
      if isDigits(text.hasPrefix("+") ? String(text.dropFirst()) : text) { return nil }
      return (
        "a phone number has digits with an optional leading +, not \(excerpt(text))",
        "Correct the value, or use the filter e164, as in {telephoneNumber | e164}."
      )
    case .email:
      if isEmailAddress(text) { return nil }
      return (
        "\(excerpt(text)) isn't an e-mail address",
        "Correct the value in the directory, in the form name@example.com, or remove email from the configuration."
      )
    }
  }
}

private func isDigits(_ text: String) -> Bool {
  !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
}
