import Domain
import Reconcile
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A few entries read by themselves` {
  fileprivate static let ada = item("1001", "Ada")

  /// - Parameter entries: each that was read, with what it wants; nothing for one that is switched off.
  fileprivate func delta(_ entries: [(String, PBXObject?)], _ state: LedgerState, policy: Policy = Policy())
    -> IncrementalPlan
  {
    var reading = ReadResult()
    for (entry, item) in entries {
      reading.record(item == nil ? .disabled : .mapped, of: EntryID(entry), as: .extension)
      if let item { reading.wanted.append(WantedObject(item, entry: EntryID(entry), dn: "uid=\(entry)")) }
    }
    return IncrementalPlan(reading, remembering: state, by: policy, at: 1_000_000)
  }

  fileprivate func owned(_ item: PBXObject, _ entry: String) -> ManagedObject {
    ManagedObject(item, entry: EntryID(entry), dn: "uid=\(entry)")
  }

  @Test func `lead to adds and updates at once`() {
    let it = delta(
      [("a", Self.ada), ("b", item("1002", "Bob"))], LedgerState(owned: [owned(item("1001", "Eve"), "a")]))
    #expect(
      it.plan.changes.map(\.call) == [
        .updateExtension(Extension(number: "1001", firstName: "Ada")),
        .addExtension(Extension(number: "1002", firstName: "Bob")),
      ])
    #expect(it.remainder == nil)
  }

  @Test func `lead to nothing where nothing changed, though the entry has another name`() {
    var object = owned(Self.ada, "a")
    object.dn = "uid=old"
    let it = delta([("a", Self.ada)], LedgerState(owned: [object]))
    #expect(it.plan.changes == [])
    #expect(it.plan.updates == [.holder(Self.ada.key, EntryID("a"), dn: "uid=a")])
    #expect(it.remainder == nil)
  }

  @Test func `have a new number at once, and leave the old one to a complete read`() {
    let it = delta([("a", item("1009", "Ada"))], LedgerState(owned: [owned(Self.ada, "a")]))
    #expect(it.plan.changes.map(\.call.action) == [.add])
    #expect(it.remainder == "extension 1001 isn't wanted any more")
  }

  @Test func `leave it to a complete read to write a number to the directory`() {
    var it = Case(ledger: ["a": "200"])
    it.allocated("200", to: "a")
    it.wantAny("a", writing: "telephoneNumber")
    let delta = IncrementalPlan(it.reading, remembering: it.state, by: Policy(), at: it.now)
    #expect(delta.plan == Plan())
    #expect(delta.remainder == "extension 200 isn't in the directory yet")
  }

  @Test func `never remove anybody`() {
    let policy = Policy(removal: RemovalPolicy(completeReads: 1, after: 0, maxPercent: 100))
    let it = delta([("a", nil)], LedgerState(owned: [owned(Self.ada, "a")]), policy: policy)
    #expect(it.plan.changes == [])
    #expect(it.plan.updates == [])
    #expect(it.remainder == "extension 1001 isn't wanted any more")
  }

  @Test func `don't take a number from a holder who wasn't read`() {
    let it = delta([("b", Self.ada)], LedgerState(owned: [owned(item("1001", "Eve"), "a")]))
    #expect(it.plan.changes == [])
    #expect(it.remainder == "extension 1001 can't be had at once")
  }

  @Test func `aren't taken for another's successor by having the same values`() {
    let it = delta([("b", Self.ada)], LedgerState(owned: [owned(Self.ada, "a")]))
    #expect(it.plan == Plan())
    #expect(it.remainder != nil)
  }

  @Test func `swap two numbers where both were read`() {
    let state = LedgerState(owned: [owned(item("1001", "Ada"), "a"), owned(item("1002", "Bob"), "b")])
    let it = delta([("a", item("1002", "Ada")), ("b", item("1001", "Bob"))], state)
    #expect(it.plan.changes.map(\.call.action) == [.update, .update])
    #expect(it.remainder == nil)
  }

  @Test func `wait for a complete read while a call is in doubt`() {
    let inDoubtCall = InDoubtCall(intent: 1, call: .add(item("1002", "Bob")), entry: EntryID("b"), dn: "uid=b")
    let it = delta([("a", Self.ada)], LedgerState(inDoubtCalls: [inDoubtCall]))
    #expect(it.plan == Plan())
    #expect(it.remainder == "the outcome of a call for extension 1002 isn't known")
  }

  @Test(arguments: ["refused to another", "adoptable", "failing"])
  func `leave a number that something is open about`(what: String) {
    var state = LedgerState()
    switch what {
    case "refused to another":
      state.refusals = [Refusal(item("1001", "Eve"), entry: EntryID("0"), answer: CallResult(.refused), since: 1)]
    case "adoptable": state.adoptions = [AllowedAdoption(Self.ada.key)]
    default: state.backoffs = [ChangeBackoff(Self.ada.key, failures: 1, nextAt: 5, message: "500")]
    }
    let it = delta([("a", Self.ada), ("b", item("1002", "Bob"))], state)
    #expect(it.plan.changes.map(\.call.key.number) == ["1002"])
    #expect(it.remainder == "extension 1001 was left open before")
  }
}

extension `A few entries read by themselves` {
  /// What a complete read left open before, and the entry asks for by now what the PBX has.
  @Test(arguments: ["held", "rejected", "approved", "refused"])
  func `leave it to a complete read to end what the directory took back`(what: String) {
    var state = LedgerState(owned: [owned(Self.ada, "a")])
    let member = Approval.Member(Self.ada.key, EntryID("a"), .update, wanted: item("1001", "Eve"))
    switch what {
    case "held": state.undecided = [Self.ada.key]
    case "rejected": state.rejections = [member]
    case "approved": state.approvals = [Approval("set", [member])]
    default:
      state.refusals = [Refusal(item("1001", "Eve"), entry: EntryID("a"), answer: CallResult(.refused), since: 1)]
    }
    let it = delta([("a", Self.ada)], state)
    #expect(it.plan.changes == [])
    #expect(it.remainder == "extension 1001 was left open before")
  }

  @Test func `leave nothing of an approved change that they lead to`() {
    var state = LedgerState(owned: [owned(item("1001", "Eve"), "a")])
    state.approvals = [
      Approval("set", [Approval.Member(Self.ada.key, EntryID("a"), .update, wanted: Self.ada)])
    ]
    let it = delta([("a", Self.ada)], state)
    #expect(it.plan.changes.map(\.call.action) == [.update])
    #expect(it.remainder == nil)
  }
}

private func item(_ number: String, _ firstName: String) -> PBXObject {
  .extension(Extension(number: number, firstName: firstName))
}

@Suite(.timeLimit(.minutes(15))) struct `Entries read by themselves` {
  private func delta(_ it: Case) -> IncrementalPlan {
    IncrementalPlan(
      it.reading, remembering: it.state,
      by: Policy(phonebook: it.phonebook, maxContacts: it.maxContacts), at: it.now)
  }

  @Test func `give no number from a pool, and leave that to a complete read`() {
    var it = Case()
    it.wantAny("a")
    #expect(delta(it).plan == Plan() && delta(it).remainder == "\(dn("a")) has no number")
    it.allocated("200", to: "a")
    #expect(delta(it).remainder == "\(dn("a")) has no number", "it isn't in service yet")
  }

  @Test func `change the extension of one who has a number from a pool at once`() {
    var it = Case()
    it.wantAny("a")
    it.allocated("200", to: "a")
    it.own(person("old", "200"), "a")
    #expect(delta(it).plan.calls == ["update extension 200 a"] && delta(it).remainder == nil)
  }

  @Test(arguments: [
    PhonebookPolicy(sharing: .first), PhonebookPolicy(sharing: .company(firstName: "Firma")),
    PhonebookPolicy(skipsUsers: true),
  ])
  func `add no contact that hangs on others`(rule: PhonebookPolicy) {
    var it = Case()
    it.phonebook = [rule]
    it.want(contact("a", "5", company: "Fjord"), "a")
    #expect(delta(it).plan.calls == [] && delta(it).remainder != nil)
    it.own(contact("old", "5", company: "Fjord"), "a")
    #expect(delta(it).plan.calls == ["update contact 5 a"] && delta(it).remainder == nil)
  }

  @Test func `leave a shared number where it is when its carrier gets another`() {
    var it = Case()
    it.phonebook = [PhonebookPolicy(sharing: .first)]
    it.own(contact("a", "5"), "a")
    it.want(contact("a", "6"), "a")
    #expect(delta(it).plan.calls == [] && delta(it).remainder != nil)
  }

  @Test func `leave a number that another has to a complete read where it may be shared`() {
    var it = Case()
    it.phonebook = [PhonebookPolicy(sharing: .first)]
    it.own(contact("b", "5"), "b")
    it.want(contact("a", "5"), "a")
    #expect(delta(it).plan == Plan() && delta(it).remainder == "contact 5 is shared")
  }

  @Test func `add no contact to a phonebook that may be full`() {
    var it = Case()
    it.maxContacts = 10
    it.want(contact("a", "5"), "a")
    #expect(delta(it).plan.calls == [] && delta(it).remainder != nil)
  }
}
