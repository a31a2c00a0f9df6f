/// What one run would do, and what it wouldn't and why.
public struct Plan: Hashable, Sendable {
  /// In the order of sending: each comes after all that it requires.
  public var changes: [Change] = []
  /// Wishes that can't be met now.
  public var conflicts: [Conflict] = []
  /// Contacts that are left out because they are users too.
  public var alsoUsers: [WantedObject] = []
  /// Contacts for which the phonebook has no room.
  public var overflow: PhonebookOverflow?
  /// Objects not wanted any more that aren't due yet.
  public var pendingRemovals: [ManagedObject] = []
  /// Objects that may be ours and that nothing proves to be, where no wish in `parked` speaks of them.
  public var unproven: [ManagedObject] = []
  /// What would be done and is held until an admin decides, set by set.
  public var held: [HeldSet] = []
  /// What an admin rejected: the objects stay as they are until the directory wants something else.
  public var rejected: [HeldObject] = []
  /// What an admin approved and nobody wants any more: people who came back, or have other values by now; and removals of what a
  /// table showed again, where that is too long ago.
  public var lapsed: [Approval.Member] = []
  /// What the directory is to be told of numbers from a pool, each after the PBX has taken the extension.
  public var directoryWrites: [DirectoryWrite] = []
  /// What keeps a field for now which the directory has emptied.
  public var deferredLosses: [WantedObject] = []
  /// When a number of a pool in which somebody found none has rested long enough, in seconds since 1970.
  public var poolRestedAt: Timestamp?
  /// Of an undo: objects that were there before a run took them over. They stay on the PBX and are forgotten.
  public var released: [ManagedObject] = []
  /// What an admin should know besides, as sentences without their end.
  public var remarks: [String] = []
  /// What the ledger should remember without any call to the PBX.
  public var updates: [LedgerUpdate] = []

  public init() {}

  /// Who claims a number that somebody else has.
  public var disputes: Set<Dispute> {
    Set(
      conflicts.compactMap { conflict in
        switch conflict.reason {
        case .duplicate, .occupied, .leaving: Dispute(conflict.wanted.item.key, conflict.wanted.entry)
        default: nil
        }
      })
  }

  public var isEmpty: Bool { changes.isEmpty && directoryWrites.isEmpty && released.isEmpty }

  /// The numbers that it gives from pools.
  public var allocations: [Allocation] { updates.compactMap { if case .allocate(let it) = $0 { it } else { nil } } }
}

/// A wish of the directory that isn't met, and why.
public struct Conflict: Hashable, Sendable {
  public let wanted: WantedObject
  public let reason: Reason

  public init(_ wanted: WantedObject, _ reason: Reason) {
    self.wanted = wanted
    self.reason = reason
  }

  public enum Reason: Hashable, Sendable {
    /// Another entry wants the number too and has it, or has the smaller id.
    case duplicate(winner: EntryID, dn: String)
    /// An entry that isn't gone for certain, or that can't be mapped, still holds the number.
    case occupied(holder: EntryID, dn: String)
    /// The earlier holder is on the way out, and the number passes on after the removal. nil where the removal is held.
    case leaving(ManagedObject, after: RemovalPolicy?)
    /// The number is protected.
    case protected
    /// The object isn't wanted any more, and stays as it is because its number is protected.
    case keptProtected(Absence.Reason)
    /// The number lies outside `[numbers] extension_ranges`.
    case outOfRange
    /// The PBX holds a foreign object under this number. It is asked again at `nextAt`; nil where that isn't needed. One whose
    /// number came from a pool is taken over only where a table shows it with the very values.
    case foreign(since: Timestamp, nextAt: Timestamp?, isOfPool: Bool = false)
    /// The PBX may hold an object of ours under this number, and nothing proves that it is ours.
    case unproven(Unproven)
    /// The PBX refused these very values.
    case refused(CallResult, since: Timestamp)
    /// The number was freed by a removal and rests before somebody else gets it.
    case quarantined(until: Timestamp, earlier: EntryID, dn: String)
    /// The call failed again and again, and isn't due yet.
    case backingOff(ChangeBackoff)
    /// The directory gives no number, and the source's pool has no free one left. `foreign` are those of its numbers under
    /// which the PBX had an extension that isn't ours.
    case poolExhausted(NumberPool, foreign: [String])
    /// The entry is to get a number from a pool, and the restored ledger doesn't know which one it may have by now. `unclaimed`
    /// are extensions that an audit showed in the pool since, and that nobody's values fit.
    case restored(NumberPool, unclaimed: [String])
    /// The directory gave the number, and gives none now. That looks like a hidden attribute, so the extension stays
    /// as it is.
    case numberGone
    /// The directory gave the number, and gives none now; the PBX lost the extension meanwhile. A number from a pool would be a
    /// second one.
    case numberLost
    /// The entry has no number, and the object of one who isn't found any more looks like the same person's: its entry was made
    /// anew, most likely, and its number is hidden.
    case madeAnew(ManagedObject)
    /// So many who have a number show none that the directory must hide it: a free one may be somebody's.
    case numbersHidden(Int)
  }
}

/// Something for the ledger to remember that needs no call.
public enum LedgerUpdate: Hashable, Sendable {
  /// The object's absence began, went on, or ended (nil).
  case absence(ObjectKey, Absence?)
  /// The object's entry has another DN, or another entry has become its holder with the same values.
  case holder(ObjectKey, EntryID, dn: String)
  /// An add in doubt whose entry no longer wants it, and that nothing proves to be ours: the doubts end, and the object is
  /// unproven from now on.
  case unprove(ManagedObject, inDoubtCalls: [Int64])
  /// An object that we were told to adopt, and that has the wanted values already.
  case adopt(ManagedObject)
  /// An audit showed that the PBX has this object of ours, with these values.
  case seen(ManagedObject)
  /// An audit showed that the PBX doesn't have the object of ours any more. It wasn't removed by us, so its number doesn't rest.
  case lost(ObjectKey)
  /// An audit showed that the PBX has an object of somebody else under this number.
  case foreign(ObjectKey)
  /// An audit showed that the PBX has an object under this number that may be taken over as it is.
  case allowed(AllowedAdoption)
  /// An audit showed all that the PBX has of a kind, so that a restored ledger knows it again.
  case known(ObjectKind)
  /// An audit showed that the PBX has no object under this number, where somebody else's was.
  case foreignGone(ObjectKey)
  /// An object is forgotten and stays on the PBX.
  case release(ManagedObject)
  /// A refusal that no longer stands, because the wish is gone or has changed.
  case forgetRefusal(ObjectKey)
  /// A number was given from a pool. Taken before the request leaves, so that it is never given again.
  case allocate(Allocation)
}
