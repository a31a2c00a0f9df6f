import Directory
import Domain
import Platform

// What only a dry run says: of values that a run would choose, and of numbers that a first load would take.

/// The number of a new extension that another entry shows too.
struct SharedNumber: Hashable, Sendable {
  let number: String
  let dn: String
  /// The other entry.
  let other: String

  var json: JSON { ["number": .string(number), "dn": .string(dn), "other": .string(other)] }
}

extension RunReport {
  /// Adds the numbers of planned extensions that entries without a conflict show too, such as those of rooms and lifts.
  mutating func addSharedNumbers(of read: DirectoryRead) {
    sharedNumbersGap = read.elsewhereGap
    let claims = Set(plan.conflicts.map { Dispute($0.wanted.item.key, $0.wanted.entry) })
    let shown = Dictionary(grouping: read.wantedElsewhere, by: \.number)
    for change in plan.changes where change.call.key.kind == .extension && change.before == nil {
      let others = shown[change.call.key.number, default: []].filter { other in
        other.entry != change.entry && !claims.contains(Dispute(change.call.key, other.entry))
      }
      sharedNumbers += Set(others.map(\.dn)).sorted().map {
        SharedNumber(number: change.call.key.number, dn: change.dn, other: $0)
      }
    }
  }

  /// How many of them there are, with the first ones and the next step; nil without any.
  var sharedNumbersText: String? {
    if let sharedNumbersGap {
      return "whether other entries, such as rooms, have the numbers of new extensions isn't known: \(sharedNumbersGap)"
    }
    if sharedNumbers.isEmpty { return nil }
    let numbers = Set(sharedNumbers.map(\.number)).count
    let examples = sharedNumbers.map { "\($0.number) of \($0.dn): \($0.other)" }
    return "\(counted(numbers, "number")) of new extensions \(numbers == 1 ? "is" : "are") shown by other entries too: "
      + "\(examples.listed(to: 3, by: "; ")); next step: give one of each two another number in the directory, or add the number to "
      + "[numbers] protected; about one of them: \(pbxsyncd) why NUMBER"
  }

  /// How many values only their order decides, with an example and the next step; nil without any.
  var arbitraryText: String? {
    guard let example = plan.arbitraryValues.first else { return nil }
    let count = plan.arbitraryValues.count
    return
      "\(counted(count, "field")) of wanted objects \(count == 1 ? "has" : "have") several values in the directory, and the first in "
      + "byte order is used, such as the \(example.field.words) \(example.chosen) of \(example.dn), and not "
      + "\(example.others.listed(to: 3)); next step: choose by prefer \"pattern\" in the template, or name an attribute with one "
      + "value; all of them: \(pbxsyncd) lint"
  }
}

extension ArbitraryValue {
  var json: JSON {
    [
      "kind": .string(key.kind.rawValue), "number": .string(key.number), "dn": .string(dn),
      "field": .string(field.rawValue), "value": .string(chosen), "others": .strings(others),
    ]
  }
}
