/// The two kinds of objects of the PBX.
public enum ObjectKind: String, Hashable, Sendable, CaseIterable, Comparable {
  case `extension`
  case contact

  /// An object of the kind with these values; nil if one is missing.
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

/// The kind and number by which the PBX knows an object.
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

/// The immutable ID of a directory entry: entryUUID, objectGUID or nsUniqueId in its canonical text.
///
/// The only identity of an entry. A DN, a uid or a mail address changes when a person marries or moves; the ID doesn't
/// (RFC 4530, section 1).
public struct EntryID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let text: String

  public init(_ text: String) { self.text = text }

  public var description: String { text }

  /// In byte order, so that the smallest ID, which wins a dispute, is the same on every host.
  public static func < (left: EntryID, right: EntryID) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }
}
