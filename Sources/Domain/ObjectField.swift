/// A field of an extension or a contact, by the name that the configuration and the log use for it.
public enum ObjectField: String, Hashable, Sendable, CaseIterable {
  case number
  case firstName = "first_name"
  case lastName = "last_name"
  case email
  case callerID = "caller_id"
  case company

  /// Whether an object of the PBX with one of these values has the other: it may store a mail address in lower case.
  public func isStored(_ value: String, as other: String) -> Bool {
    value == other || self == .email && value.lowercased() == other.lowercased()
  }

  /// The name in messages.
  public var words: String {
    switch self {
    case .number: "number"
    case .firstName: "first name"
    case .lastName: "last name"
    case .email: "e-mail address"
    case .callerID: "caller id"
    case .company: "company"
    }
  }
}

/// One field's value before and after a change.
public struct FieldChange: Hashable, Sendable {
  public let field: ObjectField
  public let old: String
  public let new: String

  public init(_ field: ObjectField, from old: String, to new: String) {
    self.field = field
    self.old = old
    self.new = new
  }
}
