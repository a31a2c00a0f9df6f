import Domain
import Executor
import Ledger
import Platform

// What `status` says of the ledger's memory. Each number is said once, whatever kinds it may be of.

/// Who isn't wanted any more and keeps a phone until the grace is over.
struct RemovalsWaiting {
  /// Those that go first come first, as far as that is known.
  let objects: [ManagedObject]
  /// Before when none of them goes, in seconds since 1970; nil where the configuration, and so the grace, isn't known.
  let first: Timestamp?

  func text(at now: Timestamp) -> String {
    let counts = ObjectKind.allCases.map { kind in (kind, objects.count { $0.key.kind == kind }) }.filter { $0.1 > 0 }
      .map { counted($0.1, $0.0.rawValue) }.joined(separator: " and ")
    let due =
      first.map { $0 <= now ? ", the first by the next run that can" : ", the first not before \(localTime($0))" } ?? ""
    let names = objects.map { "\($0.key.number) \($0.item.name)" }.listed(to: 10)
    return "Removals waiting: \(counts)\(due): \(names)"
  }
}

extension LedgerState {
  /// Whose removal waits for nothing but time and complete reads; nil where that is nobody's.
  func removalsWaiting(beside holds: [HeldSetRecord], _ policy: RemovalPolicy?) -> RemovalsWaiting? {
    let held = Set(holds.filter { $0.action == .removal }.flatMap(\.members).map(\.key))
    let absent = managed.filter { $0.absence != nil && !held.contains($0.key) }
    if absent.isEmpty { return nil }
    let sorted = absent.sorted { ($0.absence?.since ?? 0, $0.key) < ($1.absence?.since ?? 0, $1.key) }
    return RemovalsWaiting(
      objects: sorted, first: policy.flatMap { policy in sorted[0].absence.map { $0.since + policy.after } })
  }

  /// What of ours the PBX was seen to have lost and wasn't given back: what is managed, and what was forgotten by an audit and is
  /// waited for. What the last run that came to its end neither added nor left waiting isn't wanted any more.
  func open(_ losses: [FormerHolder], holds: [HeldSetRecord], lastEnd: RunEnd?) -> [FormerHolder] {
    let managed = Set(managed.map(\.key))
    let awaited = Set(
      backoffs.map(\.key) + inDoubt.map(\.call.key) + refusals.map(\.item.key) + holds.flatMap(\.members).map(\.key))
    return losses.filter { loss in
      let isSettled = lastEnd.map { [0, 3, 4].contains($0.exitStatus) && $0.at >= loss.at } ?? false
      return managed.contains(loss.key) || awaited.contains(loss.key) || !isSettled
    }
  }

  /// What may be adopted, and until when: each number at its last end.
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
      "May be adopted until \(end): \(sorted(numbers.map(\.key)).listed(to: 20))"
    }
      + (shown.isEmpty
        ? []
        : [
          "May be adopted by whoever would have the very values that a table showed: \(sorted(shown).listed(to: 20))"
        ])
  }

  /// Objects under whose numbers the PBX has somebody else's, by a refused add, a probe or a table.
  var foreignKeys: Set<ObjectKey> {
    Set(knownForeign.map(\.key) + refusals.filter { $0.answer.status == .taken }.map(\.item.key))
  }
}
