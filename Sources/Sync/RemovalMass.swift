package import Domain
package import Ledger
import Platform

/// Pending removals of one kind that will be held: so many are due within a day that a limit is passed.
package struct RemovalMass: Hashable, Sendable {
  let kind: ObjectKind
  /// In the order of their removal.
  let objects: [ManagedObject]
  /// When the last of them is due, if enough complete reads miss it too.
  let dueAt: Timestamp
  /// The key and the value of the limit.
  let limit: String

  /// "33 removals of extensions will be due at 2026-11-28 13:18 and then be held: more than max_count = 25".
  package var text: String {
    "\(counted(objects.count, "removal")) of \(kind.rawValue)s will be due at \(localTime(dueAt)) and then be held: "
      + "more than \(limit)"
  }

  var alert: Alert {
    let lines = objects.prefix(HeldTable.sample).map { "\($0.key), \($0.item.name)" }
    let rest = objects.count - lines.count
    return Alert(
      AlertRecord.Family.due.key(of: kind.rawValue), text,
      [
        .init(
          lines + (rest > 0 ? ["… and \(rest) more: \(pbxsyncd) plan"] : []),
          remedy:
            "find out why so many entries are gone or disabled; a mistake is without effect if the directory is corrected before; "
            + "if it is right, approve the held set then")
      ])
  }
}

extension [HeldSetRecord] {
  /// The objects in sets of removals, which an admin decides or has decided on.
  package var removals: Set<ObjectKey> { Set(filter { $0.action == .removal }.flatMap(\.members).map(\.key)) }
}

extension LedgerState {
  /// The pending removals that will pass a limit of `[removal]`. Those that wait for a decision anyway don't count.
  ///
  /// - Parameter holds: the held sets, decided on or not.
  package func removalMasses(
    beside holds: [HeldSetRecord], _ policy: RemovalPolicy, at now: Timestamp
  ) -> [RemovalMass] {
    let held = holds.removals
    return ObjectKind.allCases.compactMap { kind in
      let ours = managed.filter { $0.key.kind == kind }
      let due = ours.compactMap { object -> (object: ManagedObject, at: Timestamp)? in
        guard let absence = object.absence, absence.change == nil, !held.contains(object.key) else { return nil }
        return (object, max(now, absence.since + policy.after))
      }
      .sorted { ($0.at, $0.object.key) < ($1.at, $1.object.key) }
      let made = (recent[.removal] ?? [:]).filter { $0.key.kind == kind }.values.reduce(0) { $0 + $1.made }
      var (first, largest) = (0, 0..<0)
      for last in due.indices {
        while due[first].at <= due[last].at - RemovalPolicy.window { first += 1 }
        if last + 1 - first > largest.count { largest = first..<(last + 1) }
      }
      guard let end = due[largest].last else { return nil }
      // What was removed in the last day counts for the day after.
      let before = end.at - RemovalPolicy.window < now ? made : 0
      guard let limit = policy.passed(by: largest.count + before, of: ours.count + before) else { return nil }
      return RemovalMass(kind: kind, objects: due[largest].map(\.object), dueAt: end.at, limit: limit)
    }
  }
}
