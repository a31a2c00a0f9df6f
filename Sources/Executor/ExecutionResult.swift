package import Domain
package import Ledger

/// The result of executing a plan.
package struct ExecutionResult: Sendable {
  package enum StopReason: Sendable, Hashable {
    /// The PBX refused the key.
    case badKey(CallResult)
    /// The ledger couldn't be written, so nothing may be sent.
    case ledger(LedgerError)
  }

  /// How many changes the plan has.
  let count: Int
  package var callCounts = CallCounts()
  package var changeResults: [Int: ChangeResult] = [:]
  package var stop: StopReason?
  /// The state with which the next part of the run begins.
  package var learned: SendingPace?

  package init(of count: Int) { self.count = count }

  /// How many changes were never begun, because the run was stopped or a change that they require failed.
  package var untouched: Int { count - changeResults.count }

  /// The error of the transport if no request reached the PBX; otherwise nil.
  package var unreachable: String? {
    let answers = changeResults.values.map(\.answer)
    guard let first = answers.first, answers.allSatisfy({ $0.status == .notSent }) else { return nil }
    return first.message
  }

  /// The objects that the PBX had lost, by their last known numbers.
  ///
  /// - Parameter isDone: whether the change that found the loss was made; nil for all losses.
  package func losses(_ changes: [Change], isDone: Bool? = nil) -> Set<ObjectKey> {
    Set(
      changeResults.filter { $0.value.wasLost && (isDone == nil || $0.value.isDone == isDone) }
        .compactMap { changes[$0.key].before?.key })
  }

  /// The changes that need back-off: failed changes and those in doubt. If many failed and
  /// none is done, the fault is the PBX's and not the objects'; then only changes that may send a mail each time wait.
  ///
  /// - Parameter isStopped: whether the run was stopped, so that it may have left calls in doubt that it would have
  ///   settled.
  package func backoffs(_ changes: [Change], isStopped: Bool) -> [ObjectKey: ChangeFailure] {
    let open = changeResults.filter { index, changeResult in
      [.failed, .notUnderstood, .tooLong].contains(changeResult.answer.status)
        || changeResult.outcome == .inDoubt && !isStopped && !changes[index].isProvedWithoutMail
    }
    let isPBXFailing = open.count > 3 && !changeResults.values.contains(where: \.isDone)
    let kept = open.filter { index, changeResult in
      !isPBXFailing || changeResult.outcome == .inDoubt && changes[index].call.mailsAgain
    }
    return Dictionary(
      kept.map { (changes[$0].call.key, $1.failure(of: changes[$0])) }, uniquingKeysWith: { first, _ in first })
  }
}

extension Change {
  /// Whether the next run's first try settles it if it is in doubt, without a mail to an existing user.
  fileprivate var isProvedWithoutMail: Bool { settles.isEmpty && call.action != .update && !adopts }
}

extension ChangeResult {
  /// As back-off counts it.
  fileprivate func failure(of change: Change) -> ChangeFailure {
    let mails = change.call.mailsAgain || updatesInDoubt > 0
    return ChangeFailure(
      answer.text, count: mails ? updatesInDoubt : 1, mails ? .mailingUpdate : .change)
  }
}

/// The result of one batch.
struct BatchResult: Sendable {
  var changeResults: [(index: Int, change: Change, changeResult: ChangeResult)] = []
  /// Why the ledger couldn't be written.
  var refusal: LedgerError?
}
