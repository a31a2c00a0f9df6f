import Text

/// Changes of one kind and action that are held as a whole, until an admin decides on exactly these.
public struct HeldSet: Hashable, Sendable {
  public enum Action: String, Hashable, Sendable, CaseIterable { case removal, update, addition }

  /// Why they are held.
  public enum Cause: String, Hashable, Sendable {
    /// There are too many of them.
    case limit
    /// They were first missed when the search settings had changed: a mistake in these looks like people who have left.
    case settings
    /// They were removed and an audit showed them again. Somebody may have created them by hand since.
    case revived
    /// An older ledger was restored, and a table proved them: they may have been removed meanwhile.
    case restored
    /// An undo brought them back, and no entry wants them.
    case undone
    /// A present entry that can't have the object looks like the holder, which is missing or disabled: probably it is the same, created
    /// again, and doesn't get the number.
    case recreated
    /// So many objects would lose a field at once that the directory probably hides it.
    case hiddenValues = "hidden values"
  }

  public let kind: ObjectKind
  public let action: Action
  public let cause: Cause
  public let objects: [HeldObject]
  /// The number of managed objects of this kind.
  public let owned: Int
  /// The reason as a sentence: "3 extensions are due for removal of 12, more than max_percent = 10".
  public let limit: String
  /// Changes that aren't made because they require one of these.
  public let dependents: [HeldObject]
  /// The changes of the search settings that hold them.
  public let changes: [SearchChange]
  /// The name for decisions: a set with another object or another value has another name.
  public let name: String

  /// - Parameter evidence: what an admin must know for a decision, besides the changes; with other evidence the set has another name.
  public init(
    _ action: Action = .removal, of kind: ObjectKind, because cause: Cause = .limit, seeing evidence: [String] = [],
    objects: [HeldObject], owned: Int, limit: String, dependents: [HeldObject] = [], changes: [SearchChange] = []
  ) {
    self.action = action
    self.kind = kind
    self.cause = cause
    self.objects = objects
    self.owned = owned
    self.limit = limit
    self.dependents = dependents
    self.changes = changes
    name = Self.name(action, kind, objects, evidence)
  }

  /// A digest of all values of all objects, so it is made only once.
  private static func name(
    _ action: Action, _ kind: ObjectKind, _ objects: [HeldObject], _ evidence: [String]
  ) -> String {
    let members = objects.sorted { $0.key < $1.key }.map { object in
      // As of a decision: the values of an entry with a new ID are the same ones.
      let values = object.wanted.map { $0.fields.map { " \($0.value.utf8.count):\($0.value)" }.joined() }
      return "\(object.key)\(values ?? " \(object.entry)")\n"
    }
    let prefix = action == .removal ? "\(kind.rawValue)s" : "\(kind.rawValue)s-\(action.rawValue)"
    return "\(prefix)-\(digest((members + evidence).joined()).prefix(8))"
  }

  /// How many mails the PBX would send.
  public var mails: Int { objects.count { $0.wanted?.isMailed == true } }
}

/// One object of a held set: its entry, the PBX's present object and the wanted one.
public struct HeldObject: Hashable, Sendable {
  public let key: ObjectKey
  public let entry: EntryID
  public let dn: String
  /// The object as the PBX last accepted it; nil for an addition.
  public let before: ManagedObject?
  /// The object after the change; nil for a removal.
  public let wanted: PBXObject?
  /// The values of a foreign object that the change adopts, if a table showed them.
  private let shown: PBXObject?

  public init(
    _ key: ObjectKey, _ entry: EntryID, dn: String, before: ManagedObject?, wanted: PBXObject?, shown: PBXObject? = nil
  ) {
    self.shown = shown
    self.key = key
    self.entry = entry
    self.dn = dn
    self.before = before
    self.wanted = wanted
  }

  public init(removing object: ManagedObject) {
    self.init(object.key, object.entry, dn: object.dn, before: object, wanted: nil)
  }

  public init(_ change: Change) {
    self.init(
      change.call.key, change.entry, dn: change.dn, before: change.before, wanted: change.call.item,
      shown: change.shown)
  }

  /// The name of the user or contact after the change.
  public var name: String { (wanted ?? before?.item)?.name ?? "" }

