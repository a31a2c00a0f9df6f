/// One step that brings the PBX closer to the directory.
public struct Change: Hashable, Sendable {
  /// The first call to make. Its answer may ask for another (`Settlement`).
  public let call: Call
  /// What the PBX accepted last for this object; nil where we know of none.
  public var before: ManagedObject? { earlier.object }
  public let entry: EntryID
  public let dn: String
  public let cause: Cause
  /// Intents of earlier runs whose outcome this change finds out.
  public let settles: [InDoubtCall]
  /// Whether the object may be taken over if the PBX turns out to have one that isn't ours.
  public let adopts: Bool
  /// The unproven object that the ledger has under the number: the call asks whether it is still there.
  public var unproven: ManagedObject? { doubtful.object }
  /// Whether a change that it requires takes away what has the number: it is free right before this one then.
  public let isNumberFreed: Bool
  /// Positions in the plan of changes that must succeed first, or this one isn't made.
  public let requires: [Int]
  private let earlier: StoredObject
  private let doubtful: StoredObject

  /// Apart from the change, which is copied from list to list: most changes have neither.
  private indirect enum StoredObject: Hashable, Sendable {
    case none
    case some(ManagedObject)

    init(_ object: ManagedObject?) { self = object.map(StoredObject.some) ?? .none }

    var object: ManagedObject? { if case .some(let object) = self { object } else { nil } }
  }

  public init(
    _ call: Call, before: ManagedObject? = nil, entry: EntryID, dn: String, cause: Cause, settles: [InDoubtCall] = [],
    adopts: Bool = false, unproven: ManagedObject? = nil, isNumberFreed: Bool = false, requires: [Int] = []
  ) {
    self.call = call
    earlier = StoredObject(before)
    self.entry = entry
    self.dn = dn
    self.cause = cause
    self.settles = settles
    self.adopts = adopts
    doubtful = StoredObject(unproven)
    self.isNumberFreed = isNumberFreed
    self.requires = requires
  }

  /// Why a change is made.
  public enum Cause: Hashable, Sendable {
    /// The directory wants an object that we don't have.
    case new
    /// The same, under a number that the PBX said was taken when another wish asked for it.
    case wasTaken
    /// The directory wants an object and gives no number, so it has one of this source's pool.
    case allocated(pool: String)
    /// The directory gives other values than those last accepted.
    case changed
    /// The number's earlier holder was seen with another one, and this entry has it now.
    case takenOver(from: EntryID)
    /// The number's earlier holder is gone, is disabled or has no number any more, and this entry claims it.
    case handedOver(from: EntryID, dn: String)
    /// The number is shared; the entry that stood for the others has left, and this one stands for them now.
    case passedOn(from: EntryID)
    /// The object isn't wanted any more, long enough and often enough.
    case gone(Absence.Reason)
    /// Nothing changed but an earlier call's outcome isn't known.
    case inDoubt
    /// An admin said that an object of the PBX that isn't ours may be taken over.
    case adopted
    /// An earlier run is undone.
    case undone(run: Int64)
  }

  /// The same change with other positions of what it requires.
  public func requiring(_ positions: [Int]) -> Change {
    Change(
      call, before: before, entry: entry, dn: dn, cause: cause, settles: settles, adopts: adopts,
      unproven: unproven, isNumberFreed: isNumberFreed, requires: positions)
  }

  /// The fields that change, old and new; all of them for an add, none for a delete.
  public var fields: [FieldChange] {
    guard let after = call.item else { return [] }
    if let before { return before.item.changes(to: after) }
    return after.fields.filter { !$0.value.isEmpty }.map { FieldChange($0.field, from: "", to: $0.value) }
  }
}
