import Domain

/// The objects as the API writes them: the vendor's names (`ExtentionNumber` is theirs), in the vendor's order. Every
/// field is there, empty or not, as nothing says what the PBX does with one that is left out.
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

  /// - Parameter registeredNumber: what the PBX knows it by until now; nil for one that it doesn't know.
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
