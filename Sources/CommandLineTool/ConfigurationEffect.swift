import Domain
import Sync

/// What an edited configuration leads to that the present one doesn't, by the keys that cause it.
///
/// A change is caused by a key if no other changed key can affect it: a template by its field and its source, a search setting by its
/// source, the rules for numbers and names by the fields that they make. What several keys can affect is one group of its own. A change
/// that the present configuration would hold or let wait, and the edited one makes, is caused by the keys that decide on that.
struct ConfigurationEffect: Sendable {
  /// A source's section of either configuration, by its path in the file.
  struct Section: Sendable {
    let path: String
    let kind: ObjectKind
    let covers: @Sendable (_ dn: String) -> Bool
  }

  /// What a run does with a change.
  enum State: Hashable, Sendable { case made, held, pending }

  /// A change that both configurations want, and that the edited one makes, holds or lets wait otherwise than the present one.
  struct Shift: Hashable, Sendable {
    let action: HeldSet.Action
    let from: State
    let to: State
  }

  /// The consequences with one cause.
  struct Group: Hashable, Sendable {
    /// How many changes are made, held or pending otherwise than by the present configuration.
    var shifts: [Shift: Int] = [:]
    /// Until when the last of the removals that are made now would wait; nil if that isn't known.
    var waitsUntil: Timestamp?
    var additions = 0
    var updates = 0
    /// Managed objects that no entry wants: removed, held, or pending.
    var leftBehind = 0
    var conflicts = 0
    /// Entries with invalid data.
    var invalid = 0
    /// Fields without a usable value: the entry's value is invalid.
    var kept = 0
    /// How many people the PBX would mail.
    var mails = 0
    /// How many of the changes a limit would hold.
    var held = 0
  }

  /// In the order of the file.
  let changedKeys: [String]
  /// By key, in the order of the file.
  private(set) var groups: [(key: String, group: Group)] = []
  /// What several keys can have caused, with these keys.
  private(set) var undetermined: (keys: [String], group: Group)?
  /// What a run with the present configuration does too; nil if that is unknown.
  private(set) var present: Group?

  /// Managed objects that no entry would want.
  var leftBehind: Int {
    (groups.map(\.group) + [undetermined?.group].compactMap(\.self)).reduce(0) { $0 + $1.leftBehind }
  }

  /// - Parameters:
  ///   - old: the keys of the present configuration; nil if it is wrong.
  ///   - new: those of the edited one.
  ///   - today: the plan of the present configuration; nil if it is unknown.
  ///   - edited: the plan of the edited one.
  ///   - removal: the present rules for removals.
  ///   - problems: of both configurations.
  ///   - sections: of both configurations.
  init(
    from old: [String: String], to new: [String: String], today: Plan?, edited: Plan,
    removal: RemovalPolicy? = nil,
    problems: (today: [MappingProblem], edited: [MappingProblem]) = ([], []), sections: [Section]
  ) {
    changedKeys = Self.changedKeys(from: old, to: new)
    let known = Dictionary(
      ((today?.consequences ?? []) + problems.today.consequences).map { ($0, $0) },
      uniquingKeysWith: { first, _ in first })
    var (byKey, others, othersKeys): ([String: Group], Group, Set<String>) = ([:], Group(), [])
    if today != nil { present = Group() }
    for consequence in edited.consequences + problems.edited.consequences {
      let before = known[consequence]
      if let before, before.state == consequence.state {
        present?.add(consequence)
        continue
      }
      let paths = sections.filter { consequence.isOf($0.kind) && $0.covers(consequence.dn) }.map(\.path)
      let causes = changedKeys.filter { key in
        before.map { consequence.mayBeShifted(from: $0.state, by: key) }
          ?? consequence.mayBeCaused(by: key, of: paths)
      }
      func add(to group: inout Group) {
        if let before { group.add(consequence, insteadOf: before, removal) } else { group.add(consequence) }
      }
      if causes.count == 1 {
        add(to: &byKey[causes[0], default: Group()])
      } else {
        add(to: &others)
        othersKeys.formUnion(causes)
      }
    }
    groups = changedKeys.compactMap { key in byKey[key].map { (key, $0) } }
    if others != Group() { undetermined = (changedKeys.filter(othersKeys.contains), others) }
  }

