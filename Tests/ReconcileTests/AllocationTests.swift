import Domain
import Reconcile
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Somebody without a number` {
  @Test func `gets the lowest free one of the pool, and it is remembered with the plan`() {
    var it = Case(directory: ["a": "200"], ledger: ["a": "200"])
    it.wantAny("c")
    it.wantAny("b")
    #expect(it.plan.calls == ["add extension 201 b", "add extension 202 c"])
    #expect(it.plan.changes.first?.cause == .allocated(pool: "people"))
    #expect(
      it.plan.updates == [
        .allocate(Allocation("201", to: EntryID("b"), dn: dn("b"), pool: "people", at: it.now)),
        .allocate(Allocation("202", to: EntryID("c"), dn: dn("c"), pool: "people", at: it.now)),
      ])
    it.apply(it.plan)
    #expect(it.plan == Plan())
  }

  /// Each makes 200 one that can't be given.
  static let obstacles: [(String, @Sendable (inout Case) -> Void)] = [
    ("owned", { it in it.own(person("x", "200"), "x") }),
    ("in doubt", { it in it.inDoubtCall(.deleteExtension(number: "200"), "x") }),
    (
      "foreign",
      { it in
        it.state.refusals = [
          Refusal(
            person("x", "200"), entry: EntryID("x"), answer: CallResult(.taken, errorCode: "EXTENSION_EXIST"), since: 1)
        ]
      }
    ),
    (
      "known to be on the PBX, by a table",
      { it in it.state.adoptions = [AllowedAdoption(ObjectKey(.extension, "200"), item: person("x", "200"))] }
    ),
    ("of an entry that can't be mapped", { it in it.reserve("200", of: "x") }),
    ("resting", { it in it.free("200", of: "x", at: it.now - 10) }),
    ("wanted by somebody's own attribute", { it in it.want(person("z", "200"), "z") }),
    (
      "wanted in vain",
      { it in
        it.want(person("y", "200"), "y")
        it.want(person("z", "200"), "z")
      }
    ),
    ("protected", { it in it.numbers.protected = [NumberRange("200")].compactMap(\.self) }),
    ("out of range", { it in it.numbers.extensionRanges = [NumberRange("201-299")].compactMap(\.self) }),
    (
      "kept for somebody who can't be mapped",
      { it in
        it.allocated("200", to: "x")
        it.see("x", .unmappable)
      }
    ),
    (
      "allocated to somebody without a number",
      { it in
        it.allocated("200", to: "z")
        it.wantAny("z")
      }
    ),
  ]

  @Test(arguments: obstacles.indices)
  func `doesn't get a number that isn't free`(index: Int) {
    var it = Case()
    it.numbers.rest = 100
    it.wantAny("a")
    Self.obstacles[index].1(&it)
    let given = it.plan.allocations
    #expect(given.map(\.number) == ["201"], "\(Self.obstacles[index].0)")
  }

  @Test(arguments: [
    (["200": 5, "201": 3], "202"), (["200": 5, "201": 3, "202": 4], "201"), (["200": 3, "201": 3, "202": 4], "200"),
  ])
  func `gets the one that rested longest where the pool says so`(formerHolders: [String: Int64], expected: String) {
    var it = Case()
    for (number, at) in formerHolders { it.free(number, of: "x", at: at) }
    it.wantAny("a", from: pool("200-202", pick: .rested))
    #expect(it.plan.calls == ["add extension \(expected) a"])
  }

  @Test func `gets no number that rested but isn't in the pool`() {
    var it = Case()
    it.free("203", of: "x", at: 3)
    it.free("100", of: "y", at: 2)
    for entry in ["a", "b", "c"] { it.wantAny(entry, from: pool("100", "200-201", pick: .rested)) }
    #expect(it.plan.calls == ["add extension 100 c", "add extension 200 a", "add extension 201 b"])
    it.wantAny("d", from: pool("100", "200-201", pick: .rested))
    #expect(it.plan.conflicts.map(\.wanted.entry) == [EntryID("d")])
  }

  @Test func `has the same number again after coming back, if nobody else has it`() {
    var it = Case()
    it.allocated("207", to: "a")
    it.numbers.rest = 100
    it.free("207", of: "a", at: it.now - 10)
    it.wantAny("a")
    #expect(it.plan.calls == ["add extension 207 a"])
    #expect(it.plan.updates == [])
    it.own(person("x", "207"), "x")
    it.want(person("x", "207"), "x")
    #expect(it.plan.calls == ["add extension 200 a"])
  }

  @Test func `keeps its number where the pool has been moved`() {
    var it = Case(ledger: ["a": "207"])
    it.allocated("207", to: "a")
    it.wantAny("a", from: pool("300-309"))
    #expect(it.plan == Plan())
  }

  @Test func `keeps its number against another's attribute`() {
    var it = Case(directory: ["b": "207"], ledger: ["c": "207"])
    it.allocated("207", to: "c")
    it.wantAny("c")
    #expect(it.plan.calls == [])
    #expect(it.plan.conflictNumbers == ["207 b"])
  }

  @Test func `gets another number after a foreign one was found, and adopts none`() {
    var it = Case()
    it.existing = .adopt
    it.wantAny("a")
    #expect(it.plan.changes.first?.adopts == false)
    it.allocated("200", to: "a")
    it.state.refusals = [
      Refusal(
        person("a", "200"), entry: EntryID("a"), answer: CallResult(.taken, errorCode: "EXTENSION_EXIST"), since: 1)
    ]
    #expect(it.plan.calls == ["add extension 201 a"])
  }

  @Test func `waits for a complete read, and keeps what it was given`() {
    var it = Case(ledger: ["b": "205"])
    it.allocated("205", to: "b")
    it.allocated("206", to: "c")
    for entry in ["a", "b", "c"] { it.wantAny(entry) }
    it.reading.incomplete = "half of it"
    #expect(it.plan.calls == ["add extension 206 c"])
    #expect(it.plan.updates == [] && it.plan.conflicts == [])
  }

  @Test func `gets none while the numbers of most of the others are hidden`() {
    var it = Case(directory: ["c": "103"], ledger: ["a": "101", "b": "102", "c": "103"])
    for entry in ["a", "b", "joiner"] { it.wantAny(entry, from: pool("101-109")) }
    #expect(it.plan.calls == [])
    #expect(it.plan.conflicts.contains { $0.reason == .numbersHidden(2) && $0.wanted.entry == EntryID("joiner") })
    it.reading.unnumbered.removeAll { $0.entry == EntryID("a") }
    it.want(person("a", "101"), "a")
    #expect(it.plan.calls == ["add extension 104 joiner"])
  }

  /// Two of a source with a pool and two of one without.
  @Test func `gets none while most numbers are hidden in all sources together`() {
    let ledger: KeyValuePairs = ["a": "101", "b": "102", "c": "103", "d": "104"]
    var it = Case(directory: ["e": "105", "f": "106", "g": "107"], ledger: ledger)
    for entry in ["a", "b", "joiner"] { it.wantAny(entry, from: pool("101-109")) }
    for entry in ["c", "d"] { it.see(entry, .withoutNumber) }
    #expect(it.plan.calls == ["add extension 105 e", "add extension 106 f", "add extension 107 g"])
    #expect(it.plan.conflicts.contains { $0.reason == .numbersHidden(4) && $0.wanted.entry == EntryID("joiner") })
  }

  @Test func `gets none that it mayn't have`() {
    var it = Case()
    it.numbers.emergency = EmergencyNumbers(of: ["DE"], but: []) { ["200", "201"].contains($0) }
    it.wantAny("a")
    #expect(it.plan.calls == ["add extension 202 a"])
  }

  @Test func `is named where the pool is exhausted, and the others go on`() {
    var it = Case()
    for entry in ["a", "b", "c"] { it.wantAny(entry, from: pool("200-201")) }
    #expect(it.plan.calls == ["add extension 200 a", "add extension 201 b"])
    #expect(it.plan.conflicts.map(\.reason) == [.poolExhausted(pool("200-201"), foreign: [])])
    #expect(it.plan.conflicts.map(\.wanted.entry) == [EntryID("c")])
  }

  @Test func `that had one of its own keeps it as it is, for a hidden attribute looks the same`() {
    var it = Case(ledger: ["a": "101"])
    it.wantAny("a")
    #expect(it.plan.calls == [] && it.plan.pendingRemovals == [])
    #expect(
      it.plan.conflicts == [Conflict(WantedObject(person("a", "101"), entry: EntryID("a"), dn: dn("a")), .numberGone)])
  }

  @Test func `keeps of several extensions the lowest that isn't about to be removed`() {
    for (pending, kept) in [([], "101"), (["101", "102"], "103"), (["101", "102", "103", "104"], "101")] {
      var it = Case()
      for number in ["104", "102", "101", "103"] {
        let absence = pending.contains(number) ? Absence(.renumbered, since: it.now, reads: 1) : nil
        it.own(person("a", number), "a", absence: absence)
      }
      it.wantAny("a")
      #expect(it.plan.conflictNumbers == ["\(kept) a"])
    }
  }

  @Test func `that was given one keeps it when another was to take it over meanwhile`() {
    var it = Case(ledger: ["a": "200"])
    it.allocated("200", to: "lookalike")
    for entry in ["a", "lookalike"] { it.wantAny(entry) }
    #expect(it.plan.calls == ["add extension 201 lookalike"])
    it.apply(it.plan.updates)
    #expect(it.state.allocations.map(\.number).sorted() == ["200", "201"])
    #expect(it.plan.conflicts == [])
  }

  @Test func `that is given one in the directory leaves the pool's by the ordinary way`() {
    var it = Case(directory: ["a": "101"], ledger: ["a": "200"])
    it.allocated("200", to: "a")
    #expect(it.plan.calls == ["add extension 101 a", "delete extension 200"])
    it.want(person("b", "200"), "b")
    #expect(it.plan.conflictNumbers == ["200 b"] || it.plan.calls.contains("update extension 200 b"))
  }

  @Test func `is written to the directory until it says so itself`() {
    var it = Case(ledger: ["a": "200"])
    it.allocated("200", to: "a")
    it.wantAny("a", writing: "telephoneNumber")
    #expect(it.plan.calls == [])
    #expect(
      it.plan.directoryWrites == [
        DirectoryWrite("200", to: "telephoneNumber", of: dn("a"), entry: EntryID("a"), number: "200")
      ])
    it.reading.unnumbered = []
    it.want(person("a", "200"), "a")
    #expect(it.plan == Plan())
  }

  @Test(arguments: [("009", "010"), ("199", "200"), ("0", "1"), ("98999", "99000")])
  func `goes through numbers of any length`(number: String, next: String) {
    let end = String(repeating: "9", count: number.count)
    #expect(NumberRange("\(number)-\(end)")?.number(after: number) == next)
  }

  @Test func `never shares a number, whatever the order of entries`() throws {
    for seed in 0..<200 as Range<UInt64> {
      var it = Case.crowded(seed: seed)
      var random = SplitMix64(state: seed)
      let plan = it.plan
      let given = plan.allocations.map(\.key)
      let had = it.state.objects.map(\.key) + it.reading.wanted.map(\.item.key)
      #expect(Set(given).count == given.count && Set(given).isDisjoint(with: had))
      for _ in 0..<5 {
        it.reading.wanted.shuffle(using: &random)
        it.reading.unnumbered.shuffle(using: &random)
        it.state.objects.shuffle(using: &random)
        it.state.allocations.shuffle(using: &random)
        #expect(Set(it.plan.changes.map(\.call)) == Set(plan.changes.map(\.call)))
        #expect(it.plan.conflicts == plan.conflicts && Set(it.plan.updates) == Set(plan.updates))
      }
      // What a removal frees is given next time.
      for _ in 0..<3 { it.apply(it.plan) }
      #expect(it.plan.calls == [], "seed \(seed)")
    }
  }
}

extension Case {
  /// Some with numbers of their own, some with none, and fewer numbers than people.
  fileprivate static func crowded(seed: UInt64) -> Case {
    var random = SplitMix64(state: seed)
    var it = Case()
    let pools = [pool("200-205"), pool("203-208", pick: .rested)]
    var taken: Set<String> = []
    for index in 0..<14 {
      let entry = "e\(index)"
      let number = String(Int.random(in: 198..<212, using: &random))
      if Bool.random(using: &random), taken.insert(number).inserted {
        if Bool.random(using: &random) { it.own(person(entry, number), entry) }
        if Bool.random(using: &random) { it.allocated(number, to: entry) }
      }
      switch Int.random(in: 0..<5, using: &random) {
      case 0: break
      case 1: it.see(entry, .disabled)
      case 2: it.want(person(entry, String(Int.random(in: 198..<212, using: &random))), entry)
      default: it.wantAny(entry, from: pools[Int.random(in: 0..<2, using: &random)])
      }
    }
    return it
  }
}
