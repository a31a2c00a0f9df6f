/// A PBX extension with every field that the Call Control Manager API can set. Empty means empty, never "keep".
public struct Extension: Hashable, Sendable {
  public var number: String
  public var firstName: String
  public var lastName: String
  public var email: String
  public var callerID: String

  public init(number: String, firstName: String, lastName: String = "", email: String = "", callerID: String = "") {
    self.number = number
    self.firstName = firstName
    self.lastName = lastName
    self.email = email
    self.callerID = callerID
  }
}

/// An external contact's entry in the PBX phonebook: one number each.
public struct Contact: Hashable, Sendable {
  public var number: String
  public var firstName: String
  public var lastName: String
  public var company: String

  public init(number: String, firstName: String, lastName: String, company: String = "") {
    self.number = number
    self.firstName = firstName
    self.lastName = lastName
    self.company = company
  }
}

/// Either kind of object, where the path is the same for both.
public enum PBXObject: Hashable, Sendable {
  case `extension`(Extension)
  case contact(Contact)

  public var kind: ObjectKind {
    switch self {
    case .extension: .extension
    case .contact: .contact
    }
  }

  public var number: String {
    switch self {
    case .extension(let user): user.number
    case .contact(let contact): contact.number
    }
  }

  public var key: ObjectKey { ObjectKey(kind, number) }

  /// The person's name as a table shows it.
  public var name: String {
    let (first, last) =
      switch self {
      case .extension(let user): (user.firstName, user.lastName)
      case .contact(let contact): (contact.firstName, contact.lastName)
      }
    return last.isEmpty ? first : "\(first) \(last)"
  }

  /// Every field with its value, the number first, always in the same order.
  public var fields: [(field: ObjectField, value: String)] {
    switch self {
    case .extension(let user):
      [
        (.number, user.number), (.firstName, user.firstName), (.lastName, user.lastName),
        (.email, user.email), (.callerID, user.callerID),
      ]
    case .contact(let contact):
      [
        (.number, contact.number), (.firstName, contact.firstName), (.lastName, contact.lastName),
        (.company, contact.company),
      ]
    }
  }

  /// Whether an object of the PBX with these values is `other`, as far as the PBX may store a value in another form.
  public func isStored(as other: PBXObject) -> Bool {
    key == other.key && zip(fields, other.fields).allSatisfy { $0.field.isStored($0.value, as: $1.value) }
  }

  /// The fields in which this has a value and `other`, an item of the same kind, has none.
  public func emptied(by other: PBXObject) -> Set<ObjectField> {
    Set(zip(fields, other.fields).filter { !$0.value.isEmpty && $1.value.isEmpty }.map(\.0.field))
  }

  /// The same with the values that `other`, an item of the same kind, has in these fields.
  public func replacing(_ fields: Set<ObjectField>, from other: PBXObject) -> PBXObject {
    let values = zip(self.fields, other.fields).map { own, other in
      (own.field, fields.contains(own.field) ? other.value : own.value)
    }
    return kind.item(number: number, fields: Dictionary(values) { first, _ in first }) ?? self
  }

  /// The fields in which `other`, an item of the same kind, differs.
  public func changes(to other: PBXObject) -> [FieldChange] {
    precondition(kind == other.kind, "an extension can't become a contact")
    return zip(fields, other.fields)
      .filter { $0.value != $1.value }
      .map { FieldChange($0.field, from: $0.value, to: $1.value) }
  }

  /// The fields in which it differs from an earlier item of the same kind; all fields with a value if that isn't known.
  public func changes(from other: PBXObject?) -> [FieldChange] {
    if let other { return other.changes(to: self) }
    return fields.filter { !$0.value.isEmpty }.map { FieldChange($0.field, from: "", to: $0.value) }
  }
}
