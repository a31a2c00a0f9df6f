import Directory
import Domain
import Executor
import Mapping

extension RunReport {
  /// The whole run for `--json`: one object on one line.
  package var json: JSON {
    JSON.object([
      ("status", .number(Int64(status.rawValue))),
      ("summary", .string(summary)),
      ("error", failure.map { ["message": .string($0.message), "remedy": .string($0.remedy)] } ?? .null),
      ("run", run.map(JSON.number) ?? .null),
      ("dry_run", .bool(isDryRun)),
      ("notes", .array(ledgerNotes.map(JSON.string))),
      ("entries", .count(entries)),
      ("complete", .bool(failure == nil && incomplete == nil)),
      ("incomplete_because", .optional(incomplete)),
      ("changed_view", .optional(changedView)),
      ("vacant_sites", .array(vacantSites.map { .string($0.name) })),
      ("read", read?.json ?? .null),
      ("counts", counts),
      ("changes", .array(plan.changes.enumerated().map { change($1, changeResults[$0]) })),
      ("directory_changes", .array(plan.directoryWrites.map(writing))),
      ("in_the_way", .array(plan.conflicts.map(conflict))),
      (
        "surplus",
        plan.overflow.map {
          ["limit": .count($0.limit), "present": .count($0.present), "left_out": .count($0.wantedObjects.count)]
        } ?? .null
      ),
      ("problems", .array(problems.map(problem))),
      (
        "unmatched_exclusions",
        .array(unmatched.map { ["source": .string($0.source), "line": .string($0.line)] })
      ),
      (
        "probe",
        presence.map { ["form": .optional($0.form?.rawValue), "server": .string($0.server)] } ?? .null
      ),
      ("released", .array(plan.released.map(\.json))),
      ("remarks", .array(plan.remarks.map(JSON.string))),
      ("held", .array(plan.held.map { $0.json(lookups[$0.name]) })),
      ("rejected", .array(plan.rejected.map(\.json))),
      ("unproven", .array(plan.unproven.map(\.json))),
      ("waiting", .array(plan.pendingRemovals.map(\.json))),
      ("mails", .count(mails)),
    ])
  }

  private var counts: JSON {
    [
      "added": .count(callCounts.added), "updated": .count(callCounts.updated), "deleted": .count(callCounts.deleted),
      "failed": .count(callCounts.failed), "in_doubt": .count(callCounts.inDoubt), "not_begun": .count(untouched),
      "requests": .count(callCounts.requests),
    ]
  }

  private func change(_ change: Change, _ changeResult: ChangeResult?) -> JSON {
    [
      "action": .string(change.actionWord), "kind": .string(change.call.key.kind.rawValue),
      "number": .string(change.call.key.number), "name": .string(change.name), "dn": .string(change.dn),
      "entry": .string(change.entry.text), "cause": .string(change.causeText),
      "fields": .array(
        change.fields.map { ["field": .string($0.field.rawValue), "old": .string($0.old), "new": .string($0.new)] }),
      "outcome": .optional(changeResult?.word), "error_code": .optional(changeResult?.answer.errorCode),
      "message": .optional(changeResult?.answer.message),
    ]
  }

  private func writing(_ writing: DirectoryWrite) -> JSON {
    let ended = writings.first { $0.writing == writing }
    return [
      "dn": .string(writing.dn), "entry": .string(writing.entry.text), "attribute": .string(writing.attribute),
      "value": .string(writing.value), "number": .string(writing.number), "objection": .optional(writing.objection),
      "outcome": .optional(ended.map { $0.failure == nil ? "done" : "failed" }),
      "message": .optional(ended?.failure?.reason), "ldif": .string(writing.ldif),
    ]
  }

  private func conflict(_ conflict: Conflict) -> JSON {
    [
      "kind": .string(conflict.wanted.item.kind.rawValue), "number": .string(conflict.wanted.item.number),
      "name": .string(conflict.wanted.item.name), "dn": .string(conflict.wanted.dn),
      "entry": .string(conflict.wanted.entry.text), "reason": .string(conflict.reasonText),
      "remedy": .string(conflict.remedy),
    ]
  }

  private func problem(_ problem: MappingProblem) -> JSON {
    [
      "dn": .string(problem.dn), "entry": .optional(problem.entry?.text), "attribute": .string(problem.attribute),
      "value": .string(problem.value), "reason": .string(problem.reason), "remedy": .string(problem.remedy),
      "kept_field": .optional(problem.keptField?.rawValue),
    ]
  }
}
