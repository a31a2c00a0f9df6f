import Domain
import Reconcile
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A freeze` {
  @Test func `lets every change wait, and nothing else is different`() {
    var it = Case(directory: ["a": "101", "c": "103"], ledger: ["a": "101", "b": "102"])
    it.want(person("renamed", "104"), "d")
    it.own(person("d", "104"), "d")
    let free = it.plan
    #expect(free.changes.count == 3)
    it.state.freeze = Freeze(since: 1)
    let frozen = it.plan
    #expect(frozen.changes.isEmpty && frozen.frozen == free.changes)
    #expect(frozen.freeze == Freeze(since: 1))
    #expect(frozen.updates == free.updates && frozen.conflicts == free.conflicts)
    #expect(frozen.pendingRemovals == free.pendingRemovals)
  }

  @Test func `asks for no foreign number again, so that it stays a conflict`() {
    var it = Case(directory: ["a": "101"])
    it.refuse("101", of: "a")
    let conflicts = it.plan.conflicts
    #expect(conflicts.count == 1)
    for retry in [ForeignRetry.daily, .always] {
      it.foreignRetry = retry
      it.state.freeze = nil
      #expect(it.plan.calls == ["add extension 101 a"])
      it.state.freeze = Freeze(since: 1)
      #expect(it.plan.frozen.isEmpty && it.plan.conflicts == conflicts)
    }
  }

  @Test func `leaves sets held that a limit holds`() {
    var it = `Updates and additions`.office(of: 100, renamed: 30, new: 1)
    let free = it.plan
    it.state.freeze = Freeze(since: 1)
    #expect(it.plan.held == free.held && it.plan.held.count == 1)
    #expect(it.plan.frozen == free.changes && it.plan.changes.isEmpty)
  }

  @Test func `lets approved changes wait too`() {
    var it = `Updates and additions`.office(of: 100, renamed: 30)
    let members = Set(it.plan.held[0].objects.map { Approval.Member($0.key, $0.entry, .update, wanted: $0.wanted) })
    it.state.approvals = [Approval("set", members)]
    it.state.freeze = Freeze(since: 1)
    #expect(it.plan.frozen.count == 30 && it.plan.changes.isEmpty && it.plan.lapsed.isEmpty)
  }

  @Test func `keeps allocated numbers out of the directory`() {
    var it = Case()
    it.wantAny("a", writing: "telephoneNumber")
    it.state.freeze = Freeze(since: 1)
    let plan = it.plan
    #expect(plan.allocations.count == 1 && plan.frozen.count == 1 && plan.directoryWrites.isEmpty)
  }

  @Test func `settles no call in doubt`() {
    var it = Case(directory: ["a": "101"])
    it.state.inDoubt = [InDoubtCall(intent: 1, call: .add(person("a", "101")), entry: EntryID("a"), dn: dn("a"))]
    it.state.freeze = Freeze(since: 1)
    #expect(it.plan.changes.isEmpty && it.plan.frozen.count == 1 && it.plan.unproven.isEmpty)
  }

  @Test func `leaves a change that was notified to a complete read, which reports it`() {
    var it = Case(directory: ["a": "101"])
    it.state.freeze = Freeze(since: 1)
    let incremental = it.incrementalPlan(of: [EntryID("a")])
    #expect(incremental.plan.changes.isEmpty && incremental.plan.frozen.count == 1)
    #expect(incremental.remainder == "extension 101 waits for the end of the freeze")
  }

  @Test(arguments: [(nil, false), (999_999, true), (1_000_000, true), (1_000_001, false)])
  func `is over at its end`(until: Timestamp?, isOver: Bool) {
    #expect(Freeze(since: 1, until: until).isOver(at: 1_000_000) == isOver)
  }
}
