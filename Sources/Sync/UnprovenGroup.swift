package import Domain
import Executor
import Platform

/// An unproven object in a list.
package struct UnprovenObject: Hashable, Sendable {
  let key: ObjectKey
  let name: String
  let unproven: Unproven
  /// Whether an entry claims the number, with values that the object isn't known to have.
  let isClaimed: Bool

  /// - Parameter name: the name of the entry that claims it; nil for the last known name.
  package init?(_ object: ManagedObject, as name: String? = nil) {
    guard let unproven = object.unproven else { return nil }
    self.init(object.key, name ?? object.item.name, unproven, isClaimed: false)
  }

  package init?(_ conflict: Conflict) {
    guard case .unproven(let unproven) = conflict.reason else { return nil }
    self.init(conflict.wanted.item.key, conflict.wanted.item.name, unproven, isClaimed: true)
  }

  private init(_ key: ObjectKey, _ name: String, _ unproven: Unproven, isClaimed: Bool) {
    self.key = key
    self.name = name
    self.unproven = unproven
    self.isClaimed = isClaimed
  }
}

/// Unproven objects with the same cause and remedy, so that both are shown once.
package struct UnprovenGroup: Sendable {
  /// In the order of their numbers; at least one.
  package let objects: [UnprovenObject]

  /// How many objects a list names; more are only counted.
  static let listLimit = 20

  package static func all(of objects: [UnprovenObject]) -> [UnprovenGroup] {
    struct Cause: Hashable {
      let reason: Unproven.Reason
      let hasOtherValues: Bool
      let isClaimed: Bool
    }
    return Dictionary(grouping: objects) {
      Cause(reason: $0.unproven.reason, hasOtherValues: $0.unproven.hasOtherValues, isClaimed: $0.isClaimed)
    }
    .values.map { group in UnprovenGroup(objects: group.sorted { $0.key < $1.key }) }
    .sorted { $0.objects[0].key < $1.objects[0].key }
  }

  private var isOne: Bool { objects.count == 1 }

  /// "extension 200", "extensions 200, 201 and 22 more; contact +4930".
  package var numbers: String {
    ObjectKind.allCases.compactMap { kind in
      let numbers = objects.filter { $0.key.kind == kind }.map(\.key.number)
      if numbers.isEmpty { return nil }
      return "\(kind.rawValue)\(numbers.count == 1 ? "" : "s") \(numbers.listed(to: Self.listLimit))"
    }
    .joined(separator: "; ")
  }

  /// Kind, number and name of each.
  var cells: [[String]] { objects.map { [$0.key.kind.rawValue, $0.key.number, $0.name] } }

  /// Why their owner is unknown, as a clause.
  package var cause: String {
    let first = objects[0].unproven
    let times = Set(objects.map(\.unproven.since))
    let since = times.count > 1 && Set(times.map(localTime)).count > 1
    let time = "since \(localTime(times.min() ?? first.since))\(since ? " or later" : "")"
    let are = isOne ? "it is" : "they are"
    let why =
      switch first.reason {
      case .answerLost:
        isOne
          ? "the answer to a call for it was lost, and nothing shows whether \(are) managed"
          : "the answers to calls for them were lost, and nothing shows whether \(are) managed"
      case .ledgerRestored:
        "an older ledger was restored, and nothing shows whether its \(isOne ? "record of it is" : "records of them are") "
          + "correct"
      case .pbxReplaced where first.hasOtherValues:
        "\(Unproven.strangeValues), and nothing shows whether \(are) managed"
      case .pbxReplaced: "the PBX or its data was replaced, and nothing shows whether \(are) managed"
      case .lossDenied:
        isOne
          ? "the PBX didn't have it and now reports the number as taken; nothing shows whether it is managed"
          : "the PBX didn't have them and now reports the numbers as taken; nothing shows whether they are managed"
      case .notInBackup:
        isOne
          ? "the restored ledger doesn't know it, and the PBX reports the number as taken; nothing shows whether it is managed"
          : "the restored ledger doesn't know them, and the PBX reports the numbers as taken; nothing shows whether they "
            + "are managed"
      }
    let fate = isOne ? "it is never" : "none of them is ever"
    return "\(why), \(time)\(first.valuesText); \(fate) changed or deleted until it is proved or adopted"
  }

  /// The next step for an admin, as an imperative.
  package var remedy: String {
    let number = isOne ? objects[0].key.number : "NUMBER"
    if objects[0].isClaimed {
      return isOne
        ? "\(objects[0].key.adoptionRemedy), or remove it on the PBX"
        : "adopt those that belong to the entries (\(pbxsyncd) adopt \(number)), or remove them on the PBX"
    }
    let proof =
      objects[0].unproven.hasKnownValues
      ? "prove \(isOne ? "it and all others" : "them all") by what the PBX exports (\(pbxsyncd) audit --csv FILE --yes), or "
      : ""
    return
      "\(proof)look at \(isOne ? "it" : "each") on the PBX; if it is yours and wanted: \(pbxsyncd) adopt \(number); if "
      + "not, remove it there or leave it alone, then: \(pbxsyncd) release \(number)"
  }

  /// Numbers, cause and remedy on one line.
  package var text: String { "\(numbers): \(cause); next step: \(remedy)" }
}

extension RunReport {
  /// The unproven objects, each once: those of the plan, in a conflict or not, those that a call of this run found, and those of the
  /// ledger that it didn't get to.
  var unproven: [UnprovenObject] {
    var found: [ObjectKey: UnprovenObject] = [:]
    for object in (unprovenInLedger ?? []) + plan.unproven { found[object.key] = UnprovenObject(object) }
    for conflict in plan.conflicts {
      if let object = UnprovenObject(conflict) { found[object.key] = object }
    }
    for (index, changeResult) in changeResults where plan.changes.indices.contains(index) {
      let change = plan.changes[index]
      if case .unproven(let object) = changeResult.outcome {
        found[object.key] = UnprovenObject(object, as: change.name)
      } else if changeResult.isDone {
        found[change.call.key] = nil
      }
    }
    return found.values.sorted { $0.key < $1.key }
  }

  /// How many calls of this run found that their object is unproven.
  var unprovenCount: Int {
    changeResults.values.count { if case .unproven = $0.outcome { true } else { false } }
  }
}
