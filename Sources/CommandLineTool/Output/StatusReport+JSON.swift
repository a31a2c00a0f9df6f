import Domain
import Executor
import Ledger
import Sync

extension StatusReport {
  var json: JSON {
    JSON.object([
      ("service", service.map(\.json) ?? .null),
      (
        "at_work",
        worker.map {
          ["pid": .number(Int64($0.pid)), "command": .optional($0.command), "since": .number($0.since)]
        } ?? .null
      ),
      ("run", run?.json ?? .null), ("last_change", lastChange?.json ?? .null),
      ("last_read", reads.any?.json ?? .null), ("last_complete_read", reads.complete?.json ?? .null),
      (
        "last_answer",
        lastAnswer.map {
          ["at": .number($0.at), "answered": .bool($0.answer.isFromPBX), "text": .string($0.answer.text)]
        } ?? .null
      ),
      (
        "search_changes",
        .array(state.searchChanges.map { ["text": .string($0.text), "at": .number($0.at)] })
      ),
      ("owned", .object(ObjectKind.allCases.map { ($0.rawValue, counts(of: $0)) })),
      ("conflicts", .count(conflicts)), ("invalid_entries", .count(invalidEntries)),
      ("kept_fields", .count(keptFields)),
      ("in_doubt", .count(inDoubtCalls.count)), ("calls_in_doubt", .array(inDoubtCalls.map(json))),
      ("refused", .count(state.refusals.count)),
      ("failing", .count(backoffs.count)), ("may_be_adopted", .count(state.adoptions.count)),
      ("allocated", .count(state.allocations.count)),
      ("unproven", .array(state.unproven.map(\.json))),
      (
        "lost_by_the_pbx",
        .array(
          losses.map {
            ["kind": .string($0.key.kind.rawValue), "number": .string($0.key.number), "at": .number($0.at)]
          })
      ),
      (
        "failing_alerts",
        .array(
          failingAlerts.map {
            [
              "way": .string($0.way.rawValue), "failures": .count($0.failures.count),
              "next_at": .number($0.failures.nextAt),
            ]
          })
      ),
      ("removals_waiting", .count(removals?.objects.count ?? 0)),
      ("first_removal_not_before", .optional(removals?.first)),
      ("frozen", state.freeze?.json ?? .null),
      ("held", .array(holds.map(\.json))), ("falls", .array(drops.map(\.json))), ("pbx", .string(pbx)),
      ("other_pbx", .bool(otherPBX != nil)), ("disk_full", .bool(fullDisk != nil)),
      ("ledger", .string(standing.ledger)),
      ("generation", .number(standing.generation)), ("backups", .strings(backups)),
    ])
  }

  private func counts(of kind: ObjectKind) -> JSON {
    let ours = state.managed.filter { $0.key.kind == kind }
    return [
      "count": .count(ours.count), "adopted": .count(ours.count { $0.ownership == .adopted }),
      "absent": .count(ours.count { $0.absence != nil }),
    ]
  }

  private func json(_ inDoubtCall: InDoubtCall, _ nextTry: Timestamp?) -> JSON {
    [
      "action": .string(inDoubtCall.call.action.rawValue), "kind": .string(inDoubtCall.call.key.kind.rawValue),
      "number": .string(inDoubtCall.call.key.number), "dn": .string(inDoubtCall.dn),
      "next_at": .optional(nextTry),
    ]
  }
}

extension RunningService {
  fileprivate var json: JSON {
    [
      "pid": .number(Int64(pid)), "has_this_configuration": .bool(isAlike),
      "notified_by": .optional(state.flatMap { $0.notifier.isEmpty ? nil : $0.notifier }),
      "next_poll": .optional(state?.nextPoll),
      "last_failure": state?.failure.map { ["at": .number($0.at), "text": .string($0.text)] } ?? .null,
    ]
  }
}

extension EntryDrop {
  var json: JSON {
    [
      "name": .string(name), "source": .string(search.source), "entries": .count(search.entries),
      "fell_from": .optional(search.previousEntries), "decision": .optional(decision?.rawValue),
    ]
  }
}

extension CallResult {
  /// Whether the PBX answered, whatever it said.
  var isFromPBX: Bool {
    switch status {
    case .accepted, .absent, .taken, .refused, .badKey, .failed: true
    case .notUnderstood, .unanswered, .notSent, .tooLong: false
    }
  }
}
