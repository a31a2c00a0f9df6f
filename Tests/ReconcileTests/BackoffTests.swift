import Domain
import Reconcile
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A change that is set back` {
  @Test func `lets those wait too that require what is set back`() {
    var it = Case(directory: ["a": "102", "b": "103"], ledger: ["a": "101", "b": "102"])
    it.backsOff = true
    it.state.backoffs = [ChangeBackoff(ObjectKey(.extension, "103"), failures: 1, nextAt: it.now + 1, message: "500")]
    #expect(it.plan.calls == [])
    #expect(it.plan.conflictNumbers == ["103 b", "102 a", "101 a"])
    it.now += 1
    #expect(it.plan.calls == ["add extension 103 b", "update extension 102 a", "delete extension 101"])
    it.now -= 1
    it.backsOff = false
    #expect(it.plan.calls.count == 3)
  }
}
