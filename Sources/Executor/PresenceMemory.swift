import CallControl
package import Domain
package import Ledger
import Platform
import Reconcile
import Synchronization

/// What a run knows about how the PBX reveals taken numbers. Several tasks use it at once.
package final class PresenceMemory: Sendable {
  enum State: Hashable, Sendable {
    /// No probe is made.
    case off
    /// Not learned yet, or no longer known.
    case unknown
    case reveals(ProbeForm)
    /// No form reveals taken numbers.
    case revealsNothing

    /// The form that reveals taken numbers; empty if none is known.
    var forms: Set<ProbeForm> { if case .reveals(let form) = self { [form] } else { [] } }
  }

  /// Guards the state, and what was learned in this run.
  private let memory: Mutex<(state: State, learned: PresenceKnowledge?)>
  private let url: String
  private let known: PresenceKnowledge?
  private let ledger: Ledger?

  /// - Parameters:
  ///   - isOff: whether the configuration turns probes off.
  ///   - known: the result of earlier runs, if it still holds.
  package init(isOff: Bool, url: String, known: PresenceKnowledge?, _ ledger: Ledger?) {
    self.url = url
    self.known = known
    self.ledger = ledger
    memory = Mutex((isOff ? .off : known.map { $0.form.map(State.reveals) ?? .revealsNothing } ?? .unknown, nil))
  }

  var state: State { memory.withLock(\.state) }

  /// What was learned in this run.
  package var learned: PresenceKnowledge? { memory.withLock(\.learned) }

  /// The state for the server software that the PBX's last answer named. After an update of the PBX it is unknown again.
  func state(under server: String?) -> State {
    memory.withLock { memory in
      if let known, memory.learned == nil, let server, server != known.server, memory.state != .off {
        memory.state = .unknown
      }
      return memory.state
    }
  }

  /// Stores which form reveals taken numbers.
  ///
  /// - Parameter form: nil if no form does, or if the known form gave a wrong answer.
  func learn(_ form: ProbeForm?, under server: String?) async throws(LedgerError) {
    let new = form.map(State.reveals) ?? .revealsNothing
    let knowledge = PresenceKnowledge(url: url, server: server ?? "", form: form, learnedAt: ledger?.now() ?? 0)
    let isNew = memory.withLock { memory in
      if memory.state == .off || memory.state == new { return false }
      memory = (new, knowledge)
      return true
    }
    if isNew { try await ledger?.store(knowledge) }
  }
}

/// The result of the probes of a number before its add.
enum PresenceFinding {
  /// These forms show that the number is free; empty if nothing was asked or if nothing follows from the answers. `wasLost` as for
  /// `taken`.
  case seen(freeBy: Set<ProbeForm>, wasLost: Bool = false)
  /// An extension has the number. `wasLost`: a probe got no answer, and it has created the extension if the PBX no longer checks
  /// the value.
  case taken(CallResult, wasLost: Bool)
  /// The probe created an extension, which is managed now.
  case created(ProbeForm, CallResult)
  /// Nothing can be concluded: the add is left to the next run. `wasLost` as for `taken`.
  case postponed(CallResult, wasLost: Bool)
  /// The run was stopped, or the key was refused. `wasLost` as for `taken`.
  case stopped(CallResult, wasLost: Bool)
}

/// Probing for taken numbers.
extension PlanExecutor {
  /// Whether a probe precedes the call: the number's state is unknown, and nothing may be adopted.
  func isProbed(_ change: Change) -> Bool {
    guard case .addExtension = change.call else { return false }
    return change.settles.isEmpty && !change.adopts && !change.isNumberFreed && change.unproven == nil
  }

