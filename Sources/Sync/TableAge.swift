import Domain
package import Ledger
import Platform
package import Reconcile

/// What shows that a table exported from the PBX is of an earlier time than its file: it has old values of what was changed since, and
/// none of the new ones.
package struct TableAge: Sendable {
  /// The run since which the table shows no change.
  private let run: RunID
  private let startedAt: Timestamp?
  private let changes: [ObjectKey]

  /// Returns nil if the table shows a later change, or if nothing follows from its differences but what an admin decides on.
  ///
  /// - Parameters:
  ///   - audit: the comparison of the whole table.
  ///   - isPart: whether the table may have only some of the PBX's objects, so that nothing follows from those that it lacks.
  package init?(_ evidence: PBXEvidence, _ audit: Audit, _ ledger: Ledger, isPart: Bool = false)
    async throws(LedgerError)
  {
    let lost = isPart ? [] : audit.all(.lost)
    let harmful = Set((lost + audit.all(.different)).map(\.key))
    guard case .kind(let kind) = evidence.reach, !harmful.isEmpty else { return nil }
    let others = (audit.all(.revived) + audit.all(.replaced)).map(\.key)
    var outdated: [ObjectKey: RunID] = [:]
    for (key, calls) in try await ledger.acceptedCalls(about: harmful.sorted() + others) {
      outdated[key] = calls.states(of: key).run(after: evidence.objects[key])
    }
    guard let run = outdated.values.min(), outdated.keys.contains(where: harmful.contains) else { return nil }
    let changes = Dictionary(
      grouping: try await ledger.acceptedCalls(for: kind, since: run), by: \.intent.call.key)
    for (key, calls) in changes where outdated[key] == nil && !evidence.unclear.contains(key) {
      if isPart, evidence.objects[key] == nil { continue }
      if calls.isShown(by: evidence.objects[key]) { return nil }
    }
    self.run = run
    self.changes = changes.keys.sorted()
    startedAt = try await ledger.run(run)?.start.at
  }

  /// As a clause.
  package func text(of table: String) -> String {
    let time = startedAt.map { " (\(localTime($0)))" } ?? ""
    let lacking =
      changes.count == 1
      ? "not the change of \(changes.map(\.description).joined()) that was made since"
      : "none of the \(changes.count) changes made since (\(changes.map(\.description).listed(to: 5)))"
    return
      "\(table) shows the PBX before run \(run)\(time), and \(lacking): it looks like a copy of an older table, or the PBX "
      + "was set back to that time"
  }
}

/// The states of an object in their order, each with the run that ended it.
private struct ObjectStates {
  /// The values; nil if the object didn't exist.
  var states: [(item: PBXObject?, endedBy: RunID?)] = []

  /// The run that ended the last state that the table shows; nil if that is the present state, or none.
  func run(after shown: [ObjectField: String]?) -> RunID? {
    states.last { $0.item.isShown(by: shown) }?.endedBy
  }
}

extension [PastCall] {
  /// The states of an object by its accepted calls, as far as they are known.
  fileprivate func states(of key: ObjectKey) -> ObjectStates {
    var states = ObjectStates()
    for call in self {
      let isFirstAdd = states.states.isEmpty && call.intent.call.action == .add
      if isFirstAdd { states.states.append((nil, nil)) }
      if let last = states.states.indices.last { states.states[last].endedBy = call.maker }
      // A contact that gets another number has none here.
      states.states.append((call.intent.call.key == key ? call.intent.call.item : nil, nil))
    }
    return states
  }

  /// Whether a table shows the object as it is after these calls, and not as it was before.
  fileprivate func isShown(by shown: [ObjectField: String]?) -> Bool {
    guard let first, let last, last.intent.call.item.isShown(by: shown) else { return false }
    if first.intent.call.action == .add { return !PBXObject?.none.isShown(by: shown) }
    return first.intent.before.map { !Optional($0.item).isShown(by: shown) } ?? false
  }
}

extension PastCall {
  /// The run that got it done.
  fileprivate var maker: RunID { settledBy ?? run }
}

extension PBXObject? {
  /// Whether a table shows it: with these values, or not at all.
  fileprivate func isShown(by shown: [ObjectField: String]?) -> Bool {
    guard let self, let shown else { return self == nil && shown == nil }
    return self.differences(from: shown).isEmpty
  }
}
