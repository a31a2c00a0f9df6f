/// The changes of one run, and the changes that it doesn't make, with the reasons.
public struct Plan: Hashable, Sendable {
  /// In the order of sending: each change comes after all that it requires.
  public var changes: [Change] = []
  /// Wanted objects that must wait.
  public var conflicts: [Conflict] = []
  /// Contacts that are left out because their entries are users too.
  public var alsoUsers: [WantedObject] = []
  /// Values of wanted objects that only their order in the directory decides.
  public var arbitraryValues: [ArbitraryValue] = []
  /// Contacts for which the phonebook has no room.
  public var overflow: PhonebookOverflow?
  /// Managed objects that are no longer wanted and whose grace period hasn't ended.
  public var pendingRemovals: [ManagedObject] = []
  /// Unproven objects that no conflict in `conflicts` reports.
  public var unproven: [ManagedObject] = []
  /// Changes that wait for an admin's decision, set by set.
  public var held: [HeldSet] = []
  /// Changes that an admin rejected: the objects stay as they are until the directory wants something else.
  public var rejected: [HeldObject] = []
  /// Changes with values that an admin rejected together with others.
  public var overtaken: [OvertakenRejection] = []
  /// Earlier rejections that no planned change meets and that still hold: of unproven objects, and of values that the directory still
  /// wants.
  public var standing: Set<Approval.Member> = []
  /// Changes that wait for the end of a freeze, in the order of sending.
  public var frozen: [Change] = []
  /// The freeze that `frozen` waits for; nil if nothing is frozen.
  public var freeze: Freeze?
  /// Approved changes that are no longer wanted: the entry was found again or has other values, or the table that showed
  /// the object again is too old.
  public var lapsed: [Approval.Member] = []
  /// Numbers from a pool to write to the directory, each after the PBX has accepted the extension.
  public var directoryWrites: [DirectoryWrite] = []
  /// Wanted objects that keep a field for now although the directory has emptied it.
  public var deferredLosses: [WantedObject] = []
  /// When the first number of an exhausted pool leaves quarantine, in seconds since 1970.
  public var poolRestedAt: Timestamp?
  /// Of an undo: objects that a run had adopted. They stay on the PBX, and the ledger drops them.
  public var released: [ManagedObject] = []
  /// Further remarks for the admin, as sentences without a full stop.
  public var remarks: [String] = []
  /// Updates of the ledger that need no call to the PBX.
  public var updates: [LedgerUpdate] = []

  public init() {}

  /// The claims to numbers that other entries have.
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

  /// The allocations from pools.
  public var allocations: [Allocation] {
    updates.compactMap { if case .allocate(let allocation) = $0 { allocation } else { nil } }
  }
}

/// A change that also makes values that an admin rejected: a rejection ends when the directory wants other values.
public struct OvertakenRejection: Hashable, Sendable {
  public let key: ObjectKey
  public let entry: EntryID
  public let dn: String
  /// The rejected values that it makes, old and new.
  public let fields: [FieldChange]

  /// Returns nil if the change makes no value of the rejected updates.
  public init?(_ change: Change, rejected: [Approval.Member]) {
    fields = change.fields.filter { field in
      field.field != .number
        && rejected.contains { member in
          member.wanted?.fields.contains { $0.field == field.field && $0.value == field.new } == true
        }
    }
    if change.before == nil || fields.isEmpty { return nil }
    (key, entry, dn) = (change.call.key, change.entry, change.dn)
  }
}

/// A wanted object that must wait, and why.
public struct Conflict: Hashable, Sendable {
  public let wanted: WantedObject
  public let reason: Reason

  public init(_ wanted: WantedObject, _ reason: Reason) {
    self.wanted = wanted
    self.reason = reason
  }

  /// The state of an unwanted object that an entry waits for.
  public enum Removal: Hashable, Sendable {
    /// It is removed when it has been unwanted for so long.
    case pending(RemovalPolicy)
    /// An admin has yet to decide.
    case held
    /// An admin rejected its removal.
    case rejected
  }

