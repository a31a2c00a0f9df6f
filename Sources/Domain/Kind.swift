/// The two kinds of object that the PBX keeps.
public enum Kind: String, Hashable, Sendable, CaseIterable, Comparable {
  case `extension`
  case contact

  public static func < (left: Kind, right: Kind) -> Bool { left == .extension && right == .contact }
}

/// What the PBX knows an object by: its kind and its number.
public struct Key: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let kind: Kind
  public let number: String

  public init(_ kind: Kind, _ number: String) {
    self.kind = kind
    self.number = number
  }

  public var description: String { number.isEmpty ? "\(kind.rawValue) without a number" : "\(kind.rawValue) \(number)" }

  /// Extensions before contacts, then shorter numbers before longer ones, as a person would list them.
  public static func < (left: Key, right: Key) -> Bool {
    if left.kind != right.kind { return left.kind < right.kind }
    if left.number.utf8.count != right.number.utf8.count {
      return left.number.utf8.count < right.number.utf8.count
    }
    return left.number < right.number
  }
}
