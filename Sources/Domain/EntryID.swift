/// The immutable id of a directory entry: entryUUID, objectGUID or nsUniqueId in its canonical text.
///
/// The only identity of an entry. A DN, a uid or a mail address changes when a person marries or moves; the ID doesn't
/// (RFC 4530, section 1).
public struct EntryID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let text: String

  public init(_ text: String) { self.text = text }

  public var description: String { text }

  /// Bytewise, so that the smallest id, which wins a dispute, is the same on every host.
  public static func < (left: EntryID, right: EntryID) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }
}
