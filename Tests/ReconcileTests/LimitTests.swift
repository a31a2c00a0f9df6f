import Domain
import Reconcile
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Updates and additions` {
  /// So many managed extensions, of which the first `renamed` have another name by now, and `new` people.
  static func office(of count: Int, renamed: Int = 0, new: Int = 0, email: String = "") -> Case {
    var it = Case()
    it.update = .update
    it.addition = .addition
    it.state.loaded = [.extension, .contact]
    for index in 0..<count {
      let number = String(10_000 + index)
      it.own(person("p\(index)", number, email: email), "p\(index)")
      it.want(person(index < renamed ? "q\(index)" : "p\(index)", number, email: email), "p\(index)")
    }
    for index in 0..<new { it.want(person("n\(index)", String(20_000 + index), email: email), "n\(index)") }
    return it
  }

  @Test(arguments: [
    (renamed: 100, of: 5000, held: false), (101, 5000, true), (20, 100, false), (21, 100, true), (2, 10, false),
    (3, 10, true), (9, 9, false), (2, 5, false), (0, 5000, false),
  ])
  func `are all held when there are too many updates`(renamed: Int, of: Int, held: Bool) {
    let plan = Self.office(of: of, renamed: renamed, new: 1).plan
    #expect(plan.held.map(\.objects.count) == (held ? [renamed] : []))
    #expect(plan.calls.count == (held ? 0 : renamed) + 1, "the rest goes on")
  }

  @Test(arguments: [(new: 100, of: 5000, held: false), (101, 5000, true), (6, 10, true), (5, 10, false), (8, 9, false)])
  func `are all held when there are too many additions`(new: Int, of: Int, held: Bool) {
    let plan = Self.office(of: of, renamed: 1, new: new).plan
    #expect(plan.held.map(\.action) == (held ? [.addition] : []))
    #expect(plan.calls.count == (held ? 0 : new) + 1)
  }

  @Test func `leave an unproven object unproven if another entry wants its number`() {
    var it = Case(directory: ["a": "101", "b": "101"])
    it.own(person("a", "101"), "a", unproven: .ledgerRestored)
    #expect(it.plan.unproven.map(\.key.number) == ["101"] && it.plan.conflicts.map(\.wanted.entry.text) == ["b"])
  }

  /// An unproven object may be there already, so that nobody knows whether its add is an addition.
  @Test(
    arguments: [
      (new: 5, unproven: 0, calls: 5, held: []), (4, 1, 5, []), (5, 1, 5, []), (6, 1, 0, [6]), (0, 6, 0, []),
    ] as [(Int, Int, Int, [Int])])
  func `count no unproven objects, which stay unproven beside too many`(
    new: Int, unproven: Int, calls: Int, held: [Int]
  ) {
    var it = Self.office(of: 10, new: new)
    it.foreignRetry = .always
    for index in 0..<unproven {
      it.own(person("u\(index)", "3000\(index)"), "u\(index)", unproven: .answerLost)
      it.want(person("u\(index)", "3000\(index)"), "u\(index)")
    }
    let plan = it.plan
    #expect(plan.calls.count == calls && plan.held.map(\.objects.count) == held)
    let waits = plan.conflicts.count { if case .unproven = $0.reason { true } else { false } }
    #expect(waits + plan.changes.count { $0.unproven != nil } == unproven && plan.unproven.isEmpty)
  }

  @Test func `are free in a first load, also in one that was interrupted`() {
    var it = Self.office(of: 40, new: 5000)
    it.state.loaded = []
    #expect(it.plan.calls.count == 5000 && it.plan.held.isEmpty)
  }

  /// As with an access rule that hides whether an account is disabled.
  @Test(arguments: [(back: 3, held: false), (4, true), (30, true)])
  func `of many who had left are held, for an attribute may be hidden`(back: Int, held: Bool) {
    var it = Case()
    it.state.loaded = [.extension]
    for index in 0..<30 {
      it.own(person("p\(index)", "1\(index + 100)"), "p\(index)")
      it.want(person("p\(index)", "1\(index + 100)"), "p\(index)")
    }
    it.removal.maxPercent = 10
    for index in 0..<back {
      it.state.formerHolders.append(
        FormerHolder(ObjectKey(.extension, "2\(index + 100)"), entry: EntryID("b\(index)"), dn: dn("b\(index)"), at: 1))
      it.want(person("b\(index)", "2\(index + 100)"), "b\(index)")
    }
    it.want(person("joiner", "3000"), "joiner")
    let plan = it.plan
    #expect(plan.calls.count == (held ? 1 : back + 1) && plan.calls.contains("add extension 3000 joiner"))
    #expect(plan.held.map(\.objects.count) == (held ? [back] : []))
  }

  /// As with a mistyped DDI block. An entry gets a new extension, or that of another, and loses its own.
  @Test(arguments: [
    (renumbered: 3, shifted: false, held: false), (4, false, true), (14, false, true), (4, true, true),
    (3, true, false),
  ])
  func `of entries with another number count like removals`(renumbered: Int, shifted: Bool, held: Bool) {
    var it = Self.office(of: 30)
    it.removal.maxPercent = 10
    for index in 0..<renumbered {
      let number = shifted && index > 0 ? 10_000 + index - 1 : 20_000 + index
      it.reading.wanted[index] = WantedObject(
        person("p\(index)", String(number)), entry: EntryID("p\(index)"), dn: dn("p\(index)"))
    }
    it.want(person("joiner", "30000"), "joiner")
    let plan = it.plan
    let sets = plan.held.filter { $0.action != .removal }
    #expect(sets.map(\.objects.count).reduce(0, +) == (held ? renumbered : 0))
    #expect(plan.calls.contains("add extension 30000 joiner"))
    #expect(!held || plan.calls.count == 1, "\(plan.calls)")
    #expect(held == sets.contains { $0.limit.contains("more than max_percent = 10 of [removal]") })
  }

  @Test func `of second numbers aren't renumberings`() {
    var it = Self.office(of: 30)
    it.removal.maxPercent = 10
    for index in 0..<8 { it.want(person("p\(index)", String(20_000 + index)), "p\(index)") }
    #expect(it.plan.calls.count == 8 && it.plan.held.isEmpty)
  }

  /// Each entry has had another number before, or an object of the other kind that was removed.
  @Test(arguments: [
    (formerHolders: ObjectKind.extension, hasObject: true, isBack: false), (.contact, false, false),
    (.extension, false, true),
  ])
  func `are reported from those of people who are back`(formerHolders: ObjectKind, hasObject: Bool, isBack: Bool) {
    var it = Self.office(of: 30)
    it.state.loaded = [.extension]
    it.removal.maxCount = 3
    for index in 0..<10 {
      it.state.formerHolders.append(
        FormerHolder(
          ObjectKey(formerHolders, "5\(index + 100)"), entry: EntryID("b\(index)"), dn: dn("b\(index)"), at: 1))
      if hasObject { it.own(person("b\(index)", "3\(index + 100)"), "b\(index)") }
      it.want(person("b\(index)", "2\(index + 100)"), "b\(index)")
    }
    #expect(it.plan.held.filter { $0.limit.contains("had left") }.map(\.objects.count) == (isBack ? [10] : []))
  }

  @Test func `of one kind don't hold those of the other`() {
    var it = Self.office(of: 1000, renamed: 500)
    it.want(contact("c", "5"), "c")
    #expect(it.plan.calls == ["add contact 5 c"])
  }

  /// A template edit over 5,000 people.
  @Test func `say how many people they would mail, and show old and new`() throws {
    let it = Self.office(of: 5000, renamed: 4998, email: "p@example.com")
    let plan = it.plan
    let held = try #require(plan.held.first)
    #expect(plan.calls == [] && plan.mails == 0)
    #expect(held.objects.count == 4998 && held.mails == 4998)
    #expect(held.objects.first?.fields == [FieldChange(.firstName, from: "p0", to: "q0")])
    #expect(held.limit == "4998 extensions are due for update, more than max_count = 100")
    #expect(held.name.hasPrefix("extensions-update-"))
  }

  @Test func `that came in short runs share what may be done unasked`() {
    var it = Self.office(of: 5000, renamed: 60)
    func recent(_ range: Range<Int>, made: Int) -> [ObjectKey: LedgerState.Recent] {
      Dictionary(
        uniqueKeysWithValues: range.map {
          (ObjectKey(.extension, String(10_000 + $0)), LedgerState.Recent(made: made, isOpen: made == 0))
        })
    }
    it.state.recent = [.update: recent(1000..<1050, made: 1)]
    #expect(
      it.plan.held.map(\.limit) == [
        "60 extensions are due for update, and 50 were in the last 10 minutes, more than max_count = 100"
      ])
    it.state.recent = [.update: recent(1000..<1050, made: 0)]
    #expect(it.plan.held.map(\.objects.count) == [60], "others that are still under way")
    it.state.recent = [.update: recent(0..<50, made: 0)]
    #expect(it.plan.held.isEmpty, "what isn't known to have arrived, once more")
    it.state.recent = [.update: recent(0..<50, made: 1)]
    #expect(it.plan.held.count == 1, "the same people, with other values again and again")
  }

  @Test func `that were allowed before and are in doubt don't count again`() {
    var it = Self.office(of: 50)
    it.update.maxCount = 1
    for index in 0..<5 {
      guard case .extension(let sent) = person("p\(index)", String(10_000 + index)) else { continue }
      it.inDoubtCall(.updateExtension(sent), "p\(index)", intent: Int64(index))
    }
    #expect(it.plan.calls.count == 5 && it.plan.held.isEmpty)
    guard case .extension(let sent) = person("n", "30000") else { return }
    it.addition.maxCount = 0
    it.want(.extension(sent), "n")
    it.inDoubtCall(.addExtension(sent), "n", intent: 9)
    #expect(it.plan.calls.contains("add extension 30000 n") && it.plan.held.isEmpty)
  }

  @Test func `hold what waits for them`() throws {
    // b's number goes to a, who changes to it; a's own is taken by b: what a held update leaves can't be passed on.
    var it = Case(directory: ["a": "102", "b": "103"], ledger: ["a": "101", "b": "102"])
    it.state.loaded = [.extension]
    it.addition.maxCount = 0
    let plan = it.plan
    #expect(plan.calls == [], "102 is b's until b has arrived at 103, and 101 is a's until then")
    #expect(plan.held.map(\.dependents.count) == [2])
  }

  @Test func `stay held where fewer are left, until an admin decides`() {
    let held = Self.office(of: 1000, renamed: 300, new: 600).plan.held.flatMap(\.objects)
    var it = Self.office(of: 1000, renamed: 2, new: 3)
    it.state.undecided = Set(held.flatMap { [$0.member(.update), $0.member(.addition)] })
    #expect(it.plan.calls == [] && it.plan.held.map(\.objects.count).sorted() == [2, 3])
    it.state.approvals = [Approval("set", it.state.undecided)]
    it.state.undecided = []
    #expect(it.plan.calls.count == 5 && it.plan.held == [])
  }

  @Test func `of a part of the directory aren't made where a complete read held them`() throws {
    var it = Self.office(of: 5000, renamed: 3)
    let change = try #require(it.plan.changes.first)
    it.state.undecided = [Approval.Member(change)]
    #expect(
      it.plan.held.map { $0.objects.map(\.key) } == [[change.call.key]], "a complete read tells how many they are")
    it.reading.incomplete = "a canary wasn't seen"
    #expect(it.plan.calls == [] && it.plan.held.map(\.objects.count) == [3])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A decision on a held set` {
  @Test func `applies to exactly its members, even if others join them`() {
    var it = `Updates and additions`.office(of: 1000, renamed: 200)
    let members = it.plan.held[0].objects.map { $0.member(.update) }
    it.state.approvals = [Approval("set", Set(members))]
    #expect(it.plan.calls.count == 200 && it.plan.held.isEmpty)

    for index in 200..<230 {
      it.reading.wanted[index] = WantedObject(
        person("q\(index)", String(10_000 + index)), entry: EntryID("p\(index)"), dn: dn("p\(index)"))
    }
    #expect(it.plan.calls.count == 230, "who came since is judged alone, and 30 are no mass")
    it.update.maxCount = 29
    #expect(it.plan.calls.count == 200 && it.plan.held.map(\.objects.count) == [30])
  }

  @Test func `lapses where the values are others by now`() {
    var it = `Updates and additions`.office(of: 1000, renamed: 200)
    it.state.approvals = [Approval("set", Set(it.plan.held[0].objects.map { $0.member(.update) }))]
    it.reading.wanted[7] = WantedObject(person("other", "10007"), entry: EntryID("p7"), dn: dn("p7"))
    it.update.maxCount = 0
    let plan = it.plan
    #expect(plan.calls.count == 199 && plan.held.map(\.objects.count) == [1])
    #expect(plan.lapsed.map(\.key.number) == ["10007"])
    it.reading.incomplete = "a canary wasn't seen"
    #expect(it.plan.lapsed.isEmpty, "only a complete read tells")
  }

  @Test func `lets removals go that it names, and judges the others by themselves`() {
    var it = `Updates and additions`.office(of: 100)
    it.removal = RemovalPolicy(completeReads: 1, after: 0, maxCount: 3, maxPercent: 100)
    it.reading = ReadResult()
    for index in 5..<100 { it.want(person("p\(index)", String(10_000 + index)), "p\(index)") }
    it.state.approvals = [
      Approval(
        "set", Set((0..<3).map { Approval.Member(ObjectKey(.extension, String(10_000 + $0)), EntryID("p\($0)")) }))
    ]
    #expect(it.plan.calls.count == 5, "two more are within the limit")
    it.removal.maxCount = 1
    #expect(it.plan.calls == ["delete extension 10000", "delete extension 10001", "delete extension 10002"])
    #expect(it.plan.held.map(\.objects.count) == [2])
    it.want(person("p1", "10001"), "p1")
    #expect(it.plan.lapsed.map(\.key.number) == ["10001"], "who came back stays")
  }

  @Test func `that rejects leaves everything as it is until something else is wanted`() {
    var it = `Updates and additions`.office(of: 1000, renamed: 200, new: 1)
    it.state.rejections = Set(it.plan.held[0].objects.map { $0.member(.update) })
    #expect(it.plan.calls == ["add extension 20000 n0"] && it.plan.held.isEmpty)
    #expect(it.plan.rejected.count == 200)
    it.reading.wanted[7] = WantedObject(person("other", "10007"), entry: EntryID("p7"), dn: dn("p7"))
    #expect(it.plan.calls == ["update extension 10007 other", "add extension 20000 n0"])
  }

  @Test(
    arguments: [(.update, .update), (.update, .recreate), (.addition, .update)]
      as [(HeldSet.Action, NumberPolicy.Handover)])
  func `that rejects holds for entries that are created again`(action: HeldSet.Action, handover: NumberPolicy.Handover)
    throws
  {
    var it = `Updates and additions`.office(
      of: 100, renamed: action == .update ? 50 : 0, new: action == .addition ? 60 : 0)
    it.numbers.handover = handover
    let held = try #require(it.plan.held.first)
    it.state.rejections = Set(held.objects.map { $0.member(action) })
    let wanted = it.reading.wanted
    it.reading = ReadResult()
    for one in wanted { it.want(one.item, one.item == held.objects[0].wanted ? "renewed" : one.entry.text) }
    let plan = it.plan
    #expect(plan.calls == [] && plan.held.isEmpty && plan.rejected.count == held.objects.count)
    #expect(plan.pendingRemovals.isEmpty && plan.rejected.contains { $0.entry == EntryID("renewed") })
    let holder = LedgerUpdate.holder(held.objects[0].key, EntryID("renewed"), dn: dn("renewed"))
    #expect(plan.updates == (action == .update ? [holder] : []), "the object goes with the entry")
  }

  /// Such as in a directory that gives all entries new IDs each hour.
  @Test(arguments: [HeldSet.Action.update, .addition])
  func `that approves holds for entries that are created again, and the set has the same name`(action: HeldSet.Action)
    throws
  {
    var it = `Updates and additions`.office(
      of: 100, renamed: action == .update ? 50 : 0, new: action == .addition ? 60 : 0)
    let held = try #require(it.plan.held.first)
    let wanted = it.reading.wanted
    it.reading = ReadResult()
    for one in wanted { it.want(one.item, "renewed \(one.entry)") }
    it.state.objects = it.state.objects.map {
      ManagedObject($0.item, entry: EntryID("renewed \($0.entry)"), dn: $0.dn)
    }
    #expect(it.plan.held.map(\.name) == [held.name])
    it.state.approvals = [Approval("set", Set(held.objects.map { $0.member(action) }))]
    #expect(it.plan.calls.count == held.objects.count && it.plan.held.isEmpty && it.plan.lapsed.isEmpty)
    it.reading.wanted.removeLast(50)
    #expect(it.plan.lapsed.count == (action == .update ? 0 : 50))
  }

  @Test func `that rejects makes a conflict of what requires it`() throws {
    var it = `Updates and additions`.office(of: 30)
    it.reading.wanted[0] = WantedObject(person("p0", "20000"), entry: EntryID("p0"), dn: dn("p0"))
    it.reading.wanted[1] = WantedObject(person("p1", "10000"), entry: EntryID("p1"), dn: dn("p1"))
    it.addition.maxCount = 0
    let held = try #require(it.plan.held.first { $0.action == .addition })
    #expect(held.dependents.map(\.key.number) == ["10000", "10001"])
    it.state.rejections = Set(held.objects.map { $0.member(.addition) })
    #expect(it.plan.calls == [] && it.plan.rejected.map(\.key.number) == ["20000"])
    let blocked = it.plan.conflicts.filter { $0.reason == .blocked }
    #expect(blocked.map(\.wanted.item.key.number) == ["10000", "10001"] && it.plan.conflicts == blocked)
    #expect(blocked.map(\.wanted.entry) == [EntryID("p1"), EntryID("p1")])
  }

  @Test func `that rejects holds while an entry is gone between two reads`() {
    var it = `Updates and additions`.office(of: 100, renamed: 50)
    it.removal = RemovalPolicy()
    it.state.rejections = Set(it.plan.held[0].objects.map { $0.member(.update) })
    let wanted = it.reading.wanted
    it.reading = ReadResult()
    for one in wanted.dropFirst() { it.want(one.item, one.entry.text) }
    #expect(it.plan.calls == [] && it.plan.standing == it.state.rejections)
    it.want(person("p0", "10000"), "p0")
    #expect(it.plan.standing.count == 49, "the directory takes it back")
  }

  @Test func `that rejects holds for unproven objects, and for their adoption`() throws {
    var it = `Updates and additions`.office(of: 100, renamed: 50)
    it.state.rejections = Set(it.plan.held[0].objects.map { $0.member(.update) })
    it.state.objects = it.state.objects.map { $0.unproven(.ledgerRestored, since: 1) }
    #expect(it.plan.calls == [] && it.plan.standing == it.state.rejections)
    it.state.adoptions = [AllowedAdoption(ObjectKey(.extension, "10000"), until: it.now + 60)]
    #expect(it.plan.calls == [] && it.plan.rejected.map(\.key.number) == ["10000"])
    it.reading.wanted[1] = WantedObject(person("other", "10001"), entry: EntryID("p1"), dn: dn("p1"))
    #expect(it.plan.standing.count == 49)
  }

  @Test func `leaves values that no call in doubt had to no back-off`() {
    var it = `Updates and additions`.office(of: 3, renamed: 1)
    it.backsOff = true
    let key = ObjectKey(.extension, "10000")
    it.inDoubtCall(.update(person("q0", "10000"), knownAs: "10000"), "p0", intent: 1)
    it.state.backoffs = [ChangeBackoff(key, failures: 3, nextAt: it.now + 60, message: "cut off")]
    #expect(it.plan.calls == [])
    it.reading.wanted[0] = WantedObject(person("r0", "10000"), entry: EntryID("p0"), dn: dn("p0"))
    #expect(it.plan.calls == ["update extension 10000 r0"])
  }

  @Test func `lets an update that may mail again wait in every run, but for an entry that an admin names`() {
    for (email, mailsAgain) in [("q0@example.com", true), ("", false)] {
      var it = `Updates and additions`.office(of: 3, renamed: 1, email: email)
      let key = ObjectKey(.extension, "10000")
      it.inDoubtCall(.update(person("q0", "10000", email: email), knownAs: "10000"), "p0", intent: 1)
      it.state.backoffs = [ChangeBackoff(key, failures: 3, nextAt: it.now + 60, message: "cut off")]
      #expect(it.plan.calls == (mailsAgain ? [] : ["update extension 10000 q0"]))
      #expect(
        it.plan.conflicts.map(\.reason) == (mailsAgain ? [.backingOff(it.state.backoffs[0], mayRepeatMail: true)] : []))
      it.retriedEntries = [EntryID("p0")]
      #expect(it.plan.calls == ["update extension 10000 q0"])
    }
  }

  @Test func `that rejects what is set back holds beyond its next try`() {
    var it = `Updates and additions`.office(of: 100, renamed: 1)
    it.backsOff = true
    let key = ObjectKey(.extension, "10000")
    it.state.rejections = [Approval.Member(key, EntryID("p0"), .update, wanted: person("q0", "10000"))]
    it.state.backoffs = [ChangeBackoff(key, failures: 1, nextAt: it.now + 60, message: "500")]
    #expect(it.plan.rejected.map(\.key) == [key])
  }
}
