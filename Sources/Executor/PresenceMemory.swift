import CallControl
package import Domain
package import Ledger
import Platform
import Reconcile

/// What a run knows of the PBX's way to tell whether a number is taken. Asked and changed by several tasks.
package actor PresenceMemory {
  enum State: Hashable, Sendable {
    /// No probe is made.
    case off
    /// Not learned yet, or no longer known.
    case open
    case tells(ProbeForm)
    /// No form tells.
    case silent

    /// The form that tells; none where none is known to.
    var forms: Set<ProbeForm> { if case .tells(let form) = self { [form] } else { [] } }
  }

  private(set) var state: State
  /// What was learned in this run.
  package private(set) var learned: PresenceKnowledge?
  private let url: String
  private let known: PresenceKnowledge?
  private let ledger: Ledger?

  /// - Parameters:
  ///   - isOff: whether an admin wants no probe.
  ///   - known: what was learned before, where that still holds.
  package init(isOff: Bool, url: String, known: PresenceKnowledge?, _ ledger: Ledger?) {
    self.url = url
    self.known = known
    self.ledger = ledger
    state = isOff ? .off : known.map { $0.form.map(State.tells) ?? .silent } ?? .open
  }

  /// The state once an answer has shown the PBX's server software: after an update it is open again.
  func state(under server: String?) -> State {
    if let known, learned == nil, let server, server != known.server, state != .off { state = .open }
    return state
  }

  /// - Parameter form: the one that tells; nil where none does, or where the one that was known told what isn't so.
  func learn(_ form: ProbeForm?, under server: String?) async throws(LedgerError) {
    let new = form.map(State.tells) ?? .silent
    if state == .off || state == new { return }
    state = new
    let knowledge = PresenceKnowledge(url: url, server: server ?? "", form: form, learnedAt: ledger?.now() ?? 0)
    learned = knowledge
    try await ledger?.store(knowledge)
  }
}

/// What was found out about a number before its add.
enum PresenceFinding {
  /// These forms say that the number is free; none where nothing was asked, or where nothing follows from the answers.
  case seen(freeBy: Set<ProbeForm>)
  /// An extension has the number; `wasLost`: a probe came back without an answer, which has made it where the PBX checks less than
  /// it did.
  case taken(CallResult, wasLost: Bool)
  /// The probe created an extension, which is managed now.
  case created(ProbeForm, CallResult)
  /// Nothing can be concluded: the add is left for the next run. `wasLost` as for one that is taken.
  case left(CallResult, wasLost: Bool)
  /// The run was stopped, or the key was refused. `wasLost` as for one that is taken.
  case stopped(CallResult, wasLost: Bool)
}

/// Asking for presence, beside the calls that change something.
extension PlanExecutor {
  /// Whether a probe comes before the call: the number's state is unknown, and nothing may be adopted.
  func isProbed(_ change: Change) -> Bool {
    guard case .addExtension = change.call else { return false }
    return change.settles.isEmpty && !change.adopts && !change.isNumberFreed && change.unproven == nil
  }

  /// Asks for a number before its add, whose intent is on record. What isn't learned yet is asked in every form.
  func look(
    at number: String, _ state: PresenceMemory.State, hasPlace: inout Bool, _ worklist: ChangeScheduler
  ) async -> PresenceFinding {
    var learning = PresenceLearning()
    let forms: [ProbeForm]
    switch state {
    case .off, .silent: return .seen(freeBy: [])
    case .tells(let form): forms = [form]
    case .open: forms = ProbeForm.allCases
    }
    for form in forms {
      let (given, wasLost) = await ask(number, by: form, hasPlace: &hasPlace, worklist)
      guard let answer = given else { return .stopped(Self.stopped, wasLost: wasLost) }
      if answer.status == .badKey { return .stopped(answer, wasLost: wasLost) }
      let presence = form.presence(by: answer)
      switch presence {
      case .taken: return .taken(answer, wasLost: wasLost)
      case .created: return .created(form, answer)
      case .unknown where state == .tells(form) || [.unanswered, .failed, .notSent].contains(answer.status):
        return .left(answer, wasLost: wasLost || answer.status == .unanswered || answer.status == .failed)
      case .free, .unknown: learning.before(form, presence)
      }
    }
    return .seen(freeBy: learning.candidates)
  }

  /// Asks for a number that the PBX has for certain, in the forms that said "free" before its add, and learns from it.
  ///
  /// - Returns: `.taken` where one of them tells, so that the number was free before; else `.unknown`.
  func learn(
    from forms: Set<ProbeForm>, about number: String, hasPlace: inout Bool, _ worklist: ChangeScheduler
  ) async throws(LedgerError) -> Presence {
    var answers: [ProbeForm: Presence] = [:]
    for form in ProbeForm.allCases where forms.contains(form) {
      guard let answer = await ask(number, by: form, hasPlace: &hasPlace, worklist).answer else { return .unknown }
      answers[form] = form.presence(by: answer)
    }
    switch PresenceLearning(candidates: forms).after(answers) {
    case .tells(let form):
      try await presenceMemory.learn(form, under: pbx.serverSoftware)
      return .taken
    case .tellsNothing:
      try await presenceMemory.learn(nil, under: pbx.serverSoftware)
      return .unknown
    case .open: return .unknown
    }
  }

  /// Asks whether the PBX has a number, in the form that tells.
  ///
  /// - Returns: `.unknown` where the answer shows nothing, with that answer.
  func look(
    at number: String, by forms: Set<ProbeForm>, hasPlace: inout Bool, _ worklist: ChangeScheduler
  ) async -> (Presence, CallResult) {
    guard let form = forms.first, let answer = await ask(number, by: form, hasPlace: &hasPlace, worklist).answer
    else { return (.unknown, Self.stopped) }
    return (form.presence(by: answer), answer)
  }

  /// Stands in for the answer to a call that wasn't sent.
  static var stopped: CallResult { CallResult(.notSent, message: "the run was stopped first") }

  /// One probe, repeated after transient faults: it changes nothing if the PBX checks the value.
  ///
  /// - Returns: no answer where the run was stopped first; and whether an earlier one was lost.
  private func ask(
    _ number: String, by form: ProbeForm, hasPlace: inout Bool, _ worklist: ChangeScheduler
  ) async -> (answer: CallResult?, wasLost: Bool) {
    var attempt = 0
    var wasLost = false
    while true {
      if !hasPlace { hasPlace = await worklist.acquireSlot() }
      if !hasPlace { return (nil, wasLost) }
      let (answer, time) = await pbx.timing(.addExtension(form.item(number)))
      CrashPoint.requestAnswered.pass()
      await worklist.record(ChangeScheduler.RequestResult(answer: answer, time: time, metForeign: false))
      hasPlace = false
      attempt += 1
      guard [.unanswered, .failed, .notSent].contains(answer.status), attempt <= pace.retries, await pause(attempt)
      else {
        return (answer, wasLost)
      }
      wasLost = wasLost || answer.status != .notSent
    }
  }
}
