/// The names of the API's actions, and of the keys of their objects in `qsValue`.
///
/// The vendor's page prints those for adds and updates. It leaves out those for the two deletes: the defaults are an
/// inference from the others, which is why all of them are settings (`[pbx.protocol]`).
public struct CallProtocol: Hashable, Sendable {
  public var addExtensionAction = "addExt"
  public var addExtensionKey = "sExtension"
  /// Several extensions in one request, under the same action.
  public var addExtensionsKey = "mExtension"
  public var updateExtensionAction = "updateExt"
  public var updateExtensionKey = "uExtension"
  public var deleteExtensionAction = "deleteExt"
  public var deleteExtensionKey = "dExtension"
  public var addContactAction = "addPhonebook"
  public var addContactKey = "sContact"
  public var updateContactAction = "updatePhonebook"
  public var updateContactKey = "uContact"
  public var deleteContactAction = "deletePhonebook"
  public var deleteContactKey = "dContact"

  public init() {}

  public static let `default` = CallProtocol()

  /// The names by their keys of `[pbx.protocol]`.
  public static var keys: KeyValuePairs<String, WritableKeyPath<CallProtocol, String>> {
    [
      "add_extension_action": \.addExtensionAction, "add_extension_key": \.addExtensionKey,
      "add_extensions_key": \.addExtensionsKey,
      "update_extension_action": \.updateExtensionAction, "update_extension_key": \.updateExtensionKey,
      "delete_extension_action": \.deleteExtensionAction, "delete_extension_key": \.deleteExtensionKey,
      "add_contact_action": \.addContactAction, "add_contact_key": \.addContactKey,
      "update_contact_action": \.updateContactAction, "update_contact_key": \.updateContactKey,
      "delete_contact_action": \.deleteContactAction, "delete_contact_key": \.deleteContactKey,
    ]
  }
}
