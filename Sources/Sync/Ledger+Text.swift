package import Domain
import Executor
package import Ledger
import Platform

// The ledger's records as text, for every command that shows them.

extension Run {
  package var line: String {
    let begun = "\(id), \(start.trigger), \(localTime(start.at))"
    return end.map { "\(begun), exit \($0.exitStatus): \($0.summary)" } ?? "\(begun), under way or killed"
  }

  package var json: JSON {
    [
      "run": .number(id.number), "trigger": .string(start.trigger), "pid": .number(Int64(start.pid)),
      "started_at": .number(start.at), "ended_at": end.map { .number($0.at) } ?? .null,
      "status": end.map { .count($0.exitStatus) } ?? .null, "summary": .optional(end?.summary),
      "reads": .array(reads.map(\.json)),
    ]
  }
}

extension PastCall {
  /// "run 12, 2026-11-24 14:05: add extension 1001: done".
  package var line: String { "run \(run), \(localTime(intent.at)): \(line(in: run))" }

  /// The same in a list of the calls of a run, which began it or settled it.
  package func line(in run: RunID) -> String {
    guard let settledBy else { return text }
    return text + (run == settledBy ? "; begun by run \(self.run)" : "; settled by run \(settledBy)")
  }

  private var text: String {
    let outcomeName = outcomeName.map(\.word) ?? "no answer was noted"
    // The answer to a repeated add shows that an earlier one was made.
    let mark = self.outcomeName == .holds && answer?.status == .taken ? ", as the PBX has the number by then: " : ", "
    let answerText = answer.map(\.text).flatMap { $0.isEmpty ? nil : "\(mark)\($0)" } ?? ""
    let values = intent.entry.text.isEmpty ? ", of somebody who was forgotten" : fields.map { ", \($0)" }.joined()
    return "\(intent.call.action.rawValue) \(intent.call.key)\(values): \(outcomeName)\(answerText)"
  }

  /// Why a deleted object was no longer wanted; nil for another call, and if that isn't known.
  private var absence: String? {
    intent.call.action == .delete ? intent.before?.absence?.reason.text : nil
  }

  /// The fields that the call changed; all fields if the object was new. Of a deleted object its name and why it was deleted.
  private var fields: [String] {
    guard let item = intent.call.item else { return [intent.before?.item.name, absence].compactMap(\.self) }
    let before = intent.before?.item.fields.map(\.value)
    return item.fields.enumerated().compactMap { index, field in
      let isNew = before.map { $0[index] != field.value } ?? (field.field != .number && !field.value.isEmpty)
      guard isNew else { return nil }
      return "\(field.field.rawValue) \"\(field.value)\""
    }
  }

  package var json: JSON {
    [
      "run": .number(run.number), "at": .number(intent.at), "action": .string(intent.call.action.rawValue),
      "kind": .string(intent.call.key.kind.rawValue), "number": .string(intent.call.key.number),
      "entry": .string(intent.entry.text), "dn": .string(intent.dn), "values": intent.call.item?.json ?? .null,
      "before": intent.before?.item.json ?? .null, "because": .optional(absence),
      "outcome": .optional(outcomeName?.word),
      "error_code": .optional(answer?.errorCode), "message": .optional(answer?.message),
      "settled_by": settledBy.map { .number($0.number) } ?? .null, "forgotten": .bool(isForgotten),
    ]
  }
}

extension PastCall.OutcomeName {
  /// The same words as `ChangeResult.word` for a run's own changes.
  var word: String {
    switch self {
    case .holds, .gone: "done"
    case .refused: "refused"
    case .undone: "failed"
    case .unproven: "unproven"
    case .inDoubt: "in-doubt"
    }
  }
}

extension PBXObject {
  /// Every field by its name.
  package var json: JSON { .object(fields.map { ($0.field.rawValue, .string($0.value)) }) }
}

extension EntryDrop {
  /// What an admin calls it by now.
  package var label: String {
    switch decision {
    case .approved: "Approved"
    case .rejected: "Rejected"
    case nil: "Held"
    }
  }

  /// Its counts, and the decision on it.
  package var line: String {
    let count = counted(search.entries, "entry", "entries")
    let text =
      "\(name): \"\(search.source)\" has \(count), \(search.previousEntries ?? 0) before, so the read is incomplete"
    return switch decision {
    case .approved: "\(text); approved, the next run reads it again"
    case .rejected: "\(text); rejected, nobody is removed while it has so few"
    case nil: text
    }
  }
}

extension ManagedObject {
  package var json: JSON {
    [
      "kind": .string(key.kind.rawValue), "number": .string(key.number), "name": .string(item.name),
      "dn": .string(dn), "entry": .string(entry.text), "ownership": .string(ownership.rawValue),
      "values": item.json, "absent_because": .optional(absence?.reason.rawValue),
      "absent_since": absence.map { .number($0.since) } ?? .null,
      "unproven_because": .optional(unproven?.reason.rawValue),
      "unproven_since": unproven.map { .number($0.since) } ?? .null,
      "other_values_seen": .bool(unproven?.hasOtherValues == true),
      "missed_by_reads": absence.map { .count($0.reads) } ?? .null,
    ]
  }
}

extension LedgerState {
  /// Managed objects that the PBX has lost and that weren't sent again, including those removed from the ledger by an audit. An
  /// object that the last complete run neither added nor left pending is no longer wanted.
  package func open(_ losses: [FormerHolder], holds: [HeldSetRecord], lastEnd: RunEnd?) -> [FormerHolder] {
    let managed = Set(managed.map(\.key))
    let awaited = Set(
      backoffs.map(\.key) + inDoubt.map(\.call.key) + refusals.map(\.item.key) + holds.flatMap(\.members).map(\.key))
    return losses.filter { loss in
      let isSettled = lastEnd.map { [0, 3, 4].contains($0.exitStatus) && $0.at >= loss.at } ?? false
      return managed.contains(loss.key) || awaited.contains(loss.key) || !isSettled
    }
  }
}
