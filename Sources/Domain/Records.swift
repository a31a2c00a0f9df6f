/// Seconds since 1970 (POSIX time). The pure rooms are given the time; they never ask for it.
public typealias Seconds = Int64

/// An object that the ledger remembers: ours where the PBX said that it holds these values, and perhaps ours where it is
/// unproven.
public struct Owned: Hashable, Sendable {
  public enum Ownership: String, Hashable, Sendable { case created, adopted }

  /// The values that the PBX accepted last.
  public var item: Item
  public var entry: EntryID
  public var dn: String
  public var ownership: Ownership
  /// Set while the directory doesn't want the object.
  public var absence: Absence?
  /// Set while nothing proves that the object is ours: then it isn't managed, and nothing is sent about it.
  public var unproven: Unproven?

  public init(
    _ item: Item, entry: EntryID, dn: String, ownership: Ownership = .created, absence: Absence? = nil,
    unproven: Unproven? = nil
  ) {
    self.item = item
    self.entry = entry
    self.dn = dn
    self.ownership = ownership
    self.absence = absence
    self.unproven = unproven
  }

  public var key: Key { item.key }

  /// Whether it is proved to be ours: only then may it be updated, deleted or undone.
  public var isManaged: Bool { unproven == nil }

  /// The same object, of which nothing proves that it is ours.
  public func unproven(_ reason: Unproven.Reason, since: Seconds) -> Owned {
    var object = self
    object.unproven = Unproven(reason, since: since)
    return object
  }
}

/// Why nobody can say whether an object is ours.
public struct Unproven: Hashable, Sendable {
  public enum Reason: String, Hashable, Sendable {
    /// The answer to its add was lost, and the number wasn't seen to be free right before. The values of the object aren't
    /// known either.
    case answerLost = "answer lost"
    /// The ledger that knows it is an older one, put back in place.
    case ledgerRestored = "ledger restored"
    /// The PBX isn't the one that the ledger was written for, or isn't in the same state.
    case pbxReplaced = "PBX replaced"
    /// It was lost by all that was seen, as by a table, and the PBX says that the number is taken: by which values, nobody knows.
    case lossDenied = "loss denied"
    /// A restored ledger doesn't know it, and the PBX says that the number is taken: by which values, nobody knows.
    case notInBackup = "not in backup"
  }

  public var reason: Reason
  public var since: Seconds
  /// Whether a table showed other values there than those that were sent. Taking it over costs an update then.
  public var hasOtherValues: Bool

  public init(_ reason: Reason, since: Seconds, hasOtherValues: Bool = false) {
    self.reason = reason
    self.since = since
    self.hasOtherValues = hasOtherValues
  }

  /// Whether the values are those that the object had when it was managed.
  public var hasKnownValues: Bool {
    switch reason {
    case .ledgerRestored, .pbxReplaced: true
    case .answerLost, .lossDenied, .notInBackup: false
    }
  }

  /// Whether the PBX has the object's values by all that is known.
  public var isAsSent: Bool { hasKnownValues && !hasOtherValues }
}

/// An object of the PBX that is known to be somebody else's, whatever the directory wants.
public struct KnownForeign: Hashable, Sendable {
  public let key: Key
  public let since: Seconds

  public init(_ key: Key, since: Seconds) {
    self.key = key
    self.since = since
  }
}

/// How long, and by how many complete reads, an object hasn't been wanted.
public struct Absence: Hashable, Sendable {
  public enum Reason: String, Hashable, Sendable {
    /// The entry wasn't in a complete read.
    case missing
    /// The entry is there and switched off: seen, not missed.
    case disabled
    /// The entry is there and has another number, or one number fewer.
    case renumbered
  }

  public var reason: Reason
  public var since: Seconds
  public var reads: Int
  /// The id of the change of the search settings with which it began (`SearchChange`), or `thereAgain`: only an admin ends it then.
  /// nil where time does.
  public var change: String?

  /// The `change` of an object that had been removed, and that a table showed again.
  public static let thereAgain = "there again"

  public var isThereAgain: Bool { change == Self.thereAgain }

  /// The `change` of an object of a restored ledger that a table proved: it may have been removed since the copy was made, and be
  /// somebody else's with the same values.
  public static let sinceRestore = "ledger restored"

  public var isSinceRestore: Bool { change == Self.sinceRestore }

  /// Whether it begins with what a table showed, and not with a read: that the object is wanted ends it, and nothing less.
  public var isByTable: Bool { isThereAgain || isSinceRestore }

  /// For how long a table that showed an object again is believed, in seconds: what is made under the number later is another's.
  public static let validity: Seconds = 86_400

  /// When what shows that it is there again ends, in seconds since 1970; nil where its removal rests on no table.
  public var evidenceEnd: Seconds? { isThereAgain ? since + Self.validity : nil }

  public init(_ reason: Reason, since: Seconds, reads: Int, change: String? = nil) {
    self.reason = reason
    self.since = since
    self.reads = reads
    self.change = change
  }
}

/// A complete read of one kind that asked otherwise than the last one: through another base, filter, scope, group,
/// exclusion or template of the number, of another server or as another bind identity.
public struct SearchChange: Hashable, Sendable {
  /// Tells it from all others.
  public let id: String
  public let kind: Kind
  /// What it was and is, as a clause.
  public let text: String
  public let at: Seconds

  public init(_ text: String, of kind: Kind, at time: Seconds) {
    self.init(id: String(digest("\(kind.rawValue) \(time) \(text)").prefix(16)), text, of: kind, at: time)
  }

