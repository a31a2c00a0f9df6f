import Domain

/// By how many requests for one change the PBX may have mailed somebody though no answer says so.
struct PossibleMails: Sendable {
  private var updates = 0
  /// However often it is repeated, an add mails once at most.
  private var isAddLost = false

  mutating func add(_ call: Call, _ answer: CallResult) {
    guard call.item?.isMailed == true else { return }
    switch answer.status {
    case .unanswered, .notUnderstood, .failed:
      if call.mailsAgain { updates += 1 } else { isAddLost = true }
    // It would have been refused if an earlier one had mailed somebody.
    case .accepted where call.action == .add: isAddLost = false
    default: break
    }
  }

  /// Without the request that made the change.
  ///
  /// - Parameter last: the call that was answered last.
  func count(after outcome: Outcome, by last: Call?) -> Int {
    // An add that turns out to be done was the one that mailed.
    let isMadeByAdd = if case .holds = outcome { last?.action == .add } else { false }
    return updates + (isAddLost && !isMadeByAdd ? 1 : 0)
  }
}
