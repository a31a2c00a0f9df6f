import Directory
import Domain
import Executor
import Mapping

extension RunReport {
  /// The whole run for `--json`: one object on one line.
  package var json: JSON {
    JSON.object([
      ("status", status.json),
      ("summary", .string(summary)),
      ("error", failure?.json ?? .null),
      ("run", .optional(run)),
      ("dry_run", .bool(isDryRun)),
      ("notes", .strings(ledgerNotes)),
      ("entries", .count(entries)),
      ("complete", .bool(failure == nil && incomplete == nil)),
      ("incomplete_because", .optional(incomplete)),
      ("changed_view", .optional(changedView)),
      ("vacant_sites", .strings(vacantSites.map(\.name))),
      ("read", read?.json ?? .null),
      ("counts", counts),
      ("changes", .array(plan.changes.enumerated().map { change($1, changeResults[$0]) })),
      (
        "directory_changes",
        .array(plan.directoryWrites.map { write in write.json(writeBacks.first { $0.write == write }) })
      ),
      ("in_the_way", .array(plan.conflicts.map(\.json))),
      ("surplus", plan.overflow?.json ?? .null),
      ("problems", .array(problems.map(\.json))),
      ("arbitrary_values", .array(plan.arbitraryValues.map(\.json))),
      ("shared_numbers", .array(sharedNumbers.map(\.json))),
      ("unmatched_exclusions", .array(unmatched.map(\.json))),
      (
        "probe",
        presence.map { ["form": .optional($0.form?.rawValue), "server": .string($0.server)] } ?? .null
      ),
      ("released", .array(plan.released.map(\.json))),
      ("remarks", .strings(plan.remarks)),
      ("held", .array(plan.held.map { $0.json(lookups[$0.name]) })),
      ("frozen", frozen),
      ("rejected", .array(plan.rejected.map(\.json))),
      ("unproven", .array(plan.unproven.map(\.json))),
      ("waiting", .array(plan.pendingRemovals.map(\.json))),
      ("mails", .count(mails)),
    ])
  }

  private var counts: JSON {
    [
      "added": .count(callCounts.added), "updated": .count(callCounts.updated), "adopted": .count(callCounts.adopted),
      "deleted": .count(callCounts.deleted),
      "failed": .count(callCounts.failed), "in_doubt": .count(callCounts.inDoubt),
      "in_back_off": .count(backingOffCount), "not_begun": .count(untouched),
      "requests": .count(callCounts.requests),
    ]
  }

  /// The freeze in force, with the changes that wait for its end; null without one.
  private var frozen: JSON {
    guard let freeze = plan.freeze, case .object(let members) = freeze.json else { return .null }
    let changes: [(String, JSON)] = [
      ("count", .count(frozenCount)), ("changes", .array(plan.frozen.map { change($0, nil) })),
    ]
    return .object(members + changes)
  }

  private func change(_ change: Change, _ changeResult: ChangeResult?) -> JSON {
    [
      "action": .string(change.action(changeResult).rawValue), "kind": .string(change.call.key.kind.rawValue),
      "number": .string(change.call.key.number), "name": .string(change.name), "dn": .string(change.dn),
      "entry": .string(change.entry.text), "cause": .string(change.causeText),
      "fields": .array(change.fields.map(\.json)),
      "adopted": .bool(changeResult?.isAdoption(by: change) ?? change.adoptsForeign),
      "outcome": .optional(changeResult?.word), "error_code": .optional(changeResult?.answer.errorCode),
      "message": .optional(changeResult?.answer.message),
    ]
  }
}

extension FieldChange {
  package var json: JSON { ["field": .string(field.rawValue), "old": .string(old), "new": .string(new)] }
}
