import Domain
import Reconcile
import TestSupport
import Testing

private let company = PhonebookPolicy(sharing: .company(firstName: "Firma"))

/// The entry of the phonebook that stands for a company.
private func switchboard(_ number: String, _ company: String) -> PBXObject {
  .contact(Contact(number: number, firstName: "Firma", lastName: company, company: company))
}

@Suite(.timeLimit(.minutes(15))) struct `A number that several contacts have` {
  private func sharers(_ entries: String..., rule: PhonebookPolicy, company: String = "Fjord") -> Case {
    var it = Case()
    it.phonebook = [rule]
    for entry in entries { it.want(contact(entry, "5", company: company), entry) }
    return it
  }

  @Test func `is in conflict unless its source says otherwise`() {
    #expect(sharers("a", "b", rule: PhonebookPolicy()).plan.conflictNumbers == ["5 b"])
  }

  @Test(arguments: [(PhonebookPolicy(sharing: .first), "add contact 5 a"), (company, "add contact 5 Firma")])
  func `is one entry and no conflict`(rule: PhonebookPolicy, call: String) {
    var it = sharers("c", "a", "b", rule: rule)
    #expect(it.plan.calls == [call] && it.plan.conflicts == [])
    it.apply(it.plan)
    #expect(it.plan == Plan())
  }

  @Test func `shows the company's name from the second on, and goes on when one is left`() {
    var it = sharers("a", rule: company)
    #expect(it.plan.calls == ["add contact 5 a"])
    it.apply(it.plan)
    it.want(contact("b", "5", company: "Fjord"), "b")
    #expect(it.plan.calls == ["update contact 5 Firma"])
    it.apply(it.plan)
    it.reading = sharers("b", rule: company).reading
    #expect(it.plan.calls == [])
    #expect(it.plan.updates == [.holder(ObjectKey(.contact, "5"), EntryID("b"), dn: dn("b"))])
    it.apply(it.plan)
    #expect(it.plan == Plan())
    it.reading = ReadResult()
    #expect(it.plan.calls == ["delete contact 5"])
  }

  @Test func `passes on by one update when the first leaves`() {
    var it = sharers("a", "b", "c", rule: PhonebookPolicy(sharing: .first))
    it.apply(it.plan)
    it.reading = sharers("c", "b", rule: PhonebookPolicy(sharing: .first)).reading
    #expect(it.plan.calls == ["update contact 5 b"])
    #expect(it.plan.changes.first?.cause == .representativeChanged(from: EntryID("a")))
    it.reading.incomplete = "half of it"
    #expect(it.plan.calls == [] && it.plan.conflicts == [], "who wasn't seen may be there")
    it.reading.incomplete = nil
    it.see("a", as: .contact, .unmappable)
    #expect(it.plan.calls == [] && it.plan.conflicts == [])
  }

  @Test(arguments: [
    (PhonebookPolicy(sharing: .first), ["add contact 6 a", "update contact 5 b"]), (company, ["add contact 6 a"]),
  ])
  func `stays where it is when the first gets another`(rule: PhonebookPolicy, calls: [String]) {
    var it = sharers("a", "b", rule: rule)
    it.apply(it.plan)
    it.reading = sharers("b", rule: rule).reading
    it.want(contact("a", "6", company: "Fjord"), "a")
    #expect(Set(it.plan.calls) == Set(calls))
    it.apply(it.plan)
    #expect(it.plan.calls == [])
  }

  @Test(arguments: ["a", "b"])
  func `stays the company's when one of its people moves to another company`(mover: String) {
    var it = sharers("a", "b", "c", rule: company)
    it.apply(it.plan)
    let rest = ["a", "b", "c"].filter { $0 != mover }
    it.reading = ReadResult()
    for entry in rest { it.want(contact(entry, "5", company: "Fjord"), entry) }
    it.want(contact(mover, "5", company: "Berg"), mover)
    #expect(it.plan.calls == [] && it.plan.conflictNumbers == ["5 \(mover)"])
    it.apply(it.plan)
    #expect(it.plan.calls == [] && it.plan.updates == [])
    it.reading = ReadResult()
    for entry in ["a", "b", "c"] { it.want(contact(entry, "5", company: "Berg"), entry) }
    #expect(it.plan.calls == ["update contact 5 Firma"] && it.plan.conflicts == [], "the company has another name")
    it.apply(it.plan)
    #expect(it.plan == Plan())
  }

  @Test func `is a person's when only one of another company is left`() {
    var it = sharers("a", "b", rule: company)
    it.apply(it.plan)
    it.reading = sharers("b", rule: company, company: "Berg").reading
    #expect(it.plan.calls == ["update contact 5 b"])
    it.apply(it.plan)
    #expect(it.plan == Plan())
  }

  @Test func `stays with the one who has it against a smaller id`() {
    var it = sharers("b", rule: PhonebookPolicy(sharing: .first))
    it.apply(it.plan)
    it.want(contact("a", "5"), "a")
    #expect(it.plan == Plan())
  }

  @Test func `is one company's, whatever the case of its name`() {
    var it = sharers("a", rule: company)
    it.want(contact("b", "5", company: "FJORD"), "b")
    #expect(it.plan.calls == ["add contact 5 Firma"] && it.plan.conflicts == [])
  }

  @Test func `is in conflict where companies differ`() {
    var it = sharers("a", "b", rule: company)
    it.want(contact("c", "5", company: "Other"), "c")
    it.want(contact("d", "5"), "d")
    #expect(it.plan.calls == ["add contact 5 Firma"])
    #expect(it.plan.conflictNumbers == ["5 c", "5 d"])
  }

  @Test func `is in conflict for a source that doesn't share`() {
    var it = sharers("a", rule: PhonebookPolicy(sharing: .first))
    it.phonebook.append(PhonebookPolicy())
    it.want(contact("b", "5"), "b", source: 1)
    #expect(it.plan.conflictNumbers == ["5 b"])
  }

  @Test func `of one entry doesn't hold up the others of it`() {
    var it = sharers("a", "b", rule: company)
    it.own(contact("b", "7", company: "Fjord"), "b")
    it.want(contact("b", "8", company: "Fjord"), "b")
    #expect(Set(it.plan.calls) == ["add contact 5 Firma", "move contact 7 -> 8 b"])
  }

  @Test(arguments: 0..<200)
  func `comes to rest, whatever comes and goes and in any order`(seed: UInt64) {
    var random = SplitMix64(state: seed)
    var it = Case()
    it.phonebook = [company, PhonebookPolicy(sharing: .first), PhonebookPolicy(), PhonebookPolicy(skipsUsers: true)]
    it.maxContacts = Bool.random(using: &random) ? nil : 3
    for _ in 0..<4 {
      it.reading = ReadResult()
      for index in 0..<8 where Int.random(in: 0..<4, using: &random) > 0 {
        let name = "e\(index)"
        let co = ["Fjord", "Berg", ""].randomElement(using: &random) ?? ""
        for number in Set((0..<2).map { _ in String(Int.random(in: 0..<6, using: &random)) }) {
          it.want(contact(name, number, company: co), name, source: index % 4)
        }
        if index > 5 { it.want(person(name, String(index)), name) }
      }
      let plan = it.plan
      it.reading.wanted.shuffle(using: &random)
      #expect(Set(it.plan.changes.map(\.call)) == Set(plan.changes.map(\.call)) && it.plan.conflicts == plan.conflicts)
      for _ in 0..<4 { it.apply(it.plan) }
      #expect(it.plan.calls == [])
      if let limit = it.maxContacts {
        #expect(it.state.objects.count { $0.key.kind == .contact } <= limit)
      }
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A contact that is a user too` {
  private func users(_ skips: Bool = true) -> Case {
    var it = Case(directory: ["u": "101"])
    it.want(.extension(Extension(number: "102", firstName: "v", callerID: "+4930102")), "v")
    it.phonebook = [PhonebookPolicy(skipsUsers: skips)]
    return it
  }

  @Test(arguments: [
    ("u", "9", false), ("x", "101", false), ("x", "4930102", false), ("x", "+4930102", false), ("x", "9", true),
  ])
  func `is left out where its source says so`(entry: String, number: String, isKept: Bool) {
    for skips in [true, false] {
      var it = users(skips)
      it.want(contact(entry, number), entry)
      let isThere = it.plan.calls.contains("add contact \(number) \(entry)")
      #expect(isThere == (isKept || !skips))
      #expect(it.plan.alsoUsers.isEmpty == (isKept || !skips) && it.plan.conflicts == [])
    }
  }

  @Test func `leaves the phonebook by the ordinary way`() {
    var it = users()
    it.own(contact("u", "9"), "u")
    it.want(contact("u", "9"), "u")
    it.removal.completeReads = 2
    #expect(!it.plan.calls.contains("delete contact 9"))
    #expect(it.plan.pendingRemovals.map(\.key) == [ObjectKey(.contact, "9")])
    it.removal.completeReads = 1
    #expect(it.plan.calls.contains("delete contact 9"))
  }

  @Test func `stays out while the read is incomplete`() {
    var it = Case(ledger: ["u": "101"])
    it.phonebook = [PhonebookPolicy(skipsUsers: true)]
    it.reading.incomplete = "half of it"
    it.want(contact("u", "9"), "u")
    it.want(contact("x", "101"), "x")
    #expect(it.plan.calls == [])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A phonebook with a size` {
  private func full(_ there: [String], new: [(String, Int)], limit: Int) -> Case {
    var it = Case()
    it.maxContacts = limit
    for number in there {
      it.own(contact(number, number), "z\(number)")
      it.want(contact(number, number), "z\(number)")
    }
    for (index, (entry, source)) in new.enumerated() {
      it.want(contact(entry, "9\(index)"), entry, source: source)
    }
    return it
  }

  @Test func `takes in those of the first source and with the smallest ids, and counts the others`() {
    let it = full(["1", "2"], new: [("d", 1), ("c", 0), ("a", 1), ("b", 0)], limit: 5)
    #expect(Set(it.plan.calls) == ["add contact 93 b", "add contact 91 c", "add contact 92 a"])
    #expect(it.plan.overflow?.wantedObjects.map(\.entry) == [EntryID("d")] && it.plan.overflow?.present == 5)
    #expect(it.plan.conflicts == [])
  }

  @Test func `keeps those that are there, though there are too many`() {
    let it = full(["1", "2", "3"], new: [("a", 0)], limit: 2)
    #expect(it.plan.calls == [] && it.plan.pendingRemovals == [])
    #expect(it.plan.overflow?.wantedObjects.count == 1)
  }

  @Test func `has room again when one has left`() {
    var it = full(["1", "2"], new: [("a", 0)], limit: 2)
    it.reading.wanted.removeFirst()
    it.reading.record(.mapped, of: EntryID("z1"), as: .contact)
    #expect(Set(it.plan.calls) == ["delete contact 1", "add contact 90 a"])
    #expect(it.plan.overflow == nil)
  }

  @Test func `lets a contact change and move`() {
    var it = full(["1"], new: [], limit: 1)
    it.reading.wanted = [WantedObject(contact("1", "7"), entry: EntryID("z1"), dn: dn("z1"))]
    #expect(it.plan.calls == ["move contact 1 -> 7 1"])
  }
}