  /// The keys with other values; a section that only one of the files has is one key.
  private static func changedKeys(from old: [String: String], to new: [String: String]) -> [String] {
    /// `users[0]` of `users[0].extension.number`.
    func section(_ key: String) -> Substring? {
      key.firstIndex(of: "]").map { key[...$0] }
    }
    let both = Set(old.keys.compactMap(section)).intersection(new.keys.compactMap(section))
    var changed: Set<String> = []
    for key in Set(old.keys).union(new.keys) where old[key] != new[key] {
      if let section = section(key), !both.contains(section) {
        changed.insert(String(section))
      } else {
        changed.insert(key)
      }
    }
    return changed.sorted()
  }
}

extension ConfigurationEffect.Group {
  fileprivate mutating func add(_ consequence: Consequence) {
    switch consequence.sort {
    case .addition: additions += 1
    case .update: updates += 1
    case .removal: leftBehind += 1
    case .conflict: conflicts += 1
    case .invalid: invalid += 1
    case .kept: kept += 1
    }
    if consequence.isMailed { mails += 1 }
    if consequence.state == .held { held += 1 }
  }

  /// Adds a change that the present configuration wants too, and that it makes, holds or lets wait otherwise.
  fileprivate mutating func add(_ consequence: Consequence, insteadOf before: Consequence, _ removal: RemovalPolicy?) {
    guard let action = consequence.action else { return }
    shifts[ConfigurationEffect.Shift(action: action, from: before.state, to: consequence.state), default: 0] += 1
    guard consequence.state == .made else { return }
    if consequence.isMailed { mails += 1 }
    if let since = before.absentSince, let removal {
      waitsUntil = max(waitsUntil ?? 0, since + removal.after)
    }
  }
}

/// A change, held or not, a conflict, or an entry with invalid data.
private struct Consequence: Hashable {
  enum Sort: Hashable { case addition, update, removal, conflict, invalid, kept }

  enum Subject: Hashable {
    case object(ObjectKey, EntryID)
    /// The problems of an entry.
    case problems(dn: String, Set<String>)
  }

  let sort: Sort
  let subject: Subject
  let dn: String
  let wanted: PBXObject?
  let fields: Set<ObjectField>
  var state = ConfigurationEffect.State.made
  /// Of a pending removal: since when no entry wants the object.
  var absentSince: Timestamp?
  /// Whether another entry gets the object.
  var isHandover = false

  /// nil if it is no change.
  var action: HeldSet.Action? {
    switch sort {
    case .addition: .addition
    case .update: .update
    case .removal: .removal
    case .conflict, .invalid, .kept: nil
    }
  }

  var isMailed: Bool { sort != .conflict && wanted?.isMailed == true }

  /// Whether an entry's data are the problem.
  private var isOfData: Bool { sort == .invalid || sort == .kept }

  /// An entry with invalid data may be meant for either kind.
  func isOf(_ kind: ObjectKind) -> Bool { if case .object(let key, _) = subject { key.kind == kind } else { true } }

  // A change that both plans have may be held or pending in one of them only. What is new in both may have other values.
  static func == (left: Self, right: Self) -> Bool {
    (left.sort, left.subject) == (right.sort, right.subject)
      && (left.sort != .update || left.wanted == right.wanted)
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(sort)
    hasher.combine(subject)
  }

  /// Whether a key can decide if the change is made, held or pending.
  func mayBeShifted(from before: ConfigurationEffect.State, by key: String) -> Bool {
    let words = key.split(separator: ".")
    guard let section = words.first, let name = words.last else { return false }
    // The grace period and complete reads decide if a removal is due, limits if it is held.
    let isAboutDue = before == .pending || state == .pending
    switch section {
    case "removal":
      return isAboutDue
        ? ["after", "complete_reads", "max_fall"].contains(name) : sort != .addition && name.hasPrefix("max_")
    case "update": return sort == .update
    case "addition": return sort == .addition
    case "directory": return true
    case "alerts", "metrics", "schedule", "state": return false
    default:
      // Other changes of the same kind count against the same limits.
      if isAboutDue { return false }
      return section.hasPrefix("users[")
        ? isOf(.extension) : section.hasPrefix("contacts[") ? isOf(.contact) : true
    }
  }

