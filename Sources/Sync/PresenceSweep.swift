package import CallControl
package import Domain
package import Executor
package import Ledger
import Platform

/// Finds out which of many extension numbers are taken, by probes in the form that reveals them.
///
/// It changes nothing and sends no mail, unless the PBX no longer checks the invalid value of the probe.
package struct PresenceSweep: Sendable {
  package let pbx: CallControl
  package let form: ProbeForm
  package let settings: PlanExecutor.ExecutionSettings

  package init(pbx: CallControl, form: ProbeForm, settings: PlanExecutor.ExecutionSettings) {
    self.pbx = pbx
    self.form = form
    self.settings = settings
  }

  /// The numbers by what the answers show.
  package struct Sight: Sendable, Hashable {
    package var taken: Set<String> = []
    package var free: Set<String> = []
    /// The PBX no longer checks the value: the probes created extensions under these numbers.
    package var created: Set<String> = []
    var requests = 0
    /// The last answer that shows nothing.
    package var unknown: CallResult?

    /// Whether the form still reveals taken numbers: it did for one of the numbers of managed extensions.
    package func isProved(by managed: Set<String>) -> Bool { created.isEmpty && !taken.isDisjoint(with: managed) }
  }

  /// Probes the numbers. A cancelled task, a refused key and a PBX that doesn't check the value end it early.
  package func probe(_ numbers: [String]) async -> Sight {
    await withTaskGroup(of: (String, CallResult, Int).self, returning: Sight.self) { group in
      var sight = Sight()
      var rest = numbers[...]
      for number in rest.prefix(settings.maxInFlight) { group.addTask { await probe(number) } }
      rest = rest.dropFirst(settings.maxInFlight)
      for await (number, answer, requests) in group {
        sight.requests += requests
        switch form.presence(by: answer) {
        case .taken: sight.taken.insert(number)
        case .free: sight.free.insert(number)
        case .created: sight.created.insert(number)
        case .unknown: sight.unknown = answer
        }
        let isOver = answer.status == .badKey || answer.status == .notSent || !sight.created.isEmpty
        if isOver || Task.isCancelled || ContinuousClock.now >= settings.deadline { rest = [] }
        if let number = rest.popFirst() { group.addTask { await probe(number) } }
      }
      return sight
    }
  }

  /// Probes one number, and repeats the probe after transient faults. Also returns the count of requests.
  private func probe(_ number: String) async -> (String, CallResult, Int) {
    var attempt = 0
    var lost: CallResult?
    while true {
      let (answer, _) = await pbx.makeTimed(.addExtension(form.item(number)))
      attempt += 1
      guard [.unanswered, .failed].contains(answer.status), attempt <= settings.retries,
        await settings.pause(before: attempt)
      else {
        // If the PBX no longer checks the value, the probe without an answer may have created the extension.
        return (number, answer.status == .taken ? lost ?? answer : answer, attempt)
      }
      lost = answer
    }
  }
}

extension Ledger {
  /// Records extensions that probes have created because the PBX no longer checks the value. They are managed, and have the probe's
  /// values until a run updates or removes them. The form reveals nothing from now on.
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
