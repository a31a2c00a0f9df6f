import Domain

/// One request to the API: a call, or the additions of a batch, with the PBX's text for success.
struct APIRequest {
  private enum Content {
    case single(Call)
    /// Several extensions in one request.
    case batch([Extension])
  }

  let action: Call.Action
  let kind: ObjectKind
  /// The value of the parameter `action`.
  let actionName: String
  /// The name of the JSON array with the objects.
  let key: String
  private let content: Content
  /// The reply's `status` after success, as the vendor's page prints it.
  let success: String

  var isBatch: Bool { if case .batch = content { true } else { false } }

  init(_ call: Call, _ names: CallProtocol) {
    action = call.action
    kind = call.key.kind
    content = .single(call)
    (actionName, key, success) =
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
    (action, kind, content) = (.add, .extension, .batch(extensions))
    (actionName, key, success) = (names.addExtensionAction, names.addExtensionsKey, "All Extension Created")
  }

  /// Writes the parameters in the form of a query or an urlencoded body.
  func write(to text: inout ParameterEncoder, _ securityKey: SecurityKey) {
    text.append(encoded: "action=")
    text.append(actionName)
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
    switch content {
    case .single(.addExtension(let user)), .single(.updateExtension(let user)): text.append(user)
    case .single(.deleteExtension(let number)): text.append(extensionNumber: number)
    case .single(.addContact(let contact)): text.append(contact)
    case .single(.updateContact(let contact, let registered)): text.append(contact, registeredNumber: registered)
    case .single(.deleteContact(let number)): text.append(contactNumber: number)
    case .batch(let extensions):
      for (position, added) in extensions.enumerated() {
        if position > 0 { text.append(",") }
        text.append(added)
      }
    }
  }
}
