import Text

/// Seconds since 1970 (POSIX time). The pure modules are given the time; they never ask for it.
public typealias Timestamp = Int64

/// A foreign object on the PBX. It is known to be foreign even where the directory wants its number.
public struct KnownForeign: Hashable, Sendable {
  public let key: ObjectKey
  public let since: Timestamp
  /// The number as the PBX has it, if that is another form of the same phone number; nil if it has this very number.
  public let form: String?

  public init(_ key: ObjectKey, since: Timestamp, form: String? = nil) {
    self.key = key
    self.since = since
    self.form = form
  }
}

/// A complete read of one kind that asked otherwise than the last one: through another base, filter, scope, group,
/// exclusion or template of the number, of another server or as another bind identity.
public struct SearchChange: Hashable, Sendable {
  /// Its unique name.
  public let id: String
  public let kind: ObjectKind
  /// The earlier and the new settings, as a clause.
  public let text: String
  public let at: Timestamp
  /// Whether an admin edited the settings: not if only another server answers, or the directory went back in time.
  public let isEdit: Bool

  public init(_ text: String, of kind: ObjectKind, at time: Timestamp, isEdit: Bool = true) {
    self.init(
      id: String(digest("\(kind.rawValue) \(time) \(text)").prefix(16)), text, of: kind, at: time, isEdit: isEdit)
  }

  public init(id: String, _ text: String, of kind: ObjectKind, at time: Timestamp, isEdit: Bool = true) {
    self.id = id
    self.kind = kind
    self.text = text
    self.isEdit = isEdit
    at = time
  }
}

/// A call that was about to be made and whose outcome isn't known: a crash, a kill, a timeout or a lost reply.
public struct InDoubtCall: Hashable, Sendable {
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

extension [InDoubtCall] {
  /// The last one of each object.
  public var lastOfEachObject: [InDoubtCall] {
    let last = Dictionary(map { ($0.call.key, $0.intent) }, uniquingKeysWith: Swift.max)
    return filter { last[$0.call.key] == $0.intent }
  }
}

/// A wanted object that the PBX refused. It isn't sent again until it changes. The exception is a taken number, which
/// may become free without a change, so `ForeignRetry` repeats the call.
public struct Refusal: Hashable, Sendable {
  public let item: PBXObject
  public let entry: EntryID
  public let answer: CallResult
  public let since: Timestamp
  /// When the PBX last refused it.
  public let askedAt: Timestamp

  public init(_ item: PBXObject, entry: EntryID, answer: CallResult, since: Timestamp, askedAt: Timestamp? = nil) {
    self.item = item
    self.entry = entry
    self.answer = answer
    self.since = since
    self.askedAt = askedAt ?? since
  }
}

/// A foreign object on the PBX that an admin allowed pbxsyncd to adopt as soon as the directory wants it.
public struct AllowedAdoption: Hashable, Sendable {
  public let key: ObjectKey
  /// The values that it has on the PBX; nil if unknown.
  public let item: PBXObject?
  /// Whether only an entry with these exact values may adopt it, because a table showed it after a restore of the ledger.
  public let isAsItIs: Bool
  /// When the permission ends; nil if it doesn't.
  public let until: Timestamp?

  /// For how long a permission lasts: an object created under the number later is foreign.
  public static let validity: Timestamp = 86_400

  public init(_ key: ObjectKey, item: PBXObject? = nil, asItIs isAsItIs: Bool = false, until: Timestamp? = nil) {
    self.key = key
    self.item = item
    self.isAsItIs = isAsItIs
    self.until = until
  }
}

/// A number whose object was removed or lost, with its last entry.
public struct FormerHolder: Hashable, Sendable {
  /// The object's last values; empty except for the number if they aren't known.
  public let item: PBXObject
  public let entry: EntryID
  public let dn: String
  public let at: Timestamp

  public var key: ObjectKey { item.key }

  /// A holder whose object's values aren't known.
  public init(_ key: ObjectKey, entry: EntryID, dn: String, at: Timestamp) {
    let item: PBXObject =
      switch key.kind {
      case .extension: .extension(Extension(number: key.number, firstName: ""))
      case .contact: .contact(Contact(number: key.number, firstName: "", lastName: ""))
      }
    self.init(item, entry: entry, dn: dn, at: at)
  }

