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
