import Domain

/// A request leaves: the PBX processes it or not, and the program sees an answer or not.
extension SmallWorld {
  func send(_ fault: Event.Fault, _ state: State) throws(Violation) -> State {
    var state = state
    guard var run = runs[state.run], var current = run.current, let call = current.call else { return state }
    if run.isKeyRefused { throw Violation(.nothingAfterBadKey, "\(call.code)") }
    try check(beforeSending: call, current, run, state)
    run.hasSent = true
    var answer = CallResult(.unanswered)
    let isCall = if case .call = current.request { true } else { false }
    if fault.isProcessed {
      var pbx = pbxs[state.pbx]
      let before = pbx
      let effect = pbx.process(call, settings.behaviour)
      answer = effect.answer
      if fault == .none, answer.status == .accepted {
        // Of two contacts with one number a request may reach either.
        pbx.edited.subtract(
          call.touchedKeys.filter { max(before.objects[$0]?.count ?? 0, pbx.objects[$0]?.count ?? 0) < 2 })
      }
      state.pbx = pbxs.number(of: pbx)
      try check(effect, of: call, current, from: before, to: pbx)
      current.mails += effect.mails
    }
    if fault != .none, fault != .notSent, fault != .badKey, isCall, call.item?.isMailed == true {
      current.mailsInDoubt += 1
      if call.mailsAgain { current.updatesInDoubt += 1 }
    }
    try check(mails: current)
    current.seen = fault.seen(answer)
    run.current = current
    state.run = runs.number(of: run)
    return state
  }
}

extension Call {
  /// The numbers that the call concerns.
  var touchedKeys: [ObjectKey] {
    if case .updateContact(_, let registered) = self { return [key, ObjectKey(.contact, registered)] }
    return [key]
  }

  /// The call in words: `update contact 902, known as 901`.
  package var code: String {
    if case .updateContact(let contact, let registered) = self, registered != contact.number {
      return "update \(key), known as \(registered): \(contact.firstName)"
    }
    let name = item.map { ": \($0.fields[1].value)" } ?? ""
    return "\(action.rawValue) \(key)\(name)"
  }
}
