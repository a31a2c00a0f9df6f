import Domain
import Reconcile
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A pool` {
  @Test func `allocates numbers that may be adopted, and adopts none of them`() {
    var it = Case()
    it.state.adoptions = (200...209).map { AllowedAdoption(ObjectKey(.extension, "\($0)")) }
    it.wantAny("a")
    #expect(it.plan.calls == ["add extension 200 a"])
    #expect(it.plan.changes.map(\.cause) == [.allocated(pool: "people")])
    #expect(it.plan.changes.map(\.adopts) == [false])
    #expect(it.plan.conflicts == [])
  }

  @Test func `adopts no object that has the wanted names by chance`() {
    var it = Case()
    it.allocated("200", to: "a")
    it.state.adoptions = [AllowedAdoption(ObjectKey(.extension, "200"), item: person("a", "200", email: "other@x"))]
    it.wantAny("a", email: "a@x")
    #expect(it.plan.calls == ["add extension 201 a"])
    #expect(!it.plan.updates.contains { if case .adopt = $0 { true } else { false } })
  }

  @Test func `adopts without a call an unproven one that a table shows with the wanted values`() {
    var it = Case()
    it.allocated("200", to: "a")
    it.own(person("a", "200"), "a", unproven: .pbxReplaced)
    it.state.objects[0].unproven?.hasOtherValues = true
    it.wantAny("a")
    #expect(it.plan.conflictNumbers == ["200 a"])
    it.state.adoptions = [AllowedAdoption(ObjectKey(.extension, "200"), item: person("a", "200"))]
    #expect(it.plan.calls == [] && it.plan.conflicts == [])
    it.apply(it.plan.updates)
    #expect(it.state.objects.map(\.isManaged) == [true])
  }

  /// What a table showed in the pool after a restore, told by the mail address.
  private func shown(_ rows: [(name: String, number: String)]) -> Case {
    var it = Case()
    it.state.adoptions = rows.map { name, number in
      AllowedAdoption(ObjectKey(.extension, number), item: person(name, number, email: "\(name)@x"), asItIs: true)
    }
    return it
  }

  @Test func `leaves an entry the number that it has by a table`() {
    var it = shown([("a", "203")])
    for name in ["a", "d"] { it.wantAny(name, email: "\(name)@x") }
    #expect(it.plan.calls == ["add extension 200 d"])
    let taken = ManagedObject(person("a", "203", email: "a@x"), entry: EntryID("a"), dn: dn("a"), ownership: .adopted)
    #expect(it.plan.updates.contains(.adopt(taken)))
  }

  @Test func `allocates no number while the owners of those that a table showed are unknown`() {
    var it = shown([("a", "203"), ("c", "205"), ("c", "206")])
    for name in ["b", "c"] { it.wantAny(name, email: "\(name)@x") }
    #expect(it.plan.calls == [])
    let reason = Conflict.Reason.restored(pool("200-209"), unclaimed: ["203", "205", "206"])
    #expect(it.plan.conflicts.map(\.reason) == [reason, reason])
  }

  @Test func `gives its number to who has the mail address that a table showed, once an admin says so`() {
    var it = shown([("a", "203")])
    it.reading.unnumbered.append(
      UnnumberedUser(
        WantedObject(person("b", "", email: "a@x"), entry: EntryID("b"), dn: dn("b")), pool: pool("200-209")
      ) {
        .init(person("b", $0, email: "a@x"), write: nil)
      })
    it.reading.record(.mapped, of: EntryID("b"), as: .extension)
    #expect(it.plan.calls == [])
    it.state.adoptions = it.state.adoptions.map { AllowedAdoption($0.key, item: $0.item) }
    #expect(it.plan.calls == ["update extension 203 b"])
  }

  @Test func `gives an object that a table showed to no other entry, even one with its number`() {
    var it = shown([("a", "203")])
    it.want(person("z", "203"), "z")
    #expect(it.plan.calls == [])
    #expect(it.plan.conflicts.count == 1)
  }

  @Test func `gives nobody what is foreign, though its range may be adopted`() {
    var it = Case()
    it.state.knownForeign = [KnownForeign(ObjectKey(.extension, "200"), since: 1)]
    it.state.adoptions = [AllowedAdoption(ObjectKey(.extension, "200"))]
    it.wantAny("z", from: pool("200"))
    it.foreignRetry = .always
    #expect(it.plan.changes.map(\.adopts) == [false], "it is asked for, and refused")
    #expect(it.plan.calls == ["add extension 200 z"])
  }

  @Test func `leaves its number to an entry that was recreated with its DN`() {
    var it = Case(ledger: ["old": "200"])
    it.state.objects = it.state.objects.map { object in
      var object = object
      object.dn = dn("p")
      return object
    }
    it.state.allocations = [Allocation("200", to: EntryID("old"), dn: dn("p"), pool: "people", at: 1)]
    it.reading.unnumbered.append(
      UnnumberedUser(WantedObject(person("old", ""), entry: EntryID("new"), dn: dn("p")), pool: pool("200-209")) {
        .init(person("old", $0), write: nil)
      })
    it.reading.record(.mapped, of: EntryID("new"), as: .extension)
    #expect(it.plan.calls == [])
    var refused = it
    refused.refuse("200", of: "x")
    #expect(refused.plan.calls == [] && refused.plan.conflicts == [], "it is there, whatever another's add has shown")
    it.apply(it.plan.updates)
    #expect(it.state.objects.map(\.entry) == [EntryID("new")])
  }

  @Test func `doesn't give a number again that the directory gives to another meanwhile`() {
    var it = Case()
    it.allocated("200", to: "a")
    it.reserve("200", of: "b")
    it.wantAny("a")
    #expect(it.plan.calls == ["add extension 201 a"])
  }

  @Test func `leaves an entry its own number, also where another source has it`() {
    var it = Case()
    it.allocated("200", to: "a")
    it.reserve("200", of: "a")
    it.wantAny("a")
    #expect(it.plan.calls == ["add extension 200 a"])
  }

  @Test func `is used from its lowest number on, in whatever order its ranges are written`() {
    var it = Case()
    for entry in ["a", "b", "c", "d"] { it.wantAny(entry, from: pool("300", "98", "200-201")) }
    #expect(
      it.plan.calls == ["add extension 98 a", "add extension 200 b", "add extension 201 c", "add extension 300 d"])
  }

  @Test func `is written to the directory though the entry's former one, outside all sources, shows the number`() {
    var it = Case(ledger: ["a": "200"])
    it.state.objects = [ManagedObject(person("a", "200"), entry: EntryID("old"), dn: dn("a"))]
    it.state.allocations = [Allocation("200", to: EntryID("old"), dn: dn("a"), pool: "people", at: 1)]
    it.wantAny("a", writing: "telephoneNumber")
    it.reserve("200", of: "old")
    #expect(it.plan.directoryWrites.map(\.objection) == [nil])
  }

  @Test(arguments: [false, true])
  func `isn't written to the directory where another entry has the number`(isMapped: Bool) {
    var it = Case(ledger: ["a": "200"])
    it.allocated("200", to: "a")
    it.wantAny("a", writing: "telephoneNumber")
    if isMapped { it.want(person("b", "200"), "b") } else { it.reserve("200", of: "b") }
    it.reserve("200", of: "c")
    #expect(it.plan.directoryWrites.map(\.objection) == ["\(dn("b")) has the number 200 already"])
  }

  @Test func `gives none while the PBX has more extensions in it than the ledger knows`() {
    var it = Case(ledger: ["known": "200"])
    it.allocated("200", to: "known")
    for (number, entry) in [("201", "a"), ("202", "b")] { it.refuse(number, of: entry) }
    for entry in ["known", "a", "b"] { it.wantAny(entry) }
    #expect(it.plan.calls == [])
    let reason = Conflict.Reason.poolUnknown(pool("200-209"), taken: ["201", "202"])
    #expect(it.plan.conflicts.map(\.reason) == [reason, reason])
    it.state.knownForeign = [KnownForeign(ObjectKey(.extension, "201"), since: 1)]
    #expect(it.plan.calls == ["add extension 203 a", "add extension 204 b"], "an admin has decided on one")
  }

  @Test func `tries numbers that were foreign last, and no more often than once a day`() {
    var it = Case()
    for number in 200...209 where number != 205 {
      it.refuse("\(number)", of: "x", askedAt: it.now - ForeignRetry.pause + (number == 203 ? 0 : 1))
    }
    it.state.knownForeign = it.state.refusals.map { KnownForeign($0.item.key, since: 1) }
    it.wantAny("a")
    it.wantAny("b")
    it.foreignRetry = .daily
    #expect(it.plan.calls == ["add extension 203 b", "add extension 205 a"])
    it.foreignRetry = .never
    #expect(it.plan.calls == ["add extension 205 a"])
    let others = (200...209).map { "\($0)" }.filter { $0 != "205" }
    #expect(it.plan.conflicts.map(\.reason) == [.poolExhausted(pool("200-209"), foreign: others)])
  }

  @Test func `asks first for the foreign number that it asked for longest ago`() {
    var it = Case()
    it.refuse("200", of: "x", askedAt: 30)
    it.refuse("201", of: "x", askedAt: 20)
    it.state.knownForeign = it.state.refusals.map { KnownForeign($0.item.key, since: 1) }
    it.wantAny("a", from: pool("200-201"))
    it.foreignRetry = .always
    #expect(it.plan.calls == ["add extension 201 a"])
  }

  @Test func `says when the first of its numbers leaves quarantine, once it has no other`() {
    var it = Case()
    it.numbers.rest = 100
    for (number, rested) in [("200", 30), ("201", 10), ("202", 20), ("300", 5)] {
      it.free(number, of: "x", at: it.now - 100 + Timestamp(rested))
    }
    it.wantAny("a", from: pool("200-202"))
    #expect(it.plan.calls == [] && it.plan.poolRestedAt == it.now + 10)
    it.wantAny("b", from: pool("300"))
    #expect(it.plan.poolRestedAt == it.now + 5)
  }

  @Test func `allocates a number to a waiting entry as soon as one is free`() {
    var it = Case(directory: ["x": "200"], ledger: ["x": "200"])
    it.wantAny("a", from: pool("200"))
    #expect(it.plan.conflicts.map(\.reason) == [.poolExhausted(pool("200"), foreign: [])])
    it.reading.wanted = []
    it.see("x", .disabled)
    #expect(it.plan.calls == ["delete extension 200"])
    it.apply(it.plan)
    #expect(it.plan.calls == ["add extension 200 a"])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A foreign extension` {
  private var directory: Case {
    var it = Case(directory: ["a": "101"])
    it.refuse("101", of: "a", askedAt: it.now - ForeignRetry.pause + 1)
    return it
  }

  @Test func `is asked for again by an admin's run`() {
    var it = directory
    #expect(it.plan.calls == [])
    it.foreignRetry = .always
    #expect(it.plan.calls == ["add extension 101 a"])
    #expect(it.plan.changes.map(\.adopts) == [false])
    #expect(it.plan.changes.map(\.cause) == [.wasTaken])
  }

  @Test func `is asked for again by the daemon after a day`() {
    var it = directory
    it.foreignRetry = .daily
    #expect(it.plan.calls == [])
    #expect(it.plan.conflicts.map(\.reason) == [.foreign(since: 1, nextAt: it.now + 1)])
    it.now += 1
    #expect(it.plan.calls == ["add extension 101 a"])
  }

  @Test func `counts against no limit of additions, whatever values its entry has by now`() {
    var it = `Updates and additions`.office(of: 10, new: 5)
    it.foreignRetry = .always
    for index in 0..<9 {
      it.refuse("3000\(index)", of: "f\(index)")
      it.want(person("renamed\(index)", "3000\(index)"), "f\(index)")
    }
    #expect(it.plan.held == [] && it.plan.calls.count == 14)
    it.foreignRetry = .never
    #expect(it.plan.calls.count == 5, "a plan without a run asks for none of them")
  }

  @Test func `that was released or found by an audit is asked for again too, and no contact is`() {
    for (item, isAsked) in [(person("a", "101"), true), (contact("x", "101"), false)] {
      var it = Case()
      it.want(item, "a")
      it.state.knownForeign = [KnownForeign(item.key, since: it.now - ForeignRetry.pause + 1)]
      it.foreignRetry = .daily
      #expect(it.plan.calls == [])
      it.foreignRetry = .always
      #expect(it.plan.calls.count == (isAsked ? 1 : 0))
      it.foreignRetry = .daily
      it.now += 1
      #expect(it.plan.calls.count == (isAsked ? 1 : 0))
      it.state.refusals = [
        Refusal(person("b", "101"), entry: EntryID("b"), answer: CallResult(.taken), since: 1, askedAt: it.now)
      ]
      #expect(it.plan.calls == [], "it has just been asked for")
    }
  }

  @Test func `whose values are refused for another reason waits for another value`() {
    var it = Case(directory: ["a": "101"])
    it.state.refusals = [Refusal(person("a", "101"), entry: EntryID("a"), answer: CallResult(.refused), since: 1)]
    it.foreignRetry = .always
    #expect(it.plan.calls == [])
  }
}
