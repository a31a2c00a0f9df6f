import Domain
import Reconcile
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A field that most lose at once` {
  /// So many people with a managed extension and an e-mail address; the last of them no longer show the address.
  static func office(of count: Int, hiding hidden: Int, source: Int = 0) -> Case {
    var it = Case()
    for index in 0..<count {
      let (name, number) = ("p\(index)", String(10_000 * (source + 1) + index))
      it.own(person(name, number, email: "\(name)@example.com"), "\(source)\(name)")
      let email = index < count - hidden ? "\(name)@example.com" : ""
      it.want(person(name, number, email: email), "\(source)\(name)", source: source)
    }
    return it
  }

  @Test(arguments: [
    (hidden: 10, of: 20, percent: 50, stays: false), (11, 20, 50, true), (40, 40, 50, true), (9, 9, 50, false),
    (6, 10, 50, true), (1, 10, 0, true), (40, 40, 100, false), (40, 40, 99, true), (10, 300, 50, false),
    (11, 300, 50, true), (50, 300, 100, false),
  ])
  func `stays on the PBX`(hidden: Int, of: Int, percent: Int, stays: Bool) {
    var it = Self.office(of: of, hiding: hidden)
    it.removal.maxValueFall = percent
    let plan = it.plan
    #expect(plan.calls.count == (stays ? 0 : hidden))
    #expect(plan.held.map(\.objects.count) == (stays ? [hidden] : []))
  }

  @Test func `of few stays where an admin has set no more than that, and the limit is named`() throws {
    var it = Self.office(of: 300, hiding: 50)
    let held = try #require(it.plan.held.first)
    #expect(it.plan.calls == [])
    #expect(
      held.limit.hasPrefix("50 of 300 extensions would lose their email, more than max_value_count = 10; it stays"))
    it.removal.maxValueCount = 50
    #expect(it.plan.calls.count == 50)
  }

  @Test func `is reported, with the objects that would lose it, and the likely reason`() throws {
    let held = try #require(Self.office(of: 40, hiding: 40).plan.held.first)
    #expect(held.action == .update && held.cause == .hiddenValues && held.mails == 0)
    #expect(
      held.limit
        == "40 of 40 extensions would lose their email, more than max_value_fall = 50; it stays on the PBX: an access rule that "
        + "hides the attribute, or a renamed attribute, has the same effect")
    #expect(held.objects.first?.fields == [FieldChange(.email, from: "p0@example.com", to: "")])
  }

  @Test func `keeps nothing else back`() throws {
    var it = Self.office(of: 40, hiding: 40)
    it.reading.wanted[0] = WantedObject(person("Renamed", "10000"), entry: EntryID("0p0"), dn: "uid=0p0")
    it.want(person("new", "20000"), "new")
    let plan = it.plan
    #expect(plan.calls == ["update extension 10000 Renamed", "add extension 20000 new"])
    #expect(plan.changes.first?.call.item == person("Renamed", "10000", email: "p0@example.com"))
    #expect(plan.held.map(\.objects.count) == [40])
  }

  @Test func `stays with an entry that gets another number`() {
    var it = Self.office(of: 40, hiding: 40)
    it.reading.wanted[0] = WantedObject(person("p0", "20000"), entry: EntryID("0p0"), dn: "uid=0p0")
    #expect(it.plan.changes.compactMap(\.call.item).first == person("p0", "20000", email: "p0@example.com"))
  }

  @Test func `stays with those that are left of a held set, until an admin decides`() {
    let held = Self.office(of: 40, hiding: 40).plan.held.flatMap(\.objects)
    var it = Self.office(of: 40, hiding: 2)
    it.state.undecided = Set(held.map { $0.member(.update) })
    #expect(it.plan.calls == [] && it.plan.held.map(\.objects.count) == [2])
  }

  @Test func `stays for one entry that is read by itself meanwhile`() {
    var it = Self.office(of: 1, hiding: 1)
    it.state.undecided = [Approval.Member(ObjectKey(.extension, "10000"), EntryID("0p0"), .update)]
    it.reading.markIncomplete(because: "a few entries were read by themselves")
    #expect(it.plan.calls == [])
    it.state.undecided = []
    #expect(it.plan.calls == [], "the count of other losses is unknown")
    it.reading.incomplete = nil
    #expect(it.plan.calls == ["update extension 10000 p0"])
  }

  @Test func `waits for a complete read where a few entries were read by themselves`() {
    let it = Self.office(of: 1, hiding: 1)
    let delta = it.incrementalPlan()
    #expect(delta.plan.changes == [] && delta.remainder == "extension 10000 would lose a field")
  }

  /// The others were rejected, so that they aren't asked about again.
  @Test func `stays where one of those who were rejected changes otherwise`() {
    var it = Self.office(of: 24, hiding: 24)
    it.state.rejections = Set(it.plan.held[0].objects.dropFirst().map { $0.member(.update) })
    it.reading.wanted[0] = WantedObject(person("Married", "10000"), entry: EntryID("0p0"), dn: "uid=0p0")
    let plan = it.plan
    #expect(plan.changes.map(\.call.item) == [person("Married", "10000", email: "p0@example.com")])
    #expect(plan.held.map(\.objects.count) == [1])
    #expect(plan.held.first?.objects.first?.fields == [FieldChange(.email, from: "p0@example.com", to: "")])
  }

  @Test func `is counted with those whose numbers pass on`() {
    var it = Self.office(of: 10, hiding: 10)
    it.reading.wanted[0] = WantedObject(person("p0", "10001"), entry: EntryID("0p0"), dn: "uid=0p0")
    it.reading.wanted[1] = WantedObject(person("p1", "10000"), entry: EntryID("0p1"), dn: "uid=0p1")
    let plan = it.plan
    #expect(plan.held.map(\.objects.count) == [8] && plan.held.first?.cause == .hiddenValues)
    let swapped = [person("p1", "10000", email: "p1@example.com"), person("p0", "10001", email: "p0@example.com")]
    #expect(Set(plan.changes.map(\.call.item)) == Set(swapped))
  }

  @Test func `is emptied for those who were approved, and for nobody else`() {
    var it = Self.office(of: 40, hiding: 40)
    let members = Set(it.plan.held[0].objects.dropFirst().map { $0.member(.update) })
    it.state.approvals = [Approval("a", members)]
    let plan = it.plan
    #expect(plan.calls.count == 40, "a single loss is accepted")
    #expect(plan.held == [] && plan.lapsed == [])
  }

  @Test func `stays once that was rejected, even for entries that are created again`() {
    var it = Self.office(of: 40, hiding: 40)
    it.state.rejections = Set(it.plan.held[0].objects.map { $0.member(.update) })
    let wanted = it.reading.wanted
    it.reading = ReadResult()
    for (index, one) in wanted.enumerated() { it.want(one.item, index < 2 ? "renewed\(index)" : one.entry.text) }
    let plan = it.plan
    #expect(plan.calls == [] && plan.held == [] && plan.rejected.count == 40)
    #expect(plan.updates.count == 2, "the objects go with the entries")
  }

  @Test func `stays for good once that was rejected, and isn't held again`() {
    var it = Self.office(of: 40, hiding: 40)
    it.state.rejections = Set(it.plan.held[0].objects.map { $0.member(.update) })
    let plan = it.plan
    #expect(plan.calls == [] && plan.held == [] && plan.rejected.count == 40)
  }

  @Test func `is counted among all entries though only a few of them are planned`() {
    for (had, stays) in [(300, false), (20, true), (11, true)] {
      var it = Self.office(of: 11, hiding: 10)
      var totals = LedgerState.Totals(managed: [.extension: 300])
      totals.valued = [.extension: [0: [.email: had]]]
      it.state.totals = totals
      it.removal.maxValueFall = 49
      #expect(it.plan.calls.count == (stays ? 0 : 10))
      #expect(it.plan.held.first?.limit.hasPrefix("10 of \(had) extensions would lose") == (stays ? true : nil))
    }
  }

  @Test func `isn't deferred where it is given up by a few`() {
    let plan = Self.office(of: 40, hiding: 1).plan
    #expect(plan.calls.count == 1 && plan.deferredLosses == [])
    #expect(Self.office(of: 40, hiding: 40).plan.deferredLosses.count == 40)
  }

  @Test func `costs nothing when it is back`() {
    #expect(Self.office(of: 40, hiding: 0).plan == Plan())
  }

  @Test func `is counted for each source by itself`() {
    var it = Self.office(of: 100, hiding: 0)
    let other = Self.office(of: 12, hiding: 12, source: 1)
    it.state.objects += other.state.objects
    for wantedObject in other.reading.wanted { it.want(wantedObject.item, wantedObject.entry.text, source: 1) }
    let plan = it.plan
    #expect(plan.calls == [] && plan.held.map(\.objects.count) == [12])
  }

  @Test func `of contacts stays too`() {
    var it = Case()
    for index in 0..<12 {
      it.own(contact("c\(index)", "5\(index)", company: "Acme"), "c\(index)")
      it.want(contact("c\(index)", "5\(index)"), "c\(index)")
    }
    #expect(
      it.plan.calls == [] && it.plan.held.first?.limit.contains("12 of 12 contacts would lose their company") == true)
  }
}
