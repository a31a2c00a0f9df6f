package import Domain
package import Journal
import Platform

/// The result of one change, with the last answer of the PBX.
package struct ChangeResult: Sendable, Hashable {
  package let outcome: Outcome
  package let answer: CallResult
  /// Whether the PBX no longer had the managed object, as its answer to an update or a delete showed.
  package var wasLost = false
  /// Requests in doubt for which the PBX may have sent mail, in addition to the request that made the change.
  var possibleMails = 0
  /// The part of them that were updates: each of these may have sent a mail of its own.
  var updatesInDoubt = 0

  package init(
    outcome: Outcome, answer: CallResult, wasLost: Bool = false, possibleMails: Int = 0, updatesInDoubt: Int = 0
  ) {
    self.outcome = outcome
    self.answer = answer
    self.wasLost = wasLost
    self.possibleMails = possibleMails
    self.updatesInDoubt = updatesInDoubt
  }

  package var isDone: Bool {
    switch outcome {
    case .holds, .gone: true
    case .unproven, .refused, .undone, .inDoubt: false
    }
  }

  /// Whether the change is tried again.
  package var needsRetry: Bool {
    switch outcome {
    case .holds, .gone, .refused, .unproven: false
    case .undone, .inDoubt: true
    }
  }

  /// Whether the change adopted a foreign object.
  package func isAdoption(by change: Change) -> Bool {
    guard case .holds(let object, _) = outcome else { return false }
    return object.ownership == .adopted && change.before == nil
  }

  /// Whether the PBX had a foreign object under the number.
  func foundForeign(by change: Change) -> Bool {
    switch outcome {
    case .refused(let refusal): refusal.answer.status == .taken
    case .unproven: true
    case .holds, .gone, .undone, .inDoubt: isAdoption(by: change)
    }
  }

  /// The word for `PBX_OUTCOME` and `--json`.
  package var word: String {
    switch outcome {
    case .holds, .gone: "done"
    case .refused(let refusal): refusal.answer.status == .taken ? "foreign" : "refused"
    case .unproven: "unproven"
    case .undone: "failed"
    case .inDoubt: "in-doubt"
    }
  }

  package static let lossRemedy =
    "to see all that is missing, and how to have it sent again: \(pbxsyncd) audit, or \(pbxsyncd) audit --csv FILE with a table "
    + "exported from the PBX"

  /// The event that reports the change, with its text.
  ///
  /// - Parameter nextTry: when the daemon tries it again; nil without back-off.
  package func event(of change: Change, nextTry: Timestamp? = nil) -> (MessageID, String) {
    let key = change.call.key
    switch outcome {
    case .holds where isAdoption(by: change):
      return (.adopted, "Adopted \(key), \(change.name)\(change.changesText)")
    case .holds where wasLost:
      return (.pbxLostObject, "The PBX had lost \(key), \(change.name); added again; \(Self.lossRemedy)")
    case .gone where wasLost:
      return (
        .pbxLostObject, "The PBX had lost \(key), \(change.name), before it was to be deleted; \(Self.lossRemedy)"
      )
    case .holds, .gone:
      return switch change.call.action {
      case .add: (.added, "Added \(key), \(change.name)")
      case .update: (.updated, "Updated \(key), \(change.name)\(change.changesText)")
      case .delete: (.deleted, "Deleted \(key), \(change.name)")
      }
    case .unproven(let object):
      return (.objectUnproven, "Unproven: \(object.unprovenText(as: change.name)); next step: \(object.unprovenRemedy)")
    case .refused(let refusal) where refusal.answer.status == .taken:
      return (
        .foreignObject,
        change.isAllocated
          ? "Skipped \(key): the PBX has a foreign one; the entry is to get another number of the pool"
          : "Skipped \(key): the PBX has a foreign one; \(key.adoptionRemedy); otherwise remove it there, "
            + "or give the entry another number"
      )
    case .refused:
      return (
        .objectRefused,
        "The PBX refused to \(change.actionWord) \(key): \(answer.text); change the value in the directory"
      )
    case .undone: return (.changeFailed, "Failed to \(change.actionWord) \(key): \(answer.text)")
    case .inDoubt:
      return (
        .changeInDoubt,
        "Result unknown: \(change.actionWord) \(key): \(answer.text); "
          + InDoubtCall.nextTryText(nextTry, of: key, mailsAgain: change.mayRepeatMail || change.call.mailsAgain)
      )
    }
  }
}

extension Change {
  /// The fields that change, old and new, behind a colon; empty if the old ones aren't known.
  fileprivate var changesText: String {
    if known == nil { return "" }
    let texts = fields.map(\.text)
    return texts.isEmpty ? "" : ": " + texts.joined(separator: ", ")
  }

  /// Whether the number comes from a pool, which can allocate another one.
  fileprivate var isAllocated: Bool { if case .allocated = cause { true } else { false } }
}

extension InDoubtCall {
  /// When the call will be settled.
  ///
  /// - Parameters:
  ///   - nextTry: when it is tried again; nil without back-off.
  ///   - mailsAgain: whether each try may mail the person, so that all runs wait.
  package static func nextTryText(_ nextTry: Timestamp?, of key: ObjectKey, mailsAgain: Bool) -> String {
    guard let nextTry else { return "the next run settles it" }
    return mailsAgain
      ? "each try may mail the person, so runs wait until \(localTime(nextTry)); \(pbxsyncd) sync \(key.number) sends it now"
      : "the daemon or the timer tries again from \(localTime(nextTry)) on; to retry now: \(pbxsyncd) --sync-now"
  }
}

extension CallResult {
  /// The error code and the message; empty without both.
  package var text: String { [errorCode, message].filter { !$0.isEmpty }.joined(separator: " ") }
}

/// Counts of a run's calls.
package struct CallCounts: Sendable, Hashable {
  package var added = 0
  package var updated = 0
  /// The part of `added` and `deleted` that the PBX had lost before.
  package var lost = 0
  /// The part of `updated` that adopted an object.
  package var adopted = 0
  package var deleted = 0
  /// Refused, foreign, unproven, failed and skipped because another change failed.
  package var failed = 0
  package var inDoubt = 0
  package var requests = 0
  /// Changes that were made and for which the PBX sends a mail.
  package var mails = 0
  /// Other requests for which the PBX may have sent a mail.
  package var possibleMails = 0

  package init() {}

  /// Adds the counts of another part of the run.
  package mutating func add(_ others: CallCounts) {
    added += others.added
    updated += others.updated
    lost += others.lost
    adopted += others.adopted
    deleted += others.deleted
    failed += others.failed
    inDoubt += others.inDoubt
    requests += others.requests
    mails += others.mails
    possibleMails += others.possibleMails
  }

  mutating func count(_ change: Change, _ changeResult: ChangeResult) {
    possibleMails += changeResult.possibleMails
    switch changeResult.outcome {
    case .holds, .gone:
      if changeResult.wasLost { lost += 1 }
      if change.isMailed { mails += 1 }
      if changeResult.isAdoption(by: change) { adopted += 1 }
      switch change.action(changeResult) {
      case .add: added += 1
      case .update: updated += 1
      case .delete: deleted += 1
      }
    case .refused, .unproven, .undone: failed += 1
    case .inDoubt: inDoubt += 1
    }
  }
}
