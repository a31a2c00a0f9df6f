import Domain
import Reconcile
import Testing

/// Reverting a run.
@Suite(.timeLimit(.minutes(15))) struct `An undo` {
  private let key = ObjectKey(.extension, "101")

  private func owned(_ ownership: ManagedObject.Ownership = .created, _ name: String = "a") -> ManagedObject {
    ManagedObject(person(name, "101"), entry: EntryID("a"), dn: dn("a"), ownership: ownership)
  }

  private func way(
    _ past: PastRun, _ owned: [ManagedObject], removal: RemovalPolicy = RemovalPolicy(maxCount: 10, maxPercent: 100)
  ) -> UndoPlan {
    undo(past, remembering: LedgerState(owned: owned), numbers: NumberPolicy(), removal: removal)
  }

  private var added: PastRun { PastRun(7, [CompletedCall(.add(person("a", "101")), before: nil)]) }

  @Test func `deletes what an accepted answer of the run made`() {
    #expect(way(added, [owned()]).changes.map(\.call) == [.delete(key)])
  }

  @Test func `deletes what was added under a leaver's number once that was free`() {
    let leaver = ManagedObject(person("z", "101"), entry: EntryID("z"), dn: dn("z"))
    let past = PastRun(7, [CompletedCall(.add(person("a", "101")), before: leaver)])
    #expect(way(past, [owned()]).changes.map(\.call) == [.delete(key)])
    let handedOver = PastRun(7, [CompletedCall(.update(person("a", "101"), knownAs: "101"), before: leaver)])
    #expect(way(handedOver, [owned()]).changes.map(\.call) == [.update(leaver.item, knownAs: "101")])
  }

  @Test func `releases objects that the run adopted or isn't proved to have created`() {
    let adopted = way(
      PastRun(7, [CompletedCall(.update(person("a", "101"), knownAs: "101"), before: nil)]), [owned(.adopted)])
    #expect(adopted.changes.isEmpty && adopted.released == [owned(.adopted)])
    let taken = way(PastRun(7, [CompletedCall(.add(person("a", "101")), before: nil, isProved: false)]), [owned()])
    #expect(taken.changes.isEmpty && taken.released == [owned()])
  }

  @Test func `leaves an unproven object alone`() {
    let way = way(added, [owned().unproven(.answerLost, since: 1)])
    #expect(way.changes.isEmpty && way.released.isEmpty && way.obstacles.count == 1)
  }

  @Test func `obeys the limits of removals`() {
    let way = way(added, [owned()], removal: RemovalPolicy(maxCount: 0, maxPercent: 100))
    #expect(way.changes.isEmpty)
    #expect(way.obstacles == ["1 of 1 extensions would be deleted, more than [removal] max_count = 0"])
  }

  @Test func `of a run that was undone is refused, though a later run did the same again`() {
    var past = added
    past.undone = (by: 8, keys: [key])
    #expect(way(past, [owned()]).obstacles == ["it was already undone by run 8"])
  }

  /// The filter that hid the entry, or whatever it was, may still be there.
  @Test func `of a removal has the next one wait for an admin, until the entry is wanted`() throws {
    let gone = PastRun(7, [CompletedCall(.delete(key), before: owned())])
    let change = try #require(way(gone, []).changes.first)
    var settlement = Settlement(change, at: 900_000)
    #expect(settlement.begin() == .follow(.add(owned().item)))
    guard case .end(.holds(let object, _)) = settlement.next(after: change.call, CallResult(.accepted)) else {
      return #expect(Bool(false), "the add is accepted")
    }
    var it = Case()
    it.state.objects = [object]
    for _ in 1...3 {
      let plan = it.plan
      #expect(plan.calls == [] && plan.held.map(\.cause) == [.undone])
      #expect(plan.held.first?.limit.hasPrefix("1 extension isn't wanted since an undo") == true)
      it.apply(plan)
      it.now += 86_400
    }
    var wanted = it
    wanted.want(owned().item, "a")
    wanted.apply(wanted.plan)
    #expect(wanted.state.objects == [owned()])
    it.state.approvals = [Approval("set", Set(it.plan.held[0].objects.map { $0.member(.removal) }))]
    #expect(it.plan.calls == ["delete extension 101"])
  }

  @Test func `blocked by later runs names the order that works`() {
    var past = added
    past.later = [key: [8, 9]]
    #expect(
      way(past, [owned(.created, "b")]).obstacles.last
        == "later runs changed them; this order works: undo 9, undo 8, undo 7")
  }
}
