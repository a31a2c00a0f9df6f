import Domain

/// One request to the API: its action, and the PBX's text for success.
struct APIRequest {
  private enum Content {
    case one(Call)
    /// Several extensions in one request.
    case batch([Extension])
  }

  let verb: Call.Action
  let kind: ObjectKind
  let action: String
  let key: String
  private let subject: Content
  /// The `status` of success, as the vendor's page prints it.
  let success: String

  var isBatch: Bool { if case .batch = subject { true } else { false } }

  init(_ call: Call, _ names: CallProtocol) {
    verb = call.action
    kind = call.key.kind
    subject = .one(call)
    (action, key, success) =
      switch call {
      case .addExtension: (names.addExtensionAction, names.addExtensionKey, "Extension Created")
      case .updateExtension: (names.updateExtensionAction, names.updateExtensionKey, "Extension Updated")
      case .deleteExtension: (names.deleteExtensionAction, names.deleteExtensionKey, "Extension Deleted")
      case .addContact: (names.addContactAction, names.addContactKey, "Contact Created")
      case .updateContact: (names.updateContactAction, names.updateContactKey, "Contact Updated")
      case .deleteContact: (names.deleteContactAction, names.deleteContactKey, "Contact Deleted")
      }
  }

  init(addingSeveral extensions: [Extension], _ names: CallProtocol) {
    (verb, kind, subject) = (.add, .extension, .batch(extensions))
    (action, key, success) = (names.addExtensionAction, names.addExtensionsKey, "All Extension Created")
  }

  /// Writes the parameters in the form of a query or an urlencoded body.
  func write(to text: inout ParameterEncoder, _ securityKey: SecurityKey) {
    text.append(encoded: "action=")
    text.append(action)
    text.append(encoded: "&qstype=1&qsSecuritykey=")
    text.append(securityKey.text)
    text.append(encoded: "&qsValue=")
    text.append("{\"")
    text.append(escaping: key)
    text.append("\":[")
    writeObjects(to: &text)
    text.append("]}")
  }

  private func writeObjects(to text: inout ParameterEncoder) {
    switch subject {
    case .one(.addExtension(let it)), .one(.updateExtension(let it)): text.append(it)
    case .one(.deleteExtension(let number)): text.append(extensionNumber: number)
    case .one(.addContact(let it)): text.append(it)
    case .one(.updateContact(let it, let registered)): text.append(it, registeredNumber: registered)
    case .one(.deleteContact(let number)): text.append(contactNumber: number)
    case .batch(let extensions):
      for (position, it) in extensions.enumerated() {
        if position > 0 { text.append(",") }
        text.append(it)
      }
    }
  }
}
