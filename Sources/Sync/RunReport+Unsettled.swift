import Domain
import Executor

extension RunReport {
  /// The entries that the next run must plan again: something stands in their way, waits, or wasn't done.
  var unsettledEntries: Set<EntryID> {
    var entries = Set(plan.conflicts.map(\.wanted.entry))
    let held = plan.held.flatMap { $0.objects + $0.dependents } + plan.rejected
    entries.formUnion(held.flatMap { [$0.entry, $0.before?.entry].compactMap(\.self) })
    entries.formUnion((plan.pendingRemovals + plan.unproven).map(\.entry))
    entries.formUnion((plan.alsoUsers + (plan.overflow?.wantedObjects ?? []) + plan.deferredLosses).map(\.entry))
    entries.formUnion(plan.directoryWrites.map(\.entry))
    for (index, change) in plan.changes.enumerated() where changeResults[index]?.isDone != true {
      entries.formUnion([change.entry, change.before?.entry].compactMap(\.self))
    }
    return entries
  }
}
