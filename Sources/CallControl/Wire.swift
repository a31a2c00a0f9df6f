import Domain

/// An object as the API writes it: the vendor's names (`ExtentionNumber` is theirs), in the vendor's order. Every
/// field is there, empty or not, as nothing says what the PBX does with one that is left out.
struct WireObject {
  let json: String

  init(_ fields: KeyValuePairs<String, String>) {
    json = "{" + fields.map { "\"\($0.key)\":\"\($0.value.jsonEscaped)\"" }.joined(separator: ",") + "}"
  }

  init(_ it: Extension) {
    self.init([
      "ExtentionNumber": it.number, "EmailAddress": it.email, "FirstName": it.firstName, "LastName": it.lastName,
      "OutboundCallerID": it.callerID,
    ])
  }

  init(extensionNumber number: String) { self.init(["ExtentionNumber": number]) }

  init(_ it: Contact) {
    self.init([
      "FirstName": it.firstName, "LastName": it.lastName, "PhoneNumber": it.number, "CompanyName": it.company,
    ])
  }

  init(_ it: Contact, registeredNumber: String) {
    self.init([
      "FirstName": it.firstName, "LastName": it.lastName, "PhoneNumber": it.number, "CompanyName": it.company,
      "RegisteredPhoneNumber": registeredNumber,
    ])
  }

  init(contactNumber number: String) { self.init(["PhoneNumber": number]) }
}