  /// - Parameter paths: the sections that may have selected the entry.
  func mayBeCaused(by changed: String, of paths: [String]) -> Bool {
    for path in paths where changed == path || changed.hasPrefix("\(path).") {
      if changed == path { return true }
      let name = String(changed.dropFirst(path.count + 1))
      return isOfData || ConfigurationEffect.isCause(name, of: fields, isUpdate: sort == .update && !isHandover)
    }
    if changed.contains("users[") || changed.contains("contacts[") { return false }
    return isOfData && changed.hasPrefix("names.")
      || ConfigurationEffect.isCause(general: changed, of: fields, isUpdate: sort == .update && !isHandover)
  }
}

extension ConfigurationEffect {
  private static let mandatoryFields: Set<ObjectField> = [.number, .firstName, .lastName, .company]

  /// Whether a key of a source's section can cause the update of these fields, or an addition, removal or conflict.
  fileprivate static func isCause(_ key: String, of fields: Set<ObjectField>, isUpdate: Bool) -> Bool {
    let words = key.split(separator: ".")
    guard words.count > 1, let name = words.last else {
      // Base, filter, groups, exclusions, disabled accounts, other entries that share a number.
      return !isUpdate || key == "also_users" || key == "shared"
    }
    let own: ObjectField? = name.hasPrefix("numbers") ? .number : ObjectField(rawValue: String(name))
    // Without a number or a name an entry can't be mapped.
    guard isUpdate else { return own.map { mandatoryFields.contains($0) } ?? true }
    if let own { return fields.contains(own) }
    // Labels, the first name of companies, a pool, with whose numbers other fields are made.
    return name.hasPrefix("company") ? fields.contains(.firstName) : true
  }

  /// The same for a key outside the sources' sections.
  fileprivate static func isCause(general key: String, of fields: Set<ObjectField>, isUpdate: Bool) -> Bool {
    let section = key.prefix { $0 != "." && $0 != "[" }
    switch section {
    case "names": return isUpdate ? !fields.isDisjoint(with: [.firstName, .lastName, .company]) : false
    case "sites": return !isUpdate || !fields.isDisjoint(with: [.number, .callerID])
    case "numbers":
      switch key.dropFirst(section.count + 1) {
      case "country", "area", "ddi", "plus": return !isUpdate || !fields.isDisjoint(with: [.number, .callerID])
      case "handover": return true
      default: return !isUpdate
      }
    case "directory", "pbx", "phonebook", "removal", "update", "addition": return !isUpdate || section == "directory"
    default: return false
    }
  }
}

extension Plan {
  /// What a plan changes or would change, and what it can't.
  fileprivate var consequences: [Consequence] {
    var all = changes.map { change in
      let sort: Consequence.Sort =
        switch change.call.action {
        case .add: .addition
        case .update: .update
        case .delete: .removal
        }
      return Consequence(
        sort: sort, subject: .object(change.call.key, change.entry), dn: change.dn, wanted: change.call.item,
        fields: Set(change.fields.map(\.field)),
        isHandover: change.before.map { $0.entry != change.entry } ?? false)
    }
    for set in held {
      all += set.objects.map { object in
        Consequence(
          sort: object.wanted == nil ? .removal : object.before == nil ? .addition : .update,
          subject: .object(object.key, object.entry), dn: object.dn, wanted: object.wanted,
          fields: Set(object.fields.map(\.field)), state: .held)
      }
    }
    all += pendingRemovals.map { object in
      Consequence(
        sort: .removal, subject: .object(object.key, object.entry), dn: object.dn, wanted: nil, fields: [],
        state: .pending, absentSince: object.absence?.since)
    }
    all += conflicts.map { conflict in
      Consequence(
        sort: .conflict, subject: .object(conflict.wanted.item.key, conflict.wanted.entry), dn: conflict.wanted.dn,
        wanted: conflict.wanted.item, fields: [])
    }
    return all
  }
}

extension [MappingProblem] {
  /// One for each entry with invalid data, and one for each field without a usable value: as the report counts them.
  fileprivate var consequences: [Consequence] {
    func consequence(_ sort: Consequence.Sort, _ dn: String, _ reasons: [String]) -> Consequence {
      Consequence(
        sort: sort, subject: .problems(dn: dn, Set(reasons)), dn: dn, wanted: nil, fields: [])
    }
    return filter { $0.keptField == nil }.grouped(by: \.dn).map { dn, problems in
      consequence(.invalid, dn, problems.map(\.reason))
    } + filter { $0.keptField != nil }.map { consequence(.kept, $0.dn, ["\($0.attribute): \($0.reason)"]) }
  }
}