  public init(id: String, _ text: String, of kind: Kind, at time: Seconds) {
    self.id = id
    self.kind = kind
    self.text = text
    at = time
  }
}

/// A call that was about to be made and whose outcome isn't known: a crash, a kill, a timeout or a lost reply.
public struct Doubt: Hashable, Sendable {
  /// The intent's row in the ledger.
  public let intent: Int64
  public let call: Call
  public let entry: EntryID
  public let dn: String

  public init(intent: Int64, call: Call, entry: EntryID, dn: String) {
    self.intent = intent
    self.call = call
    self.entry = entry
    self.dn = dn
  }
}

/// A wish that the PBX refused. It isn't repeated until the wish changes; that a number is taken may end without one, so it
/// is asked for again (`ForeignRetry`).
public struct Refusal: Hashable, Sendable {
  public let item: Item
  public let entry: EntryID
  public let answer: Answer
  public let since: Seconds
  /// When the PBX said it last.
  public let askedAt: Seconds

  public init(_ item: Item, entry: EntryID, answer: Answer, since: Seconds, askedAt: Seconds? = nil) {
    self.item = item
    self.entry = entry
    self.answer = answer
    self.since = since
    self.askedAt = askedAt ?? since
  }
}

/// An object on the PBX that isn't ours and that an admin lets us take over as soon as the directory wants it.
public struct Adoption: Hashable, Sendable {
  public let key: Key
  /// The values that it has on the PBX; nil where nobody said.
  public let item: Item?
  /// Whether it is for whoever would have these very values, and nobody else: a table showed it after a restore of the ledger.
  public let isAsItIs: Bool
  /// When the permission ends; nil where it doesn't.
  public let until: Seconds?

  /// For how long a permission lasts: what is made under the number later is another's.
  public static let validity: Seconds = 86_400

  public init(_ key: Key, item: Item? = nil, asItIs isAsItIs: Bool = false, until: Seconds? = nil) {
    self.key = key
    self.item = item
    self.isAsItIs = isAsItIs
    self.until = until
  }
}

/// An object that was removed, or that the PBX lost, and whose it was.
public struct Freed: Hashable, Sendable {
  public let key: Key
  public let entry: EntryID
  public let dn: String
  public let at: Seconds

  public init(_ key: Key, entry: EntryID, dn: String, at: Seconds) {
    self.key = key
    self.entry = entry
    self.dn = dn
    self.at = at
  }
}

/// A change that failed in each of the last runs, and when it is due again.
public struct Setback: Hashable, Sendable {
  public let key: Key
  public let failures: Int
  public let nextAt: Seconds
  /// What the PBX said last.
  public let message: String

  public init(_ key: Key, failures: Int, nextAt: Seconds, message: String) {
    self.key = key
    self.failures = failures
    self.nextAt = nextAt
    self.message = message
  }

  /// The pause after so many failures in a row: a minute, doubled each time, a day at most.
  public static func pause(after failures: Int) -> Seconds { min(86_400, 60 << min(max(failures - 1, 0), 11)) }
}

/// An entry that claims the number of another's object.
public struct Dispute: Hashable, Sendable {
  public let key: Key
  public let entry: EntryID

  public init(_ key: Key, _ entry: EntryID) {
    self.key = key
    self.entry = entry
  }
}

/// All that the ledger remembers and a plan is made from.
public struct Memory: Hashable, Sendable {
  public var owned: [Owned] = []
  public var doubts: [Doubt] = []
  public var refusals: [Refusal] = []
  public var adoptions: [Adoption] = []
  public var freed: [Freed] = []
  public var setbacks: [Setback] = []
  public var allocations: [Allocation] = []
  public var approvals: [Approval] = []
  /// Changes of the search settings with which an absence began.
  public var searchChanges: [SearchChange] = []
  /// What isn't to be done, as an admin decided.
  public var rejections: Set<Approval.Member> = []
  /// What was held at the last complete read and isn't decided on.
  public var undecided: Set<Key> = []
  /// The kinds of which there has been a first load.
  public var loaded: Set<Kind> = []
  /// What was let go unasked a short while ago, by what was done: it counts against the limits still.
  public var recent: [Held.Action: [Key: Recent]] = [:]

  /// What was let go of one number.
  public struct Recent: Hashable, Sendable {
    /// How many changes the PBX made.
    public var made: Int
    /// Whether one more is under way, or its outcome isn't known: tried once more it's the same one.
    public var isOpen: Bool

    public init(made: Int, isOpen: Bool = false) {
      self.made = made
      self.isOpen = isOpen
    }
  }
  /// How many objects of each kind are ours; nil where `owned` has all of them.
  public var counts: [Kind: Int]?
  public var knownForeign: [KnownForeign] = []
  /// Objects of ours that the PBX doesn't have any more, as far as that was seen, and when. Whose they were is empty where an earlier
  /// version noticed it.
  public var lost: [Freed] = []
  /// Who claimed a number at the last complete read that somebody else held.
  public var disputes: Set<Dispute> = []
  /// Since when the ledger doesn't know all objects of a kind, for an older one was put back: others may have been made since it was
  /// copied. Without a kind of which it knows all again.
  public var restored: [Kind: Seconds] = [:]

  /// What is proved to be ours.
  public var managed: [Owned] { owned.filter(\.isManaged) }

  /// What may be ours and isn't proved to be.
  public var unproven: [Owned] { owned.filter { !$0.isManaged } }

  public init(owned: [Owned] = [], doubts: [Doubt] = [], refusals: [Refusal] = []) {
    self.owned = owned
    self.doubts = doubts
    self.refusals = refusals
  }
}
