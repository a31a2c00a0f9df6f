import Domain

/// The API's encoding of objects: the vendor's names (`ExtentionNumber` is theirs), in the vendor's order. Every field is
/// included, empty or not, because the effect of a missing one isn't documented.
extension ParameterEncoder {
  mutating func append(_ user: Extension) {
    append(.extensionNumber, user.number)
    append(.email, user.email)
    append(.firstName, user.firstName)
    append(.lastName, user.lastName)
    append(.callerID, user.callerID)
    append("}")
  }

  mutating func append(extensionNumber number: String) {
    append(.extensionNumber, number)
    append("}")
  }

  /// - Parameter registeredNumber: the contact's present number on the PBX; nil for a new contact.
  mutating func append(_ contact: Contact, registeredNumber: String? = nil) {
    append(.contactFirstName, contact.firstName)
    append(.lastName, contact.lastName)
    append(.phoneNumber, contact.number)
    append(.company, contact.company)
    if let registeredNumber { append(.registeredNumber, registeredNumber) }
    append("}")
  }

  mutating func append(contactNumber number: String) {
    append(.contactNumber, number)
    append("}")
  }

  private mutating func append(_ name: MemberName, _ value: String) {
    append(encoded: name.encoded)
    append(escaping: value)
    append("\"")
  }
}

/// The name of an object's member, up to its value. Names are more than half of a call, so each is encoded once.
private struct MemberName {
  let encoded: String

  /// - Parameter sign: `{` for the first member, and `,` for any other.
  private init(_ sign: String, _ name: String) { encoded = "\(sign)\"\(name)\":\"".percentEncoded }

  static let extensionNumber = MemberName("{", "ExtentionNumber")
  static let email = MemberName(",", "EmailAddress")
  static let firstName = MemberName(",", "FirstName")
  static let lastName = MemberName(",", "LastName")
  static let callerID = MemberName(",", "OutboundCallerID")

  static let contactFirstName = MemberName("{", "FirstName")
  static let contactNumber = MemberName("{", "PhoneNumber")
  static let phoneNumber = MemberName(",", "PhoneNumber")
  static let company = MemberName(",", "CompanyName")
  static let registeredNumber = MemberName(",", "RegisteredPhoneNumber")
}
