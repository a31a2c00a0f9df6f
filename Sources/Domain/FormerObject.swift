/// An object that was ours until it was deleted or got another number.
public struct FormerObject: Hashable, Sendable {
  public let key: Key
  /// Whose it was last.
  public let entry: EntryID
  public let dn: String
  /// All values that the PBX ever accepted for it.
  public let items: Set<Item>

  public init(_ key: Key, entry: EntryID, dn: String, items: Set<Item>) {
    self.key = key
    self.entry = entry
    self.dn = dn
    self.items = items
  }

  /// The object as it would be ours again, with any of the values that it had.
  public var object: Owned? { items.first.map { Owned($0, entry: entry, dn: dn) } }
}
