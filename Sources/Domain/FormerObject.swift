/// An object that was managed until it was deleted or got another number.
public struct FormerObject: Hashable, Sendable {
  public let key: ObjectKey
  /// Whose it was last.
  public let entry: EntryID
  public let dn: String
  /// All values that the PBX ever accepted for it.
  public let items: Set<PBXObject>

  public init(_ key: ObjectKey, entry: EntryID, dn: String, items: Set<PBXObject>) {
    self.key = key
    self.entry = entry
    self.dn = dn
    self.items = items
  }

  /// The object as it would be managed again, with any of the values that it had.
  public var object: ManagedObject? { items.first.map { ManagedObject($0, entry: entry, dn: dn) } }
}
