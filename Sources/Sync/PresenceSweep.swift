package import CallControl
package import Domain
package import Executor
package import Ledger
import Platform

/// Asks a PBX which of many extension numbers are taken, in the form that it was seen to tell by. It changes nothing and mails
/// nobody, unless the PBX has stopped to check the value that can't be accepted.
package struct PresenceSweep: Sendable {
  package let pbx: CallControl
  package let form: ProbeForm
  package let pace: PlanExecutor.ExecutionSettings

  package init(pbx: CallControl, form: ProbeForm, pace: PlanExecutor.ExecutionSettings) {
    self.pbx = pbx
    self.form = form
    self.pace = pace
  }

  /// What the answers show.
  package struct Sight: Sendable, Hashable {
    package var taken: Set<String> = []
    package var free: Set<String> = []
    /// The PBX no longer checks the value: the probes created extensions under these numbers.
    package var created: Set<String> = []
    var requests = 0
    /// The last answer of which nothing follows.
    package var unknown: CallResult?

    /// Whether the form still tells: it said "taken" of one of these, which are there by all that is known.
    package func isProved(by managed: Set<String>) -> Bool { created.isEmpty && !taken.isDisjoint(with: managed) }
  }

  /// Takes as long as the PBX does; cancelling the task, a refused key and a PBX that doesn't check end it early.
  package func callAsFunction(_ numbers: [String]) async -> Sight {
    await withTaskGroup(of: (String, CallResult, Int).self, returning: Sight.self) { group in
      var sight = Sight()
      var rest = numbers[...]
      for number in rest.prefix(pace.maxInFlight) { group.addTask { await ask(number) } }
      rest = rest.dropFirst(pace.maxInFlight)
      for await (number, answer, requests) in group {
        sight.requests += requests
        switch form.presence(by: answer) {
        case .taken: sight.taken.insert(number)
        case .free: sight.free.insert(number)
        case .created: sight.created.insert(number)
        case .unknown: sight.unknown = answer
        }
        let isOver = answer.status == .badKey || answer.status == .notSent || !sight.created.isEmpty
        if isOver || Task.isCancelled || ContinuousClock.now >= pace.deadline { rest = [] }
        if let number = rest.popFirst() { group.addTask { await ask(number) } }
      }
      return sight
    }
  }

  /// One number, repeated after transient faults. Also returns the count of requests.
  private func ask(_ number: String) async -> (String, CallResult, Int) {
    var attempt = 0
    var lost: CallResult?
    while true {
      let (answer, _) = await pbx.timing(.addExtension(form.item(number)))
      attempt += 1
      guard [.unanswered, .failed].contains(answer.status), attempt <= pace.retries, await pace.pause(attempt) else {
        // If the PBX no longer checks the value, the probe without an answer may have created the extension.
        return (number, answer.status == .taken ? lost ?? answer : answer, attempt)
      }
      lost = answer
    }
  }
}

extension Ledger {
  /// Records extensions that probes have created, because the PBX no longer checks the value. They are managed, and have
  /// the
  /// probe's values until a run updates or removes them. Nothing more is learned by that form.
  package func record(
    probesMade numbers: Set<String>, by form: ProbeForm, of objects: [ManagedObject], on pbx: CallControl, _ url: String
  )
    throws(LedgerError)
  {
    if numbers.isEmpty { return }
    let known = Dictionary(objects.map { ($0.key, $0) }) { first, _ in first }
    let made = numbers.sorted().map { number in
      let (item, object) = (PBXObject.extension(form.item(number)), known[ObjectKey(.extension, number)])
      return ManagedObject(
        item, entry: object?.entry ?? EntryID(""), dn: object?.dn ?? "", ownership: object?.ownership ?? .created,
        absence: object?.absence)
    }
    try apply(made.map(LedgerUpdate.seen), at: now())
    try store(PresenceKnowledge(url: url, server: pbx.serverSoftware ?? "", form: nil, learnedAt: now()))
  }
}
