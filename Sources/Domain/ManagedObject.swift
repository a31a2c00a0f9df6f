/// An object in the ledger: managed if the PBX has accepted these values, and possibly managed if it is unproven.
public struct ManagedObject: Hashable, Sendable {
  public enum Ownership: String, Hashable, Sendable { case created, adopted }

  /// The values that the PBX accepted last.
  public var item: PBXObject
  public var entry: EntryID
  public var dn: String
  public var ownership: Ownership
  /// Set while the directory doesn't want the object.
  public var absence: Absence?
  /// Set while nothing proves that pbxsyncd created or adopted the object. Such an object isn't managed.
  public var unproven: Unproven?

  public init(
    _ item: PBXObject, entry: EntryID, dn: String, ownership: Ownership = .created, absence: Absence? = nil,
    unproven: Unproven? = nil
  ) {
    self.item = item
    self.entry = entry
    self.dn = dn
    self.ownership = ownership
    self.absence = absence
    self.unproven = unproven
  }

  public var key: ObjectKey { item.key }

  /// Whether the object is proved to be managed: only then may it be updated, deleted or undone.
  public var isManaged: Bool { unproven == nil }

  /// The same object, marked as unproven.
  public func unproven(_ reason: Unproven.Reason, since: Timestamp) -> ManagedObject {
    var object = self
    object.unproven = Unproven(reason, since: since)
    return object
  }
}

/// Why the owner of an object is unknown.
public struct Unproven: Hashable, Sendable {
  public enum Reason: String, Hashable, Sendable {
    /// The answer to its add was lost, and the number wasn't seen to be free right before. The values of the object aren't
    /// known either.
    case answerLost = "answer lost"
    /// The ledger that knows it is an older one, which was restored.
    case ledgerRestored = "ledger restored"
    /// The PBX isn't the one that the ledger was written for, or isn't in the same state.
    case pbxReplaced = "PBX replaced"
    /// Evidence such as a table showed that it was lost, but the PBX reports the number as taken; its values are unknown.
    case lossDenied = "loss denied"
    /// A restored ledger doesn't know it, and the PBX reports the number as taken; its values are unknown.
    case notInBackup = "not in backup"
  }

  public var reason: Reason
  public var since: Timestamp
  /// Whether a table showed other values than those that were sent. Its adoption needs an update then.
  public var hasOtherValues: Bool

  public init(_ reason: Reason, since: Timestamp, hasOtherValues: Bool = false) {
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

/// Since when, and in how many complete reads, an object hasn't been wanted.
public struct Absence: Hashable, Sendable {
  public enum Reason: String, Hashable, Sendable {
    /// The entry wasn't in a complete read.
    case missing
    /// The entry was found and is disabled, so it isn't missing.
    case disabled
    /// The entry was found and has another number, or one number fewer.
    case renumbered
  }

  public var reason: Reason
  public var since: Timestamp
  public var reads: Int
  /// The ID of the change of the search settings with which it began (`SearchChange`), or one of the words below: then only an admin ends
  /// it. nil if the grace period ends it.
  public var change: String?

  /// The `change` of an object that had been removed, and that a table showed again.
  public static let thereAgain = "there again"

  public var isThereAgain: Bool { change == Self.thereAgain }

  /// The `change` of an object of a restored ledger that a table proved. It may have been removed since the backup, and
  /// the PBX may have a foreign object with the same values.
  public static let sinceRestore = "ledger restored"

  public var isSinceRestore: Bool { change == Self.sinceRestore }

  /// The `change` of an object that an undo brought back: its removal was a mistake, so it isn't removed unasked again.
  public static let undone = "undone"

  public var isSinceUndo: Bool { change == Self.undone }

  /// Whether it begins with what an admin did, and not with a read. Only a wanted object ends such an absence.
  public var isByAdmin: Bool { isThereAgain || isSinceRestore || isSinceUndo }

  /// For how long a table that showed an object again counts, in seconds: an object created later is foreign.
  public static let validity: Timestamp = 86_400

  /// When the evidence that the object exists again expires, in seconds since 1970; nil if the removal needs no table.
  public var evidenceEnd: Timestamp? { isThereAgain ? since + Self.validity : nil }

  public init(_ reason: Reason, since: Timestamp, reads: Int, change: String? = nil) {
    self.reason = reason
    self.since = since
    self.reads = reads
    self.change = change
  }
}

/// An object that was managed until it was deleted or got another number.
public struct FormerObject: Hashable, Sendable {
  public let key: ObjectKey
  /// Its last entry.
  public let entry: EntryID
  public let dn: String
  /// All values that the PBX has accepted for it.
  public let items: Set<PBXObject>

  public init(_ key: ObjectKey, entry: EntryID, dn: String, items: Set<PBXObject>) {
    self.key = key
    self.entry = entry
    self.dn = dn
    self.items = items
  }

  /// The object with any of its former values, to manage it again.
  public var object: ManagedObject? { items.first.map { ManagedObject($0, entry: entry, dn: dn) } }
}