  public init(_ item: PBXObject, entry: EntryID, dn: String, at: Timestamp) {
    self.item = item
    self.entry = entry
    self.dn = dn
    self.at = at
  }
}

/// A change that failed in each of the last runs, and when it is due again.
public struct ChangeBackoff: Hashable, Sendable {
  public let key: ObjectKey
  public let failures: Int
  public let nextAt: Timestamp
  /// The PBX's last message.
  public let message: String

  public init(_ key: ObjectKey, failures: Int, nextAt: Timestamp, message: String) {
    self.key = key
    self.failures = failures
    self.nextAt = nextAt
    self.message = message
  }
}

/// An entry that claims the number of another's object.
public struct Dispute: Hashable, Sendable {
  public let key: ObjectKey
  public let entry: EntryID

  public init(_ key: ObjectKey, _ entry: EntryID) {
    self.key = key
    self.entry = entry
  }
}

/// The ledger's state from which a plan is made.
public struct LedgerState: Hashable, Sendable {
  public var objects: [ManagedObject] = []
  public var inDoubt: [InDoubtCall] = []
  public var refusals: [Refusal] = []
  public var adoptions: [AllowedAdoption] = []
  public var formerHolders: [FormerHolder] = []
  public var backoffs: [ChangeBackoff] = []
  public var allocations: [Allocation] = []
  public var approvals: [Approval] = []
  /// Changes of the search settings with which an absence began.
  public var searchChanges: [SearchChange] = []
  /// The changes that an admin rejected.
  public var rejections: Set<Approval.Member> = []
  /// The objects that were held at the last complete read and aren't decided on.
  public var undecided: Set<Approval.Member> = []
  /// The kinds whose first load is finished.
  public var loaded: Set<ObjectKind> = []
  /// Recent changes without an admin's decision, by action: they still count against the limits.
  public var recent: [HeldSet.Action: [ObjectKey: Recent]] = [:]

  /// The recent changes of one number.
  public struct Recent: Hashable, Sendable {
    /// How many changes the PBX made.
    public var made: Int
    /// Whether another one is under way or in doubt; its retry is the same change.
    public var isOpen: Bool

    public init(made: Int, isOpen: Bool = false) {
      self.made = made
      self.isOpen = isOpen
    }
  }
  /// The totals of all entries, if this state has only a part of them; nil if it has all.
  public var totals: Totals?

  /// Counts of all objects and entries, for a plan of some of them: the limits depend on the totals.
  public struct Totals: Hashable, Sendable {
    /// How many objects of each kind are managed.
    public var managed: [ObjectKind: Int]
    /// How many entries of each source show a number, by the source's position among those of its kind.
    public var numbered: [ObjectKind: [Int: Int]] = [:]
    /// How many of a source's entries have an object with a value in the field.
    public var valued: [ObjectKind: [Int: [ObjectField: Int]]] = [:]
    /// How many entries that want contacts have several of them.
    public var severalContacts = 0

    public init(managed: [ObjectKind: Int] = [:]) { self.managed = managed }
  }
  public var knownForeign: [KnownForeign] = []
  /// Mail addresses, in lower case, of missing or disabled people that others who are there have too: nobody is recognised by them. Only for
  /// a plan that may allocate numbers.
  public var sharedMailboxes: Set<String> = []
  /// Managed objects that the PBX has lost, and when that was noticed. The holder is empty if an earlier version recorded the loss.
  public var lost: [FormerHolder] = []
  /// Claims at the last complete read to a number that another entry held.
  public var disputes: Set<Dispute> = []
  /// An admin's order to send nothing; nil if there is none now.
  public var freeze: Freeze?
  /// Since when an older ledger is in use, which may lack objects of a kind that were created after its backup. Without the
  /// kinds of which it knows all objects again.
  public var restored: [ObjectKind: Timestamp] = [:]

  /// The objects that are proved to be managed.
  public var managed: [ManagedObject] { objects.filter(\.isManaged) }

  /// The objects that may be managed and aren't proved to be.
  public var unproven: [ManagedObject] { objects.filter { !$0.isManaged } }

  /// The last call in doubt of each object, in the order of their intents: one object may have a call for each value that it was to get.
  public var lastInDoubt: [InDoubtCall] { inDoubt.lastOfEachObject }

  public init(owned: [ManagedObject] = [], inDoubtCalls: [InDoubtCall] = [], refusals: [Refusal] = []) {
    self.objects = owned
    self.inDoubt = inDoubtCalls
    self.refusals = refusals
  }
}
