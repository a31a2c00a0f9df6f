import Domain
import Executor
import Ledger
import Platform

// The text of `status`. Each number is printed once, whatever its kinds.

/// Objects that are no longer wanted, until the grace period is over.
struct RemovalsWaiting {
  /// In the order of their removal, as far as known.
  let objects: [ManagedObject]
  /// The earliest removal, in seconds since 1970; nil if the grace period isn't known because the configuration is wrong.
  let first: Timestamp?

  func text(at now: Timestamp) -> String {
    let counts = ObjectKind.allCases.map { kind in (kind, objects.count { $0.key.kind == kind }) }.filter { $0.1 > 0 }
      .map { counted($0.1, $0.0.rawValue) }.joined(separator: " and ")
    let due =
      first.map { $0 <= now ? ", the first in the next run" : ", the first not before \(localTime($0))" } ?? ""
    let names = objects.map { "\($0.key.number) \($0.item.name)" }.listed(to: 10)
    return "Pending removals: \(counts)\(due): \(names)"
  }
}

extension LedgerState {
  /// Removals that wait only for time and complete reads; nil if there are none.
  func removalsWaiting(beside holds: [HeldSetRecord], _ policy: RemovalPolicy?) -> RemovalsWaiting? {
    let held = Set(holds.filter { $0.action == .removal }.flatMap(\.members).map(\.key))
    let absent = managed.filter { $0.absence != nil && !held.contains($0.key) }
    if absent.isEmpty { return nil }
    let sorted = absent.sorted { ($0.absence?.since ?? 0, $0.key) < ($1.absence?.since ?? 0, $1.key) }
    return RemovalsWaiting(
      objects: sorted, first: policy.flatMap { policy in sorted[0].absence.map { $0.since + policy.after } })
  }

  /// Managed objects that the PBX has lost and that weren't sent again, including those removed from the ledger by an audit. An
  /// object that the last complete run neither added nor left pending is no longer wanted.
  func open(_ losses: [FormerHolder], holds: [HeldSetRecord], lastEnd: RunEnd?) -> [FormerHolder] {
    let managed = Set(managed.map(\.key))
    let awaited = Set(
      backoffs.map(\.key) + inDoubt.map(\.call.key) + refusals.map(\.item.key) + holds.flatMap(\.members).map(\.key))
    return losses.filter { loss in
      let isSettled = lastEnd.map { [0, 3, 4].contains($0.exitStatus) && $0.at >= loss.at } ?? false
      return managed.contains(loss.key) || awaited.contains(loss.key) || !isSettled
    }
  }

  /// Permissions to adopt, each number with its latest end.
  var permissionLines: [String] {
    var ends: [String: Timestamp] = [:]
    for adoption in adoptions {
      guard let until = adoption.until else { continue }
      ends[adoption.key.number] = max(until, ends[adoption.key.number] ?? until)
    }
    func sorted(_ numbers: [String]) -> [String] { numbers.map { ObjectKey(.extension, $0) }.sorted().map(\.number) }
    let byEnd = Dictionary(grouping: ends, by: { localTime($0.value) }).sorted {
      ($0.value.map(\.value).min() ?? 0) < ($1.value.map(\.value).min() ?? 0)
    }
    let shown = Array(Set(adoptions.filter { $0.until == nil }.map(\.key.number)))
    return byEnd.map { end, numbers in
      "Permitted to adopt until \(end): \(sorted(numbers.map(\.key)).listed(to: 20))"
    }
      + (shown.isEmpty
        ? []
        : [
          "Adopted by an entry that would have exactly the values of a table: \(sorted(shown).listed(to: 20))"
        ])
  }

  /// Numbers with foreign objects on the PBX, known by a refused add, a probe or a table.
  var foreignKeys: Set<ObjectKey> {
    Set(knownForeign.map(\.key) + refusals.filter { $0.answer.status == .taken }.map(\.item.key))
  }
}
