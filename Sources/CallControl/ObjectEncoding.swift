import Domain

/// The API's encoding of objects: the vendor's names (`ExtentionNumber` is theirs), in the vendor's order. Every field is
/// included, empty or not, because the effect of a missing one isn't documented.
extension ParameterEncoder {
  mutating func append(_ it: Extension) {
    append("{", "ExtentionNumber", it.number)
    append(",", "EmailAddress", it.email)
    append(",", "FirstName", it.firstName)
    append(",", "LastName", it.lastName)
    append(",", "OutboundCallerID", it.callerID)
    append("}")
  }

  mutating func append(extensionNumber number: String) {
    append("{", "ExtentionNumber", number)
    append("}")
  }

  /// - Parameter registeredNumber: its present number on the PBX; nil for a new object.
  mutating func append(_ it: Contact, registeredNumber: String? = nil) {
    append("{", "FirstName", it.firstName)
    append(",", "LastName", it.lastName)
    append(",", "PhoneNumber", it.number)
    append(",", "CompanyName", it.company)
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
