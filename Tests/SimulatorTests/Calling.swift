import Foundation
import PBXSimulator
import Testing

/// The bodies that the vendor's page prints.
enum Vendor {
  static let invalidKey = #"{"message":"Authentication Token invalid", "errorCode":"INVALID_AUTH_ID"}"#
  static let expiredKey = #"{"message":"Authentication Token expired", "errorCode":"AUTH_ID_EXPIRED"}"#
  static let internalError = #"{"message":"Internal Server error", "errorCode":"500"}"#
  static let invalidExtension = #"{"message":"Invalid Extension number", "errorCode":"INVALID_EXTENSION"}"#
  static let extensionExists = #"{"message":"Extension number already exist", "errorCode":"EXTENSION_EXIST"}"#
  static let invalidEmail = #"{"message":"Invalid Email Address", "errorCode":"INVALID_EMAIL"}"#
  static let invalidFirstName = #"{"message":"Invalid First name", "errorCode":"FNAME_INVALID"}"#
  static let invalidLastName = #"{"message":"Invalid Last name", "errorCode":"LNAME_INVALID"}"#
  static let invalidNumber = #"{"message":"Invalid Phone Number", "errorCode":"PHONE_NUMBER_INVALID"}"#
  static let noContact = #"{"message":"Phone number does not exit", "errorCode":"WEBSERVICE_ERROR"}"#

  static func success(_ status: String) -> String { #"{"status":"\#(status)", "errorMessage":"", "errorCode":""}"# }
}

/// A request as an urlencoded form: everything that isn't a plain letter or digit is escaped.
func form(_ parameters: KeyValuePairs<String, String>) -> String {
  parameters.map { name, value in
    "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
  }.joined(separator: "&")
}

extension SimulatedPBX {
  static let key = "k-1 &+ü"

  /// A PBX with the extension 1001 and one contact, and with nothing counted yet.
  static func furnished() -> SimulatedPBX {
    var pbx = SimulatedPBX(key: key)
    pbx.control("/control/extensions", #"[{"ExtentionNumber":"1001","FirstName":"Ada"}]"#)
    pbx.control("/control/contacts", #"[{"FirstName":"Max","LastName":"Muster","PhoneNumber":"4930111"}]"#)
    return pbx
  }

  /// Makes a call and returns the answer's body.
  mutating func call(_ action: String, _ value: String, key: String = SimulatedPBX.key, qstype: String = "1") -> String
  {
    String(decoding: reply(to: action, value, key: key, qstype: qstype).body, as: UTF8.self)
  }

  mutating func reply(to action: String, _ value: String, key: String = SimulatedPBX.key, qstype: String = "1")
    -> Response
  {
    let query = form(["action": action, "qstype": qstype, "qsSecuritykey": key, "qsValue": value])
    return receive(Request(method: "POST", target: "/api.aspx?" + query))
  }

  @discardableResult
  mutating func control(_ path: String, _ body: String = "", method: String = "POST") -> Response {
    receive(Request(method: method, target: path, body: Array(body.utf8)))
  }

  mutating func read(_ path: String) -> String {
    String(decoding: receive(Request(method: "GET", target: path)).body, as: UTF8.self)
  }
}

extension SimulatedPBX {
  /// One value of the state.
  mutating func state<Value>(_ key: String) throws -> Value {
    let state = try JSONSerialization.jsonObject(with: Data(read("/state.json").utf8)) as? [String: Any]
    return try #require(state?[key] as? Value)
  }

  /// The objects of one list of the state.
  mutating func held(_ list: String) throws -> [[String: String]] { try state(list) }

  /// Everything that the PBX holds.
  mutating func held() throws -> [[String: String]] { try held("extensions") + held("contacts") }
}