  /// Probes a number before its add, whose intent is recorded. Until it is known which form reveals taken numbers, all are used.
  func probe(
    _ number: String, _ state: PresenceMemory.State, hasSlot: inout Bool, _ scheduler: ChangeScheduler
  ) async -> PresenceFinding {
    var learning = PresenceLearning()
    let forms: [ProbeForm]
    switch state {
    case .off, .revealsNothing: return .seen(freeBy: [])
    case .reveals(let form): forms = [form]
    case .unknown: forms = ProbeForm.allCases
    }
    var wasLost = false
    for form in forms {
      let (given, isInDoubt) = await sendProbe(of: number, by: form, hasSlot: &hasSlot, scheduler)
      wasLost = wasLost || isInDoubt
      guard let answer = given else { return .stopped(Self.stopped, wasLost: wasLost) }
      if answer.status == .badKey { return .stopped(answer, wasLost: wasLost) }
      let presence = form.presence(by: answer)
      switch presence {
      case .taken: return .taken(answer, wasLost: wasLost)
      case .created: return .created(form, answer)
      case .unknown where state == .reveals(form) || [.unanswered, .failed, .notSent].contains(answer.status):
        return .postponed(answer, wasLost: wasLost || answer.mayBeDone)
      // The probe before this one didn't create an extension then.
      case .free: wasLost = false
      case .unknown: wasLost = wasLost || answer.mayBeDone
      }
      learning.record(presence, beforeAddBy: form)
    }
    return .seen(freeBy: learning.candidates, wasLost: wasLost)
  }

  /// Probes a number that the PBX certainly has, in the forms that showed it as free before its add, and learns from the answers.
  ///
  /// - Returns: `.taken` if one of the forms reveals taken numbers, so that the number was free before; otherwise `.unknown`.
  func learn(
    from forms: Set<ProbeForm>, about number: String, hasSlot: inout Bool, _ scheduler: ChangeScheduler
  ) async throws(LedgerError) -> Presence {
    var answers: [ProbeForm: Presence] = [:]
    for form in ProbeForm.allCases where forms.contains(form) {
      guard let answer = await sendProbe(of: number, by: form, hasSlot: &hasSlot, scheduler).answer else {
        return .unknown
      }
      answers[form] = form.presence(by: answer)
    }
    switch PresenceLearning(candidates: forms).verdict(after: answers) {
    case .reveals(let form):
      try await presenceMemory.learn(form, under: pbx.serverSoftware)
      return .taken
    case .revealsNothing:
      try await presenceMemory.learn(nil, under: pbx.serverSoftware)
      return .unknown
    case .unknown: return .unknown
    }
  }

  /// Probes a number in the form that reveals taken numbers.
  ///
  /// - Returns: the answer, with `.unknown` if it shows nothing.
  func probe(
    _ number: String, by forms: Set<ProbeForm>, hasSlot: inout Bool, _ scheduler: ChangeScheduler
  ) async -> (Presence, CallResult) {
    guard let form = forms.first,
      let answer = await sendProbe(of: number, by: form, hasSlot: &hasSlot, scheduler).answer
    else { return (.unknown, Self.stopped) }
    return (form.presence(by: answer), answer)
  }

  /// The result of a call that wasn't sent.
  static var stopped: CallResult { CallResult(.notSent, message: "the run was stopped first") }

  /// Sends one probe, and repeats it after transient faults: it changes nothing if the PBX checks the value.
  ///
  /// - Returns: no answer if the run was stopped first; and whether an earlier answer was lost.
  private func sendProbe(
    of number: String, by form: ProbeForm, hasSlot: inout Bool, _ scheduler: ChangeScheduler
  ) async -> (answer: CallResult?, wasLost: Bool) {
    var attempt = 0
    var wasLost = false
    while true {
      if !hasSlot { hasSlot = await scheduler.acquireSlot() }
      if !hasSlot { return (nil, wasLost) }
      let (answer, time) = await pbx.makeTimed(.addExtension(form.item(number)))
      CrashPoint.requestAnswered.pass()
      await scheduler.record(ChangeScheduler.RequestResult(answer: answer, time: time, foundForeign: false))
      hasSlot = false
      attempt += 1
      guard [.unanswered, .failed, .notSent].contains(answer.status), attempt <= settings.retries,
        await pause(before: attempt)
      else {
        return (answer, wasLost)
      }
      wasLost = wasLost || answer.mayBeDone
    }
  }
}
