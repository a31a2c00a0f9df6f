/// The PBX's objects, and its side effects: the mails that it would have sent and the backups that it would have made.
package struct Store: Sendable {
  private var byNumber: [String: ExtensionRecord] = [:]
  /// Contacts with the same number in the order of arrival.
  private var phonebook: [String: [ContactRecord]] = [:]
  /// The recipients in order, one for each added or updated extension that has an e-mail address.
  package var mails: [String] = []
  /// The numbers of deleted extensions in order.
  var backups: [String] = []

  package var extensions: [ExtensionRecord] { byNumber.values.sorted { Store.inOrder($0.number, $1.number) } }

  package var contacts: [ContactRecord] { phonebook.sorted { Store.inOrder($0.key, $1.key) }.flatMap(\.value) }

  /// Shorter numbers first.
  private static func inOrder(_ left: String, _ right: String) -> Bool {
    (left.utf8.count, left) < (right.utf8.count, right)
  }

  /// Creates an extension without a mail, replacing one with its number.
  package mutating func insert(_ it: ExtensionRecord) { byNumber[it.number] = it }

  /// Creates a contact, besides others with its number.
  package mutating func insert(_ it: ContactRecord) { phonebook[it.number, default: []].append(it) }

  /// Removes an extension without a backup.
  package mutating func remove(extension number: String) { byNumber[number] = nil }

  /// Removes all contacts with this number.
  package mutating func remove(contact number: String) { phonebook[number] = nil }
}

/// The operations. Each returns why it was refused, or nil for success, and checks in the order of the errors on
/// the page.
extension Store {
  mutating func perform(_ call: Call, on fields: Fields, settings: Settings) -> APIReply? {
    let missingContact = { () -> APIReply in
      settings.contactMissing == .invalidNumber
        ? .invalidPhoneNumber
        : .failure(
          message: "Phone number does not exit", code: call.action.exceptionCode(in: call.envelope))
    }
    let exception = { APIReply.failure(message: $0, code: call.action.exceptionCode(in: call.envelope)) }
    switch call.action {
    case .addExt: return add(ExtensionRecord(fields), settings.checks)
    case .updateExt: return update(ExtensionRecord(fields))
    case .deleteExt:
      let missing =
        settings.deleteMissing == .invalidExtension
        ? APIReply.invalidExtension : exception("Extension number does not exit")
      return delete(extension: ExtensionRecord(fields).number, orElse: missing)
    case .addPhonebook: return add(ContactRecord(fields))
    case .updatePhonebook:
      let registered = fields["RegisteredPhoneNumber"] ?? ""
      return update(registered, to: ContactRecord(fields), orElse: missingContact())
    case .deletePhonebook:
      return delete(contact: ContactRecord(fields).number, orElse: missingContact())
    }
  }

  private mutating func add(_ it: ExtensionRecord, _ order: Settings.Checks) -> APIReply? {
    guard it.number.isDigits else { return .invalidExtension }
    let exists: APIReply? = byNumber[it.number] == nil ? nil : .extensionExists
    let email: APIReply? = it.email.isEmpty || it.email.isEmailAddress ? nil : .invalidEmail
    let name: APIReply? = it.firstName.isBlank ? .invalidFirstName : nil
    let checks: [APIReply?] =
      switch order {
      case .existsFirst: [exists, email, name]
      case .nameFirst: [name, exists, email]
      case .emailFirst: [email, exists, name]
      case .valuesFirst: [email, name, exists]
      case .uncheckedNames: [exists, email]
      }
    if let refusal = checks.compactMap(\.self).first { return refusal }
    add(it)
    return nil
  }

  private mutating func add(_ it: ExtensionRecord) {
    byNumber[it.number] = it
    if !it.email.isEmpty { mails.append(it.email) }
  }

  private mutating func update(_ it: ExtensionRecord) -> APIReply? {
    guard byNumber[it.number] != nil else { return .invalidExtension }
    return put(it)
  }

  /// The page lists no `FNAME_INVALID` for an update, but calls the first name required there too.
  private mutating func put(_ it: ExtensionRecord) -> APIReply? {
    guard it.email.isEmpty || it.email.isEmailAddress else { return .invalidEmail }
    guard !it.firstName.isBlank else { return .invalidFirstName }
    add(it)
    return nil
  }

  private mutating func delete(extension number: String, orElse missing: APIReply) -> APIReply? {
    guard !number.isBlank else { return .invalidExtension }
    guard byNumber.removeValue(forKey: number) != nil else { return missing }
    backups.append(number)
    return nil
  }

  /// No error is documented for an existing number: it gets a second contact.
  private mutating func add(_ it: ContactRecord) -> APIReply? {
    if let refusal = refusal(of: it) { return refusal }
    insert(it)
    return nil
  }

  private mutating func update(_ registered: String, to it: ContactRecord, orElse missing: APIReply) -> APIReply? {
    if let refusal = refusal(of: it) { return refusal }
    guard registered.isPhoneNumber else { return .invalidPhoneNumber }
    guard takeOldest(registered) else { return missing }
    // In place if the number is the same, so that the next update finds the same contact.
    if registered == it.number {
      phonebook[it.number, default: []].insert(it, at: 0)
    } else {
      insert(it)
    }
    return nil
  }

  private mutating func delete(contact number: String, orElse missing: APIReply) -> APIReply? {
    guard number.isPhoneNumber else { return .invalidPhoneNumber }
    return takeOldest(number) ? nil : missing
  }

  private func refusal(of it: ContactRecord) -> APIReply? {
    if it.firstName.isBlank { return .invalidFirstName }
    if it.lastName.isBlank { return .invalidLastName }
    return it.number.isPhoneNumber ? nil : .invalidPhoneNumber
  }

  /// Removes one record, as the page has "the record"; false if there is none.
  private mutating func takeOldest(_ number: String) -> Bool {
    guard var entries = phonebook.removeValue(forKey: number) else { return false }
    entries.removeFirst()
    if !entries.isEmpty { phonebook[number] = entries }
    return true
  }
}
