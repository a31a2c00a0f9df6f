import Directory
package import Domain
import Executor

extension Plan {
  /// What entries want and can't have. Unproven objects are listed by themselves.
  package var unmet: [WantedObject] { conflicts.filter { UnprovenObject($0) == nil && !$0.isBackingOff }.map(\.wanted) }

  /// The entries that the next run must plan again: they have a conflict, a held or pending change, or a change that wasn't done.
  func unsettledEntries(after result: ExecutionResult) -> Set<EntryID> {
    var entries = Set(conflicts.map(\.wanted.entry))
    let held = held.flatMap { $0.objects + $0.dependents } + rejected
    entries.formUnion(held.flatMap { [$0.entry, $0.before?.entry].compactMap(\.self) })
    entries.formUnion((pendingRemovals + unproven).map(\.entry))
    entries.formUnion((alsoUsers + (overflow?.wantedObjects ?? []) + deferredLosses).map(\.entry))
    entries.formUnion(directoryWrites.map(\.entry))
    entries.formUnion(frozen.flatMap { [$0.entry, $0.before?.entry].compactMap(\.self) })
    for (index, change) in changes.enumerated() where result.changeResults[index]?.isDone != true {
      entries.formUnion([change.entry, change.before?.entry].compactMap(\.self))
    }
    return entries
  }

  /// The keys that the changes took from an object: its removal, or a contact's new number.
  func freedKeys(after result: ExecutionResult) -> [ObjectKey] {
    changes.enumerated().compactMap { index, change in
      guard result.changeResults[index]?.isDone == true, let before = change.before,
        change.call.action == .delete || before.key != change.call.key
      else { return nil }
      return before.key
    }
  }

  /// The directory writes whose extensions are on the PBX now.
  func dueWrites(after result: ExecutionResult) -> [DirectoryWrite] {
    let undone = Set(
      changes.enumerated().filter { result.changeResults[$0.offset]?.isDone != true }.map(\.element.call.key))
    return directoryWrites.filter { !undone.contains(ObjectKey(.extension, $0.number)) }
  }
}

extension [MappingProblem] {
  /// How many entries are skipped for their data: not those of which only a field has no usable value.
  package var invalidEntries: Int { Set(filter { $0.keptField == nil }.map(\.dn)).count }

  /// How many fields have no usable value.
  package var keptFields: Int { count { $0.keptField != nil } }
}

extension RunReport {
  /// What the PBX refused in this run: conflicts from now on, as the next run tells them. A pool allocates another number than a taken
  /// one.
  var refused: [Conflict] {
    plan.changes.enumerated().compactMap { index, change in
      guard case .refused(let refusal) = changeResults[index]?.outcome, let item = change.call.item else { return nil }
      let wanted = WantedObject(item, entry: change.entry, dn: change.dn)
      guard refusal.answer.status == .taken else {
        return Conflict(wanted, .refused(refusal.answer, since: refusal.since))
      }
      if case .allocated = change.cause { return nil }
      let nextAt = item.kind == .extension ? refusal.since + ForeignRetry.pause : nil
      return Conflict(wanted, .foreign(since: refusal.since, nextAt: nextAt))
    }
  }
}
