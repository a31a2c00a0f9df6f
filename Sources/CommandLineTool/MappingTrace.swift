import Directory
import Domain
import Executor
import LDAP
import Mapping
import Platform
import Sync
import Text

/// The mapping of an entry by one source, step by step.
struct MappingTrace: Sendable {
  fileprivate struct Stage: Sendable {
    let field: SourceField
    let values: [(attribute: String, values: [String])]
    let trial: FieldTrial
    /// The field's present value on the PBX.
    let present: [String]
  }

  private let source: Source
  /// Why the source doesn't select the entry; nil if it does.
  private let outside: SelectorMismatch?
  private var steps: [Stage] = []
  private var mapped: MappingResult?
  /// Why an account counts as disabled, as text.
  private var offReason: String?
  /// The entry's object of the source's kind.
  private let present: [ManagedObject]
  /// The site whose dial plan applies; nil for `[numbers]` only.
  private var site: String?

  /// The source that selects the entry in its place, because it comes before it; nil for none.
  private let earlierSource: String?

  /// - Parameters:
  ///   - present: the entry's object of the source's kind.
  ///   - earlier: the traces of the sources before it.
  init(
    _ source: Source, _ entry: Entry, _ id: EntryID, _ present: [ManagedObject], outside: SelectorMismatch?,
    isOff: Bool, after earlier: [MappingTrace], now: Timestamp
  ) {
    self.source = source
    earlierSource = earlier.first { $0.source.kind == source.kind && $0.outside == nil }?.source.name
    self.outside = outside
    self.present = present
    if outside != nil { return }
    site = source.dialPlans.site(of: entry)?.name
    offReason = isOff ? "it matches the filter disabled" : source.disabledSign(entry, now)?.text
    mapped = isOff ? .disabled : source.map(entry, id, now).decided(by: present)
    steps = source.fields.map { field in
      let values = field.template.attributes.sorted().map { name in
        (attribute: name, values: entry.values(name).map { $0.text ?? "(not text)" })
      }
      return Stage(
        field: field, values: values, trial: field.trial(of: entry, dialPlan: source.dialPlans.dialPlan(for: entry)),
        present: present.flatMap { object in
          object.item.fields.compactMap { $0.field == field.field ? $0.value : nil }
        })
    }
  }

  var lines: [String] {
    let head = "Source \"\(source.name)\" (\(source.kind.rawValue)s): "
    if let outside { return [head + outside.text(source)] }
    let place = site.map { ", site \"\($0)\"" } ?? ""
    return [head + "base and filter \(source.filter) match\(place)"] + steps.map { "  \($0.line)" }
      + outcome.map { "  \($0)" }
  }

  private var outcome: [String] {
    if let earlierSource, outside == nil {
      return ["not used, because the source \"\(earlierSource)\" before it selects the entry"]
    }
    switch mapped {
    case .wanted(let wanted, let problems):
      return wanted.map(\.line)
        + problems.map {
          "\($0.keptField == nil ? "leaves out" : "has no value for a field of") \($0.text); \(clause(of: $0.remedy))"
        }
    case .unnumbered(let it, _):
      let given = present.map(\.key.number).first(where: it.pool.contains)
      let wantedObject =
        given.map { WantedObject(it.numbered($0).item, entry: it.entry, dn: it.wanted.dn) } ?? it.wanted
      let origin =
        given == nil
        ? "with a number from the pool \(it.pool.rangesText), \(it.pool.pick.words)"
        : "with its number from the pool \(it.pool.rangesText)"
      return ["\(wantedObject.line), \(origin), because the directory has none"]
    case .disabled: return ["the account is disabled\(offReason.map { " (\($0))" } ?? ""), so it counts as gone"]
    case .unmappable(_, let problems): return problems.map { "invalid data: \($0.text); \(clause(of: $0.remedy))" }
    case nil: return []
    }
  }

  var json: JSON {
    [
      "source": .string(source.name), "kind": .string(source.kind.rawValue), "base": .string(source.base),
      "filter": .string(source.filter), "covered": .bool(outside != .base),
      "filter_matches": .bool(outside != .base && outside != .filter),
      "left_out": .optional(outside?.text(source)), "site": .optional(site),
      "fields": .array(steps.map(\.json)), "outcome": .strings(outcome),
    ]
  }
}

extension DisabledSign {
  /// "accountExpires is 133700000000000000, 2024-09-04 08:53"
  fileprivate var text: String { "\(attribute) is \(value)\(since.map { ", which is \(localTime($0))" } ?? "")" }
}

extension MappingResult {
  /// The same, with the value in use.
  fileprivate func decided(by present: [ManagedObject]) -> MappingResult {
    guard case .wanted(let wanted, let problems) = self else { return self }
    return .wanted(wanted.map { $0.decided(by: present) }, problems: problems)
  }
}

extension MappingTrace.Stage {
  fileprivate var line: String {
    let given = values.map { attribute, values in
      "\(attribute) " + (values.isEmpty ? "(none)" : values.map { "\"\(excerpt($0))\"" }.joined(separator: " "))
    }
    let texts = taken.map { "\"\($0.text)\"" }.joined(separator: " ")
    let reason = unusable ?? (taken.isEmpty ? "\"\"" : texts)
    return ["\(field.key) = \(field.text): \(given.joined(separator: ", ")) -> \(reason)", choice, cut, passedOver]
      .compactMap(\.self).joined(separator: "; ")
  }

  /// Why there is no result; nil if there is one, or no value.
  private var failure: String? { taken.isEmpty ? trial.unusable.first?.reason : nil }

  private var unusable: String? { failure.map { "nothing: \($0)" } }

  /// The sent value: the one in use, or the first.
  private var taken: [FieldValue] {
    if trial.takesAll { return trial.values }
    return [inUse ?? trial.values.first].compactMap(\.self)
  }

  private var inUse: FieldValue? { present.lazy.compactMap { text in trial.values.first { $0.text == text } }.first }

  /// Why this one; nil if there is no other.
  private var choice: String? {
    guard trial.values.count > 1, let taken = taken.first, !trial.takesAll else { return nil }
    let reason =
      if inUse != nil { "the PBX has it" } else if taken.isNaming { "it is in the entry's RDN" } else {
        "it is the first in byte order of \(trial.values.count) that fit"
      }
    return "\"\(excerpt(taken.value))\" is used, because \(reason)"
  }

  private var cut: String? {
    switch taken.first?.cut {
    case .off(let digits): "last removes \(digits)"
    case .elsewhere: "the digits that last keeps aren't the end of a phone number"
    case nil: nil
    }
  }

  private var passedOver: String? {
    let values = trial.unusable.dropFirst(failure == nil ? 0 : 1)
    return values.isEmpty
      ? nil : "skipped " + values.map { "\"\(excerpt($0.value))\": \($0.reason)" }.joined(separator: ", ")
  }

  fileprivate var json: JSON {
    [
      "field": .string(field.key), "template": .string(field.text),
      "attributes": .object(values.map { ($0.attribute, .strings($0.values)) }),
      "result": .string(taken.map(\.text).joined(separator: " ")), "failure": .optional(failure),
      "choice": .optional(choice), "passed_over": .optional(passedOver),
    ]
  }
}

extension WantedObject {
  fileprivate var line: String {
    let values = item.fields.dropFirst().map { "\($0.field.rawValue) \"\($0.value)\"" }
    return "wants \(item.key): " + values.joined(separator: ", ")
  }
}
