import Directory
import Domain
import LDAP
import Mapping

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
