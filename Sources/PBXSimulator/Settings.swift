/// How the PBX behaves where the page leaves it open or contradicts itself.
package struct Settings: Hashable, Sendable {
  package enum BatchMode: String, Codable, Sendable {
    /// Objects are made one after the other; those before the first bad one stay.
    case inOrder = "in-order"
    /// All are made or none.
    case atomic
  }

  /// The answer to the delete of an extension that isn't there.
  package enum Missing: String, Codable, Sendable {
    /// As the section on error handling has it.
    case invalidExtension = "INVALID_EXTENSION"
    /// As the note on the operation has it: "Extension number does not exit".
    case exception = "WEBSERVICE_ERROR"
  }

  package enum MissingContact: String, Codable, Sendable {
    case invalidNumber = "PHONE_NUMBER_INVALID"
    /// "Phone number does not exit".
    case exception = "WEBSERVICE_ERROR"
  }

  /// In which order an add is checked.
  package enum Checks: String, Codable, Sendable, CaseIterable {
    /// Exists, e-mail, first name: as the page lists them.
    case existsFirst = "exists-first"
    /// First name, exists, e-mail.
    case nameFirst = "name-first"
    /// E-mail, exists, first name.
    case emailFirst = "email-first"
    /// E-mail, first name, exists: no refused call tells.
    case valuesFirst = "values-first"
    /// Exists and e-mail; any first name will do.
    case uncheckedNames = "unchecked-names"
  }

  package var checks = Checks.existsFirst
  /// The `Server` header; nil for the web server's own way.
  package var server: String?
  package var batch = BatchMode.inOrder
  package var deleteMissing = Missing.invalidExtension
  /// The answer to the update or delete of a contact that isn't there.
  package var contactMissing = MissingContact.exception

  package init() {}
}

/// The settings to change; those left out stay.
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
