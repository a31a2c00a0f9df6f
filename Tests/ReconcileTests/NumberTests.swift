import Domain
import Reconcile
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Who gets a number` {
  @Test func `a new person is added`() {
    #expect(Case(directory: ["a": "101"]).plan.calls == ["add extension 101 a"])
  }

  @Test func `nothing changed asks for nothing`() {
    #expect(Case(directory: ["a": "101"], ledger: ["a": "101"]).plan == Plan())
  }

  @Test func `a changed field is one update that names the field`() {
    var it = Case()
    it.own(person("a", "101", email: "old@example.com"), "a")
    it.want(person("a", "101", email: "new@example.com"), "a")
    #expect(it.plan.calls == ["update extension 101 a"])
    #expect(it.plan.changes.first?.fields == [FieldChange(.email, from: "old@example.com", to: "new@example.com")])
    #expect(it.plan.changes.map(\.cause) == [.changed])
  }

  @Test func `a moved entry is remembered without a call`() {
    var it = Case(directory: ["a": "101"])
    it.state.objects = [ManagedObject(person("a", "101"), entry: EntryID("a"), dn: "uid=a,ou=old,dc=example,dc=com")]
    #expect(it.plan.calls == [])
    #expect(it.plan.updates == [.holder(ObjectKey(.extension, "101"), EntryID("a"), dn: dn("a"))])
  }

  @Test func `a changed number is a new extension, and the old one goes after it`() {
    let plan = Case(directory: ["a": "102"], ledger: ["a": "101"]).plan
    #expect(plan.calls == ["add extension 102 a", "delete extension 101"])
    #expect(plan.changes.last?.requires == [0])
  }

  /// Nobody gets the other's object then, and nobody loses their own.
  @Test(arguments: [Sighting.disabled, .unmappable, nil])
  func `a rejected swap leaves both their extensions, also when one of the two has left`(sighting: Sighting?) {
    var it = Case(ledger: ["ada": "1200", "bob": "1201", "carl": "1202"])
    it.want(person("carl", "1202"), "carl")
    it.want(person("bob", "1200"), "bob")
    if let sighting { it.see("ada", sighting) }
    it.state.rejections = [("ada", "1201"), ("bob", "1200")].reduce(into: []) { members, swapped in
      let item = person(swapped.0, swapped.1)
      members.insert(Approval.Member(item.key, EntryID(swapped.0), .update, wanted: item))
    }
    for _ in 0..<3 {
      #expect(it.plan.calls == [])
      it.apply(it.plan)
    }
    #expect(it.state.objects.first { $0.key.number == "1200" }?.entry == EntryID("ada"))
    it.want(person("ada", "1201"), "ada")
    #expect(it.plan.calls == [], "she is back")
  }

  /// The rejection of one ends while the account is disabled. Alone, the other would take an extension from somebody who gets none.
  @Test(arguments: [["a", "b"], ["a", "b", "c"]], [true, false])
  func `of a swap isn't made where another of it waits or was rejected`(people: [String], isRejected: Bool) {
    for (index, waiting) in people.enumerated() {
      var it = Case()
      for (place, name) in people.enumerated() {
        it.own(person(name, "\(101 + place)"), name)
        it.want(person(name, "\(101 + (place + 1) % people.count)"), name)
      }
      let item = person(waiting, "\(101 + (index + 1) % people.count)")
      let member = Approval.Member(item.key, EntryID(waiting), .update, wanted: item)
      if isRejected { it.state.rejections = [member] } else { it.state.undecided = [member] }
      #expect(it.plan.calls == [], "\(waiting)")
    }
  }

  @Test func `two people who swap keep both numbers in service`() {
    let plan = Case(directory: ["a": "102", "b": "101"], ledger: ["a": "101", "b": "102"]).plan
    #expect(Set(plan.calls) == ["update extension 101 b", "update extension 102 a"])
    #expect(Set(plan.changes.map(\.cause)) == [.vacated(by: EntryID("a")), .vacated(by: EntryID("b"))])
  }

  @Test func `a chain begins with the one who goes to a free number`() {
    let plan = Case(
      directory: ["a": "102", "b": "103", "c": "104"], ledger: ["a": "101", "b": "102", "c": "103"]
    ).plan
    #expect(
      plan.calls == [
        "add extension 104 c", "update extension 103 b", "update extension 102 a", "delete extension 101",
      ])
    #expect(plan.changes.map(\.requires) == [[], [0], [1], [2]])
  }

  @Test func `of a chain nobody moves if the last one can't`() {
    var it = Case(
      directory: ["a": "102", "b": "103", "c": "104", "d": "105", "e": "106", "f": "107"],
      ledger: ["a": "101", "b": "102", "c": "103", "d": "104", "e": "105", "f": "106", "g": "107"])
    it.see("g", .unmappable)
    #expect(it.plan.calls == [] && it.plan.conflicts.count == 6)
  }

  @Test(arguments: [["a", "b", "c"], ["c", "b", "a"], ["b", "c", "a"]])
  func `of several new claimants the smallest id wins in any order`(order: [String]) {
    var it = Case()
    for entry in order { it.want(person(entry, "101"), entry) }
    #expect(it.plan.calls == ["add extension 101 a"])
    #expect(it.plan.conflictNumbers == ["101 b", "101 c"])
  }

  @Test func `the present holder keeps the number against a smaller id`() {
    let plan = Case(directory: ["a": "101", "b": "101"], ledger: ["b": "101"]).plan
    #expect(plan.calls == [])
    #expect(plan.conflicts.map(\.reason) == [.duplicate(winner: EntryID("b"), dn: dn("b"))])
  }

  @Test func `goes to the entry whose values the PBX's own table shows, before the smallest ID`() {
    var it = Case(directory: ["a": "101", "b": "101"])
    it.state.adoptions = [AllowedAdoption(ObjectKey(.extension, "101"), item: person("b", "101"))]
    #expect(it.plan.conflicts.map(\.wanted.entry) == [EntryID("a")])
  }

  @Test func `a loser keeps the number that it has`() {
    let plan = Case(directory: ["a": "101", "b": "101"], ledger: ["a": "101", "b": "102"]).plan
    #expect(plan.calls == [])
    #expect(plan.pendingRemovals == [])
    #expect(plan.conflictNumbers == ["101 b"])
  }

  @Test func `who can't have the next number doesn't lose the old one to others`() {
    // b would go to 999, which is protected; so a can't have 102 yet, nor c 101.
    var it = Case(directory: ["a": "102", "b": "999", "c": "101"], ledger: ["a": "101", "b": "102"])
    it.numbers = NumberPolicy(protected: [NumberRange("900-999")].compactMap(\.self))
    #expect(it.plan.calls == [])
    #expect(it.plan.conflictNumbers == ["101 c", "102 a", "999 b"])
  }

  @Test func `a leaver's number is given on after the removal in the same run`() {
    var it = Case(directory: ["new": "101"], ledger: ["old": "101"])
    it.numbers.handover = .recreate
    #expect(it.plan.calls == ["delete extension 101", "add extension 101 new"])
    #expect(it.plan.changes.last?.requires == [0])
  }

  @Test func `a number to be recreated isn't handed over while its holder may come back`() {
    var it = Case(directory: ["new": "101"], ledger: ["old": "101"])
    it.numbers.handover = .recreate
    it.removal.after = 3600
    #expect(it.plan.calls == [])
    let absence = Absence(.missing, since: it.now, reads: 1)
    let holder = ManagedObject(person("old", "101"), entry: EntryID("old"), dn: dn("old"), absence: absence)
    #expect(it.plan.conflicts.map(\.reason) == [.leaving(holder, .pending(it.removal))])
    #expect(it.plan.pendingRemovals.map(\.key.number) == ["101"])
  }

  @Test func `an entry that can't be mapped keeps its number`() {
    var it = Case(directory: ["new": "101"], ledger: ["bad": "101"])
    it.see("bad", .unmappable)
    #expect(it.plan.calls == [])
    #expect(it.plan.pendingRemovals == [])
  }

  @Test func `a protected number is neither added, updated nor removed`() {
    var it = Case(directory: ["a": "900", "b": "901"], ledger: ["gone": "902"])
    it.own(person("before", "901"), "b")
    it.numbers = NumberPolicy(protected: [NumberRange("900-902")].compactMap(\.self))
    #expect(it.plan.calls == [])
    #expect(it.plan.conflicts.map(\.reason) == [.protected, .protected, .keptProtected(.missing)])
  }

  @Test func `a protected contact keeps its number, and its entry gets a contact with the new one`() {
    var it = Case()
    it.own(contact("x", "102"), "x")
    it.want(contact("x", "100"), "x")
    it.numbers = NumberPolicy(protected: ["102"].compactMap(NumberRange.init))
    #expect(it.plan.calls == ["add contact 100 x"])
  }

  @Test func `a number outside the ranges is left out and named`() {
    var it = Case(directory: ["a": "101", "b": "2001"])
    it.numbers = NumberPolicy(extensionRanges: [NumberRange("100-199")].compactMap(\.self))
    #expect(it.plan.calls == ["add extension 101 a"])
    #expect(it.plan.conflicts.map(\.reason) == [.outOfRange])
  }

  private static let emergency = EmergencyNumbers(of: ["DE"], but: []) { ["110", "112"].contains($0) }

  @Test func `an emergency number gets no new extension, and its claimant keeps the present one`() {
    var it = Case(directory: ["a": "112", "b": "101", "c": "110"], ledger: ["c": "103"])
    it.numbers.emergency = Self.emergency
    it.want(.contact(Contact(number: "112", firstName: "d", lastName: "")), "d")
    #expect(it.plan.calls == ["add extension 101 b", "add contact 112 d"])
    #expect(it.plan.conflicts.map(\.reason) == [.emergency, .emergency])
    #expect(it.plan.pendingRemovals == [])
    it.existing = .adopt
    #expect(it.plan.conflicts.map(\.reason) == [.emergency, .emergency], "nothing says that it exists")
  }

  /// Such as one that an admin has released.
  @Test func `a number that is known to be foreign isn't adopted by policy, but by an admin`() {
    var it = Case(directory: ["a": "101", "b": "102"])
    it.existing = .adopt
    it.state.knownForeign = [KnownForeign(ObjectKey(.extension, "101"), since: 1)]
    #expect(it.plan.calls == ["add extension 102 b"] && it.plan.changes[0].adopts)
    #expect(it.plan.conflictNumbers == ["101 a"])
    it.state.adoptions = [AllowedAdoption(ObjectKey(.extension, "101"), until: it.now + 60)]
    #expect(it.plan.calls == ["update extension 101 a", "add extension 102 b"])
  }

  @Test func `an extension with an emergency number is kept up to date, and removed like any other`() {
    var it = Case(directory: ["a": "112"])
    it.own(person("before", "112"), "a")
    it.numbers.emergency = Self.emergency
    #expect(it.plan.calls == ["update extension 112 a"])
    it = Case(ledger: ["a": "112", "b": "110"])
    it.numbers.emergency = Self.emergency
    #expect(it.plan.calls == ["delete extension 110", "delete extension 112"])
  }

  @Test func `an extension with an emergency number isn't handed to another entry`() {
    for hasLeft in [false, true] {
      var it = Case(directory: ["new": "112"], ledger: ["old": "112"])
      it.removal = RemovalPolicy()
      if !hasLeft { it.want(person("old", "101"), "old") }
      #expect(it.plan.calls.contains("update extension 112 new"), "it is no emergency number here")
      it.numbers.emergency = Self.emergency
      #expect(it.plan.calls == (hasLeft ? [] : ["add extension 101 old"]))
      #expect(it.plan.conflicts.map(\.reason) == [.emergency])
      #expect(it.plan.pendingRemovals.map(\.key.number) == ["112"])
    }
    var recreated = Case(ledger: ["old": "112"])
    recreated.want(recreated.state.objects[0].item, "new")
    recreated.numbers.emergency = Self.emergency
    #expect(recreated.plan.calls == [] && recreated.plan.conflicts == [])
  }

  @Test func `a foreign object isn't tried again until it is due, whatever the entry wants`() {
    var it = Case(directory: ["a": "101"])
    let refusal = Refusal(
      person("a", "101"), entry: EntryID("a"), answer: CallResult(.taken, errorCode: "EXTENSION_EXIST"), since: 7)
    it.state.refusals = [refusal]
    #expect(it.plan.calls == [])
    #expect(it.plan.conflicts.map(\.reason) == [.foreign(since: 7, nextAt: 7 + ForeignRetry.pause)])

    it.reading.wanted = [WantedObject(person("renamed", "101"), entry: EntryID("a"), dn: dn("a"))]
    #expect(it.plan.calls == [])
    it.foreignRetry = .always
    #expect(it.plan.calls == ["add extension 101 renamed"])
    #expect(it.plan.changes.map(\.cause) == [.wasTaken], "asked for by itself, so that no batch hides whose it is")

    it.reading.wanted = []
    #expect(it.plan.updates == [], "a wanted object that comes and goes doesn't free the number")
  }

  @Test func `an entry recreated with the same values gets the object without a call`() {
    var it = Case()
    it.own(person("p", "101"), "old")
    it.want(person("p", "101"), "new")
    #expect(it.plan.calls == [])
    #expect(it.plan.updates == [.holder(ObjectKey(.extension, "101"), EntryID("new"), dn: dn("new"))])
  }

  @Test func `an entry in two sources counts once`() {
    var it = Case(directory: ["a": "101"])
    it.want(person("other", "101"), "a")
    #expect(it.plan.calls == ["add extension 101 a"])
    #expect(it.plan.conflicts == [])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A contact that the PBX has twice` {
  @Test func `stays when its entry leaves, and is named`() {
    var it = Case()
    it.own(contact("a", "4989"), "a")
    it.state.knownForeign = [KnownForeign(ObjectKey(.contact, "4989"), since: 7)]
    #expect(it.plan.calls == [])
    #expect(it.plan.conflicts.map(\.reason) == [.keptForeign(.missing, since: 7)])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `An object whose number has become protected` {
  private func leaver(_ change: (inout Case) -> Void) -> Case {
    var it = Case(ledger: ["a": "101"])
    it.numbers.protected = [NumberRange("101")].compactMap(\.self)
    change(&it)
    return it
  }

  @Test func `stays when its entry leaves, and is named`() {
    #expect(leaver { _ in }.plan.conflicts.map(\.reason) == [.keptProtected(.missing)])
    #expect(leaver { $0.own(person("b", "102"), "b") }.plan.conflictNumbers == ["101 a"], "not with other leavers")
    #expect(leaver { $0.see("a", .disabled) }.plan.conflicts.map(\.reason) == [.keptProtected(.disabled)])
    let renumbered = leaver { $0.want(person("a", "102"), "a") }.plan
    #expect(renumbered.conflicts.map(\.reason) == [.keptProtected(.renumbered)])
    #expect(renumbered.calls == ["add extension 102 a"])
  }

  @Test func `is named once while its entry wants it, and not while that is unknown`() {
    #expect(leaver { $0.want(person("a", "101"), "a") }.plan.conflicts.map(\.reason) == [.protected])
    #expect(leaver { $0.see("a", .unmappable) }.plan.conflicts == [])
    #expect(leaver { $0.reading.incomplete = "half of it" }.plan.conflicts == [])
  }
}
