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
      "started_at": .number(start.at), "ended_at": .optional(end?.at),
      "status": .optional(end?.exitStatus), "summary": .optional(end?.summary),
      "reads": .array(reads.map(\.json)),
    ]
  }
}

/// What the calls of one change have in common.
private struct ChangeKey: Hashable {
  let run: RunID
  let entry: EntryID
  let key: ObjectKey
}

extension [PastCall] {
  /// For each call its text in a list, such as "add extension 1001: done".
  ///
  /// - Parameter run: the run that the list is of, which began or settled each call; nil for calls of several runs, each with its own.
  package func lines(in run: RunID? = nil) -> [String] {
    let following = following
    return map { call in
      let text = call.text(before: following[call.id])
      guard let run else { return "run \(call.run), \(localTime(call.intent.at)): \(call.settled(text, in: call.run))" }
      return call.settled(text, in: run)
    }
  }

  package var json: JSON {
    let following = following
    return .array(map { $0.json(before: following[$0.id]) })
  }

  /// The call that a change went on with, by the row of the one before: an object that turned out to be there is updated, and one that
  /// turned out not to be there is added. All calls of a change have its outcome.
  private var following: [Int64: PastCall] {
    var last: [ChangeKey: PastCall] = [:]
    var following: [Int64: PastCall] = [:]
    for call in sorted(by: { $0.id < $1.id }) where call.outcomeName == .holds {
      let change = ChangeKey(run: call.run, entry: call.intent.entry, key: call.intent.call.key)
      let isFound = call.intent.call.action == .update && call.intent.before == nil
      if let before = last[change], before.intent.call.action != call.intent.call.action,
        isFound || call.intent.call.action == .add
      {
        following[before.id] = call
      }
      last[change] = call
    }
    return following
  }
}

extension PastCall {
  /// Its text, with the other run that began it or settled it.
  fileprivate func settled(_ text: String, in run: RunID) -> String {
    guard let settledBy else { return text }
    return text + (run == settledBy ? "; begun by run \(self.run)" : "; settled by run \(settledBy)")
  }

  /// The word for its outcome.
  ///
  /// - Parameter next: the call that the change went on with.
  private func word(before next: PastCall?) -> String? {
    switch next?.intent.call.action {
    case .update: "taken"
    case .add: "absent"
    case .delete, nil: outcomeName?.word
    }
  }

  fileprivate func text(before next: PastCall?) -> String {
    switch next?.intent.call.action {
    case .update: return "\(intent.call.action.rawValue) \(intent.call.key): the PBX had it already, so it was updated"
    case .add: return "\(intent.call.action.rawValue) \(intent.call.key): the PBX didn't have it, so it was added"
    case .delete, nil: break
    }
    // A contact in doubt is updated first too.
    let isAdoption =
      outcomeName == .holds && intent.call.action == .update && intent.before == nil
      && intent.call.key.kind == .extension
    let outcomeName = isAdoption ? "adopted" : outcomeName.map(\.word) ?? "no answer was noted"
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

  fileprivate func json(before next: PastCall?) -> JSON {
    [
      "run": .number(run.number), "at": .number(intent.at), "action": .string(intent.call.action.rawValue),
      "kind": .string(intent.call.key.kind.rawValue), "number": .string(intent.call.key.number),
      "entry": .string(intent.entry.text), "dn": .string(intent.dn), "values": intent.call.item?.json ?? .null,
      "before": intent.before?.item.json ?? .null, "because": .optional(absence),
      "outcome": .optional(word(before: next)),
      "error_code": .optional(answer?.errorCode), "message": .optional(answer?.message),
      "settled_by": .optional(settledBy?.number), "forgotten": .bool(isForgotten),
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
      "absent_since": .optional(absence?.since),
      "unproven_because": .optional(unproven?.reason.rawValue),
      "unproven_since": .optional(unproven?.since),
      "other_values_seen": .bool(unproven?.hasOtherValues == true),
      "missed_by_reads": .optional(absence?.reads),
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
      let isSettled = lastEnd.map { $0.isRegular && $0.at >= loss.at } ?? false
      return managed.contains(loss.key) || awaited.contains(loss.key) || !isSettled
    }
  }
}
