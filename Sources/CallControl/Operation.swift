import Domain

/// One request to the API: what it asks for, and what the PBX says when it has done it.
struct Operation {
  let verb: Call.Verb
  let kind: Kind
  /// Several extensions in one request.
  var isBatch = false
  let action: String
  let key: String
  let objects: [WireObject]
  /// The `status` of success, as the vendor's page prints it.
  let success: String

  init(_ call: Call, _ names: CallProtocol) {
    verb = call.verb
    kind = call.key.kind
    switch call {
    case .addExtension(let it):
      (action, key) = (names.addExtensionAction, names.addExtensionKey)
      (objects, success) = ([WireObject(it)], "Extension Created")
    case .updateExtension(let it):
      (action, key) = (names.updateExtensionAction, names.updateExtensionKey)
      (objects, success) = ([WireObject(it)], "Extension Updated")
    case .deleteExtension(let number):
      (action, key) = (names.deleteExtensionAction, names.deleteExtensionKey)
      (objects, success) = ([WireObject(extensionNumber: number)], "Extension Deleted")
    case .addContact(let it):
      (action, key) = (names.addContactAction, names.addContactKey)
      (objects, success) = ([WireObject(it)], "Contact Created")
    case .updateContact(let it, let registered):
      (action, key) = (names.updateContactAction, names.updateContactKey)
      (objects, success) = ([WireObject(it, registeredNumber: registered)], "Contact Updated")
    case .deleteContact(let number):
      (action, key) = (names.deleteContactAction, names.deleteContactKey)
      (objects, success) = ([WireObject(contactNumber: number)], "Contact Deleted")
    }
  }

  init(addingSeveral extensions: [Extension], _ names: CallProtocol) {
    (verb, kind, isBatch) = (.add, .extension, true)
    (action, key) = (names.addExtensionAction, names.addExtensionsKey)
    (objects, success) = (extensions.map { WireObject($0) }, "All Extension Created")
  }

  /// The parameters as they stand in the query or in the form.
  func parameters(_ securityKey: SecurityKey) -> String {
    let value = "{\"\(key.jsonEscaped)\":[\(objects.map(\.json).joined(separator: ","))]}"
    return "action=\(action.percentEncoded)&qstype=1&qsSecuritykey=\(securityKey.text.percentEncoded)"
      + "&qsValue=\(value.percentEncoded)"
  }
}
