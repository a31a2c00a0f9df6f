import Domain
import Reconcile
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A number that passes on` {
  /// `old` has 101 and isn't wanted with it, `new` claims it, and nobody is removed soon.
  private func input(_ sighting: Sighting? = nil, kind: ObjectKind = .extension) -> Case {
    var it = Case()
    it.removal = RemovalPolicy()
    it.own(kind == .extension ? person("old", "101") : contact("old", "101"), "old")
    it.want(kind == .extension ? person("new", "101") : contact("new", "101"), "new")
    if let sighting { it.see("old", as: kind, sighting) }
    return it
  }

  @Test(arguments: [nil, Sighting.disabled, .withoutNumber, .mapped], ObjectKind.allCases)
  func `stays in service when its holder is gone, disabled or has none`(sighting: Sighting?, kind: ObjectKind) {
    let it = input(sighting, kind: kind)
    #expect(it.plan.calls == ["update \(kind.rawValue) 101 new"])
    #expect(it.plan.changes.map(\.cause) == [.handedOver(from: EntryID("old"), dn: dn("old"))])
    #expect(it.plan.conflicts == [] && it.plan.pendingRemovals == [] && it.plan.held == [])
  }

  /// Two entries with one number are a mistake of the directory, and a read that hides the holder doesn't correct it.
  @Test func `waits for the ordinary removal where it was claimed while the holder was there`() {
    var it = input()
    it.want(person("old", "101"), "old")
    let disputed = it.plan
    #expect(disputed.calls == [] && disputed.disputes == [Dispute(ObjectKey(.extension, "101"), EntryID("new"))])
    it.apply(disputed)
    it.state.disputes = disputed.disputes
    it.reading = input().reading
    #expect(it.plan.calls == [] && it.plan.disputes == disputed.disputes)
    it.see("old", .disabled)
    #expect(it.plan.calls == [], "an account may be disabled by mistake")
  }

  /// What an admin decides on isn't given away meanwhile, and so many leavers at once may only be hidden.
  @Test(arguments: [nil, Sighting.disabled])
  func `waits where the removal is held, was rejected, or would be held as one of many`(sighting: Sighting?) {
    let removal = Approval.Member(ObjectKey(.extension, "101"), EntryID("old"))
    var held = input(sighting)
    held.state.undecided = [removal]
    var rejected = input(sighting)
    rejected.state.rejections = [removal]
    var many = input(sighting)
    many.removal.maxCount = 0
    for it in [held, rejected, many] {
      #expect(it.plan.calls == [] && it.plan.conflicts.map(\.wanted.entry) == [EntryID("new")])
    }
  }

  @Test(arguments: [nil, Sighting.disabled, .withoutNumber])
  func `passes on as one of so many as may be removed`(sighting: Sighting?) {
    var it = input(sighting)
    it.removal.maxCount = 1
    #expect(it.plan.calls == ["update extension 101 new"])
  }

  /// The contact with the shared number stands for both, so the entry has none of its own.
  @Test func `stays with an entry whose next number another's contact has`() {
    var it = Case()
    it.removal = RemovalPolicy()
    it.numbers.handover = .recreate
    it.phonebook = [PhonebookPolicy(sharing: .first), PhonebookPolicy()]
    it.own(contact("h", "5"), "h")
    it.want(contact("h", "6"), "h")
    it.own(contact("x", "6"), "x")
    it.see("x", as: .contact, .unmappable)
    it.want(contact("c", "5"), "c", source: 1)
    #expect(it.plan.calls == [] && it.plan.conflictNumbers == ["5 c"])
  }

  @Test func `counts as an update`() {
    var it = input()
    it.update.maxCount = 0
    #expect(it.plan.calls == [] && it.plan.held.map(\.action) == [.update])
  }

  @Test func `goes without a call to the same person, recreated beside a disabled account`() {
    var it = input(.disabled)
    it.state.objects[0].item = person("new", "101")
    #expect(it.plan.calls == [])
    #expect(it.plan.updates == [.holder(ObjectKey(.extension, "101"), EntryID("new"), dn: dn("new"))])
  }

  @Test func `waits for the ordinary removal where it was claimed beside a holder who has none now`() {
    for sighting in [Sighting.disabled, .withoutNumber] {
      var it = input(sighting)
      it.state.disputes = [Dispute(ObjectKey(.extension, "101"), EntryID("new"))]
      #expect(it.plan.calls == [], "\(sighting)")
    }
  }

  @Test func `stays with the entry that has most of the holder's values, not with a colleague who shares a mailbox`() {
    var it = Case()
    it.own(person("anna", "101", email: "shop@example.com"), "anna")
    it.want(person("bert", "101", email: "shop@example.com"), "a")
    it.want(person("anna", "101", email: "shop@example.com"), "new")
    #expect(it.plan.conflicts.map(\.wanted.entry) == [EntryID("a")])
    #expect(it.plan.calls == [])
  }

  /// Another person may get a leaver's DN.
  @Test(arguments: [NumberPolicy.Handover.update, .recreate], [Timestamp(0), 60])
  func `stays in service for its holder's new entry with another name, whatever is set`(
    handover: NumberPolicy.Handover, rest: Timestamp
  ) {
    var it = Case()
    it.numbers.handover = handover
    it.numbers.rest = rest
    it.own(person("anna", "101", email: "anna@example.com"), "old")
    var married = person("anna", "101", email: "anna@example.com")
    if case .extension(var user) = married {
      user.lastName = "New"
      married = .extension(user)
    }
    it.want(married, "new")
    it.state.disputes = [Dispute(ObjectKey(.extension, "101"), EntryID("new"))]
    #expect(it.plan.calls == ["update extension 101 anna"])
  }

  @Test(arguments: [Sighting.unmappable, .withoutNumber], ObjectKind.allCases)
  func `is held, and passes to nobody, while a present entry with the holder's DN can't take it over`(
    sighting: Sighting, kind: ObjectKind
  ) {
    var it = Case()
    it.own(kind == .extension ? person("anna", "101") : contact("anna", "101"), "anna")
    it.see("new", sighting, having: kind == .extension ? person("", "") : contact("", ""), dn: dn("anna"))
    #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.recreated])
    it.want(kind == .extension ? person("bert", "101") : contact("bert", "101"), "bert")
    #expect(it.plan.calls == [])
  }

  @Test(arguments: ["emergency", "protected", "foreign", "out of range", "refused", "unproven", "another's"])
  func `is held while a present entry with the holder's DN wants a number that it can't have`(reason: String) {
    var it = Case()
    let key = ObjectKey(.extension, "112")
    it.own(person("anna", "101"), "anna")
    it.want(person("anna", "112"), "new", dn: dn("anna"))
    switch reason {
    case "emergency": it.numbers.emergency = EmergencyNumbers(of: ["DE"], but: []) { $0 == "112" }
    case "protected": it.numbers.protected = [NumberRange("112")].compactMap(\.self)
    case "foreign": it.state.knownForeign = [KnownForeign(key, since: 1)]
    case "out of range": it.numbers.extensionRanges = [NumberRange("101-109")].compactMap(\.self)
    case "refused":
      it.state.refusals = [
        Refusal(person("anna", "112"), entry: EntryID("new"), answer: CallResult(.refused), since: 1)
      ]
    case "unproven": it.own(person("x", "112"), "x", unproven: .answerLost)
    default:
      it.own(person("x", "112"), "x")
      it.want(person("x", "112"), "x")
    }
    #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.recreated])
  }

  @Test func `passes on to a new entry with the holder's DN, which claims it`() {
    var it = Case()
    it.own(person("john", "101"), "old")
    it.want(person("jane", "101"), "new", dn: dn("old"))
    #expect(it.plan.calls == ["update extension 101 jane"])
  }

  @Test func `goes on where its answer was lost, because the PBX may have it already`() {
    var it = input()
    it.numbers.handover = .recreate
    it.removal = RemovalPolicy(completeReads: 1, after: 0, maxPercent: 100)
    #expect(it.plan.calls == ["delete extension 101", "add extension 101 new"])
    it.inDoubtCall(.update(person("new", "101"), knownAs: "101"), "new")
    #expect(it.plan.calls == ["update extension 101 new"])
  }

  @Test(arguments: ObjectKind.allCases)
  func `stays with its holder, whose entry was created again, if others claim it too`(kind: ObjectKind) {
    let made = { kind == .extension ? person($0, "101") : contact($0, "101") }
    var it = Case()
    it.own(made("holder"), "old")
    it.want(made("another"), "a")
    it.want(made("holder"), "new")
    #expect(it.plan.calls == [])
    #expect(it.plan.updates == [.holder(ObjectKey(kind, "101"), EntryID("new"), dn: dn("new"))])
    #expect(it.plan.conflicts.map(\.wanted.entry) == [EntryID("a")])
  }

  @Test func `stays with the DN that had it until the PBX lost it, if others claim it too`() {
    var it = Case()
    it.state.lost = [FormerHolder(ObjectKey(.extension, "101"), entry: EntryID("old"), dn: dn("new"), at: it.now)]
    it.want(person("another", "101"), "a")
    it.want(person("renamed", "101"), "new")
    #expect(it.plan.conflicts.map(\.wanted.entry) == [EntryID("a")])
  }

  @Test func `waits where the holder can't be mapped, or a part of the directory is missing`() {
    #expect(input(.unmappable).plan.calls == [])
    var it = input()
    it.reading.incomplete = "a canary wasn't seen"
    #expect(it.plan.calls == [])
  }

  @Test func `waits where numbers rest`() {
    var it = input()
    it.numbers.rest = 60
    #expect(it.plan.calls == [])
    it.removal = RemovalPolicy(completeReads: 1, after: 0, maxPercent: 100)
    #expect(it.plan.calls == ["delete extension 101"])
  }

  @Test func `waits for an admin where changed search settings may hide its holder`() {
    var it = input()
    it.reading.searchChanges = [SearchChange("the filter has changed", of: .extension, at: it.now)]
    #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.settings])
    guard case .leaving(_, .held) = it.plan.conflicts.first?.reason else {
      Issue.record("\(it.plan.conflicts)")
      return
    }
    it.apply(it.plan)
    it.reading.searchChanges = []
    #expect(it.plan.calls == [], "at any later read too")
    it.state.rejections = Set(it.plan.held[0].objects.map { $0.member(.removal) })
    guard it.plan.held.isEmpty, case .leaving(_, .rejected) = it.plan.conflicts.first?.reason else {
      Issue.record("nothing is held now: \(it.plan.conflicts)")
      return
    }
  }

  @Test func `is removed after the grace where nobody claims it, and only from a few`() {
    func office(lost: Int) -> Case {
      var it = Case()
      it.removal = RemovalPolicy(completeReads: 1, after: 0)
      for index in 0..<100 {
        let item = person("p\(index)", String(1000 + index))
        it.own(item, "p\(index)")
        if index < lost { it.see("p\(index)", .withoutNumber) } else { it.want(item, "p\(index)") }
      }
      return it
    }
    #expect(office(lost: 1).plan.calls == ["delete extension 1000"])
    let some = office(lost: 30).plan
    #expect(some.calls == [] && some.held.map(\.objects.count) == [30])
    let most = office(lost: 60).plan
    #expect(most.calls == [] && most.held.isEmpty && most.pendingRemovals.isEmpty, "the attribute is hidden")

    for lost in [30, 60] {
      var it = office(lost: lost)
      it.want(person("new", "1000"), "new")
      #expect(it.plan.calls == [], "nor does one pass on that may be hidden")
    }
    var strict = office(lost: 30)
    strict.removal.maxValueFall = 20
    #expect(strict.plan.held.isEmpty && strict.plan.pendingRemovals.isEmpty, "a share that the policy names is hidden")
  }
}
