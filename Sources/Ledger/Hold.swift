public import Domain

/// A held set, as the ledger keeps it until an admin decides or its changes are no longer due.
public struct Hold: Hashable, Sendable {
  public struct Member: Hashable, Sendable {
    public let key: Key
    public let entry: EntryID
    public let dn: String
    /// The person's, or the contact's.
    public let name: String
    /// The number by which the PBX knows the object; nil for an addition.
    public let registered: String?
    /// What the PBX has now; nil for an addition.
    public internal(set) var before: Item?
    /// When a table showed it again, where its removal rests on that alone; nil else.
    public internal(set) var shownAt: Seconds?
    /// The values that it would get; nil for a removal.
    public let wanted: Item?
  }

  public let name: String
  public let kind: Kind
  public let action: Held.Action
  public let cause: Held.Cause
  /// What holds them, as a sentence.
  public let reason: String
  public let since: Seconds
  /// nil while nobody has approved it.
  public let approvedAt: Seconds?
  /// nil while nobody has rejected it.
  public let rejectedAt: Seconds?
  /// When it was no longer held as it was; nil while it is.
  public let endedAt: Seconds?
  /// Changes that aren't made because they require one of these.
  public let dependents: Int
  /// Which templates had changed when it was first held, as a clause by field.
  public let templates: [Field: String]
  /// How many of its people were looked for by their ids and found, and when; nil where nobody was.
  public let lookup: Lookup?
  public internal(set) var members: [Member]

  public struct Lookup: Hashable, Sendable {
    public let asked: Int
    public let found: Int
    public let at: Seconds

    public init(asked: Int, found: Int, at: Seconds) {
      self.asked = asked
      self.found = found
      self.at = at
    }
  }

  /// Whether an admin has yet to decide.
  public var isOpen: Bool { approvedAt == nil && rejectedAt == nil && endedAt == nil }

  /// When the oldest table was written on which the set rests; nil where it rests on none.
  public var shownAt: Seconds? { members.compactMap(\.shownAt).min() }
}
