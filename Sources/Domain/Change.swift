/// One step that brings the PBX closer to the directory.
public struct Change: Hashable, Sendable {
  /// The first call to make. Its answer may ask for another (`Settlement`).
  public let call: Call
  /// The object as the PBX last accepted it; nil if none is known.
  public var before: ManagedObject? { earlier.object }
  public let entry: EntryID
  public let dn: String
  public let cause: Cause
  /// Intents of earlier runs whose outcome this change finds out.
  public let settles: [InDoubtCall]

  /// Whether none of these calls would have given the object the values that are wanted now.
  public var differsFromCallsInDoubt: Bool { !settles.isEmpty && !settles.contains { $0.call.item == call.item } }
  /// Whether it repeats an update that may have mailed a person already, so that each try may be another mail.
  public var mayRepeatMail: Bool { settles.contains { $0.call.mailsAgain } }
  /// Whether the change may adopt a foreign object that the PBX turns out to have under the number.
  public let adopts: Bool
  /// The unproven object that the ledger has under the number: the call shows whether the PBX still has it.
  public var unproven: ManagedObject? { doubtful.object }
  /// The values that a table showed of the foreign object that the change adopts; nil if they aren't known.
  public var shown: PBXObject? { foreign.object }
  /// Whether a required change frees the number right before this change.
  public let isNumberFreed: Bool
  /// Positions in the plan of changes that must succeed first, or this one isn't made.
  public let requires: [Int]
  /// The changes of a cycle, such as a swap, that this one would have to wait for: it may be made before them, but not without them.
  public let together: [ObjectKey]
  private let earlier: IndirectOptional<ManagedObject>
  private let doubtful: IndirectOptional<ManagedObject>
  private let foreign: IndirectOptional<PBXObject>

  /// Stored indirectly, because changes are copied often and most have none.
  private indirect enum IndirectOptional<Object: Hashable & Sendable>: Hashable, Sendable {
    case none
    case some(Object)

    init(_ object: Object?) { self = object.map(IndirectOptional.some) ?? .none }

    var object: Object? { if case .some(let object) = self { object } else { nil } }
  }

  public init(
    _ call: Call, before: ManagedObject? = nil, entry: EntryID, dn: String, cause: Cause, settles: [InDoubtCall] = [],
    adopts: Bool = false, unproven: ManagedObject? = nil, shown: PBXObject? = nil, isNumberFreed: Bool = false,
    requires: [Int] = [], together: [ObjectKey] = []
  ) {
    self.call = call
    earlier = IndirectOptional(before)
    self.entry = entry
    self.dn = dn
    self.cause = cause
    self.settles = settles
    self.adopts = adopts
    doubtful = IndirectOptional(unproven)
    foreign = IndirectOptional(shown)
    self.isNumberFreed = isNumberFreed
    self.requires = requires
    self.together = together
  }

  /// Why a change is made.
  public enum Cause: Hashable, Sendable {
    /// The directory wants an object that isn't managed yet.
    case new
    /// Likewise, under a number that the PBX reported as taken when another entry claimed it.
    case wasTaken
    /// The directory wants an object and has no number for it; the number comes from this pool.
    case allocated(pool: String)
    /// The directory has other values than those that the PBX last accepted.
    case changed
    /// The number's earlier holder was seen with another one, and this entry has it now.
    case vacated(by: EntryID)
    /// The number's earlier holder is missing, disabled or without a number, and this entry claims the number.
    case handedOver(from: EntryID, dn: String)
    /// The number is shared. The entry that represented it has left, and this entry represents it now.
    case representativeChanged(from: EntryID)
    /// The object is no longer wanted, and its grace period has ended.
    case gone(Absence.Reason)
    /// The values are unchanged, but an earlier call is in doubt.
    case inDoubt
    /// An admin allowed the adoption of a foreign object.
    case adopted
    /// An earlier run is undone.
    case undone(run: Int64)
  }

  /// The same change with other positions of the changes that it requires.
  ///
  /// - Parameter together: nil for the same as before.
  public func requiring(_ positions: [Int], together: [ObjectKey]? = nil) -> Change {
    Change(
      call, before: before, entry: entry, dn: dn, cause: cause, settles: settles, adopts: adopts,
      unproven: unproven, shown: shown, isNumberFreed: isNumberFreed, requires: positions,
      together: together ?? self.together)
  }

  /// The values that the PBX has, as far as known.
  public var known: PBXObject? { before?.item ?? shown }

  /// Whether it overwrites an object of the PBX that isn't managed yet.
  public var overwrites: Bool { adopts && before == nil && call.action == .update }

  /// The fields that change, old and new; all of them for an add and where the old ones aren't known, none for a delete.
  public var fields: [FieldChange] {
    call.item?.changes(from: known) ?? []
  }
}
