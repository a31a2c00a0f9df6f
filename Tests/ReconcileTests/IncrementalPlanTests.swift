import Domain
import Reconcile
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A few entries read by themselves` {
  /// A directory and a ledger in which these entries were read.
  private func plan(
    _ directory: KeyValuePairs<String, String>, _ ledger: KeyValuePairs<String, String>, reading entries: String...
  ) -> IncrementalPlan {
    Case(directory: directory, ledger: ledger).incrementalPlan(of: Set(entries.map(EntryID.init)))
  }

  @Test func `lead to adds and updates at once`() {
    var it = Case(directory: ["a": "1001", "b": "1002"])
    it.own(person("old", "1001"), "a")
    #expect(it.incrementalPlan().plan.calls == ["update extension 1001 a", "add extension 1002 b"])
    #expect(it.incrementalPlan().remainder == nil)
  }

  @Test func `lead to nothing where nothing changed, though the entry has another name`() {
    var it = Case(directory: ["a": "1001"], ledger: ["a": "1001"])
    it.state.objects[0].dn = "uid=old"
    let delta = it.incrementalPlan()
    #expect(delta.plan.changes == [] && delta.remainder == nil)
    #expect(delta.plan.updates == [.holder(ObjectKey(.extension, "1001"), EntryID("a"), dn: dn("a"))])
  }

  @Test func `have a new number at once, and leave the old one to a complete read`() {
    let delta = plan(["a": "1009"], ["a": "1001"], reading: "a")
    #expect(delta.plan.calls == ["add extension 1009 a"])
    #expect(delta.remainder == "extension 1001 is no longer wanted")
  }

  @Test func `never remove anybody`() {
    var it = Case(ledger: ["a": "1001"])
    it.see("a", .disabled)
    let delta = it.incrementalPlan()
    #expect(delta.plan.changes == [] && delta.plan.updates == [])
    #expect(delta.remainder == "extension 1001 is no longer wanted")
  }

  @Test func `don't take a number from a holder who has it by the last complete read`() {
    let delta = plan(["a": "1001", "b": "1001"], ["a": "1001"], reading: "b")
    #expect(delta.plan.changes == [])
    #expect(delta.remainder == "extension 1001 can't be had at once")
  }

  @Test func `aren't taken for the successor of another who wasn't found`() {
    let delta = plan(["b": "1001"], ["a": "1001"], reading: "b")
    #expect(delta.plan.changes == [] && delta.remainder != nil)
  }

  @Test func `swap two numbers`() {
    let delta = plan(["a": "1002", "b": "1001"], ["a": "1001", "b": "1002"], reading: "a", "b")
    #expect(delta.plan.changes.map(\.call.action) == [.update, .update] && delta.remainder == nil)
  }

  @Test func `say nothing of conflicts that others have`() {
    let delta = plan(["a": "1001", "b": "1001", "c": "1003"], ["a": "1001"], reading: "c")
    #expect(delta.plan.calls == ["add extension 1003 c"] && delta.remainder == nil)
  }

  @Test func `settle what is in doubt about them`() {
    var it = Case(directory: ["a": "1001"])
    it.inDoubtCall(.add(person("a", "1001")), "a")
    let delta = it.incrementalPlan()
    #expect(delta.plan.changes.map(\.settles.count) == [1] && delta.remainder == nil)
  }

  /// What a complete read left open before, and the entry asks for by now what the PBX has.
  @Test(arguments: ["held", "rejected", "approved", "refused"])
  func `leave it to a complete read to end what the directory took back`(what: String) {
    var it = Case(directory: ["a": "1001"], ledger: ["a": "1001"])
    let key = ObjectKey(.extension, "1001")
    let member = Approval.Member(key, EntryID("a"), .update, wanted: person("Eve", "1001"))
    switch what {
    case "held": it.state.undecided = [member]
    case "rejected": it.state.rejections = [member]
    case "approved": it.state.approvals = [Approval("set", [member])]
    default:
      it.state.refusals = [
        Refusal(person("Eve", "1001"), entry: EntryID("a"), answer: CallResult(.refused), since: 1)
      ]
    }
    let delta = it.incrementalPlan()
    #expect(delta.plan.changes == [])
    #expect(delta.remainder == "extension 1001 waits since an earlier run")
  }

  @Test func `leave what waits to a complete read in the order of the numbers, and what is reported by itself to that`()
  {
    var it = Case(directory: ["a": "1001", "b": "1002"], ledger: ["a": "1001", "b": "1002"])
    it.state.rejections = Set(
      [("b", "1002"), ("a", "1001")].map { entry, number in
        Approval.Member(ObjectKey(.extension, number), EntryID(entry), .update, wanted: person("Eve", number))
      })
    let delta = it.incrementalPlan()
    #expect(delta.remainder == "extension 1001 waits since an earlier run")
    #expect(delta.unexplainedRemainder == delta.remainder)
    it.want(person("c", "1001"), "c")
    let reported = it.incrementalPlan()
    #expect(reported.remainder == "extension 1001 can't be had at once")
    #expect(reported.unexplainedRemainder == "extension 1002 waits since an earlier run")
  }

  @Test func `are followed by a complete read for the first reason, whatever comes later`() {
    var delta = Case(directory: ["a": "1001"]).incrementalPlan()
    delta.requireCompleteRead(because: "first")
    delta.requireCompleteRead(because: "second")
    #expect(delta.remainder == "first" && delta.unexplainedRemainder == "first")
    var other = plan(["a": "1009"], ["a": "1001"], reading: "a")
    other.requireCompleteRead(because: "second")
    #expect(other.remainder == "extension 1001 is no longer wanted")
  }

  /// Counts of all entries decide whether values and numbers are hidden.
  @Test(arguments: [
    ("as it is", false), ("another name", false), ("new", false), ("an empty field", true), ("a pending removal", true),
    ("two objects", true), ("no number", true), ("no number from a pool", true),
  ])
  func `need the totals of all entries if something has gone`(what: String, needs: Bool) {
    var it = Case()
    let name = what == "another name" ? "b" : "a"
    it.want(person(name, "1001", email: what == "an empty field" ? "" : "a@x"), "a")
    if what != "new" {
      let absence = what == "a pending removal" ? Absence(.missing, since: 1, reads: 1) : nil
      it.own(person("a", "1001", email: "a@x"), "a", absence: absence)
    }
    if what == "two objects" { it.own(person("a", "1002", email: "a@x"), "a") }
    if what == "no number" {
      it.own(person("z", "1003"), "z")
      it.see("z", .withoutNumber)
    }
    if what == "no number from a pool" { it.wantAny("y") }
    #expect(needsTotals(for: it.reading, remembering: it.state) == needs)
  }

  @Test func `leave nothing of an approved change that they lead to`() {
    var it = Case(directory: ["a": "1001"])
    it.own(person("Eve", "1001"), "a")
    it.state.approvals = [
      Approval(
        "set",
        [Approval.Member(ObjectKey(.extension, "1001"), EntryID("a"), .update, wanted: person("a", "1001"))])
    ]
    #expect(it.incrementalPlan().plan.calls == ["update extension 1001 a"])
    #expect(it.incrementalPlan().remainder == nil)
  }

  @Test func `can't be mapped, which a complete read tells`() {
    var it = Case(ledger: ["a": "1001"])
    it.see("a", .unmappable)
    #expect(it.incrementalPlan().plan.changes == [] && it.incrementalPlan().remainder != nil)
  }

  @Test func `give no number from a pool, and leave that to a complete read`() {
    var it = Case()
    it.wantAny("a")
    #expect(it.incrementalPlan().plan == Plan() && it.incrementalPlan().remainder == "\(dn("a")) has no number")
    it.allocated("200", to: "a")
    #expect(it.incrementalPlan().remainder == "\(dn("a")) has no number", "it isn't in service yet")
  }

  @Test func `change the extension of one who has a number from a pool at once`() {
    var it = Case()
    it.wantAny("a")
    it.allocated("200", to: "a")
    it.own(person("old", "200"), "a")
    #expect(it.incrementalPlan().plan.calls == ["update extension 200 a"] && it.incrementalPlan().remainder == nil)
  }

  @Test func `leave it to a complete read to write a number to the directory`() {
    var it = Case(ledger: ["a": "200"])
    it.allocated("200", to: "a")
    it.wantAny("a", writing: "telephoneNumber")
    #expect(it.incrementalPlan().plan == Plan())
    #expect(it.incrementalPlan().remainder == "extension 200 isn't in the directory yet")
  }

  @Test func `add a contact where another stands for the number that they share`() {
    var it = Case()
    it.phonebook = [PhonebookPolicy(sharing: .first)]
    it.own(contact("b", "5"), "b")
    it.want(contact("b", "5"), "b")
    it.want(contact("a", "5"), "a")
    #expect(it.incrementalPlan(of: [EntryID("a")]).plan.calls == [])
    #expect(it.incrementalPlan(of: [EntryID("a")]).remainder == nil)
  }
}
