import Domain
import Reconcile
import Testing

/// Which call follows which answer, until a change ends: each step in a few words.
@Suite(.timeLimit(.minutes(15))) struct `The calls of a change` {
  private enum Event { case answer(CallResult.Status), shown(Presence) }

  private func words(_ call: Call) -> String {
    if case .updateContact(let contact, let registered) = call, registered != contact.number {
      return "update \(registered) -> \(contact.number)"
    }
    return "\(call.action.rawValue) \(call.key.number)"
  }

  private func words(_ outcome: Outcome) -> String {
    switch outcome {
    case .holds(let object, let replaced):
      "has \(object.key.number)" + (object.ownership == .adopted ? ", adopted" : "")
        + (replaced.map { ", not \($0.number)" } ?? "")
    case .gone(let key): "gone \(key.number)"
    case .unproven: "unproven"
    case .refused: "refused"
    case .undone: "undone"
    case .inDoubt: "in doubt"
    }
  }

  private func words(_ step: Settlement.Step) -> String {
    switch step {
    case .follow(let call): words(call)
    case .retry(let call): "again \(words(call))"
    case .probe(let forms): "probe \(forms.map(\.rawValue).sorted().joined(separator: " "))"
    case .end(let outcome): words(outcome)
    case .stop(let outcome): "stop, \(words(outcome))"
    }
  }

  private func steps(_ settlement: inout Settlement, _ events: [Event]) -> [String] {
    var step = settlement.begin()
    var steps = [words(step)]
    for event in events {
      switch (event, step) {
      case (.answer(let status), .follow(let call)), (.answer(let status), .retry(let call)):
        step = settlement.next(after: call, CallResult(status))
      case (.shown(let presence), .probe): step = settlement.next(seen: presence)
      default: Issue.record("\(event) doesn't follow \(step)")
      }
      steps.append(words(step))
    }
    return steps
  }

  /// The steps of the plan's only change.
  private func steps(_ it: Case, probing forms: Set<ProbeForm> = [], _ events: Event...) throws -> [String] {
    try #require(it.plan.changes.count == 1)
    var settlement = Settlement(it.plan.changes[0], at: 7, probing: forms)
    return steps(&settlement, events)
  }

  private func steps(_ it: Case, _ answers: CallResult.Status...) throws -> [String] {
    try #require(it.plan.changes.count == 1)
    var settlement = Settlement(it.plan.changes[0], at: 7)
    return steps(&settlement, answers.map(Event.answer))
  }

  private var new: Case { Case(directory: ["a": "101"]) }

  private var changed: Case {
    var it = new
    it.own(person("old", "101"), "a")
    return it
  }

  private var newContact: Case {
    var it = Case()
    it.want(contact("x", "1"), "x")
    return it
  }

  private var renumbered: Case {
    var it = Case()
    it.own(contact("x", "1"), "x")
    it.want(contact("x", "2"), "x")
    return it
  }

  // MARK: - Adoption

  @Test func `while foreign objects are adopted update an extension that is taken`() throws {
    var it = new
    it.existing = .adopt
    #expect(try steps(it, .accepted) == ["add 101", "has 101"])
    #expect(try steps(it, .taken, .accepted) == ["add 101", "update 101", "has 101, adopted"])
    #expect(
      try steps(it, .unanswered, .taken, .accepted) == ["add 101", "again add 101", "update 101", "has 101, adopted"])
  }

  @Test func `after an update has found no object to adopt create one, which is managed`() throws {
    var it = new
    it.existing = .adopt
    #expect(try steps(it, .taken, .absent, .accepted) == ["add 101", "update 101", "add 101", "has 101"])
    #expect(
      try steps(it, .taken, .absent, .unanswered, .taken)
        == ["add 101", "update 101", "add 101", "again add 101", "has 101"])
    #expect(try steps(it, .taken, .absent, .taken) == ["add 101", "update 101", "add 101", "refused"])
    it.existing = .report
    it.state.adoptions = [AllowedAdoption(ObjectKey(.extension, "101"))]
    #expect(try steps(it, .accepted) == ["update 101", "has 101, adopted"])
    #expect(try steps(it, .absent, .taken) == ["update 101", "add 101", "refused"])

    var contact = newContact
    contact.state.adoptions = [AllowedAdoption(ObjectKey(.contact, "1"))]
    #expect(try steps(contact, .accepted) == ["update 1", "has 1, adopted"])
    #expect(try steps(contact, .absent, .accepted) == ["update 1", "add 1", "has 1"])
    #expect(try steps(contact, .absent, .unanswered, .accepted) == ["update 1", "add 1", "again update 1", "has 1"])
  }

  @Test func `of an adoption in doubt update the extension if it is taken`() throws {
    var it = new
    it.existing = .adopt
    it.inDoubtCall(.add(person("a", "101")), "a")
    #expect(try steps(it, .taken, .accepted) == ["add 101", "update 101", "has 101, adopted"])
  }

  @Test func `keep the ownership of an object, and name the number that it had`() throws {
    var it = changed
    it.state.objects[0].ownership = .adopted
    #expect(try steps(it, .accepted) == ["update 101", "has 101, adopted"])
    #expect(try steps(it, .absent, .accepted) == ["update 101", "add 101", "has 101, adopted"])
    #expect(try steps(renumbered, .accepted) == ["update 1 -> 2", "has 2, not 1"])
  }

  // MARK: - Answers that aren't the API's, and refusals

  @Test func `end in doubt only if something may have been done`() throws {
    #expect(try steps(new, .tooLong) == ["add 101", "undone"])
    #expect(try steps(new, .unanswered, .tooLong) == ["add 101", "again add 101", "in doubt"])
    #expect(try steps(new, .badKey) == ["add 101", "stop, undone"])
    #expect(try steps(new, .failed, .badKey) == ["add 101", "again add 101", "stop, in doubt"])
    #expect(try steps(new, .notSent, .notSent) == ["add 101", "again add 101", "again add 101"])
    for status in [CallResult.Status.notUnderstood, .absent] {
      #expect(try steps(new, status) == ["add 101", "in doubt"])
    }
    for status in [CallResult.Status.notUnderstood, .taken] {
      #expect(try steps(changed, status) == ["update 101", "in doubt"])
    }
  }

  @Test func `that found no object before their add aren't in doubt`() throws {
    for (it, isKnown) in [(newContact, false), (changed, true)] {
      var settlement = Settlement(try #require(it.plan.changes.first), at: 7)
      _ = steps(&settlement, isKnown ? [.answer(.absent)] : [.answer(.failed), .answer(.absent)])
      #expect(settlement.outcomeIfStopped == (isKnown ? .inDoubt : .undone))
    }
  }

  @Test func `end with the refusal of the values, at the time of the run`() throws {
    for it in [new, changed] {
      let change = try #require(it.plan.changes.first)
      var settlement = Settlement(change, at: 7)
      let answer = CallResult(.refused, errorCode: "FNAME_INVALID")
      let refusal = Refusal(person("a", "101"), entry: EntryID("a"), answer: answer, since: 7)
      #expect(settlement.next(after: change.call, answer) == .end(.refused(refusal)))
    }
    // Also of a delete: of the values that the PBX has.
    let leaver = Case(ledger: ["a": "101"])
    let change = try #require(leaver.plan.changes.first)
    var settlement = Settlement(change, at: 7)
    let refusal = Refusal(person("a", "101"), entry: EntryID("a"), answer: CallResult(.refused), since: 7)
    #expect(settlement.next(after: change.call, CallResult(.refused)) == .end(.refused(refusal)))
  }

  @Test func `end with a refusal after a lost answer unless an earlier call had other values`() throws {
    #expect(try steps(changed, .unanswered, .refused) == ["update 101", "again update 101", "refused"])
    #expect(try steps(new, .unanswered, .refused) == ["add 101", "again add 101", "refused"])
    var updated = changed
    updated.inDoubtCall(.update(person("other", "101"), knownAs: "101"), "a")
    #expect(try steps(updated, .refused) == ["update 101", "in doubt"])
    var added = new
    added.inDoubtCall(.add(person("other", "101")), "a")
    #expect(try steps(added, .refused) == ["add 101", "in doubt"])
    // Whether the PBX looks at the values or at the number first isn't known, so the object may be there as it was.
    var deleted = changed
    deleted.inDoubtCall(.deleteExtension(number: "101"), "a")
    #expect(try steps(deleted, .refused) == ["add 101", "in doubt"])
    deleted.state.objects[0].item = person("a", "101")
    #expect(try steps(deleted, .refused) == ["add 101", "refused"])
    var leaver = Case(ledger: ["a": "101"])
    leaver.inDoubtCall(.update(person("other", "101"), knownAs: "101"), "a")
    #expect(try steps(leaver, .refused) == ["delete 101", "in doubt"])
  }

  @Test func `that update what an earlier call with other values has created give it the present values`() throws {
    var it = new
    it.numbers = NumberPolicy(handover: .recreate)
    it.own(person("z", "101"), "z")
    let add = try #require(it.plan.changes.last)
    var settlement = Settlement(add, at: 7)
    settlement.markInDoubt(mayHave: [.extension(ProbeForm.name.item("101"))])
    let update = Call.update(person("a", "101"), knownAs: "101")
    #expect(settlement.next(after: add.call, CallResult(.taken)) == .follow(update))
    #expect(settlement.next(after: add.call, CallResult(.refused)) == .end(.inDoubt))
    #expect(settlement.outcomeIfStopped == .inDoubt)
  }

  // MARK: - Removals

  @Test func `of a removal repeat it, and end where there is nothing left`() throws {
    let it = Case(ledger: ["a": "101"])
    #expect(try steps(it, .accepted) == ["delete 101", "gone 101"])
    #expect(try steps(it, .absent) == ["delete 101", "gone 101"])
    #expect(try steps(it, .unanswered, .absent) == ["delete 101", "again delete 101", "gone 101"])
    #expect(try steps(it, .failed, .badKey) == ["delete 101", "again delete 101", "stop, in doubt"])
  }

  @Test func `remove a contact by each number that it may have`() throws {
    var it = Case()
    it.own(contact("x", "1"), "x")
    #expect(try steps(it, .unanswered, .accepted) == ["delete 1", "again delete 1", "gone 1"])
    it.inDoubtCall(.update(contact("x", "2"), knownAs: "1"), "x")
    #expect(try steps(it, .accepted) == ["delete 2", "gone 1"])
    #expect(try steps(it, .absent, .accepted) == ["delete 2", "delete 1", "gone 1"])
    #expect(try steps(it, .absent, .absent) == ["delete 2", "delete 1", "gone 1"])
  }

  @Test func `of a removal begin with a probe only if an earlier delete may have arrived`() throws {
    var it = Case(ledger: ["a": "101"])
    it.inDoubtCall(.update(person("b", "101"), knownAs: "101"), "a")
    #expect(try steps(it, probing: [.name]) == ["delete 101"])
    it.inDoubtCall(.deleteExtension(number: "101"), "a", intent: 2)
    #expect(try steps(it, probing: [.name], .shown(.free)) == ["probe name", "gone 101"])
    #expect(try steps(it, probing: [.name], .shown(.taken)) == ["probe name", "unproven"])
    #expect(try steps(it, probing: [.name], .shown(.unknown)) == ["probe name", "in doubt"])
    // The number was free: the probe has created the object.
    #expect(try steps(it, probing: [.name], .shown(.created)) == ["probe name", "delete 101"])
    it.want(person("a", "101"), "a")
    #expect(try steps(it, probing: [.name]) == ["add 101"])
  }

  // MARK: - Numbers that were seen to be free

  @Test func `ask each form that showed the number as free once it is taken`() throws {
    let both: Set<ProbeForm> = [.name, .email]
    #expect(
      try steps(new, probing: both, .answer(.unanswered), .answer(.taken), .shown(.taken))
        == ["add 101", "again add 101", "probe email name", "has 101"])
    #expect(
      try steps(new, probing: both, .answer(.unanswered), .answer(.taken), .shown(.free))
        == ["add 101", "again add 101", "probe email name", "unproven"])
    #expect(try steps(new, probing: both, .answer(.taken)) == ["add 101", "refused"])
  }

  @Test func `are proof of the object once the number was seen to be free in the same run`() throws {
    var settlement = Settlement(try #require(new.plan.changes.first), at: 7, probing: [.name])
    #expect(!settlement.isProof)
    _ = steps(&settlement, [.answer(.unanswered), .answer(.taken), .shown(.taken)])
    #expect(settlement.isProof)
    var update = Settlement(try #require(changed.plan.changes.first), at: 7)
    #expect(!update.isProof)
    _ = steps(&update, [.answer(.absent)])
    #expect(update.isProof)
  }

  @Test func `leave an unproven object as it is known if the number is still taken`() throws {
    var it = new
    it.own(person("old", "101"), "a", unproven: .pbxReplaced)
    it.foreignRetry = .always
    let change = try #require(it.plan.changes.first)
    var settlement = Settlement(change, at: 7)
    #expect(settlement.next(after: change.call, CallResult(.unanswered)) == .retry(change.call))
    #expect(settlement.next(after: change.call, CallResult(.taken)) == .end(.unproven(it.state.objects[0])))
  }

  // MARK: - Contacts

  @Test func `try a contact's earlier number, however many answers to its renumbering were lost`() throws {
    #expect(
      try steps(renumbered, .unanswered, .absent, .accepted)
        == ["update 1 -> 2", "again update 2", "update 1 -> 2", "has 2, not 1"])
    #expect(
      try steps(renumbered, .unanswered, .failed, .absent, .accepted)
        == ["update 1 -> 2", "again update 2", "again update 2", "update 1 -> 2", "has 2, not 1"])
    #expect(
      try steps(renumbered, .unanswered, .absent, .absent, .accepted)
        == ["update 1 -> 2", "again update 2", "update 1 -> 2", "add 2", "has 2, not 1"])
  }

  @Test func `try each number that a contact may have, the latest first`() throws {
    var it = Case()
    it.own(contact("x", "1"), "x")
    it.inDoubtCall(.update(contact("x", "2"), knownAs: "1"), "x", intent: 1)
    it.inDoubtCall(.update(contact("x", "3"), knownAs: "2"), "x", intent: 2)
    var settlement = Settlement(
      Change(
        .deleteContact(number: "1"), before: it.state.objects[0], entry: EntryID("x"), dn: dn("x"),
        cause: .gone(.missing), settles: it.state.inDoubt), at: 7)
    #expect(
      steps(&settlement, [.answer(.absent), .answer(.absent), .answer(.accepted)])
        == ["delete 3", "delete 2", "delete 1", "gone 1"])
    var update = Settlement(
      Change(
        .update(contact("x", "4"), knownAs: "1"), before: it.state.objects[0], entry: EntryID("x"), dn: dn("x"),
        cause: .changed, settles: it.state.inDoubt), at: 7)
    #expect(
      steps(&update, [.answer(.absent), .answer(.absent), .answer(.absent)])
        == ["update 3 -> 4", "update 2 -> 4", "update 1 -> 4", "add 4"])
    // Also one that only a call in doubt names.
    var unknown = Settlement(
      Change(
        .update(contact("x", "2"), knownAs: "2"), entry: EntryID("x"), dn: dn("x"), cause: .inDoubt,
        settles: [it.state.inDoubt[0]]), at: 7)
    #expect(steps(&unknown, [.answer(.absent), .answer(.absent)]) == ["update 2", "update 1 -> 2", "add 2"])
  }

  @Test func `repeat a removal after an update that may have mailed`() throws {
    var it = Case()
    it.own(person("a", "101", email: "a@example.com"), "a")
    it.inDoubtCall(.update(person("b", "101", email: "a@example.com"), knownAs: "101"), "a")
    #expect(try steps(it, .unanswered, .accepted) == ["delete 101", "again delete 101", "gone 101"])
  }

  @Test func `probe nothing after an update has found no object`() throws {
    #expect(
      try steps(changed, probing: [.name], .answer(.absent), .answer(.unanswered), .answer(.taken))
        == ["update 101", "add 101", "again add 101", "has 101"])
  }

  @Test func `of an undo give an object its earlier values, and leave it wanted`() throws {
    let before = ManagedObject(person("a", "101"), entry: EntryID("a"), dn: dn("a"))
    let past = PastRun(7, [CompletedCall(.update(person("b", "101"), knownAs: "101"), before: before)])
    let now = ManagedObject(person("b", "101"), entry: EntryID("a"), dn: dn("a"))
    let plan = undo(past, remembering: LedgerState(owned: [now]), numbers: NumberPolicy(), removal: RemovalPolicy())
    let change = try #require(plan.changes.first)
    var settlement = Settlement(change, at: 7)
    #expect(settlement.next(after: change.call, CallResult(.accepted)) == .end(.holds(before, replacing: nil)))
  }
}
