import Domain
import Mapping

extension Report {
  /// The whole run for `--json`: one object on one line.
  var json: JSON {
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
      ("changes", .array(plan.changes.enumerated().map { change($1, endings[$0]) })),
      ("directory_changes", .array(plan.writings.map(writing))),
      ("in_the_way", .array(plan.parked.map(parked))),
      (
        "surplus",
        plan.surplus.map {
          ["limit": .count($0.limit), "present": .count($0.present), "left_out": .count($0.wishes.count)]
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
      ("waiting", .array(plan.waiting.map(\.json))),
      ("mails", .count(mails)),
    ])
  }

  private var counts: JSON {
    [
      "added": .count(tally.added), "updated": .count(tally.updated), "deleted": .count(tally.deleted),
      "failed": .count(tally.failed), "in_doubt": .count(tally.inDoubt), "not_begun": .count(untouched),
      "requests": .count(tally.requests),
    ]
  }

  private func change(_ change: Change, _ ending: Ending?) -> JSON {
    [
      "action": .string(change.actionWord), "kind": .string(change.call.key.kind.rawValue),
      "number": .string(change.call.key.number), "name": .string(change.name), "dn": .string(change.dn),
      "entry": .string(change.entry.text), "cause": .string(change.causeText),
      "fields": .array(
        change.fields.map { ["field": .string($0.field.rawValue), "old": .string($0.old), "new": .string($0.new)] }),
      "outcome": .optional(ending?.word), "error_code": .optional(ending?.answer.errorCode),
      "message": .optional(ending?.answer.message),
    ]
  }

  private func writing(_ writing: Writing) -> JSON {
    let ended = writings.first { $0.writing == writing }
    return [
      "dn": .string(writing.dn), "entry": .string(writing.entry.text), "attribute": .string(writing.attribute),
      "value": .string(writing.value), "number": .string(writing.number), "objection": .optional(writing.objection),
      "outcome": .optional(ended.map { $0.failure == nil ? "done" : "failed" }),
      "message": .optional(ended?.failure?.reason), "ldif": .string(writing.ldif),
    ]
  }

  private func parked(_ parked: Parked) -> JSON {
    [
      "kind": .string(parked.wanted.item.kind.rawValue), "number": .string(parked.wanted.item.number),
      "name": .string(parked.wanted.item.name), "dn": .string(parked.wanted.dn),
      "entry": .string(parked.wanted.entry.text), "reason": .string(parked.reasonText),
      "remedy": .string(parked.remedy),
    ]
  }

  private func problem(_ problem: Problem) -> JSON {
    [
      "dn": .string(problem.dn), "entry": .optional(problem.entry?.text), "attribute": .string(problem.attribute),
      "value": .string(problem.value), "reason": .string(problem.reason), "remedy": .string(problem.remedy),
      "kept_field": .optional(problem.keptField?.rawValue),
    ]
  }
}
