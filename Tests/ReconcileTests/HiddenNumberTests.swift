import Domain
import Reconcile
import Testing

/// One source of 200, and another of fewer, of which some show no number.
@Suite(.timeLimit(.minutes(15))) struct `A number that an access rule hides in one source` {
  private static func company(
    of branch: Int, hiding hidden: Int, as kind: ObjectKind = .extension, fromPool: Bool = false
  ) -> Case {
    var it = Case()
    it.removal = RemovalPolicy(completeReads: 1, after: 0)
    let make: (String, Int) -> PBXObject = { name, number in
      kind == .extension ? person(name, String(number)) : contact(name, String(number))
    }
    for index in 0..<200 {
      it.own(make("a\(index)", 1000 + index), "a\(index)")
      it.want(make("a\(index)", 1000 + index), "a\(index)")
    }
    for index in 0..<branch {
      it.own(make("b\(index)", 2000 + index), "b\(index)")
      if index >= hidden {
        it.want(make("b\(index)", 2000 + index), "b\(index)", source: 1)
      } else if fromPool {
        it.wantAny("b\(index)", from: pool("3000-3099"), source: 1)
      } else {
        it.see("b\(index)", as: kind, .withoutNumber, source: 1)
      }
    }
    return it
  }

  @Test(arguments: ObjectKind.allCases)
  func `stays until an admin decides`(kind: ObjectKind) throws {
    var it = Self.company(of: 15, hiding: 15, as: kind)
    let plan = it.plan
    let held = try #require(plan.held.first)
    #expect(plan.calls == [] && plan.held.count == 1 && held.objects.count == 15 && held.cause == .hiddenValues)
    #expect(held.limit.hasPrefix("15 of 15 entries no longer show a number, more than max_value_fall = 50"))
    it.state.approvals = [Approval(held.name, Set(held.objects.map { $0.member(.removal) }))]
    it.removal.maxCount = 0
    #expect(it.plan.calls.count == 15, "an admin's word counts")
  }

  @Test(arguments: [
    (of: 15, hidden: 8, held: 8), (15, 7, 0), (100, 11, 11), (100, 10, 0), (4, 3, 3), (4, 2, 0), (2, 2, 0), (1, 1, 0),
    (6, 3, 0),
  ])
  func `is distinguished from one that was given up`(of: Int, hidden: Int, held: Int) {
    let plan = Self.company(of: of, hiding: hidden).plan
    #expect(plan.held.map(\.objects.count) == (held == 0 ? [] : [held]))
    #expect(plan.calls.count == (held == 0 ? hidden : 0))
  }

  @Test(arguments: [(hidden: 15, handsOver: false), (1, true)], ObjectKind.allCases)
  func `isn't handed over to an entry that mistypes it`(fate: (hidden: Int, handsOver: Bool), kind: ObjectKind) {
    var it = Self.company(of: 15, hiding: fate.hidden, as: kind)
    it.removal.completeReads = 2
    it.want(kind == .extension ? person("new", "2000") : contact("new", "2000"), "new")
    #expect(it.plan.calls == (fate.handsOver ? ["update \(kind.rawValue) 2000 new"] : []))
  }

  @Test(arguments: [true, false]) func `keeps the pools of all sources closed`(fromPool: Bool) {
    var it = Self.company(of: 15, hiding: 15, fromPool: fromPool)
    it.wantAny("joiner", from: pool("3000-3099"))
    #expect(it.plan.calls == [] && it.plan.allocations == [])
    #expect(it.plan.conflicts.contains { $0.reason == .numbersHidden(15) && $0.wanted.entry == EntryID("joiner") })
  }

  @Test func `is no reason to keep the old number of somebody who has another one`() {
    var it = Self.company(of: 15, hiding: 14)
    it.reading.wanted.removeAll { $0.entry == EntryID("b14") }
    it.want(person("b14", "2999"), "b14", source: 1)
    #expect(it.plan.held.map(\.objects.count) == [14])
    #expect(it.plan.calls == ["add extension 2999 b14", "delete extension 2014"])
  }

  @Test func `is given up if the policy accepts any loss`() {
    var it = Self.company(of: 15, hiding: 15)
    it.removal.maxValueFall = 100
    #expect(it.plan.calls.count == 15 && it.plan.held == [])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Somebody whose number the PBX lost` {
  /// The directory gave 101, an audit confirmed that the PBX lost it, and the number is hidden.
  private static var one: Case {
    var it = Case(directory: ["b": "102", "c": "103"], ledger: ["b": "102", "c": "103"])
    it.lose("101", of: "a")
    it.wantAny("a")
    return it
  }

  @Test func `gets no second one from a pool while it is hidden`() {
    var it = Self.one
    #expect(it.plan.calls == [] && it.plan.allocations == [])
    #expect(
      it.plan.conflicts == [Conflict(WantedObject(person("a", "101"), entry: EntryID("a"), dn: dn("a")), .numberLost)])
    it.reading.unnumbered = []
    it.want(person("a", "101"), "a")
    #expect(it.plan.calls == ["add extension 101 a"])
  }

  @Test func `isn't given to an entry that mistypes it meanwhile`() {
    var it = Self.one
    it.want(person("new", "101"), "new")
    #expect(it.plan.calls == [])
    #expect(it.plan.conflictNumbers == ["101 a", "101 new"])
    it.reading.unnumbered = []
    for sighting in [Sighting.unmappable, .withoutNumber] {
      it.see("a", sighting)
      #expect(it.plan.calls == (sighting == .unmappable ? [] : ["add extension 101 new"]), "\(sighting)")
    }
  }

  @Test func `counts with those whose numbers are hidden`() {
    var it = Self.one
    for (entry, number) in ["d": "111", "e": "112", "f": "113"] {
      it.lose(number, of: entry)
      it.wantAny(entry)
    }
    it.wantAny("joiner")
    #expect(it.plan.calls == [])
    #expect(it.plan.conflicts.contains { $0.reason == .numbersHidden(4) && $0.wanted.entry == EntryID("joiner") })
  }

  @Test func `waits too if the entry was created again`() {
    var it = Self.one
    it.state.lost = [FormerHolder(ObjectKey(.extension, "101"), entry: EntryID("old"), dn: dn("a"), at: 1)]
    #expect(it.plan.calls == [] && it.plan.conflicts.map(\.reason) == [.numberLost])
  }

  @Test func `has the pool's again where that is what was lost`() {
    var it = Case()
    it.lose("205", of: "a")
    it.allocated("205", to: "a")
    it.wantAny("a")
    #expect(it.plan.calls == ["add extension 205 a"])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `An entry recreated without its number` {
  /// The entry with 101 is missing, and `new` has no number.
  private static func one(earlier name: String = "old", _ before: String = "", email: String = "") -> Case {
    var it = Case(directory: ["b": "102"], ledger: ["b": "102"])
    it.removal = RemovalPolicy()
    it.own(person(name, "101", email: before), "gone")
    it.wantAny("new", email: email)
    return it
  }

  @Test(arguments: [
    (name: "old", before: "O@example.com", email: "o@example.com", waits: true),
    ("new", "", "", true), ("NEW", "o@example.com", "", true), ("new", "", "o@example.com", true),
    ("old", "", "", false), ("new", "o@example.com", "n@example.com", false),
  ])
  func `gets none from a pool while it looks like somebody who is missed`(
    name: String, before: String, email: String, waits: Bool
  ) {
    let it = Self.one(earlier: name, before, email: email)
    #expect(it.plan.calls == (waits ? [] : ["add extension 200 new"]))
    var object = it.state.objects[1]
    object.item = object.item.comparable
    #expect(it.plan.conflicts.map(\.reason) == (waits ? [.recreated(object, isDisabled: false)] : []))
  }

  /// Two who were missing have one name, and the attribute is hidden for many.
  @Test func `costs nobody an extension who may be the same person`() {
    var it = Self.one(earlier: "new")
    it.own(person("new", "103"), "gone too")
    it.removal = RemovalPolicy(completeReads: 1, after: 0, maxCount: 100, maxPercent: 100)
    #expect(it.plan.calls == [] && it.plan.held.map(\.objects.count) == [2])
    for index in 0..<20 {
      it.own(person("p\(index)", "30\(index)"), "p\(index)")
      it.wantAny("p\(index)")
    }
    #expect(it.plan.calls == [] && it.plan.held.map(\.objects.count) == [2])
    it.state.rejections = Set(it.plan.held[0].objects.map { $0.member(.removal) })
    #expect(it.plan.calls == [] && it.plan.rejected.count == 2)
  }

  @Test func `keeps others from its number`() {
    var it = Self.one(earlier: "new")
    it.want(person("x", "101"), "x")
    #expect(it.plan.calls == [] && it.plan.conflicts.count == 2)
    it.see("new", .disabled)
    it.reading.unnumbered = []
    #expect(it.plan.calls == ["update extension 101 x"])
  }

  @Test func `is known by its DN too`() {
    var it = Self.one()
    it.state.objects[1].dn = dn("new")
    #expect(it.plan.calls == [] && it.plan.conflicts.map(\.wanted.entry) == [EntryID("new")])
  }

  @Test func `gets one once the other is removed, or is there again`() {
    var it = Self.one("o@example.com", email: "o@example.com")
    it.removal = RemovalPolicy(completeReads: 1, after: 0, maxPercent: 100)
    #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.recreated])
    #expect(it.plan.held.first?.limit.contains(dn("new")) == true)
    it.state.approvals = [
      Approval("set", because: .recreated, Set(it.plan.held[0].objects.map { $0.member(.removal) }))
    ]
    #expect(it.plan.calls == ["delete extension 101"])
    it.apply(it.plan)
    #expect(it.plan.calls == ["add extension 200 new"])
    it = Self.one("o@example.com", email: "o@example.com")
    it.see("gone", .unmappable)
    #expect(it.plan.calls == ["add extension 200 new"])
  }
}
