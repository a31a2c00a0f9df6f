/// The two kinds of object that the PBX keeps.
public enum ObjectKind: String, Hashable, Sendable, CaseIterable, Comparable {
  case `extension`
  case contact

  /// An object of the kind with these values; nil where one is missing.
  public func item(number: String, fields: [ObjectField: String]) -> PBXObject? {
    guard let first = fields[.firstName], let last = fields[.lastName] else { return nil }
    switch self {
    case .extension:
      guard let email = fields[.email], let callerID = fields[.callerID] else { return nil }
      return .extension(
        Extension(number: number, firstName: first, lastName: last, email: email, callerID: callerID))
    case .contact:
      guard let company = fields[.company] else { return nil }
      return .contact(Contact(number: number, firstName: first, lastName: last, company: company))
    }
  }

  public static func < (left: ObjectKind, right: ObjectKind) -> Bool { left == .extension && right == .contact }
}

/// What the PBX knows an object by: its kind and its number.
public struct ObjectKey: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let kind: ObjectKind
  public let number: String

  public init(_ kind: ObjectKind, _ number: String) {
    self.kind = kind
    self.number = number
  }

  public var description: String { number.isEmpty ? "\(kind.rawValue) without a number" : "\(kind.rawValue) \(number)" }

  /// Extensions before contacts, then shorter numbers before longer ones, as a person would list them.
  public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
    if left.kind != right.kind { return left.kind < right.kind }
    if left.number.utf8.count != right.number.utf8.count {
      return left.number.utf8.count < right.number.utf8.count
    }
    return left.number < right.number
  }
}
