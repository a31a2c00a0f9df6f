import Domain
import Reconcile
import Testing

/// A contact's calls through two and more faults, with a phonebook that stores its contacts.
@Suite(.timeLimit(.minutes(15))) struct `Contacts in doubt` {
  /// What the PBX does with one request.
  private enum Fault: CaseIterable { case none, lostBefore, lostAfter, failed }

  private struct Phonebook {
    var entries: [String]

    mutating func answer(_ call: Call, _ fault: Fault) -> CallResult {
      if fault == .lostBefore { return CallResult(.unanswered) }
      if fault == .failed { return CallResult(.failed) }
      let answer = perform(call)
      return fault == .lostAfter ? CallResult(.unanswered) : answer
    }

    private mutating func perform(_ call: Call) -> CallResult {
      switch call {
      case .addContact(let it): entries.append(it.number)
      case .updateContact(let it, let registered):
        guard let index = entries.firstIndex(of: registered) else { return CallResult(.absent) }
        entries[index] = it.number
      case .deleteContact(let number):
        guard let index = entries.firstIndex(of: number) else { return CallResult(.absent) }
        entries.remove(at: index)
      default: break
      }
      return CallResult(.accepted)
    }
  }

  /// Makes the plan's change, with at most `retries` repeats, and leaves in the memory what a ledger would.
  private func run(_ it: inout Case, _ book: inout Phonebook, _ faults: inout ArraySlice<Fault>, retries: Int) {
    guard let change = it.plan.changes.first else { return }
    var settlement = Settlement(change, at: 0)
    var intents: [Call] = change.settles.map(\.call)
    guard var call = settlement.firstCall else { return }
    var outcome: Outcome?
    var attempt = 0
    while outcome == nil {
      if !intents.contains(call) { intents.append(call) }
      switch settlement.next(after: call, book.answer(call, faults.popFirst() ?? .none)) {
      case .follow(let next): call = next
      case .retry(let next):
        call = next
        attempt += 1
        if attempt > retries { outcome = settlement.outcomeIfStopped }
      case .end(let end), .stop(let end): outcome = end
      case .probe: return
      }
    }
    switch outcome {
    case .holds(let object, let former):
      it.state.objects.removeAll { $0.key == object.key || $0.key == former }
      it.state.objects.append(object)
      it.state.inDoubt = []
    case .gone(let key):
      it.state.objects.removeAll { $0.key == key }
      it.state.inDoubt = []
    default:
      it.state.inDoubt = []
      for (index, call) in intents.enumerated() { it.inDoubtCall(call, "x", intent: Int64(index)) }
    }
  }

  /// Every sequence of up to three faults, within one run and over several.
  private static let sequences: [[Fault]] = {
    var all: [[Fault]] = [[]]
    for _ in 0..<3 { all += all.flatMap { start in Fault.allCases.map { start + [$0] } } }
    return Array(Set(all))
  }()

  @Test(arguments: [0, 1, 5])
  func `move to a new number once and leave none behind`(retries: Int) {
    for sequence in Self.sequences {
      var it = Case()
      it.want(contact("x", "2"), "x")
      it.own(contact("x", "1"), "x")
      var book = Phonebook(entries: ["1"])
      var faults = sequence[...]
      for _ in 0..<6 { run(&it, &book, &faults, retries: retries) }
      #expect(book.entries == ["2"], "\(sequence)")
      #expect(it.state.objects.map(\.key.number) == ["2"] && it.state.inDoubt.isEmpty, "\(sequence)")
    }
  }

  @Test(arguments: [0, 1, 5])
  func `change their number twice and leave none behind`(retries: Int) {
    for sequence in Self.sequences {
      var it = Case()
      it.want(contact("x", "2"), "x")
      it.own(contact("x", "1"), "x")
      var book = Phonebook(entries: ["1"])
      var faults = sequence[...]
      run(&it, &book, &faults, retries: retries)
      it.reading = ReadResult()
      it.want(contact("x", "3"), "x")
      for _ in 0..<6 { run(&it, &book, &faults, retries: retries) }
      #expect(book.entries == ["3"], "\(sequence)")
    }
  }

  @Test(arguments: [0, 1, 5])
  func `are added once`(retries: Int) {
    for sequence in Self.sequences {
      var it = Case()
      it.want(contact("x", "2"), "x")
      var book = Phonebook(entries: [])
      var faults = sequence[...]
      for _ in 0..<6 { run(&it, &book, &faults, retries: retries) }
      #expect(book.entries == ["2"], "\(sequence)")
    }
  }

  @Test(arguments: [0, 1, 5])
  func `are deleted by whatever number they have`(retries: Int) {
    for sequence in Self.sequences {
      var it = Case()
      it.want(contact("x", "2"), "x")
      it.own(contact("x", "1"), "x")
      var book = Phonebook(entries: ["1"])
      var faults = sequence[...]
      run(&it, &book, &faults, retries: retries)
      it.reading = ReadResult()
      for _ in 0..<6 { run(&it, &book, &faults, retries: retries) }
      #expect(book.entries == [], "\(sequence)")
      #expect(it.state.objects.isEmpty, "\(sequence)")
    }
  }
}
