import Domain
import Reconcile
import Testing

/// What follows a call whose outcome an earlier run couldn't know.
@Suite(.timeLimit(.minutes(15))) struct `Calls in doubt` {
  /// A PBX that answers by what it holds, and the calls that it was sent.
  private struct PBX {
    var held: Set<ObjectKey>
    var calls: [String] = []
    /// The form that tells, if one does.
    var forms: Set<ProbeForm> = []

    mutating func answer(_ call: Call) -> CallResult {
      calls.append("\(call.action.rawValue) \(known(call))")
      switch call {
      case .addExtension: return CallResult(held.insert(call.key).inserted ? .accepted : .taken)
      case .addContact:
        held.insert(call.key)
        return CallResult(.accepted)
      case .updateExtension: return CallResult(held.contains(call.key) ? .accepted : .absent)
      case .updateContact(_, let registered):
        guard held.remove(ObjectKey(.contact, registered)) != nil else { return CallResult(.absent) }
        held.insert(call.key)
        return CallResult(.accepted)
      case .deleteExtension, .deleteContact: return CallResult(held.remove(call.key) != nil ? .accepted : .absent)
      }
    }

    private func known(_ call: Call) -> String {
      if case .updateContact(let it, let registered) = call, it.number != registered {
        return "\(registered) -> \(it.number)"
      }
      return call.key.number
    }

    mutating func settle(_ change: Change) -> Outcome? {
      var settlement = Settlement(change, at: 0, probing: forms)
      var step = settlement.begin()
      for _ in 0..<9 {
        switch step {
        case .follow(let call), .retry(let call): step = settlement.next(after: call, answer(call))
        case .probe: step = settlement.next(seen: held.contains(change.call.key) ? .taken : .free)
        case .end(let outcome), .stop(let outcome): return outcome
        }
      }
      return nil
    }
  }

  /// The calls for a change whose PBX loses each answer.
  private func calls(to change: Change, _ verdict: CallResult.Status) -> (count: Int, outcome: Outcome?) {
    var settlement = Settlement(change, at: 0)
    var step = settlement.begin()
    for count in 0..<9 {
      switch step {
      case .follow(let call), .retry(let call): step = settlement.next(after: call, CallResult(verdict))
      case .probe: return (count, nil)
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
      call, before: ManagedObject(.extension(old), entry: EntryID("a"), dn: dn("a")), entry: EntryID("a"), dn: dn("a"),
      cause: .changed, settles: settles ? [InDoubtCall(intent: 1, call: call, entry: EntryID("a"), dn: dn("a"))] : [])
  }

  @Test func `about an update that mails somebody are made twice at most in one run, and once in a later one`() {
    for verdict in [CallResult.Status.unanswered, .failed] {
      #expect(calls(to: update("a@example.com"), verdict) == (2, .inDoubt))
      #expect(calls(to: update("a@example.com", settles: true), verdict) == (1, .inDoubt))
    }
  }

  @Test(arguments: [("", CallResult.Status.unanswered), ("", .failed), ("a@example.com", .notSent)])
  func `are repeated as often as a run likes where no more mail comes of it`(email: String, verdict: CallResult.Status)
  {
    #expect(calls(to: update(email), verdict) == (9, nil))
  }

  /// One wanted object, one call in doubt, and whether the PBX executed it.
  @Test(arguments: [
    (inDoubtCall: Call.addExtension(Extension(number: "101", firstName: "a", lastName: "L")), done: false, ["add 101"]),
    (.updateExtension(Extension(number: "101", firstName: "a", lastName: "L")), true, ["update 101"]),
    (.deleteExtension(number: "101"), true, ["add 101"]),
  ])
  func `about a wanted extension end with it being there`(inDoubtCall: Call, done: Bool, calls: [String]) {
    var it = Case(directory: ["a": "101"])
    if inDoubtCall.action != .add { it.own(person("a", "101"), "a") }
    it.inDoubtCall(inDoubtCall, "a")
    let exists = inDoubtCall.action == .add ? done : inDoubtCall.action == .delete ? !done : true
    var pbx = PBX(held: exists ? [ObjectKey(.extension, "101")] : [])
    let plan = it.plan
    #expect(plan.changes.count == 1)
    for change in plan.changes {
      #expect(
        pbx.settle(change)
          == .holds(ManagedObject(person("a", "101"), entry: EntryID("a"), dn: dn("a")), replacing: nil))
    }
    #expect(pbx.calls == calls)
  }

  /// Somebody may have created the number by hand since the delete arrived.
  @Test func `about a deleted extension don't prove an object that is there in a later run`() {
    var it = Case(directory: ["a": "101"])
    it.own(person("a", "101"), "a")
    it.inDoubtCall(.deleteExtension(number: "101"), "a")
    var pbx = PBX(held: [ObjectKey(.extension, "101")])
    let unproven = ManagedObject(person("a", "101"), entry: EntryID("a"), dn: dn("a")).unproven(.answerLost, since: 0)
    #expect(it.plan.changes.map { pbx.settle($0) } == [.unproven(unproven)])
    #expect(pbx.calls == ["add 101"])
  }

  @Test(arguments: [true, false], [true, false])
  func `about a leaver's delete never delete again, and end where a probe says that it is gone`(
    isTold: Bool, isThere: Bool
  ) {
    var it = Case()
    it.own(person("a", "101"), "a")
    it.inDoubtCall(.deleteExtension(number: "101"), "a")
    var pbx = PBX(held: isThere ? [ObjectKey(.extension, "101")] : [], forms: isTold ? [.name] : [])
    let outcomes = it.plan.changes.map { pbx.settle($0) }
    let object = ManagedObject(person("a", "101"), entry: EntryID("a"), dn: dn("a"))
    guard case .unproven(let found)?? = outcomes.first else {
      #expect(isTold && !isThere && outcomes == [.gone(object.key)])
      return
    }
    #expect((isThere || !isTold) && found.item == object.item && found.unproven == Unproven(.answerLost, since: 0))
    #expect(pbx.calls == [])
  }

  @Test(arguments: [
    (
      inDoubtCall: Call.addContact(Contact(number: "1", firstName: "x", lastName: "L")), owned: nil as String?,
      done: false,
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
  func `about a wanted contact never make a second one`(inDoubtCall: Call, owned: String?, done: Bool, calls: [String])
  {
    var it = Case()
    it.want(contact("x", "1"), "x")
    if let owned { it.own(contact("x", owned), "x") }
    it.inDoubtCall(inDoubtCall, "x")
    var held: Set<ObjectKey> = owned.map { [ObjectKey(.contact, $0)] } ?? []
    switch inDoubtCall {
    case _ where !done: break
    case .deleteContact: held = []
    default: held = [ObjectKey(.contact, "1")]
    }
    var pbx = PBX(held: held)
    let plan = it.plan
    #expect(plan.changes.count == 1)
    for change in plan.changes { _ = pbx.settle(change) }
    #expect(pbx.calls == calls)
    #expect(pbx.held == [ObjectKey(.contact, "1")])
  }

  @Test func `of a leaver's add leave an unproven object, also where the number was seen free`() {
    var it = Case()
    it.removal.after = 60
    let add = Call.addExtension(Extension(number: "101", firstName: "a", lastName: "L"))
    it.inDoubtCall(add, "a")
    #expect(it.plan.calls == [])
    guard case .unprove(let object, _)? = it.plan.updates.first else {
      Issue.record("nothing was noted")
      return
    }
    #expect(object.key == ObjectKey(.extension, "101"))
  }

  @Test func `and a foreign object differ only by the call in doubt`() {
    var pbx = PBX(held: [ObjectKey(.extension, "101")])
    let outcome = Case(directory: ["a": "101"]).plan.changes.first.flatMap { pbx.settle($0) }
    let refusal = Refusal(person("a", "101"), entry: EntryID("a"), answer: CallResult(.taken), since: 0)
    #expect(outcome == .refused(refusal))
  }

  @Test(arguments: [CallResult.Status.failed, .unanswered, .notSent])
  func `a transient fault is tried again`(verdict: CallResult.Status) throws {
    let change = try #require(Case(directory: ["a": "101"]).plan.changes.first)
    var settlement = Settlement(change, at: 0)
    #expect(settlement.next(after: change.call, CallResult(verdict)) == .retry(change.call))
    #expect(settlement.outcomeIfStopped == (verdict == .notSent ? .undone : .inDoubt))
  }

  @Test func `a contact add without an answer is followed by an update, not by a second add`() throws {
    var it = Case()
    it.want(contact("x", "1"), "x")
    let change = try #require(it.plan.changes.first)
    var settlement = Settlement(change, at: 0)
    let update = Call.update(contact("x", "1"), knownAs: "1")
    #expect(settlement.next(after: change.call, CallResult(.unanswered)) == .retry(update))
    #expect(settlement.next(after: update, CallResult(.absent)) == .follow(change.call))
  }

  @Test func `a lost extension is added again`() throws {
    var it = Case(directory: ["a": "101"])
    it.own(person("old", "101"), "a")
    var pbx = PBX(held: [])
    for change in it.plan.changes { _ = pbx.settle(change) }
    #expect(pbx.calls == ["update 101", "add 101"])
  }

  /// A lost answer to a repeated add under a foreign number, of an entry that has left.
  @Test func `end also if the number is known to be foreign`() throws {
    var it = Case()
    guard case .extension(let sent) = person("a", "101") else { return }
    it.inDoubtCall(.addExtension(sent), "a", intent: 7)
    it.state.knownForeign = [KnownForeign(ObjectKey(.extension, "101"), since: 1)]
    let note = try #require(it.plan.updates.first)
    guard case .unprove(let object, inDoubtCalls: [7]) = note else {
      Issue.record("\(note)")
      return
    }
    #expect(object.key.number == "101" && it.plan.calls == [])
  }

  @Test func `a bad key stops the run and leaves nothing in doubt`() throws {
    let change = try #require(Case(directory: ["a": "101"]).plan.changes.first)
    var settlement = Settlement(change, at: 0)
    #expect(settlement.next(after: change.call, CallResult(.badKey)) == .stop(.undone))
  }

  @Test(arguments: [CallResult.Status.badKey, .notSent])
  func `about an object that turned out to be missing stay in doubt until it is added again`(status: CallResult.Status)
  {
    var it = Case()
    it.own(contact("x", "1"), "x")
    it.inDoubtCall(.delete(ObjectKey(.contact, "1")), "x")
    it.want(contact("x", "1"), "x")
    for change in it.plan.changes {
      var settlement = Settlement(change, at: 0)
      #expect(settlement.next(after: change.call, CallResult(.absent)) == .follow(.add(contact("x", "1"))))
      _ = settlement.next(after: .add(contact("x", "1")), CallResult(status))
      #expect(settlement.outcomeIfStopped == .inDoubt)
    }
    #expect(it.plan.calls == ["update contact 1 x"])
  }

  @Test(arguments: [person("x", "101"), contact("x", "901")])
  func `of an adoption end once its entry has left`(item: PBXObject) {
    var it = Case()
    it.inDoubtCall(.update(item, knownAs: item.number), "x", intent: 7)
    let object = ManagedObject(item, entry: EntryID("x"), dn: dn("x")).unproven(.answerLost, since: it.now)
    #expect(it.plan.calls == [] && it.plan.updates == [.unprove(object, inDoubtCalls: [7])])
    it.want(item, "x")
    #expect(it.plan.changes.flatMap(\.settles).map(\.intent) == [7])
  }
}
