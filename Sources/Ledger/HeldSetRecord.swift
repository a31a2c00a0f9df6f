public import Domain

/// A held set, as the ledger keeps it until an admin decides or its changes are no longer due.
public struct HeldSetRecord: Hashable, Sendable {
  public struct Member: Hashable, Sendable {
    public let key: ObjectKey
    public let entry: EntryID
    public let dn: String
    /// The person's, or the contact's.
    public let name: String
    /// The number by which the PBX knows the object; nil for an addition.
    public let registered: String?
    /// What the PBX has now; nil for an addition.
    public internal(set) var before: PBXObject?
    /// When a table showed it again, where its removal rests on that alone; nil else.
    public internal(set) var shownAt: Timestamp?
    /// The values that it would get; nil for a removal.
    public let wanted: PBXObject?
  }

  public let name: String
  public let kind: ObjectKind
  public let action: HeldSet.Action
  public let cause: HeldSet.Cause
  /// What holds them, as a sentence.
  public let reason: String
  public let since: Timestamp
  /// nil until it is approved.
  public let approvedAt: Timestamp?
  /// nil until it is rejected.
  public let rejectedAt: Timestamp?
  /// When it was no longer held as it was; nil while it is.
  public let endedAt: Timestamp?
  /// Changes that aren't made because they require one of these.
  public let dependents: Int
  /// Which templates had changed when it was first held, as a clause by field.
  public let templates: [ObjectField: String]
  /// How many of its people were looked for by their ids and found, and when; nil where nobody was.
  public let lookup: Lookup?
  public internal(set) var members: [Member]

  public struct Lookup: Hashable, Sendable {
    public let asked: Int
    public let found: Int
    public let at: Timestamp

    public init(asked: Int, found: Int, at: Timestamp) {
      self.asked = asked
      self.found = found
      self.at = at
    }
  }

  /// Whether an admin has yet to decide.
  public var isOpen: Bool { approvedAt == nil && rejectedAt == nil && endedAt == nil }

  /// When the oldest table was written on which the set rests; nil where it rests on none.
  public var shownAt: Timestamp? { members.compactMap(\.shownAt).min() }
}
