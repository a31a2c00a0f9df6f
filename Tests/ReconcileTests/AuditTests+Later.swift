import Domain
import Reconcile
import Testing

/// What becomes later of what a table showed.
extension `An audit by a table` {
  @Test func `contradicts calls whose result it shows otherwise`() {
    func key(_ number: Int) -> ObjectKey { ObjectKey(.extension, "\(number)") }
    let evidence = PBXEvidence([key(101): [:], key(102): [:]], of: .kind(.extension))
    let calls = [key(101): true, key(102): false, key(103): true, key(104): false, ObjectKey(.contact, "1"): true]
    let found = evidence.contradictions(to: calls)
    #expect(found.lacking == [key(103)] && found.showing == [key(102)])
  }

  @Test func `of a part of the numbers ends no restore`() {
    for (ranges, isOver) in [(["100-199"], false), ([], true)] {
      var it = Case()
      it.own(person("a", "101"), "a", unproven: .ledgerRestored)
      it.state.restored = [.extension: 5]
      it.correct(audit(it, [person("a", "101")], ranges: ranges.compactMap(NumberRange.init)).corrections(at: it.now))
      #expect(it.state.restored.isEmpty == isOver)
    }
  }

  /// Somebody may have deleted it on the PBX and made another by hand since.
  @Test(arguments: ["a", "joiner"])
  func `shows nobody's by the time somebody wants what it showed again long ago`(entry: String) {
    var it = Case()
    it.correct(audit(it, [person("a", "101")], former: [former(person("a", "101"), "a")]).corrections(at: it.now))
    it.now += Absence.validity
    it.want(person("b", "101"), entry)
    #expect(it.plan.calls == [] && it.plan.held.isEmpty && it.plan.conflictNumbers == ["101 \(entry)"])
    it.apply(it.plan)
    #expect(it.state.unproven.map(\.key.number) == ["101"] && it.state.managed.isEmpty)
  }

  @Test func `after a restore keeps unwanted objects until an admin decides, and handles all others as usual`() {
    var it = Case(directory: ["b": "102"])
    for (entry, number) in [("a", "101"), ("b", "102")] {
      it.own(person(entry, number), entry, unproven: .ledgerRestored)
    }
    it.state.restored = [.extension: 5]
    let found = audit(it, [person("a", "101"), person("b", "102")])
    #expect(found.comparisons.map(\.result) == [.proved, .proved])
    it.correct(found.corrections(at: it.now))
    it.apply(it.plan)
    #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.restored])
    #expect(it.plan.held.first?.objects.map(\.key.number) == ["101"])
    it.reading = ReadResult()
    #expect(it.plan.calls == ["delete extension 102"], "who leaves later")
    it.state.approvals = [Approval("set", [Approval.Member(ObjectKey(.extension, "101"), EntryID("a"))])]
    #expect(it.plan.calls.contains("delete extension 101"))
  }

  /// The API names a contact by its number alone.
  @Test func `leaves a contact alone of whose number the PBX has another one too`() {
    var it = Case()
    it.own(contact("x", "1"), "x")
    let twice = PBXEvidence([:], of: .kind(.contact), excluding: [ObjectKey(.contact, "1")])
    it.correct(Audit(twice, remembering: it.state, former: [], numbers: it.numbers).corrections(at: 1))
    #expect(it.plan.calls == [], "it isn't wanted")
    it.want(contact("y", "1"), "x")
    #expect(it.plan.calls == [] && it.plan.conflictNumbers == ["1 x"])
    let once = PBXEvidence([ObjectKey(.contact, "1"): fields(contact("x", "1"))], of: .kind(.contact))
    it.correct(Audit(once, remembering: it.state, former: [], numbers: it.numbers).corrections(at: 1))
    #expect(it.plan.calls == ["update contact 1 y"])
  }

  /// The PBX writes a number in its own form, or its users set their own names.
  @Test func `leaves values alone that an accepted update has replaced before, unless they were sent`() {
    var it = Case(directory: ["a": "101"])
    let (old, new) = (person("Al", "101", email: "a@x"), person("a", "101", email: "a@x"))
    let update = CompletedCall(
      .update(new, knownAs: "101"), before: ManagedObject(old, entry: EntryID("a"), dn: dn("a")))
    func audit(_ absence: Absence? = nil, sent: Set<PBXObject> = [], updates: [CompletedCall]) -> Audit {
      it.state.objects = [ManagedObject(new, entry: EntryID("a"), dn: dn("a"), absence: absence)]
      return Audit(
        PBXEvidence([old.key: fields(old)], of: .kind(.extension)), remembering: it.state, former: [],
        numbers: it.numbers, sent: [old.key: sent], updates: [old.key: updates])
    }
    let stored = audit(updates: [update])
    #expect(stored.comparisons.map(\.result) == [.stored] && stored.isEqual && stored.corrections(at: 1) == [])
    #expect(audit(updates: []).comparisons.map(\.result) == [.different])
    #expect(audit(sent: [old], updates: [update]).comparisons.map(\.result) == [.different])
    let leaving = Absence(.missing, since: 0, reads: 1)
    #expect(audit(leaving, updates: [update]).comparisons.map(\.result) == [.different])
  }

  @Test func `that shows a number twice makes it foreign only for contacts, and only once`() {
    var it = Case()
    let (number, other, user) = (ObjectKey(.contact, "1"), ObjectKey(.contact, "2"), ObjectKey(.extension, "101"))
    it.state.knownForeign = [KnownForeign(other, since: 1)]
    func corrections(of kind: ObjectKind) -> [LedgerUpdate] {
      Audit(
        PBXEvidence([:], of: .kind(kind), excluding: [number, other, user]), remembering: it.state, former: [],
        numbers: it.numbers
      ).corrections(at: 1)
    }
    #expect(corrections(of: .contact) == [.foreign(number)])
    it.state.knownForeign.append(KnownForeign(number, since: 1))
    #expect(corrections(of: .contact) == [] && corrections(of: .extension) == [])
  }

  @Test func `makes no third contact with a number that the PBX has twice`() {
    var it = Case()
    it.want(contact("x", "1"), "x")
    let twice = PBXEvidence([:], of: .kind(.contact), excluding: [ObjectKey(.contact, "1")])
    it.correct(Audit(twice, remembering: it.state, former: [], numbers: it.numbers).corrections(at: 1))
    #expect(it.plan.calls == [] && it.plan.conflictNumbers == ["1 x"])
    let none = PBXEvidence([:], of: .kind(.contact))
    it.correct(Audit(none, remembering: it.state, former: [], numbers: it.numbers).corrections(at: 1))
    #expect(it.plan.calls == ["add contact 1 x"])
  }
}
