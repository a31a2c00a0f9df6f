import Domain
import Reconcile
import Testing

/// What follows a call whose outcome an earlier run couldn't know.
@Suite(.timeLimit(.minutes(15))) struct `Calls in doubt` {
  /// A PBX that answers by what it holds, and the calls that it was sent.
  private struct PBX {
    var held: Set<Key>
    var calls: [String] = []
    /// The form that tells, if one does.
    var forms: Set<ProbeForm> = []

    mutating func answer(_ call: Call) -> Answer {
      calls.append("\(call.verb.rawValue) \(known(call))")
      switch call {
      case .addExtension: return Answer(held.insert(call.key).inserted ? .accepted : .taken)
      case .addContact:
        held.insert(call.key)
        return Answer(.accepted)
      case .updateExtension: return Answer(held.contains(call.key) ? .accepted : .absent)
      case .updateContact(_, let registered):
        guard held.remove(Key(.contact, registered)) != nil else { return Answer(.absent) }
        held.insert(call.key)
        return Answer(.accepted)
      case .deleteExtension, .deleteContact: return Answer(held.remove(call.key) != nil ? .accepted : .absent)
      }
    }

    private func known(_ call: Call) -> String {
      if case .updateContact(let it, let registered) = call, it.number != registered {
        return "\(registered) -> \(it.number)"
      }
      return call.key.number
    }

    mutating func settle(_ change: Change) -> Outcome? {
      var settlement = Settlement(change, at: 0, asking: forms)
      var step = settlement.begin()
      for _ in 0..<9 {
        switch step {
        case .follow(let call), .retry(let call): step = settlement.next(after: call, answer(call))
        case .ask: step = settlement.next(seen: held.contains(change.call.key) ? .taken : .free)
        case .end(let outcome), .stop(let outcome): return outcome
        }
      }
      return nil
    }
  }

  /// The calls for a change whose PBX loses each answer.
  private func calls(to change: Change, _ verdict: Verdict) -> (count: Int, outcome: Outcome?) {
    var settlement = Settlement(change, at: 0)
    var step = settlement.begin()
    for count in 0..<9 {
      switch step {
      case .follow(let call), .retry(let call): step = settlement.next(after: call, Answer(verdict))
      case .ask: return (count, nil)
      case .end(let outcome), .stop(let outcome): return (count, outcome)
      }
    }
    return (9, nil)
  }

  private func update(_ email: String, settles: Bool = false) -> Change {
    let (old, new) = (
      Extension(number: "101", firstName: "old", email: email), Extension(number: "101", firstName: "new", email: email)
    )
    let call = Call.updateExtension(new)
    return Change(
      call, before: Owned(.extension(old), entry: EntryID("a"), dn: dn("a")), entry: EntryID("a"), dn: dn("a"),
      cause: .changed, settles: settles ? [Doubt(intent: 1, call: call, entry: EntryID("a"), dn: dn("a"))] : [])
  }

  @Test func `about an update that mails somebody are made twice at most in one run, and once in a later one`() {
    for verdict in [Verdict.unanswered, .failed] {
      #expect(calls(to: update("a@example.com"), verdict) == (2, .inDoubt))
      #expect(calls(to: update("a@example.com", settles: true), verdict) == (1, .inDoubt))
    }
  }

  @Test(arguments: [("", Verdict.unanswered), ("", .failed), ("a@example.com", .notSent)])
  func `are repeated as often as a run likes where no more mail comes of it`(email: String, verdict: Verdict) {
    #expect(calls(to: update(email), verdict) == (9, nil))
  }

  /// One wish, one doubt, and whether the call in doubt was carried out.
  @Test(arguments: [
    (doubt: Call.addExtension(Extension(number: "101", firstName: "a", lastName: "L")), done: false, ["add 101"]),
    (.updateExtension(Extension(number: "101", firstName: "a", lastName: "L")), true, ["update 101"]),
    (.deleteExtension(number: "101"), true, ["add 101"]),
  ])
  func `about a wanted extension end with it being there`(doubt: Call, done: Bool, calls: [String]) {
    var it = Case(directory: ["a": "101"])
    if doubt.verb != .add { it.own(person("a", "101"), "a") }
    it.doubt(doubt, "a")
    let exists = doubt.verb == .add ? done : doubt.verb == .delete ? !done : true
    var pbx = PBX(held: exists ? [Key(.extension, "101")] : [])
    let plan = it.plan
    #expect(plan.changes.count == 1)
    for change in plan.changes {
      #expect(pbx.settle(change) == .holds(Owned(person("a", "101"), entry: EntryID("a"), dn: dn("a")), replacing: nil))
    }
    #expect(pbx.calls == calls)
  }

  /// Whoever has the number now may have made it by hand since the delete arrived.
  @Test func `about a deleted extension make nothing ours that is there in a later run`() {
    var it = Case(directory: ["a": "101"])
    it.own(person("a", "101"), "a")
    it.doubt(.deleteExtension(number: "101"), "a")
    var pbx = PBX(held: [Key(.extension, "101")])
    let unproven = Owned(person("a", "101"), entry: EntryID("a"), dn: dn("a")).unproven(.answerLost, since: 0)
    #expect(it.plan.changes.map { pbx.settle($0) } == [.unproven(unproven)])
    #expect(pbx.calls == ["add 101"])
  }

  @Test(arguments: [true, false], [true, false])
  func `about a leaver's delete never delete again, and end where a probe says that it is gone`(
    isTold: Bool, isThere: Bool
  ) {
    var it = Case()
    it.own(person("a", "101"), "a")
    it.doubt(.deleteExtension(number: "101"), "a")
    var pbx = PBX(held: isThere ? [Key(.extension, "101")] : [], forms: isTold ? [.name] : [])
    let outcomes = it.plan.changes.map { pbx.settle($0) }
    let object = Owned(person("a", "101"), entry: EntryID("a"), dn: dn("a"))
    guard case .unproven(let found)?? = outcomes.first else {
      #expect(isTold && !isThere && outcomes == [.gone(object.key)])
      return
    }
    #expect((isThere || !isTold) && found.item == object.item && found.unproven == Unproven(.answerLost, since: 0))
    #expect(pbx.calls == [])
  }

  @Test(arguments: [
    (
      doubt: Call.addContact(Contact(number: "1", firstName: "x", lastName: "L")), owned: nil as String?, done: false,
      ["update 1", "add 1"]
    ),
    (.addContact(Contact(number: "1", firstName: "x", lastName: "L")), nil, true, ["update 1"]),
    (
      .updateContact(Contact(number: "1", firstName: "x", lastName: "L"), registeredNumber: "9"), "9", true,
      ["update 1"]
    ),
    (
      .updateContact(Contact(number: "1", firstName: "x", lastName: "L"), registeredNumber: "9"), "9", false,
      ["update 1", "update 9 -> 1"]
    ),
    (.deleteContact(number: "1"), "1", true, ["update 1", "add 1"]),
    (.deleteContact(number: "1"), "1", false, ["update 1"]),
  ])
  func `about a wanted contact never make a second one`(doubt: Call, owned: String?, done: Bool, calls: [String]) {
    var it = Case()
    it.want(contact("x", "1"), "x")
    if let owned { it.own(contact("x", owned), "x") }
    it.doubt(doubt, "x")
    var held: Set<Key> = owned.map { [Key(.contact, $0)] } ?? []
    switch doubt {
    case _ where !done: break
    case .deleteContact: held = []
    default: held = [Key(.contact, "1")]
    }
    var pbx = PBX(held: held)
    let plan = it.plan
    #expect(plan.changes.count == 1)
    for change in plan.changes { _ = pbx.settle(change) }
    #expect(pbx.calls == calls)
    #expect(pbx.held == [Key(.contact, "1")])
  }

  @Test func `of a leaver's add leave an unproven object, also where the number was seen free`() {
    var it = Case()
    it.removal.after = 60
    let add = Call.addExtension(Extension(number: "101", firstName: "a", lastName: "L"))
    it.doubt(add, "a")
    #expect(it.plan.calls == [])
    guard case .unprove(let object, _)? = it.plan.notes.first else {
      Issue.record("nothing was noted")
      return
    }
    #expect(object.key == Key(.extension, "101"))
  }

  @Test func `and a foreign object is only told apart by the doubt`() {
    var pbx = PBX(held: [Key(.extension, "101")])
    let outcome = Case(directory: ["a": "101"]).plan.changes.first.flatMap { pbx.settle($0) }
    let refusal = Refusal(person("a", "101"), entry: EntryID("a"), answer: Answer(.taken), since: 0)
    #expect(outcome == .refused(refusal))
  }

  @Test(arguments: [Verdict.failed, .unanswered, .notSent])
  func `a passing fault is tried again`(verdict: Verdict) throws {
    let change = try #require(Case(directory: ["a": "101"]).plan.changes.first)
    var settlement = Settlement(change, at: 0)
    #expect(settlement.next(after: change.call, Answer(verdict)) == .retry(change.call))
    #expect(settlement.outcomeIfStopped == (verdict == .notSent ? .undone : .inDoubt))
  }

  @Test func `a contact add without an answer is followed by an update, not by a second add`() throws {
    var it = Case()
    it.want(contact("x", "1"), "x")
    let change = try #require(it.plan.changes.first)
    var settlement = Settlement(change, at: 0)
    let update = Call.update(contact("x", "1"), knownAs: "1")
    #expect(settlement.next(after: change.call, Answer(.unanswered)) == .retry(update))
    #expect(settlement.next(after: update, Answer(.absent)) == .follow(change.call))
  }

  @Test func `a lost extension is added again`() throws {
    var it = Case(directory: ["a": "101"])
    it.own(person("old", "101"), "a")
    var pbx = PBX(held: [])
    for change in it.plan.changes { _ = pbx.settle(change) }
    #expect(pbx.calls == ["update 101", "add 101"])
  }

  /// A lost answer to the question whether somebody else's extension is still there, of an entry that has left.
  @Test func `end also where the number is known to be somebody else's`() throws {
    var it = Case()
    guard case .extension(let sent) = person("a", "101") else { return }
    it.doubt(.addExtension(sent), "a", intent: 7)
    it.memory.knownForeign = [KnownForeign(Key(.extension, "101"), since: 1)]
    let note = try #require(it.plan.notes.first)
    guard case .unprove(let object, doubts: [7]) = note else {
      Issue.record("\(note)")
      return
    }
    #expect(object.key.number == "101" && it.plan.calls == [])
  }

  @Test func `a bad key stops the run and leaves nothing in doubt`() throws {
    let change = try #require(Case(directory: ["a": "101"]).plan.changes.first)
    var settlement = Settlement(change, at: 0)
    #expect(settlement.next(after: change.call, Answer(.badKey)) == .stop(.undone))
  }
}
