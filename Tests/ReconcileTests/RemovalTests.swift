import Domain
import Reconcile
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Removals` {
  @Test(arguments: [
    (reads: 0, hours: 0, removes: false), (1, 0, false), (1, 25, true), (5, 23, false), (5, 24, true),
  ])
  func `come after enough complete reads and enough time`(reads: Int, hours: Timestamp, removes: Bool) {
    var it = Case()
    it.removal = RemovalPolicy(completeReads: 2, after: 24 * 3600, maxPercent: 100)
    let absence = reads == 0 ? nil : Absence(.missing, since: it.now - hours * 3600, reads: reads)
    it.own(person("a", "101"), "a", absence: absence)
    #expect(it.plan.calls == (removes ? ["delete extension 101"] : []))
  }

  @Test func `an incomplete read counts for nothing and removes nobody`() {
    var it = Case()
    it.own(person("a", "101"), "a", absence: Absence(.missing, since: 0, reads: 9))
    it.reading.incomplete = "a canary wasn't seen"
    #expect(it.plan.calls == [])
    #expect(it.plan.updates == [])
  }

  @Test func `an incomplete read still adds and updates`() {
    var it = Case(directory: ["a": "101"])
    it.reading.incomplete = "a canary wasn't seen"
    #expect(it.plan.calls == ["add extension 101 a"])
  }

  @Test func `who comes back within the grace is forgotten to have been away`() {
    var it = Case(directory: ["a": "101"])
    it.own(person("a", "101"), "a", absence: Absence(.missing, since: 0, reads: 1))
    #expect(it.plan.calls == [])
    #expect(it.plan.updates == [.absence(ObjectKey(.extension, "101"), nil)])
  }

  @Test func `a disabled account needs one read but the same grace`() {
    var it = Case()
    it.removal = RemovalPolicy(completeReads: 5, after: 3600, maxPercent: 100)
    it.see("a", .disabled)
    it.own(person("a", "101"), "a")
    #expect(it.plan.calls == [])
    #expect(it.plan.updates == [.absence(ObjectKey(.extension, "101"), Absence(.disabled, since: it.now, reads: 1))])
    it.state.objects[0].absence = Absence(.disabled, since: it.now - 3600, reads: 1)
    #expect(it.plan.calls == ["delete extension 101"])
  }

  @Test(arguments: [
    (gone: 3, of: 100, maxCount: 3, maxPercent: 10, held: false),
    (4, 100, 3, 10, true),
    (10, 100, 25, 10, false),
    (11, 100, 25, 10, true),
    (1, 5, 25, 10, true),
    (0, 5, 0, 0, false),
    (5, 5, 25, 100, false),
  ])
  func `are all held when there are too many`(gone: Int, of: Int, maxCount: Int, maxPercent: Int, held: Bool) {
    var it = Case(directory: ["new": "999"])
    it.removal.maxCount = maxCount
    it.removal.maxPercent = maxPercent
    for index in 0..<of {
      let item = person("p\(index)", String(100 + index))
      it.own(item, "p\(index)")
      if index >= gone { it.want(item, "p\(index)") }
    }
    let plan = it.plan
    #expect(plan.held.map(\.objects.count) == (held ? [gone] : []))
    #expect(plan.calls.filter { $0.hasPrefix("delete") }.count == (held ? 0 : gone))
    #expect(plan.calls.contains("add extension 999 new"), "the rest goes on")
  }

  @Test func `a limit on one kind lets the other go`() {
    var it = Case(ledger: ["a": "101"])
    for index in 0..<10 {
      it.own(contact("x\(index)", "\(index)"), "x\(index)")
      if index > 0 { it.want(contact("x\(index)", "\(index)"), "x\(index)") }
    }
    it.removal.maxPercent = 10
    #expect(it.plan.calls == ["delete contact 0"])
    #expect(it.plan.held.map(\.kind) == [.extension])
  }

  @Test func `stay held where fewer are left, until an admin decides`() {
    var it = Case(ledger: ["a": "101", "b": "102", "c": "103"])
    it.removal.maxCount = 2
    let held = it.plan.held
    #expect(held.map(\.objects.count) == [3])
    it.state.undecided = Set(held[0].objects.map { $0.member(.removal) })
    it.want(person("a", "101"), "a")
    #expect(it.plan.calls == [] && it.plan.held.map { $0.objects.map(\.key.number) } == [["102", "103"]])
    it.state.approvals = [Approval("set", it.state.undecided)]
    it.state.undecided = []
    #expect(it.plan.calls == ["delete extension 102", "delete extension 103"])
  }

  @Test func `held numbers aren't given on`() {
    var it = Case(directory: ["new": "101"], ledger: ["old": "101"])
    it.numbers.handover = .recreate
    it.removal.maxCount = 0
    #expect(it.plan.calls == [])
    #expect(it.plan.held.map(\.objects.count) == [1])
    #expect(it.plan.conflictNumbers == ["101 new"])
  }

  @Test func `a filter that matches one of 1,660 removes nobody and says why`() {
    var it = Case()
    it.removal = RemovalPolicy(completeReads: 1, after: 0)
    for index in 0..<1660 { it.own(person("p", String(10_000 + index)), "p\(index)") }
    it.want(person("p", "10000"), "p0")
    #expect(it.plan.calls == [])
    #expect(it.plan.held.map(\.limit) == ["1659 extensions are due for removal, more than max_count = 25"])
  }
}
