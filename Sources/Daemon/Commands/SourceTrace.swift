import Domain
import LDAP
import Mapping
import Platform

/// What one source of the configuration makes of an entry, step by step.
struct SourceTrace: Sendable {
  fileprivate struct Step: Sendable {
    let field: SourceField
    let values: [(attribute: String, values: [String])]
    let text: String
    let failure: String?
  }

  private let source: Source
  /// Why the source doesn't take the entry; nil where it does.
  private let outside: Outside?
  private var steps: [Step] = []
  private var mapped: Mapped?
  /// Whose number rules hold; nil for those of `[numbers]` alone.
  private var site: String?

  init(_ source: Source, _ entry: Entry, _ id: EntryID, outside: Outside?, isOff: Bool, now: Seconds) {
    self.source = source
    self.outside = outside
    if outside != nil { return }
    site = source.numbering.site(of: entry)?.name
    mapped = isOff ? .disabled : source.map(entry, id, now)
    steps = source.fields.map { field in
      let values = field.template.attributes.sorted().map { name in
        (attribute: name, values: entry.values(name).map { $0.text ?? "(not text)" })
      }
      let (text, failure) = field.template.trial(entry, rules: source.numbering.rules(for: entry))
      return Step(field: field, values: values, text: text, failure: failure)
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
    switch mapped {
    case .wanted(let wanted, let problems):
      wanted.map(\.line) + problems.map { "leaves out \($0.text); \($0.remedy)" }
    case .numberless(let it, _):
      [
        it.wish.line
          + ", with a number from the pool \(it.pool.rangesText), \(it.pool.pick.words), for the directory gives none"
      ]
    case .disabled: ["the account is disabled, so it counts as gone"]
    case .unmappable(let problems): problems.map { "can't be mapped: \($0.text); \($0.remedy)" }
    case nil: []
    }
  }

  var json: JSON {
    [
      "source": .string(source.name), "kind": .string(source.kind.rawValue), "base": .string(source.base),
      "filter": .string(source.filter), "covered": .bool(outside != .base),
      "filter_matches": .bool(outside != .base && outside != .filter),
      "left_out": .optional(outside?.text(source)), "site": .optional(site),
      "fields": .array(steps.map(\.json)), "outcome": .array(outcome.map(JSON.string)),
    ]
  }
}

extension SourceTrace.Step {
  fileprivate var line: String {
    let given = values.map { attribute, values in
      "\(attribute) " + (values.isEmpty ? "(none)" : values.map { "\"\($0)\"" }.joined(separator: " "))
    }
    return "\(field.key) = \(field.text): \(given.joined(separator: ", ")) -> "
      + (failure.map { "nothing: \($0)" } ?? "\"\(text)\"")
  }

  fileprivate var json: JSON {
    [
      "field": .string(field.key), "template": .string(field.text),
      "attributes": .object(values.map { ($0.attribute, .array($0.values.map(JSON.string))) }),
      "result": .string(text), "failure": .optional(failure),
    ]
  }
}

extension Wanted {
  fileprivate var line: String {
    let values = item.fields.dropFirst().map { "\($0.field.rawValue) \"\($0.value)\"" }
    return "wants \(item.key): " + values.joined(separator: ", ")
  }
}
