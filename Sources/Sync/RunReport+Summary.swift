import Domain
import Executor

extension RunReport {
  /// A few words for `systemctl status`: "2 changes, 1 conflict".
  package var shortSummary: String {
    if let failure { return failure.message }
    func text(_ count: Int, _ noun: String, _ plural: String? = nil) -> String? {
      count == 0 ? nil : counted(count, noun, plural)
    }
    let words =
      [
        text(callCounts.added + callCounts.updated + callCounts.deleted, "change"),
        text(failedCount + callCounts.inDoubt + untouched + failedWriteBacks.count, "failure"),
        text(conflictCount, "conflict"), text(backingOffCount, "change in back-off", "changes in back-off"),
        text(unproven.count, "unproven object"),
        text(invalidCount, "entry with invalid data", "entries with invalid data"),
      ] + heldCounts.map { action, count in "\(action.counted(count)) held" } + [
        incomplete.map { "the read is incomplete: \($0)" }, frozenText,
      ]
    let result = words.compactMap(\.self).joined(separator: ", ")
    return result.isEmpty ? "nothing to do" : result
  }

  /// "frozen until 2026-12-01 08:00, 3 changes wait".
  private var frozenText: String? {
    guard let freeze = plan.freeze else { return nil }
    let changes = counted(frozenCount, "change waits", "changes wait")
    return freeze.shortText + (frozenCount == 0 ? "" : ", \(changes)")
  }

  private var conflictCount: Int { plan.unmet.count + refused.count }
  /// What the PBX refused is a conflict, and what it may manage is unproven: these didn't fail.
  private var failedCount: Int { callCounts.failed - unprovenCount - refused.count }
  /// How many changes wait for their next try.
  var backingOffCount: Int { plan.conflicts.count(where: \.isBackingOff) }

  /// Entries that are skipped for their data.
  private var invalidCount: Int { problems.invalidEntries }

  /// The run in one line: what was read, what was done, and what that cost.
  package var summary: String {
    if let failure { return failure.text + cost }
    let result = (workWords + skippedWords).joined(separator: ", ")
    let remark = incomplete.map { "; the read is incomplete: \($0)" } ?? ""
    let work = result.isEmpty ? "nothing to do" : result
    // An undo doesn't ask the directory.
    let off = disabled.map { $0 == 0 ? "" : " (\($0) of them disabled)" } ?? ""
    let all = read == nil ? work : "\(counted(entries, "entry", "entries")) read\(off), \(work)\(remark)"
    return all + cost
  }

  /// Only a run that sent something cost anything.
  private var cost: String {
    if callCounts.requests == 0 { return "" }
    return " (\(secondsText) s, \(counted(callCounts.requests, "request")), peak memory \(peakMemory / 1_048_576) MiB)"
  }

  private var workWords: [String] {
    let counts: [(Int, String)] =
      isDryRun
      ? [
        (plan.changes.count, plan.changes.count == 1 ? "planned change" : "planned changes"),
        (adoptedAsTheyAre, "to adopt without a call"),
        (plan.directoryWrites.count { $0.objection == nil }, "to write to the directory"),
      ]
      : [
        (callCounts.added, "added"), (callCounts.updated, "updated"), (callCounts.adopted, "of these adopted"),
        (callCounts.deleted, "deleted"),
        (callCounts.lost, "of these lost by the PBX before"), (failedCount, "failed"),
        (callCounts.inDoubt, "in doubt"), (untouched + unplanned, "not begun"),
        (adoptedAsTheyAre, isOfPlanFile ? "to adopt by the next run, without a call" : "adopted without a call"),
        (writeBacks.count - failedWriteBacks.count, "written to the directory"),
        (failedWriteBacks.count, "not written to the directory"),
      ]
    return counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
  }

  private var skippedWords: [String] {
    let kept = problems.keptFields
    let overflow = plan.overflow?.wantedObjects.count ?? 0
    let counts: [(Int, String)] = [
      (conflictCount, counted(conflictCount, "conflict")), (backingOffCount, "\(backingOffCount) in back-off"),
      (unproven.count, "\(unproven.count) unproven"),
      (invalidCount, counted(invalidCount, "entry with invalid data", "entries with invalid data")),
      (kept, keptFieldsText(kept)),
      (overflow, "\(counted(overflow, "contact")) without room in the phonebook"),
      (plan.rejected.count, "\(plan.rejected.count) rejected"),
      (plan.pendingRemovals.count, "\(counted(plan.pendingRemovals.count, "removal")) pending"),
    ]
    let held = heldCounts.map { action, count in "\(action.counted(count)) held" }
    return held + counts.filter { $0.0 > 0 }.map(\.1) + [frozenText, mailText].compactMap(\.self)
  }
}

/// "1 field without a usable value", "2 fields without a usable value".
package func keptFieldsText(_ count: Int) -> String { counted(count, "field") + " without a usable value" }