  public enum Reason: Hashable, Sendable {
    /// Another entry wants the number too and has it, or has the smaller id.
    case duplicate(winner: EntryID, dn: String)
    /// An entry that isn't gone for certain, or that can't be mapped, still holds the number.
    case occupied(holder: EntryID, dn: String)
    /// The earlier holder is about to be removed and hands the number over then.
    case leaving(ManagedObject, Removal)
    /// The number is protected.
    case protected
    /// The object is no longer wanted, and stays as it is because its number is protected.
    case keptProtected(Absence.Reason)
    /// The object is no longer wanted, and stays as it is because the PBX has another one under its number.
    case keptForeign(Absence.Reason, since: Timestamp)
    /// The number is an emergency number, and the PBX has no extension with it yet.
    case emergency
    /// The number is outside `[numbers] extension_ranges`.
    case outOfRange
    /// The PBX holds a foreign object under this number. The call is repeated at `nextAt`; nil if that isn't needed. If the
    /// number came from a pool, the object is adopted only if a table shows it with exactly the wanted values. `form` is the number of a
    /// contact as the PBX has it, if that is another form.
    case foreign(since: Timestamp, nextAt: Timestamp?, isOfPool: Bool = false, form: String? = nil)
    /// The PBX holds an object under this number, and nothing proves that it is managed.
    case unproven(Unproven)
    /// The PBX refused exactly these values.
    case refused(CallResult, since: Timestamp)
    /// The number was freed by a removal and is in quarantine before another entry gets it.
    case quarantined(until: Timestamp, earlier: EntryID, dn: String)
    /// The call failed repeatedly, and its next try isn't due yet. Its answer may have been lost, so that each try may mail the person.
    case backingOff(ChangeBackoff, mayRepeatMail: Bool)
    /// The entry has no number in the directory, and the source's pool is exhausted. `foreign` are the pool's numbers under
    /// which the PBX had a foreign extension.
    case poolExhausted(NumberPool, foreign: [String])
    /// The entry is to get a number from a pool, and the restored ledger doesn't know which one it may have by now. `unclaimed`
    /// are extensions that an audit showed in the pool since, and that fit no entry's values.
    case restored(NumberPool, unclaimed: [String])
    /// The entry is to get a number from a pool, and the PBX has more extensions in it than the ledger knows, under these numbers.
    case poolUnknown(NumberPool, taken: [String])
    /// The directory gave the number, and gives none now. That looks like a hidden attribute, so the extension stays
    /// as it is.
    case numberGone
    /// The directory gave the number, and gives none now; the PBX lost the extension meanwhile. A number from a pool would be a
    /// second one.
    case numberLost
    /// The entry has no number, and the object of an entry that is missing or disabled looks like the same person's. The entry was
    /// probably created again, with its number hidden. The removal of that object is nil if it isn't due.
    case recreated(ManagedObject, isDisabled: Bool, Removal? = nil)
    /// It requires a change that an admin rejected.
    case blocked
    /// So many entries with an extension show no number that the directory must hide it: a free number may have a holder.
    case numbersHidden(Int)
  }
}

/// An update of the ledger that needs no call to the PBX.
public enum LedgerUpdate: Hashable, Sendable {
  /// The object's absence began, went on, or ended (nil).
  case absence(ObjectKey, Absence?)
  /// The object's entry has another DN, or another entry has become its holder with the same values.
  case holder(ObjectKey, EntryID, dn: String)
  /// An add in doubt whose entry no longer wants it, and that nothing proves to be managed. The call is no longer in
  /// doubt, and the object is unproven from now on.
  case unprove(ManagedObject, inDoubtCalls: [Int64])
  /// An object that an admin allowed to be adopted, and that has the wanted values already.
  case adopt(ManagedObject)
  /// An audit showed that the PBX has this managed object, with these values.
  case seen(ManagedObject)
  /// An audit showed that the PBX no longer has the managed object. pbxsyncd didn't remove it, so its number needs no
  /// quarantine.
  case lost(ObjectKey)
  /// An audit showed that the PBX has a foreign object under this number.
  case foreign(ObjectKey)
  /// An audit showed that the PBX has an object under this number that may be adopted as it is.
  case allowed(AllowedAdoption)
  /// An audit showed all objects of a kind, so a restored ledger is complete for it again.
  case known(ObjectKind)
  /// An audit showed that the PBX has no object under this number, where a foreign one was.
  case foreignGone(ObjectKey)
  /// The ledger drops the object, which stays on the PBX.
  case release(ManagedObject)
  /// A refusal that no longer applies, because the object is no longer wanted or has changed.
  case deleteRefusal(ObjectKey)
  /// A number is allocated from a pool. It is stored before the request is sent, so that it is never allocated again.
  case allocate(Allocation)
}
