import Domain

/// The API's encoding of objects: the vendor's names (`ExtentionNumber` is theirs), in the vendor's order. Every field is
/// included, empty or not, because the effect of a missing one isn't documented.
extension ParameterEncoder {
  mutating func append(_ user: Extension) {
    append("{", "ExtentionNumber", user.number)
    append(",", "EmailAddress", user.email)
    append(",", "FirstName", user.firstName)
    append(",", "LastName", user.lastName)
    append(",", "OutboundCallerID", user.callerID)
    append("}")
  }

  mutating func append(extensionNumber number: String) {
    append("{", "ExtentionNumber", number)
    append("}")
  }

  /// - Parameter registeredNumber: the contact's present number on the PBX; nil for a new contact.
  mutating func append(_ contact: Contact, registeredNumber: String? = nil) {
    append("{", "FirstName", contact.firstName)
    append(",", "LastName", contact.lastName)
    append(",", "PhoneNumber", contact.number)
    append(",", "CompanyName", contact.company)
    if let registeredNumber { append(",", "RegisteredPhoneNumber", registeredNumber) }
    append("}")
  }

  mutating func append(contactNumber number: String) {
    append("{", "PhoneNumber", number)
    append("}")
  }

  private mutating func append(_ sign: String, _ name: String, _ value: String) {
    append(sign)
    append("\"")
    append(name)
    append("\":\"")
    append(escaping: value)
    append("\"")
  }
}