  /// The fields that change, old and new.
  public var fields: [FieldChange] {
    wanted?.changes(from: before?.item ?? shown) ?? []
  }

  /// The member by which an admin decides on it.
  public func member(_ action: HeldSet.Action) -> Approval.Member {
    Approval.Member(key, entry, action, wanted: wanted)
  }
}

/// A held set on which an admin decided.
public struct Approval: Hashable, Sendable {
  /// One change: a decision holds for it as long as it is the same to the last value, also if its entry is created again.
  public struct Member: Hashable, Sendable {
    public let key: ObjectKey
    public let entry: EntryID
    public let action: HeldSet.Action
    /// The values that the object gets; nil for a removal.
    public let wanted: PBXObject?

    public init(_ key: ObjectKey, _ entry: EntryID, _ action: HeldSet.Action = .removal, wanted: PBXObject? = nil) {
      self.key = key
      self.entry = entry
      self.action = action
      self.wanted = wanted
    }

    public init(_ change: Change) {
      self.init(change.call.key, change.entry, change.heldAction, wanted: change.call.item)
    }

    /// The same values, whichever entry wants them: a recreated entry has another ID. A removal keeps its entry.
    public var ofAnyEntry: Member { wanted == nil ? self : Member(key, EntryID(""), action, wanted: wanted) }
  }

  /// How long an approval waits for a run that makes it, in seconds.
  public static let validity: Timestamp = 7 * 86_400

  /// The name of the set (`HeldSet.name`).
  public let name: String
  /// Why the set was held.
  public let cause: HeldSet.Cause
  public let members: Set<Member>

  public init(_ name: String, because cause: HeldSet.Cause = .limit, _ members: Set<Member>) {
    self.name = name
    self.cause = cause
    self.members = members
  }
}

extension Change {
  /// The action for the limits: an object that the PBX has already, managed or foreign, is updated.
  public var heldAction: HeldSet.Action {
    switch call.action {
    case .delete: .removal
    case .add, .update: before == nil ? .addition : .update
    }
  }

  /// Whether the PBX sends the person a mail because of it.
  public var isMailed: Bool { call.item?.isMailed == true }
}

extension Call {
  /// Whether the PBX sends a mail each time that the call is made, even if it was executed before. A repeated add sends none, because the
  /// PBX refuses it.
  public var mailsAgain: Bool { if case .updateExtension = self { item?.isMailed == true } else { false } }
}

extension PBXObject {
  /// Whether an add or an update of it makes the PBX send a mail.
  public var isMailed: Bool { if case .extension(let user) = self { !user.email.isEmpty } else { false } }
}

extension Plan {
  /// How many mails the PBX sends when the plan is executed.
  public var mails: Int { changes.count(where: \.isMailed) }
}

/// A template that has changed, and explains changes that are held.
public struct TemplateChange: Hashable, Sendable {
  /// The name of its source in the configuration.
  public let source: String
  public let field: ObjectField
  /// "none" without a template.
  public let old: String
  public let new: String

  public init(of field: ObjectField, in source: String, from old: String, to new: String) {
    (self.source, self.field, self.old, self.new) = (source, field, old, new)
  }

  /// Each template's changes as one, from its first text to its last; none if these are equal.
  public static func joined(_ earlier: [TemplateChange], _ later: [TemplateChange]) -> [TemplateChange] {
    let again = later.map { change in
      let first = earlier.first { $0.isOfSameTemplate(as: change) }
      return TemplateChange(of: change.field, in: change.source, from: first?.old ?? change.old, to: change.new)
    }
    let rest = earlier.filter { change in !again.contains { change.isOfSameTemplate(as: $0) } }
    return (rest + again).filter { $0.old != $0.new }
  }

  /// What has changed, as clauses: of several sources each by its name.
  public static func text(of changes: [TemplateChange]) -> String {
    let isOne = changes.count == 1
    return changes.map { change in
      "its template\(isOne ? "" : " in \"\(change.source)\"") was \(change.old) and is now \(change.new)"
    }
    .joined(separator: ", ")
  }

  /// Earlier ledgers don't know the source.
  private func isOfSameTemplate(as other: TemplateChange) -> Bool {
    field == other.field && (source == other.source || source.isEmpty || other.source.isEmpty)
  }
}
