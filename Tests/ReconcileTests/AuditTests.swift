import Domain
import Reconcile
import Testing

@Suite(.timeLimit(.minutes(15))) struct `An audit by a table` {
  func fields(_ item: PBXObject) -> [ObjectField: String] {
    Dictionary(item.fields.filter { $0.field != .number }.map { ($0.field, $0.value) }) { first, _ in first }
  }

  func audit(
    _ it: Case, _ table: [PBXObject], former: [FormerObject] = [], ranges: [NumberRange] = []
  ) -> Audit {
    Audit(
      PBXEvidence(
        Dictionary(table.map { ($0.key, fields($0)) }) { first, _ in first }, of: .kind(.extension), in: ranges),
      remembering: it.state, former: former, numbers: it.numbers)
  }

  func former(_ item: PBXObject, _ entry: String) -> FormerObject {
    FormerObject(item.key, entry: EntryID(entry), dn: dn(entry), items: [item])
  }

  @Test func `tells what is right, lost, different and foreign`() {
    var it = Case(ledger: ["a": "101", "c": "103"])
    it.own(person("b", "102", email: "b@x"), "b")
    let found = audit(it, [person("a", "101"), person("bee", "102", email: "B@x"), person("x", "109")])
    #expect(found.comparisons.map(\.result) == [.equal, .different, .lost, .foreign])
    #expect(!found.isEqual && !found.lacksMany)
    #expect(audit(it, it.state.objects.map(\.item)).isEqual)
  }

  @Test func `says nothing of another kind, or of numbers out of the ranges that were asked for`() {
    var it = Case(ledger: ["a": "101", "b": "202"])
    it.own(contact("x", "49301"), "x")
    let found = audit(it, [], ranges: [NumberRange("100-199")].compactMap(\.self))
    #expect(found.comparisons.map(\.key.number) == ["101"])
  }

  /// Nothing shows which of two contacts of a number is managed.
  @Test func `says nothing of a number that the table has twice, and ends no restore`() {
    var it = Case()
    for number in ["1", "2"] { it.own(contact("x", number), number, unproven: .ledgerRestored) }
    it.state.restored = [.contact: 1]
    let table = [contact("x", "2")]
    let evidence = PBXEvidence(
      Dictionary(uniqueKeysWithValues: table.map { ($0.key, fields($0)) }), of: .kind(.contact),
      excluding: [ObjectKey(.contact, "1")])
    let found = Audit(evidence, remembering: it.state, former: [], numbers: it.numbers)
    #expect(found.comparisons.map(\.key.number) == ["2"])
    it.correct(found.corrections(at: 1))
    #expect(it.state.restored == [.contact: 1] && it.state.unproven.map(\.key.number) == ["1"])
  }

  @Test func `compares those values that the table has`() {
    let it = Case(ledger: ["a": "101"])
    let evidence = PBXEvidence([ObjectKey(.extension, "101"): [.firstName: "a"]], of: .kind(.extension))
    #expect(Audit(evidence, remembering: it.state, former: [], numbers: it.numbers).isEqual)
  }

  @Test func `has the run send what is lost or different once, and nothing else`() {
    var it = Case(directory: ["a": "101", "c": "103"], ledger: ["a": "101", "c": "103"])
    it.want(person("b", "102", email: "b@x"), "b")
    it.own(person("b", "102", email: "b@x"), "b")
    it.correct(audit(it, [person("a", "101"), person("bee", "102", email: "b@x")]).corrections(at: 1))
    #expect(it.plan.calls == ["update extension 102 b", "add extension 103 c"])
    it.apply(it.plan)
    #expect(it.plan.calls == [])
  }

  /// The joiner has the smaller ID, which decides if no object has the number.
  @Test func `has what was lost given back to its holder, though another asks for the number by now`() {
    var it = Case(directory: ["z": "101", "a": "101"], ledger: ["z": "101"])
    it.correct(audit(it, []).corrections(at: 1))
    #expect(it.plan.calls == ["add extension 101 z"] && it.plan.conflictNumbers == ["101 a"])
    it.reading = ReadResult()
    it.want(person("a", "101"), "a")
    it.reading.incomplete = "a page is missing"
    #expect(it.plan.calls == [] && it.plan.conflictNumbers == ["101 a"], "the holder may be there still")
    it.reading.incomplete = nil
    #expect(it.plan.calls == ["add extension 101 a"])
  }

  @Test func `holds the removal of what is there again with values that we sent, until an admin approves it`() {
    var it = Case()
    let found = audit(
      it, [person("a", "101"), person("other", "102")],
      former: [former(person("a", "101"), "a"), former(person("b", "102"), "b")])
    #expect(found.comparisons.map(\.result) == [.revived, .foreign])
    it.correct(found.corrections(at: 1))
    for _ in 1...3 {
      #expect(it.plan.calls == [] && it.plan.pendingRemovals.isEmpty)
      #expect(it.plan.held.map(\.cause) == [.revived] && it.plan.held.first?.objects.map(\.key.number) == ["101"])
      #expect(it.plan.held.first?.limit == "1 extension was removed, and an audit showed it again")
      it.apply(it.plan)
      it.now += 30 * 86_400
    }
    // That was months ago: the present objects are unknown.
    it.state.approvals = [Approval("set", Set(it.plan.held[0].objects.map { $0.member(.removal) }))]
    #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.revived])
    #expect(it.plan.lapsed.map(\.key.number) == ["101"])
    let again = audit(it, [person("a", "101"), person("other", "102")])
    #expect(again.comparisons.map(\.result) == [.revived, .knownForeign])
    it.correct(again.corrections(at: it.now))
    #expect(it.plan.calls == ["delete extension 101"] && it.plan.lapsed == [])
    it.now += 86_399
    #expect(it.plan.calls == ["delete extension 101"])
    it.now += 1
    #expect(it.plan.calls == [] && it.plan.held.count == 1)
  }

  @Test
  func `reports what is there again by the time of the table, and nothing that was created under the number since`() {
    var it = Case()
    it.now = 500_000
    let item = person("a", "101")
    let evidence = PBXEvidence([item.key: fields(item)], of: .kind(.extension), at: 400_000)
    let found = Audit(evidence, remembering: it.state, former: [former(item, "a")], numbers: it.numbers)
    it.correct(found.corrections(at: it.now))
    #expect(it.state.objects.map(\.absence?.since) == [400_000])
    let probes = PBXEvidence([item.key: [:]], of: .keys([item.key]))
    let asked = Audit(probes, remembering: it.state, former: [], numbers: it.numbers)
    #expect(asked.comparisons.map(\.result) == [.occupied] && asked.corrections(at: it.now) == [])
    let other = audit(it, [person("b", "101")])
    #expect(other.comparisons.map(\.result) == [.replaced])
    it.correct(other.corrections(at: it.now))
    #expect(it.plan.held.isEmpty && it.plan.calls == [] && it.state.unproven.map(\.key.number) == ["101"])
  }

  @Test func `and by probes never reports an unwanted object as correct`() {
    var it = Case()
    it.own(person("c", "103"), "c", absence: Absence(.missing, since: 0, reads: 1))
    for fields in [[:], fields(person("c", "103"))] {
      let key = ObjectKey(.extension, "103")
      let found = Audit(
        PBXEvidence([key: fields], of: .keys([key])), remembering: it.state, former: [], numbers: it.numbers)
      #expect(found.comparisons.map(\.result) == [.unwanted] && found.isEqual && found.corrections(at: 1) == [])
    }
  }

  /// A hand-made one may have the number since, and a joiner gets it neither.
  @Test func `hands what is there again to nobody, and knows it as such while the entry can't be mapped`() {
    var it = Case(directory: ["joiner": "101"])
    it.correct(
      audit(it, [person("a", "101")], former: [former(person("a", "101"), "a")]).corrections(at: it.now))
    #expect(it.plan.calls == [] && it.plan.held.count == 1 && it.plan.conflictNumbers == ["101 joiner"])
    it.reading = ReadResult()
    it.see("a", .unmappable)
    it.apply(it.plan)
    #expect(it.plan.calls == [] && it.plan.held.isEmpty)
    it.reading = ReadResult()
    #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.revived])
    it.want(person("a", "101"), "a")
    it.apply(it.plan)
    #expect(it.state.objects.allSatisfy { $0.absence == nil })
  }

  @Test func `proves what is unproven by equal values, and by nothing less`() {
    var it = Case(directory: ["a": "101", "b": "102"])
    for (entry, number) in [("a", "101"), ("b", "102")] {
      it.state.objects.append(
        ManagedObject(person(entry, number), entry: EntryID(entry), dn: dn(entry)).unproven(.answerLost, since: 1))
    }
    let found = audit(it, [person("a", "101"), person("bee", "102")])
    #expect(found.comparisons.map(\.result) == [.proved, .unproven])
    it.correct(found.corrections(at: 1))
    #expect(it.state.objects.map(\.isManaged) == [false, true] || it.state.objects.map(\.isManaged) == [true, false])
    #expect(it.plan.calls == [])
  }

  /// What nobody sent isn't proved by being seen twice.
  @Test(arguments: [Unproven.Reason.ledgerRestored, .pbxReplaced])
  func `that shows other values has an adoption cost an update, and proves nothing the next time`(
    reason: Unproven.Reason
  ) {
    var it = Case(directory: ["a": "101"])
    it.own(person("a", "101"), "a", unproven: reason)
    for _ in 1...2 {
      let found = audit(it, [person("hand", "101")])
      #expect(found.comparisons.map(\.result) == [.unproven])
      it.correct(found.corrections(at: 1))
      #expect(it.plan.calls == [] && it.plan.conflictNumbers == ["101 a"])
    }
    var adopted = it
    adopted.state.adoptions = [AllowedAdoption(ObjectKey(.extension, "101"))]
    #expect(adopted.plan.calls == ["update extension 101 a"] && adopted.plan.updates == [])
    let right = audit(it, [person("a", "101")])
    #expect(right.comparisons.map(\.result) == [.proved])
    it.correct(right.corrections(at: 1))
    #expect(it.plan.calls == [] && it.state.objects.map(\.isManaged) == [true])
  }

  @Test func `that shows a foreign object under a managed number shows the same the next time`() {
    var it = Case(directory: ["a": "101"], ledger: ["a": "101"])
    let other = PBXObject.extension(Extension(number: "101", firstName: "Hand", lastName: "Made"))
    for result in [Audit.Result.replaced, .unproven, .unproven] {
      let found = audit(it, [other])
      #expect(found.comparisons.map(\.result) == [result])
      it.correct(found.corrections(at: 1))
      #expect(it.plan.calls == [] && it.state.objects.map(\.isManaged) == [false])
      #expect(it.state.objects.map(\.unproven?.hasOtherValues) == [true], "its adoption costs an update")
    }
  }

  @Test func `leaves an object of a pool that a restored ledger doesn't know to the entry that it fits`() {
    var it = Case(ledger: ["a": "101"])
    let table = [person("a", "101"), person("b", "205", email: "b@x"), person("x", "109")]
    func audit() -> Audit {
      Audit(
        PBXEvidence(
          Dictionary(table.map { ($0.key, fields($0)) }) { first, _ in first }, of: .kind(.extension), in: []),
        remembering: it.state, former: [], numbers: it.numbers, pools: [pool("200-209")])
    }
    #expect(audit().comparisons.map(\.result) == [.equal, .foreign, .foreign])
    it.state.objects = it.state.objects.map { $0.unproven(.ledgerRestored, since: 1) }
    it.state.restored = [.extension: 1]
    let found = audit()
    #expect(found.comparisons.map(\.result) == [.proved, .foreign, .forgotten])
    it.correct(found.corrections(at: 1))
    #expect(it.state.restored.isEmpty)
    it.want(person("a", "101"), "a")
    it.wantAny("b", email: "b@x")
    #expect(it.plan.calls == [])
    it.apply(it.plan.updates)
    #expect(it.state.objects.map(\.key.number).sorted() == ["101", "205"])
  }

  /// After a restore of the ledger, whose call in doubt no run would settle.
  @Test func `proves an unproven object by the values of a call in doubt too`() {
    for (name, result) in [("a", Audit.Result.proved), ("b", .proved), ("c", .unproven)] {
      var it = Case(ledger: ["a": "101"])
      it.state.objects = it.state.objects.map { $0.unproven(.ledgerRestored, since: 1) }
      it.inDoubtCall(.update(person("b", "101"), knownAs: "101"), "a")
      let found = audit(it, [person(name, "101")])
      #expect(found.comparisons.map(\.result) == [result])
      it.correct(found.corrections(at: 1))
      #expect(it.state.objects.map(\.isManaged) == [result == .proved])
    }
  }

  @Test func `leaves what may be adopted or is protected as it is, and calls in doubt to the next run`() {
    var it = Case()
    it.state.adoptions = [AllowedAdoption(ObjectKey(.extension, "101"))]
    it.numbers.protected = [NumberRange("102")].compactMap(\.self)
    it.inDoubtCall(.addExtension(Extension(number: "103", firstName: "c")), "c")
    let found = audit(it, ["101", "102", "103"].map { person("x", $0) })
    #expect(found.comparisons.map(\.result) == [.inDoubt])
    #expect(found.corrections(at: 1) == [])
  }

  @Test func `without values reports lost objects and managed numbers that are taken again`() {
    let it = Case(ledger: ["a": "101", "b": "102"])
    let keys = ["101", "102", "103"].map { ObjectKey(.extension, $0) }
    let evidence = PBXEvidence([keys[0]: [:], keys[2]: [:]], of: .keys(Set(keys)))
    let found = Audit(
      evidence, remembering: it.state, former: [former(person("c", "103"), "c")], numbers: it.numbers)
    #expect(found.comparisons.map(\.result) == [.equal, .lost, .occupied])
    #expect(found.corrections(at: 1) == [.lost(keys[1])])
  }

  /// A managed object was edited, or deleted and another created there. An uncertain one stays unproven: an admin adopts it.
  @Test(arguments: [
    // A typo was corrected, and a name was changed.
    (["Thomas", "Huber", "u12@x", ""], ["Tomas", "Huber", "U12@x", "+4930"], true),
    (["Anna", "Huber", "u12@x", ""], ["Anna", "Lang", "u12@x", ""], true),
    // The mail address was taken out, or set.
    (["Thomas", "Huber", "u12@x", ""], ["Thomas", "Huber", "", "+4930"], true),
    (["Lobby", "", "", ""], ["lobby", "", "", "+4930"], true),
    (["Thomas", "Huber", "u12@x", ""], ["Thomas", "Lang", "lang@x", ""], false),
    (["Thomas", "Huber", "u12@x", ""], ["Anna", "Huber", "anna@x", ""], false),
    (["Thomas", "Huber", "u12@x", ""], ["Thomas", "Huber", "other@x", ""], false),
    // A house has one caller ID, and a desk one mail address.
    (["Thomas", "Huber", "", "+4930"], ["Thomas", "Lang", "", "+4930"], false),
    (["Thomas", "Huber", "desk@x", ""], ["Anna", "Lang", "desk@x", ""], false),
    (["Thomas", "", "", ""], ["Thomas", "Lang", "", ""], false),
  ])
  func `takes what is there for ours with other values by its mail address and a name, and without one by both names`(
    ours: [String], there: [String], isOurs: Bool
  ) {
    func item(_ values: [String]) -> PBXObject {
      .extension(
        Extension(number: "101", firstName: values[0], lastName: values[1], email: values[2], callerID: values[3]))
    }
    for isWanted in [true, false] {
      var it = Case()
      if isWanted { it.want(item(ours), "a") }
      it.own(item(ours), "a", absence: isWanted ? nil : Absence(.missing, since: 0, reads: 9))
      let found = audit(it, [item(there)])
      #expect(found.comparisons.map(\.result) == [isOurs ? .different : .replaced])
      it.correct(found.corrections(at: 1))
      #expect(it.plan.calls == (isOurs ? [isWanted ? "update extension 101 \(ours[0])" : "delete extension 101"] : []))
    }
  }

  @Test(arguments: [
    (["Anna", "Muster", "Foo"], ["Anna", "Muster", "Bar"], true), (["", "", "Foo"], ["", "", "FOO"], true),
    (["Anna", "Muster", "Foo"], ["Anna", "Lang", "Foo"], false), (["", "", "Foo"], ["Anna", "Lang", "Foo"], false),
    (["", "", "Foo"], ["", "", "Bar"], false),
  ])
  func `takes a contact for ours with other values by its names, and by its company where it has none`(
    ours: [String], there: [String], isOurs: Bool
  ) {
    func item(_ values: [String]) -> PBXObject {
      .contact(Contact(number: "49", firstName: values[0], lastName: values[1], company: values[2]))
    }
    var it = Case()
    it.own(item(ours), "a")
    let found = Audit(
      PBXEvidence([ObjectKey(.contact, "49"): fields(item(there))], of: .kind(.contact)), remembering: it.state,
      former: [],
      numbers: it.numbers)
    #expect(found.comparisons.map(\.result) == [isOurs ? .different : .replaced])
  }

  @Test func `with values sent earlier shows a managed object, even of an entry that has left`() {
    var it = Case()
    it.own(person("d", "104"), "d", absence: Absence(.missing, since: 0, reads: 9))
    let earlier = PBXObject.extension(Extension(number: "104", firstName: "Other", lastName: "Name"))
    let found = Audit(
      PBXEvidence([earlier.key: fields(earlier)], of: .kind(.extension)), remembering: it.state, former: [],
      numbers: it.numbers, sent: [earlier.key: [earlier]])
    #expect(found.comparisons.map(\.result) == [.different])
    it.correct(found.corrections(at: 1))
    #expect(it.plan.calls == ["delete extension 104"])
  }

  @Test func `leaves what turns out to be there after all unproven, and doubles no contact`() throws {
    var it = Case(directory: ["a": "101"], ledger: ["a": "101"])
    it.want(contact("x", "1"), "x")
    it.own(contact("x", "1"), "x")
    for kind in ObjectKind.allCases {
      let found = Audit(
        PBXEvidence([:], of: .kind(kind)), remembering: it.state, former: [], numbers: it.numbers)
      it.correct(found.corrections(at: 1))
    }
    #expect(it.plan.calls.sorted() == ["add extension 101 a", "update contact 1 x"])
    let add = try #require(it.plan.changes.first { $0.call.key.kind == .extension })
    var settlement = Settlement(add, at: 1)
    guard case .end(.unproven(let object)) = settlement.next(after: add.call, CallResult(.taken)) else {
      Issue.record("the object isn't known to be foreign")
      return
    }
    // No answer was lost.
    #expect(object.unproven == Unproven(.lossDenied, since: it.now))
    it.state.objects = [object]
    #expect(it.plan.calls == ["update contact 1 x"] && it.plan.conflictNumbers == ["101 a"])
    // A right table shows what it is: as it is wanted, or as it was sent.
    let earlier = person("b", "101")
    for (item, result) in [
      (person("a", "101"), Audit.Result.proved), (earlier, .proved), (person("c", "101"), .unproven),
    ] {
      let found = Audit(
        PBXEvidence([item.key: fields(item)], of: .kind(.extension)), remembering: it.state, former: [],
        numbers: it.numbers, sent: [item.key: [earlier]])
      #expect(found.comparisons.map(\.result) == [result])
    }
  }

  @Test func `notices that a foreign extension is gone`() {
    var it = Case(directory: ["a": "101"])
    it.refuse("101", of: "a")
    it.state.knownForeign = [KnownForeign(ObjectKey(.extension, "101"), since: 1)]
    #expect(audit(it, [person("x", "101")]).isEqual)
    it.correct(audit(it, []).corrections(at: 1))
    #expect(it.plan.calls == ["add extension 101 a"])
  }

  @Test func `and a release leave somebody with a number from a pool what they have`() {
    var it = Case()
    it.allocated("200", to: "a")
    it.wantAny("a")
    it.state.knownForeign = [KnownForeign(ObjectKey(.extension, "200"), since: 1)]
    #expect(it.plan.calls == [])
    #expect(it.plan.conflicts.map(\.reason) == [.foreign(since: 1, nextAt: 1 + ForeignRetry.pause, isOfPool: true)])
    // What is there now may be another's: only a table shows that it isn't.
    for item in [nil, person("Lobby", "200")] {
      it.state.adoptions = [AllowedAdoption(ObjectKey(.extension, "200"), item: item)]
      #expect(it.plan.calls == [] && it.plan.conflictNumbers == ["200 a"])
    }
    it.state.adoptions = [AllowedAdoption(ObjectKey(.extension, "200"), item: person("a", "200"))]
    #expect(it.plan.calls == [] && it.plan.conflicts.isEmpty)
    it.apply(it.plan.updates)
    #expect(it.state.objects.map(\.key.number) == ["200"])
  }

  @Test func `that lacks many is taken for another PBX's`() {
    let it = Case(ledger: ["a": "101", "b": "102", "c": "103", "d": "104", "e": "105"])
    let all = it.state.objects.map(\.item)
    #expect(audit(it, Array(all.dropLast(2))).lacksMany)
    #expect(!audit(it, Array(all.dropLast(1))).lacksMany)
  }
}

extension Case {
  /// What the ledger does with the notes of an audit.
  mutating func correct(_ notes: [LedgerUpdate]) { apply(notes) }
}
