/// One call of the Call Control Manager API for one object. There is none that reads.
public enum Call: Hashable, Sendable {
  case addExtension(Extension)
  case updateExtension(Extension)
  case deleteExtension(number: String)
  case addContact(Contact)
  /// `registeredNumber` is the number that the PBX knows the contact by until now.
  case updateContact(Contact, registeredNumber: String)
  case deleteContact(number: String)

  public enum Action: String, Hashable, Sendable { case add, update, delete }

  public var action: Action {
    switch self {
    case .addExtension, .addContact: .add
    case .updateExtension, .updateContact: .update
    case .deleteExtension, .deleteContact: .delete
    }
  }

  /// The kind and number of the object after the call.
  public var key: ObjectKey {
    switch self {
    case .addExtension(let user), .updateExtension(let user): ObjectKey(.extension, user.number)
    case .deleteExtension(let number): ObjectKey(.extension, number)
    case .addContact(let contact), .updateContact(let contact, _): ObjectKey(.contact, contact.number)
    case .deleteContact(let number): ObjectKey(.contact, number)
    }
  }

  /// The values that the call gives the object; none for a delete.
  public var item: PBXObject? {
    switch self {
    case .addExtension(let user), .updateExtension(let user): .extension(user)
    case .addContact(let contact), .updateContact(let contact, _): .contact(contact)
    case .deleteExtension, .deleteContact: nil
    }
  }

  public static func add(_ item: PBXObject) -> Call {
    switch item {
    case .extension(let user): .addExtension(user)
    case .contact(let contact): .addContact(contact)
    }
  }

  /// `number` is what the PBX knows the object by now; for an extension it can't differ from the item's own.
  public static func update(_ item: PBXObject, knownAs number: String) -> Call {
    switch item {
    case .extension(let user):
      precondition(user.number == number, "an extension's number is fixed")
      return .updateExtension(user)
    case .contact(let contact): return .updateContact(contact, registeredNumber: number)
    }
  }

  public static func delete(_ key: ObjectKey) -> Call {
    switch key.kind {
    case .extension: .deleteExtension(number: key.number)
    case .contact: .deleteContact(number: key.number)
    }
  }
}
