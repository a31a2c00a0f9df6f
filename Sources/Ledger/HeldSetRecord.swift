public import Domain

/// A held set in the ledger, until an admin decides or its changes are no longer due.
public struct HeldSetRecord: Hashable, Sendable {
  public struct Member: Hashable, Sendable {
    public let key: ObjectKey
    public let entry: EntryID
    public let dn: String
    /// The name of the user or of the contact.
    public let name: String
    /// The number by which the PBX knows the object; nil for an addition.
    public let registered: String?
    /// The PBX's present object; nil for an addition.
    public internal(set) var before: PBXObject?
    /// When a table showed the object again, if only that is the reason for its removal; otherwise nil.
    public internal(set) var shownAt: Timestamp?
    /// The object after the change; nil for a removal.
    public let wanted: PBXObject?
  }

  public let name: String
  public let kind: ObjectKind
  public let action: HeldSet.Action
  public let cause: HeldSet.Cause
  /// The exceeded limit or other reason, as a clause.
  public let reason: String
  public let since: Timestamp
  /// nil until it is approved, and once the approval has lapsed.
  public internal(set) var approvedAt: Timestamp?
  /// nil until it is rejected.
  public let rejectedAt: Timestamp?
  /// When the set was no longer held in this form; nil while it is held.
  public let endedAt: Timestamp?
  /// Changes that aren't made because they require one of these.
  public let dependents: Int
  /// The templates that have changed since the PBX got the present values.
  public internal(set) var templates: [TemplateChange]
  /// The lookup of its entries by their IDs; nil without one.
  public let lookup: Lookup?
  public internal(set) var members: [Member]
  /// How many members of an approved set the next run can't make: they have a conflict, or wait for their next try.
  public internal(set) var waiting = 0

  public struct Lookup: Hashable, Sendable {
    public let asked: Int
    public let found: Int
    /// Why the sources select none of those that were found, as far as known, as a clause; otherwise empty.
    public let unselected: String
    public let at: Timestamp

    public init(asked: Int, found: Int, unselected: String = "", at: Timestamp) {
      self.asked = asked
      self.found = found
      self.unselected = unselected
      self.at = at
    }
  }

  /// Whether an admin has yet to decide.
  public var isOpen: Bool { approvedAt == nil && rejectedAt == nil && endedAt == nil }

  /// Whether it was approved and no run makes it: the approval, or the table that it rests on, is too old.
  func hasLapsed(at now: Timestamp) -> Bool {
    guard let approvedAt else { return false }
    return approvedAt < now - Approval.validity || shownAt.map { $0 + Absence.validity <= now } == true
  }

  /// When the oldest table was written that is the reason for the set; nil without a table.
  public var shownAt: Timestamp? { members.compactMap(\.shownAt).min() }
}
