/// The PBX's behaviour where the vendor's page is unspecific or contradicts itself.
package struct Settings: Hashable, Sendable {
  package enum BatchMode: String, Codable, Sendable {
    /// Objects are created one after the other; those before the first invalid one stay.
    case inOrder = "in-order"
    /// All are created or none.
    case atomic
  }

  /// The answer to the delete of a missing extension.
  package enum Missing: String, Codable, Sendable {
    /// As in the section on error handling.
    case invalidExtension = "INVALID_EXTENSION"
    /// As in the note on the operation: "Extension number does not exit".
    case exception = "WEBSERVICE_ERROR"
  }

  package enum MissingContact: String, Codable, Sendable {
    case invalidNumber = "PHONE_NUMBER_INVALID"
    /// "Phone number does not exit".
    case exception = "WEBSERVICE_ERROR"
  }

  /// The order of an add's checks.
  package enum Checks: String, Codable, Sendable, CaseIterable {
    /// Exists, e-mail, first name: the page's order.
    case existsFirst = "exists-first"
    /// First name, exists, e-mail.
    case nameFirst = "name-first"
    /// E-mail, exists, first name.
    case emailFirst = "email-first"
    /// E-mail, first name, exists: no refused call reveals taken numbers.
    case valuesFirst = "values-first"
    /// Exists and e-mail; any first name is accepted.
    case uncheckedNames = "unchecked-names"
  }

  package var checks = Checks.existsFirst
  /// The `Server` header; nil for the web server's default.
  package var server: String?
  package var batch = BatchMode.inOrder
  package var deleteMissing = Missing.invalidExtension
  /// The answer to the update or delete of a missing contact.
  package var contactMissing = MissingContact.exception

  package init() {}
}

/// The settings to change; missing ones stay.
struct SettingsChange: Decodable {
  let batch: Settings.BatchMode?
  let deleteMissing: Settings.Missing?
  let contactMissing: Settings.MissingContact?
  let checks: Settings.Checks?
  let server: String?

  func apply(to settings: inout Settings) {
    if let batch { settings.batch = batch }
    if let deleteMissing { settings.deleteMissing = deleteMissing }
    if let checks { settings.checks = checks }
    if let server { settings.server = server }
    if let contactMissing { settings.contactMissing = contactMissing }
  }
}
