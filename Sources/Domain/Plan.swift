/// What one run would do, and what it wouldn't and why.
public struct Plan: Hashable, Sendable {
  /// In the order of sending: each comes after all that it requires.
  public var changes: [Change] = []
  /// Wishes that can't be met now.
  public var parked: [Parked] = []
  /// Contacts that are left out because they are users too.
  public var alsoUsers: [Wanted] = []
  /// Contacts for which the phonebook has no room.
  public var surplus: Surplus?
  /// Objects not wanted any more that aren't due yet.
  public var waiting: [Owned] = []
  /// Objects that may be ours and that nothing proves to be, where no wish in `parked` speaks of them.
  public var unproven: [Owned] = []
  /// Removals that are due and that a limit stops, by kind.
  public var held: [Held] = []
  /// What the directory is to be told of numbers from a pool, each after the PBX has taken the extension.
  public var writings: [Writing] = []
  /// When a number of a pool in which somebody found none has rested long enough, in seconds since 1970.
  public var poolRestedAt: Seconds?
  /// What the ledger should remember without any call to the PBX.
  public var notes: [Note] = []

  public init() {}

  public var isEmpty: Bool { changes.isEmpty && writings.isEmpty }

  /// The numbers that it gives from pools.
  public var allocations: [Allocation] { notes.compactMap { if case .allocate(let it) = $0 { it } else { nil } } }
}

/// A wish of the directory that isn't met, and why.
public struct Parked: Hashable, Sendable {
  public let wanted: Wanted
  public let reason: Reason

  public init(_ wanted: Wanted, _ reason: Reason) {
    self.wanted = wanted
    self.reason = reason
  }

  public enum Reason: Hashable, Sendable {
    /// Another entry wants the number too and has it, or has the smaller id.
    case duplicate(winner: EntryID, dn: String)
    /// An entry that isn't gone for certain, or that can't be mapped, still holds the number.
    case occupied(holder: EntryID, dn: String)
    /// The number is protected.
    case protected
    /// The number lies outside `[numbers] extension_ranges`.
    case outOfRange
    /// The PBX holds a foreign object under this number. It is asked again at `nextAt`; nil where that isn't needed.
    case foreign(since: Seconds, nextAt: Seconds?)
    /// The PBX may hold an object of ours under this number, and nothing proves that it is ours.
    case unproven(Unproven)
    /// The PBX refused these very values.
    case refused(Answer, since: Seconds)
    /// The number was freed by a removal and rests before somebody else gets it.
    case resting(until: Seconds, earlier: EntryID, dn: String)
    /// The call failed again and again, and isn't due yet.
    case backingOff(Setback)
    /// The directory gives no number, and the source's pool has no free one left. `foreign` are those of its numbers under
    /// which the PBX had an extension that isn't ours.
    case poolExhausted(NumberPool, foreign: [String])
    /// The directory gave the number, and gives none now. That looks like a hidden attribute, so the extension stays
    /// as it is.
    case numberGone
  }
}

/// Removals of one kind that a limit stops as a whole, until an admin decides on exactly these.
public struct Held: Hashable, Sendable {
  public let kind: Kind
  public let objects: [Owned]
  /// How many of this kind we own.
  public let owned: Int
  /// The limit as a sentence: "3 of 12 extensions (25 %), more than max_percent = 10".
  public let limit: String

  public init(kind: Kind, objects: [Owned], owned: Int, limit: String) {
    self.kind = kind
    self.objects = objects
    self.owned = owned
    self.limit = limit
  }

  /// What an approval names: another object more or less makes it another set.
  public var name: String {
    let members = objects.sorted { $0.key < $1.key }.map { "\($0.key) \($0.entry)\n" }
    return "\(kind.rawValue)s-\(digest(members.joined()).prefix(8))"
  }
}

/// Something for the ledger to remember that needs no call.
public enum Note: Hashable, Sendable {
  /// The object's absence began, went on, or ended (nil).
  case absence(Key, Absence?)
  /// The object's entry has another DN, or another entry has become its holder with the same values.
  case holder(Key, EntryID, dn: String)
  /// An add in doubt whose entry no longer wants it: held as ours from now on, so that it leaves by the ordinary way.
  /// The doubt stays open.
  case assume(Owned)
  /// An add in doubt whose entry no longer wants it, and that nothing proves to be ours: the doubts end, and the object is
  /// unproven from now on.
  case unprove(Owned, doubts: [Int64])
  /// An object that we were told to adopt, and that has the wanted values already.
  case adopt(Owned)
  /// A refusal that no longer stands, because the wish is gone or has changed.
  case forgetRefusal(Key)
  /// A number was given from a pool. Taken before the request leaves, so that it is never given again.
  case allocate(Allocation)
}
