/// A reply of the API, in one of the two forms on the vendor's page.
package enum APIReply: Hashable, Sendable {
  case success(status: String)
  case failure(message: String, code: String)

  static let invalidKey = failure(message: "Authentication Token invalid", code: "INVALID_AUTH_ID")
  static let expiredKey = failure(message: "Authentication Token expired", code: "AUTH_ID_EXPIRED")
  static let internalError = failure(message: "Internal Server error", code: "500")
  static let invalidExtension = failure(message: "Invalid Extension number", code: "INVALID_EXTENSION")
  static let extensionExists = failure(message: "Extension number already exist", code: "EXTENSION_EXIST")
  static let invalidEmail = failure(message: "Invalid Email Address", code: "INVALID_EMAIL")
  static let invalidFirstName = failure(message: "Invalid First name", code: "FNAME_INVALID")
  static let invalidLastName = failure(message: "Invalid Last name", code: "LNAME_INVALID")
  static let invalidPhoneNumber = failure(message: "Invalid Phone Number", code: "PHONE_NUMBER_INVALID")

  var isFailure: Bool {
    if case .failure = self { true } else { false }
  }

  /// The body as on the vendor's page: its order of keys and its spaces.
  package var json: String {
    switch self {
    case .success(let status): #"{"status":\#(quoted(status)), "errorMessage":"", "errorCode":""}"#
    case .failure(let message, let code): #"{"message":\#(quoted(message)), "errorCode":\#(quoted(code))}"#
    }
  }
}

extension APIReply: Encodable {
  private enum Key: CodingKey { case status, errorMessage, message, errorCode }

  package func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    switch self {
    case .success(let status):
      try object.encode(status, forKey: .status)
      try object.encode("", forKey: .errorMessage)
      try object.encode("", forKey: .errorCode)
    case .failure(let message, let code):
      try object.encode(message, forKey: .message)
      try object.encode(code, forKey: .errorCode)
    }
  }
}

/// `text` as a JSON string, in its quotation marks.
private func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case "\u{0}"..<" ":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
