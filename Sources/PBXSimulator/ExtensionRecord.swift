/// One object with the API's field names. A missing field is empty.
package typealias Fields = [String: String]

/// An extension on the PBX.
package struct ExtensionRecord: Codable, Hashable, Sendable {
  package var number: String
  package var email: String
  package var firstName: String
  package var lastName: String
  package var callerID: String

  /// The vendor's spelling, "ExtentionNumber" included.
  enum CodingKeys: String, CodingKey {
    case number = "ExtentionNumber"
    case email = "EmailAddress"
    case firstName = "FirstName"
    case lastName = "LastName"
    case callerID = "OutboundCallerID"
  }

  /// The page doesn't specify the effect of an update without a field; here it empties the field.
  package init(_ fields: Fields) {
    func value(_ key: CodingKeys) -> String { fields[key.rawValue] ?? "" }
    number = value(.number)
    email = value(.email)
    firstName = value(.firstName)
    lastName = value(.lastName)
    callerID = value(.callerID)
  }
}

/// One contact of the phonebook. Two contacts may have the same number.
package struct ContactRecord: Codable, Hashable, Sendable {
  package var firstName: String
  package var lastName: String
  package var number: String
  package var company: String

  enum CodingKeys: String, CodingKey {
    case firstName = "FirstName"
    case lastName = "LastName"
    case number = "PhoneNumber"
    case company = "CompanyName"
  }

  package init(_ fields: Fields) {
    func value(_ key: CodingKeys) -> String { fields[key.rawValue] ?? "" }
    firstName = value(.firstName)
    lastName = value(.lastName)
    number = value(.number)
    company = value(.company)
  }
}
