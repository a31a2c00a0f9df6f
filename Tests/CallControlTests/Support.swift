import CallControl
import Domain
import Foundation
import HTTP
import TestSupport

let key = "25sdfs482s4Rsdfasxt45wersf"

let ada = Extension(number: "1234", firstName: "Ada", lastName: "Lovelace", email: "ada@example.com", callerID: "+4930")
let bob = Extension(number: "1235", firstName: "Bob")
let carl = Contact(number: "49301234", firstName: "Carl", lastName: "Benz", company: "Benz & Cie.")

/// The API as `server` stands for it.
func api(
  _ server: ScriptedServer, key: String = key, calls: CallProtocol = .default, maxQueryBytes: Int = 2048,
  parameters: CallControlSettings.Parameters = .query, requestTimeout: Duration = .seconds(20)
) -> CallControl {
  api(
    url: server.url, key: key, calls: calls, maxQueryBytes: maxQueryBytes, parameters: parameters,
    requestTimeout: requestTimeout)
}

func api(
  url: String, key: String = key, calls: CallProtocol = .default, maxQueryBytes: Int = 2048,
  parameters: CallControlSettings.Parameters = .query, requestTimeout: Duration = .seconds(20)
) -> CallControl {
  CallControl(
    CallControlSettings(
      url: url, key: SecurityKey(key), protocol: calls, maxQueryBytes: maxQueryBytes, parameters: parameters),
    over: Client(
      ClientSettings(connectTimeout: .seconds(60), requestTimeout: requestTimeout, maxIdle: .seconds(600))))
}

/// Every operation of the API, the batch among them.
enum Asked: CaseIterable, Sendable {
  case addExtension, addExtensions, updateExtension, deleteExtension, addContact, updateContact, deleteContact

  func ask(_ api: CallControl) async -> CallResult {
    switch self {
    case .addExtension: await api.make(.addExtension(ada))
    case .addExtensions: await api.add([ada, bob])
    case .updateExtension: await api.make(.updateExtension(ada))
    case .deleteExtension: await api.make(.deleteExtension(number: "1234"))
    case .addContact: await api.make(.addContact(carl))
    case .updateContact: await api.make(.updateContact(carl, registeredNumber: "4930999"))
    case .deleteContact: await api.make(.deleteContact(number: "49301234"))
    }
  }

  /// The vendor's words.
  var success: String {
    switch self {
    case .addExtension: "Extension Created"
    case .addExtensions: "All Extension Created"
    case .updateExtension: "Extension Updated"
    case .deleteExtension: "Extension Deleted"
    case .addContact: "Contact Created"
    case .updateContact: "Contact Updated"
    case .deleteContact: "Contact Deleted"
    }
  }
}

/// Percent-encoded by Foundation, to compare with what we do ourselves.
func encoded(_ text: String) -> String {
  let unreserved = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
  return text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
}
