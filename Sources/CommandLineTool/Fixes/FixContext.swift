import Directory
import Domain
import LDAP
import Mapping

/// What is wrong with an entry, as far as another value in the directory could help.
enum FindingKey: Hashable, Sendable {
  /// Its number is somebody else's or lies outside the ranges.
  case number
  case problem(attribute: String, isMissing: Bool, kept: ObjectField?)
  /// By the setting of its field.
  case ambiguity(String)
  /// `last` cuts off something else than of others.
  case cut(String)
  /// Two numbers of a contact are one.
  case double
  /// Its number from a pool isn't in the directory.
  case unwritten

  init(_ problem: MappingProblem) {
    self = .problem(
      attribute: problem.attribute.lowercased(), isMissing: problem.value.isEmpty, kept: problem.keptField)
  }
}

/// An entry with the sources that select it: says what becomes of it with other values.
struct FixContext: Sendable {
  /// How the numbers of others like it are written.
  struct Model: Sendable {
    let attribute: String
    let value: String
    let number: String
  }

  /// The sources of which it is, one of each kind at most.
  let sources: [Source]
  let entry: Entry
  let id: EntryID
  let now: Timestamp
  /// What the PBX has for the entry.
  let present: [ManagedObject]
  let model: Model?
  /// Of these attributes it may have values though it has none.
  let allowed: Set<String>
  /// By setting: how often `last` cuts off which digits.
  let cuts: [String: [String: Int]]

  /// What the sources make of the entry.
  struct Outcome: Hashable {
    /// The extension number that it has, whatever else is wrong with it.
    var number: String?
    var findings: Set<FindingKey> = []
    /// How many phone numbers the phonebook has of it, however they are written.
    var contacts = 0
  }

  var users: Source? { sources.first { $0.kind == .extension } }

  var presentNumbers: Set<String> { Set(present.filter { $0.key.kind == .extension }.map(\.key.number)) }

  /// nil where the account would be switched off.
  func outcome(of entry: Entry) -> Outcome? {
    var outcome = Outcome()
    for source in sources {
      let dialPlan = source.dialPlans.dialPlan(for: entry)
      switch source.map(entry, id, now) {
      case .disabled: return nil
      case .unnumbered(_, let problems), .unmappable(let problems):
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

  /// The phone numbers of a contact, each with the texts that are made of it.
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
