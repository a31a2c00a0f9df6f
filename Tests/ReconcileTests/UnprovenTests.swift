import Domain
import Reconcile
import Testing

/// Objects that may be managed and aren't proved to be.
@Suite(.timeLimit(.minutes(15))) struct `Unproven objects` {
  private let a = ObjectKey(.extension, "101")

  /// The outcome of a change after these answers.
  ///
  /// - Parameters:
  ///   - forms: the probes that said "free" before.
  ///   - presence: what they say when they are asked again.
  private func settle(
    _ change: Change, freeBy forms: Set<ProbeForm> = [], then presence: Presence = .taken,
    _ answers: CallResult.Status...
  ) -> (outcome: Outcome?, calls: [Call]) {
    var settlement = Settlement(change, at: 7, probing: forms)
    var step = settlement.begin()
    var calls: [Call] = []
    var answers = answers[...]
    while true {
      switch step {
      case .follow(let call), .retry(let call):
        calls.append(call)
        guard let verdict = answers.popFirst() else { return (nil, calls) }
        step = settlement.next(after: call, CallResult(verdict))
      case .probe: step = settlement.next(seen: presence)
      case .end(let outcome), .stop(let outcome): return (outcome, calls)
      }
    }
  }

  @Test func `are no pending removals if their entry has left`() {
    var it = Case()
    it.own(person("a", "101"), "a", unproven: .pbxReplaced)
    it.removal.completeReads = 2
    let plan = it.plan
    #expect(plan.pendingRemovals == [] && plan.calls == [])
    #expect(plan.unproven.map(\.key) == [a] && plan.unproven.first?.absence?.reason == .missing)
  }

  @Test(arguments: [CallResult.Status.failed, .unanswered])
  func `arise where an add without an answer is repeated and the number is taken`(lost: CallResult.Status) throws {
    let change = try #require(Case(directory: ["a": "101"]).plan.changes.first)
    let expected = ManagedObject(person("a", "101"), entry: EntryID("a"), dn: dn("a")).unproven(.answerLost, since: 7)
    #expect(settle(change, lost, .taken).outcome == .unproven(expected))
    #expect(settle(change, lost, lost, .taken).outcome == .unproven(expected))
  }

  @Test func `are none where the number was seen to be free right before the add`() throws {
    let change = try #require(Case(directory: ["a": "101"]).plan.changes.first)
    let ours = Outcome.holds(ManagedObject(person("a", "101"), entry: EntryID("a"), dn: dn("a")), replacing: nil)
    #expect(settle(change, freeBy: [.name], .unanswered, .taken).outcome == ours)
    // Seen to be free, and taken without a call in doubt: somebody was faster.
    guard case .refused = settle(change, freeBy: [.name], .taken).outcome else {
      Issue.record("the extension is foreign")
      return
    }
  }

  /// A PBX that checks in another order than it did says "free" of every number.
  @Test(arguments: [Presence.free, .unknown])
  func `are what a probe said was free that doesn't say "taken" of it now`(presence: Presence) throws {
    let change = try #require(Case(directory: ["a": "101"]).plan.changes.first)
    guard case .unproven = settle(change, freeBy: [.name], then: presence, .unanswered, .taken).outcome else {
      Issue.record("a form that tells nothing proved something")
      return
    }
  }

  /// Somebody may have made it by hand between the runs.
  @Test func `are what an earlier run's add may have made`() throws {
    var it = Case(directory: ["a": "101"])
    it.inDoubtCall(.add(person("a", "101")), "a")
    guard case .unproven = settle(try #require(it.plan.changes.first), .taken).outcome else {
      Issue.record("a proof outlived its run")
      return
    }
  }

  @Test func `don't come of a number that an update found free, or that our own delete freed`() throws {
    var lost = Case(directory: ["a": "101"])
    lost.own(person("old", "101"), "a")
    let update = try #require(lost.plan.changes.first)
    guard case .holds = settle(update, .absent, .unanswered, .taken).outcome else {
      Issue.record("the update had found none")
      return
    }
    var reused = Case(directory: ["b": "101"], ledger: ["a": "101"])
    reused.numbers = NumberPolicy(handover: .recreate)
    let add = try #require(reused.plan.changes.last)
    #expect(reused.plan.calls == ["delete extension 101", "add extension 101 b"])
    guard case .holds = settle(add, .unanswered, .taken).outcome else {
      Issue.record("the delete before had freed the number")
      return
    }
  }

  @Test func `don't come of a batch whose numbers were seen to be free, unless the PBX says that one is taken`() throws
  {
    let change = try #require(Case(directory: ["a": "101"]).plan.changes.first)
    for (isTaken, isOurs) in [(false, true), (true, false)] {
      var settlement = Settlement(change, at: 7, probing: [.name])
      settlement.markInDoubt(isTaken: isTaken)
      var step = settlement.next(after: change.call, CallResult(.taken))
      if case .probe = step { step = settlement.next(seen: .taken) }
      switch step {
      case .end(.holds): #expect(isOurs)
      case .end(.unproven): #expect(!isOurs)
      default: Issue.record("it has to end")
      }
    }
  }

  @Test(arguments: [Unproven.Reason.answerLost, .ledgerRestored, .pbxReplaced])
  func `are never updated, removed or given to another`(reason: Unproven.Reason) {
    var changed = Case(directory: ["a": "101"])
    changed.own(person("old", "101"), "a", unproven: reason)
    #expect(changed.plan.calls == [])
    #expect(changed.plan.conflictNumbers == ["101 a"])

    var gone = Case()
    gone.own(person("a", "101"), "a", absence: Absence(.missing, since: 0, reads: 9), unproven: reason)
    #expect(gone.plan.calls == [] && gone.plan.held.isEmpty)

    var renumbered = Case(directory: ["a": "102", "b": "101"])
    renumbered.own(person("a", "101"), "a", unproven: reason)
    #expect(renumbered.plan.calls == ["add extension 102 a"])
    #expect(renumbered.plan.conflictNumbers == ["101 b"])

    var moved = Case()
    moved.want(contact("x", "2"), "x")
    moved.own(contact("x", "1"), "x", unproven: reason)
    #expect(moved.plan.calls == ["add contact 2 x"])
  }

  @Test func `are always reported, and lead to nothing where they are as wanted`() {
    var lost = Case(directory: ["a": "101"])
    lost.own(person("a", "101"), "a", unproven: .answerLost)
    #expect(lost.plan.conflicts.map(\.reason) == [.unproven(Unproven(.answerLost, since: 1))])
    var left = Case()
    left.own(person("a", "101"), "a", unproven: .answerLost)
    #expect(left.plan.unproven.map(\.key) == [a])

    var restored = Case(directory: ["a": "101"])
    restored.own(person("a", "101"), "a", unproven: .ledgerRestored)
    #expect(restored.plan.conflicts.isEmpty && restored.plan.isEmpty && restored.plan.unproven.map(\.key) == [a])
    #expect(restored.plan.updates == [])
  }

  @Test func `of a restored ledger are counted as absent, those of a lost answer aren't`() {
    for (reason, absence) in [
      (Unproven.Reason.answerLost, nil), (.ledgerRestored, Absence(.missing, since: 1_000_000, reads: 1)),
    ] {
      var it = Case()
      it.own(person("a", "101"), "a", unproven: reason)
      #expect(it.plan.updates == (absence.map { [.absence(a, $0)] } ?? []))
    }
  }

  @Test func `are reported once, with the entry that can't have the number`() {
    var it = Case()
    it.own(person("a", "101"), "a", unproven: .ledgerRestored)
    it.own(person("b", "102"), "b", unproven: .ledgerRestored)
    it.want(person("b", "101"), "a")
    #expect(it.plan.conflictNumbers == ["101 a"] && it.plan.unproven.map(\.key.number) == ["102"])
  }

  @Test func `don't count for the limits of removals`() {
    var it = Case(ledger: ["a": "101"])
    it.removal.maxPercent = 50
    for number in 201...220 { it.own(person("u", "\(number)"), "u\(number)", unproven: .ledgerRestored) }
    #expect(it.plan.held.first?.owned == 1)
  }

  /// What the ledger remembers of them proves nothing.
  @Test func `are adopted on command, with an update unless a table shows the wanted values`() throws {
    let update = ["update extension 101 a"]
    for (reason, name, shown, calls) in [
      (Unproven.Reason.answerLost, "a", nil, update), (.ledgerRestored, "old", nil, update),
      (.ledgerRestored, "a", nil, update), (.pbxReplaced, "a", nil, update), (.notInBackup, "a", nil, update),
      (.pbxReplaced, "a", "hand", update), (.answerLost, "a", "a", []), (.ledgerRestored, "a", "a", []),
      (.pbxReplaced, "old", "a", []),
    ] as [(Unproven.Reason, String, String?, [String])] {
      var it = Case(directory: ["a": "101"])
      it.own(person(name, "101"), "a", unproven: reason)
      it.state.adoptions = [AllowedAdoption(a, item: shown.map { person($0, "101") })]
      #expect(it.plan.calls == calls, "\(reason) \(name) \(shown ?? "")")
      let adopted = ManagedObject(person("a", "101"), entry: EntryID("a"), dn: dn("a"), ownership: .adopted)
      if let change = it.plan.changes.first {
        #expect(settle(change, .accepted).outcome == .holds(adopted, replacing: nil))
      } else {
        #expect(it.plan.updates == [.adopt(adopted)])
      }
    }
  }

  /// A new PBX has none of them, and another one may have another entry's.
  @Test func `that are adopted are made where they aren't there`() throws {
    for item in [person("a", "101"), contact("x", "101")] {
      var it = Case()
      it.want(item, "a")
      it.own(item, "a", unproven: .pbxReplaced)
      it.state.adoptions = [AllowedAdoption(item.key)]
      let change = try #require(it.plan.changes.first)
      let settled = settle(change, .absent, .accepted)
      #expect(settled.calls.map(\.action) == [.update, .add])
      #expect(settled.outcome == .holds(ManagedObject(item, entry: EntryID("a"), dn: dn("a")), replacing: nil))
    }
  }

  @Test func `are asked for again by an admin's run, with an add that is refused while they are there`() throws {
    var it = Case(directory: ["a": "101"])
    it.own(person("old", "101"), "a", unproven: .answerLost)
    it.foreignRetry = .always
    let change = try #require(it.plan.changes.first)
    #expect(it.plan.calls == ["add extension 101 a"])
    #expect(settle(change, .taken).outcome == .unproven(it.state.objects[0]))
    #expect(
      settle(change, .accepted).outcome
        == .holds(ManagedObject(person("a", "101"), entry: EntryID("a"), dn: dn("a")), replacing: nil))
  }

  /// A range that is adopted may hold what somebody made by hand.
  @Test func `that aren't wanted stay as they are, even once they may be adopted`() {
    var it = Case()
    it.own(person("a", "101"), "a", unproven: .answerLost)
    it.state.adoptions = [AllowedAdoption(a)]
    it.apply(it.plan)
    #expect(it.state.objects.map(\.isManaged) == [false])
    #expect(it.plan.calls == [])
  }

  @Test func `keep their number in a pool, so that nobody gets two extensions`() {
    var it = Case()
    it.wantAny("a")
    it.allocated("200", to: "a")
    it.own(person("a", "200"), "a", unproven: .answerLost)
    #expect(it.plan.calls == [])
    #expect(it.plan.conflictNumbers == ["200 a"])
    it.state.adoptions = [AllowedAdoption(ObjectKey(.extension, "200"))]
    #expect(it.plan.calls == ["update extension 200 a"])
  }

  @Test func `are what is left of an add in doubt whose entry is gone`() {
    for item in [person("a", "101"), contact("x", "101")] {
      var it = Case()
      it.inDoubtCall(.add(item), "a", intent: 9)
      let object = ManagedObject(item, entry: EntryID("a"), dn: dn("a")).unproven(.answerLost, since: it.now)
      #expect(it.plan.updates == [.unprove(object, inDoubtCalls: [9])])
      #expect(it.plan.calls == [])
    }
  }

  @Test func `and known foreign objects are never touched, whatever the directory wants`() {
    for item in [person("a", "101"), contact("x", "101")] {
      var it = Case()
      it.want(item, "a")
      it.state.knownForeign = [KnownForeign(item.key, since: 5)]
      #expect(it.plan.calls == [])
      let nextAt = item.key.kind == .extension ? 5 + ForeignRetry.pause : nil
      #expect(it.plan.conflicts.map(\.reason) == [.foreign(since: 5, nextAt: nextAt)])
      it.inDoubtCall(.add(item), "a")
      #expect(it.plan.calls == [])
      it.state.adoptions = [AllowedAdoption(item.key)]
      #expect(it.plan.calls.count == 1)
    }
  }
}
