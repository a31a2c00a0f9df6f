import PBXSimulator
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Answers of the API` {
  @Test(arguments: [
    ("addExt", #"{"sExtension":[{"ExtentionNumber":"1002","FirstName":"Bo"}]}"#, "Extension Created"),
    (
      "addExt",
      #"{"mExtension":[{"ExtentionNumber":"1002","FirstName":"Bo"},{"ExtentionNumber":"1003","FirstName":"Cy"}]}"#,
      "All Extension Created"
    ),
    ("addExt", #"{"mExtension":[{"ExtentionNumber":"1002","FirstName":"Bo"}]}"#, "All Extension Created"),
    ("updateExt", #"{"uExtension":[{"ExtentionNumber":"1001","FirstName":"Bo"}]}"#, "Extension Updated"),
    ("deleteExt", #"{"dExtension":[{"ExtentionNumber":"1001"}]}"#, "Extension Deleted"),
    ("addPhonebook", #"{"sContact":[{"FirstName":"A","LastName":"B","PhoneNumber":"+4930"}]}"#, "Contact Created"),
    (
      "updatePhonebook",
      #"{"uContact":[{"FirstName":"A","LastName":"B","PhoneNumber":"5","RegisteredPhoneNumber":"4930111"}]}"#,
      "Contact Updated"
    ),
    ("deletePhonebook", #"{"dContact":[{"PhoneNumber":"4930111"}]}"#, "Contact Deleted"),
  ])
  func `report success in the vendor's words`(action: String, value: String, status: String) {
    var pbx = SimulatedPBX.furnished()
    #expect(pbx.call(action, value) == Vendor.success(status))
  }

  @Test(arguments: [
    // Extensions: number, e-mail, first name.
    (["", "12a", "+12", "１２"], "addExt", "sExtension", "ExtentionNumber", Vendor.invalidExtension),
    (["", "12a"], "addExt", "mExtension", "ExtentionNumber", Vendor.invalidExtension),
    (["", "12a", "1002"], "updateExt", "uExtension", "ExtentionNumber", Vendor.invalidExtension),
    (["", " ", "12a", "1002"], "deleteExt", "dExtension", "ExtentionNumber", Vendor.invalidExtension),
    (["1001"], "addExt", "sExtension", "ExtentionNumber", Vendor.extensionExists),
    (["1001"], "addExt", "mExtension", "ExtentionNumber", Vendor.extensionExists),
    (Self.badEmails, "addExt", "sExtension", "EmailAddress", Vendor.invalidEmail),
    (Self.badEmails, "addExt", "mExtension", "EmailAddress", Vendor.invalidEmail),
    (Self.badEmails, "updateExt", "uExtension", "EmailAddress", Vendor.invalidEmail),
    (["", " \t"], "addExt", "sExtension", "FirstName", Vendor.invalidFirstName),
    (["", " \t"], "addExt", "mExtension", "FirstName", Vendor.invalidFirstName),
    ([""], "updateExt", "uExtension", "FirstName", Vendor.invalidFirstName),
    // Contacts: names, number, registered number.
    (["", " "], "addPhonebook", "sContact", "FirstName", Vendor.invalidFirstName),
    (["", " "], "addPhonebook", "sContact", "LastName", Vendor.invalidLastName),
    (Self.badNumbers, "addPhonebook", "sContact", "PhoneNumber", Vendor.invalidNumber),
    ([""], "updatePhonebook", "uContact", "FirstName", Vendor.invalidFirstName),
    ([""], "updatePhonebook", "uContact", "LastName", Vendor.invalidLastName),
    (Self.badNumbers, "updatePhonebook", "uContact", "PhoneNumber", Vendor.invalidNumber),
    (Self.badNumbers, "updatePhonebook", "uContact", "RegisteredPhoneNumber", Vendor.invalidNumber),
    (["77"], "updatePhonebook", "uContact", "RegisteredPhoneNumber", Vendor.noContact),
    (Self.badNumbers, "deletePhonebook", "dContact", "PhoneNumber", Vendor.invalidNumber),
    (["77"], "deletePhonebook", "dContact", "PhoneNumber", Vendor.noContact),
  ])
  func `refuse a bad value with the documented code and text, and change nothing`(
    values: [String], action: String, envelope: String, field: String, expected: String
  ) throws {
    for value in values {
      var pbx = SimulatedPBX.furnished()
      var fields = Self.good(envelope)
      fields[field] = value
      let before = try pbx.held()
      #expect(pbx.call(action, Self.json(envelope, fields)) == expected, "\(field) = '\(value)'")
      #expect(try pbx.held() == before)
    }
  }

  @Test(arguments: [
    ("addExt", "sExtension", Vendor.invalidExtension), ("updateExt", "uExtension", Vendor.invalidExtension),
    ("deleteExt", "dExtension", Vendor.invalidExtension), ("addPhonebook", "sContact", Vendor.invalidFirstName),
    ("updatePhonebook", "uContact", Vendor.invalidFirstName), ("deletePhonebook", "dContact", Vendor.invalidNumber),
  ])
  func `treat a missing field as empty`(action: String, envelope: String, expected: String) {
    var pbx = SimulatedPBX.furnished()
    #expect(pbx.call(action, #"{"\#(envelope)":[{}]}"#) == expected)
  }

  @Test(arguments: ["", "a@b.de", "first.last+tag@sub.example-1.com", "jörg@example.com"])
  func `accept a valid e-mail address or none`(address: String) {
    var pbx = SimulatedPBX.furnished()
    var fields = Self.good("sExtension")
    fields["EmailAddress"] = address
    #expect(pbx.call("addExt", Self.json("sExtension", fields)) == Vendor.success("Extension Created"))
  }

  @Test(arguments: [
    "addExt", "updateExt", "deleteExt", "addPhonebook", "updatePhonebook", "deletePhonebook", "nonsense",
  ])
  func `check the key before anything else`(action: String) {
    var pbx = SimulatedPBX.furnished()
    for key in ["", "K-1 &+ü", "k-1 &+ü "] {
      #expect(pbx.call(action, "not JSON", key: key, qstype: "2") == Vendor.invalidKey)
    }
  }

  static let badEmails = ["a", "a@b", "@b.de", "a@", "a@@b.de", "a b@c.de", "a@b..de", ".a@b.de", "a@-b.de", "a@b.de "]
  static let badNumbers = ["", " ", "abc", "+", "030 1", "030-1", "1+2", "++1"]

  /// Fields with which the operation succeeds on a furnished PBX.
  static func good(_ envelope: String) -> [String: String] {
    switch envelope {
    case "sExtension", "mExtension": ["ExtentionNumber": "1002", "FirstName": "Bo"]
    case "uExtension": ["ExtentionNumber": "1001", "FirstName": "Bo"]
    case "dExtension": ["ExtentionNumber": "1001"]
    case "dContact": ["PhoneNumber": "4930111"]
    default:
      ["FirstName": "A", "LastName": "B", "PhoneNumber": "4930111", "RegisteredPhoneNumber": "4930111"]
    }
  }

  static func json(_ envelope: String, _ fields: [String: String]) -> String {
    let pairs = fields.map { #""\#($0)":"\#($1.replacing("\t", with: "\\t"))""# }.joined(separator: ",")
    return #"{"\#(envelope)":[{\#(pairs)}]}"#
  }
}
