import Directory
import Domain
import LDAP
import Mapping
import Reconcile

/// The conflicts of an entry that another value in the directory could solve.
enum FindingKey: Hashable, Sendable {
  /// Its number is another entry's or outside the ranges.
  case number
  case problem(attribute: String, isMissing: Bool, kept: ObjectField?)
  /// By the setting of its field.
  case ambiguity(String)
  /// `last` removes other digits than for the other entries.
  case cut(String)
  /// Two numbers of a contact are the same.
  case double
  /// Its number from a pool isn't in the directory.
  case unwritten

  init(_ problem: MappingProblem) {
    self = .problem(
      attribute: problem.attribute.lowercased(), isMissing: problem.value.isEmpty, kept: problem.keptField)
  }
}

/// An entry with the sources that select it: maps it with other values.
struct FixContext: Sendable {
  /// The format of the numbers of similar entries.
  struct Model: Sendable {
    let attribute: String
    let value: String
    let number: String
    /// Whether the digits before its number are surely those of the entry's site, and not of another one.
    var isOfSameSite = true
  }

  /// The sources that select it, at most one of each kind.
  let sources: [Source]
  let entry: Entry
  let id: EntryID
  let now: Timestamp
  /// The entry's objects on the PBX.
  let present: [ManagedObject]
  let model: Model?
  /// Attributes that its object classes allow and that have no value.
  let allowed: Set<String>
  /// By setting: how often `last` removes which digits.
  let cuts: [String: [String: Int]]
  /// The extension numbers of the entries right beside it.
  var neighbours: Set<String> = []
  /// The entries that have left, with what they have or show.
  var leavers = Leavers()

  /// Entries that are disabled or that no source finds: a person may have another entry by now.
  struct Leavers: Sendable {
    struct Holder: Sendable {
      let object: ManagedObject
      let isDisabled: Bool

      /// What it is, as a clause behind "looks like".
      var text: String {
        "\(object.dn), which \(isDisabled ? "is disabled" : "no source finds") and which still has \(object.key.number)"
      }
    }

    /// The numbers that they have or show, each with its entries.
    private(set) var numbers: [String: Set<EntryID>] = [:]
    /// Those with an extension, by each value by which another entry may be like them.
    private(set) var holders: [EntrySign: [Holder]] = [:]

    var holdNone: Bool { holders.isEmpty }

    init() {}

    init(_ state: LedgerState, _ reading: ReadResult) {
      for object in state.objects where object.key.kind == .extension {
        let sighting = reading.sighting(of: object.entry, as: .extension)
        guard sighting == nil || sighting == .disabled else { continue }
        add(object, isDisabled: sighting == .disabled)
      }
      for reserved in reading.reserved {
        let sighting = reading.sighting(of: reserved.entry, as: .extension)
        if sighting == nil || sighting == .disabled { add(reserved.number, of: reserved.entry) }
      }
    }

    mutating func add(_ number: String, of entry: EntryID) { numbers[number, default: []].insert(entry) }

    mutating func add(_ object: ManagedObject, isDisabled: Bool) {
      add(object.key.number, of: object.entry)
      for sign in EntrySign.all(of: object.item, object.dn) {
        holders[sign, default: []].append(Holder(object: object, isDisabled: isDisabled))
      }
    }
  }

  /// The extension of a leaver that looks like the entry with these values: probably the same person, whose number wasn't restored.
  func predecessor(of entry: Entry) -> Leavers.Holder? {
    if leavers.holdNone { return nil }
    let wanted: WantedObject
    switch users?.map(entry, id, now) {
    case .wanted(let objects, _):
      guard let first = objects.first else { return nil }
      wanted = first
    case .unnumbered(let user, _): wanted = user.wanted
    case .unmappable(let partial, _): wanted = WantedObject(partial, entry: id, dn: entry.dn)
    case .disabled, nil: return nil
    }
    let alike = EntrySign.all(of: wanted.item, entry.dn).flatMap { sign in
      leavers.holders[sign, default: []].filter { holder in
        holder.object.entry != id && wanted.isAlike(holder.object, by: sign, isDisabled: holder.isDisabled)
      }
    }
    func rank(_ holder: Leavers.Holder) -> (Int, ObjectKey) { (-wanted.likeness(to: holder.object), holder.object.key) }
    return alike.min { rank($0) < rank($1) }
  }

  /// Whether another entry that has left has or shows the number.
  func isOfLeaver(_ number: String?) -> Bool {
    number.flatMap { leavers.numbers[$0] }.map { $0 != [id] } ?? false
  }

  /// The entry's mapping.
  struct Outcome: Hashable {
    /// Its extension number, whatever else is wrong with the entry.
    var number: String?
    var findings: Set<FindingKey> = []
    /// The number of its different phone numbers in the phonebook.
    var contacts = 0
  }

  var users: Source? { sources.first { $0.kind == .extension } }

  var presentNumbers: Set<String> { Set(present.filter { $0.key.kind == .extension }.map(\.key.number)) }

  /// nil if the account would be disabled.
  func outcome(of entry: Entry) -> Outcome? {
    var outcome = Outcome()
    for source in sources {
      let dialPlan = source.dialPlans.dialPlan(for: entry)
      switch source.map(entry, id, now) {
      case .disabled: return nil
      case .unnumbered(_, let problems), .unmappable(_, let problems):
        outcome.findings.formUnion(problems.map(FindingKey.init))
      case .wanted(_, let problems):
        outcome.findings.formUnion(problems.map(FindingKey.init))
        for setting in source.fields { outcome.findings.formUnion(findings(setting, entry, dialPlan)) }
      }
      if source.kind == .extension,
        let texts = source.numberSetting?.trial(of: entry, dialPlan: dialPlan).values.map(\.text)
      {
        outcome.number = texts.first(where: presentNumbers.contains) ?? texts.first
      } else if source.kind == .contact {
        let texts = phoneNumbers(source, entry, dialPlan)
        outcome.contacts = texts.count
        if texts.values.contains(where: { $0.count > 1 }) { outcome.findings.insert(.double) }
      }
    }
    return outcome
  }

  private func findings(_ setting: SourceField, _ entry: Entry, _ dialPlan: DialPlan) -> [FindingKey] {
    let trial = setting.trial(of: entry, dialPlan: dialPlan)
    let ambiguity = trial.rivals.isEmpty ? [] : [FindingKey.ambiguity(setting.key)]
    guard let cut = trial.values.first?.cut, let counts = cuts[setting.key], counts.values.contains(where: { $0 > 1 })
    else { return ambiguity }
    let isUsual = if case .off(let digits) = cut { counts[digits, default: 0] > 1 } else { false }
    return ambiguity + (isUsual ? [] : [.cut(setting.key)])
  }

  /// The phone numbers of a contact, each with its mapped texts.
  private func phoneNumbers(_ source: Source, _ entry: Entry, _ dialPlan: DialPlan) -> [String: Set<String>] {
    var texts: [String: Set<String>] = [:]
    for setting in source.fields where setting.field == .number {
      let trial = setting.trial(of: entry, dialPlan: dialPlan)
      for value in trial.takesAll ? trial.values : Array(trial.values.prefix(1)) {
        texts[value.e164 ?? value.text, default: []].insert(value.text)
      }
    }
    return texts
  }
}

extension Source {
  var numberSetting: SourceField? { fields.first { $0.field == .number } }
}
