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
    _ past: PastRun, _ owned: [ManagedObject], removal: RemovalPolicy = RemovalPolicy(maxCount: 10, maxPercent: 100),
    numbers: NumberPolicy = NumberPolicy(), _ edit: (inout LedgerState) -> Void = { _ in }
  ) -> UndoPlan {
    var state = LedgerState(owned: owned)
    edit(&state)
    return undo(past, remembering: state, numbers: numbers, removal: removal)
  }

  private func contactOf(_ entry: String, _ number: String) -> ManagedObject {
    ManagedObject(contact(entry, number), entry: EntryID(entry), dn: dn(entry))
  }

  /// The call of a contact that got another number.
  private func renumbered(_ entry: String, _ old: String, _ new: String) -> CompletedCall {
    CompletedCall(.update(contact(entry, new), knownAs: old), before: contactOf(entry, old))
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
    let updated = CompletedCall(.update(person("b", "101"), knownAs: "101"), before: owned())
    let both = way(
      PastRun(7, [CompletedCall(.add(person("a", "101")), before: nil, isProved: false), updated]),
      [owned(.created, "b")])
    #expect(both.changes.isEmpty && both.released == [owned(.created, "b")], "its add decides, not what came after")
  }

  @Test func `of a removal is refused where the number is another's by now`() {
    let removed = [
      CompletedCall(.update(person("b", "101"), knownAs: "101"), before: owned()),
      CompletedCall(.delete(key), before: owned(.created, "b")),
    ]
    let other = ManagedObject(person("z", "101"), entry: EntryID("z"), dn: dn("z"))
    #expect(way(PastRun(7, removed), [other]).obstacles == ["the number of extension 101 is taken by now"])
    #expect(way(added, [other]).obstacles == ["extension 101 has changed since, or is gone"])
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
    #expect(object.absence == Absence(.missing, since: 900_000, reads: 0, change: Absence.undone))
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

  @Test func `touches no protected, foreign or emergency number, and no number with a call in doubt`() {
    let deleted = PastRun(7, [CompletedCall(.delete(key), before: owned())])
    let moved = PastRun(7, [renumbered("x", "1", "2")])
    let protected = NumberPolicy(protected: ["101", "1"].compactMap(NumberRange.init))
    #expect(way(added, [owned()], numbers: protected).obstacles == ["extension 101 is protected by now"])
    #expect(way(moved, [contactOf("x", "2")], numbers: protected).obstacles == ["contact 2 is protected by now"])

    var emergency = NumberPolicy()
    emergency.emergency = EmergencyNumbers(of: ["DE"], but: []) { ["101", "1"].contains($0) }
    #expect(way(deleted, [], numbers: emergency).obstacles == ["101 is an emergency number"])
    // Only a new extension would receive emergency calls.
    #expect(way(added, [owned()], numbers: emergency).changes.map(\.call) == [.delete(key)])
    let updated = PastRun(7, [CompletedCall(.update(person("b", "101"), knownAs: "101"), before: owned())])
    #expect(way(updated, [owned(.created, "b")], numbers: emergency).changes.count == 1)
    #expect(way(moved, [contactOf("x", "2")], numbers: emergency).changes.count == 1)

    let foreign = way(deleted, []) { $0.knownForeign = [KnownForeign(key, since: 1)] }
    #expect(foreign.obstacles == ["extension 101 is known to be foreign"])
    let earlier = way(moved, [contactOf("x", "2")]) {
      $0.knownForeign = [KnownForeign(ObjectKey(.contact, "1"), since: 1)]
    }
    #expect(earlier.obstacles == ["contact 2 is known to be foreign"] && earlier.changes.isEmpty)

    let inDoubt = way(added, [owned()]) { state in
      state.inDoubt = [InDoubtCall(intent: 1, call: .delete(key), entry: EntryID("a"), dn: dn("a"))]
    }
    #expect(inDoubt.obstacles == ["extension 101: a later call is in doubt; let a run settle it first"])
    #expect(inDoubt.changes.isEmpty)
  }

  @Test func `overwrites nothing that has changed since, and takes no number from another object`() {
    let deleted = PastRun(7, [CompletedCall(.delete(key), before: owned())])
    #expect(way(added, []).obstacles == ["extension 101 has changed since, or is gone"])
    #expect(way(added, [owned(.created, "b")]).obstacles == ["extension 101 has changed since, or is gone"])
    #expect(way(deleted, [owned(.created, "b")]).obstacles == ["the number of extension 101 is taken by now"])
    let moved = PastRun(7, [renumbered("x", "1", "2")])
    let occupied = way(moved, [contactOf("x", "2"), contactOf("y", "1")])
    #expect(occupied.obstacles == ["the number of contact 1 is taken by now"] && occupied.changes.isEmpty)
    #expect(way(moved, [contactOf("x", "2")]).changes.map(\.call) == [.update(contact("x", "1"), knownAs: "2")])
  }

  @Test func `gives numbers back in an order in which each is free`() {
    let chain = PastRun(7, [renumbered("x", "3", "2"), renumbered("y", "2", "1")])
    let plan = way(chain, [contactOf("x", "2"), contactOf("y", "1")])
    #expect(plan.changes.map(\.call.key.number) == ["3", "2"] && plan.changes.map(\.requires) == [[], [0]])
    // The number of what the run added is free once that is deleted.
    let reused = PastRun(7, [renumbered("x", "1", "2"), CompletedCall(.add(contact("y", "1")), before: nil)])
    let back = way(reused, [contactOf("x", "2"), contactOf("y", "1")])
    #expect(
      back.changes.map(\.call)
        == [.deleteContact(number: "1"), .update(contact("x", "1"), knownAs: "2")])
  }

  @Test func `reverts several calls for one object by one, and does nothing where they cancel out`() {
    let twice = PastRun(
      7,
      [
        CompletedCall(.update(person("b", "101"), knownAs: "101"), before: owned()),
        CompletedCall(.update(person("c", "101"), knownAs: "101"), before: owned(.created, "b")),
      ])
    #expect(way(twice, [owned(.created, "c")]).changes.map(\.call) == [.update(person("a", "101"), knownAs: "101")])
    let addedAndDeleted = PastRun(
      7, [CompletedCall(.add(person("a", "101")), before: nil), CompletedCall(.delete(key), before: owned())])
    #expect(way(addedAndDeleted, []).changes.isEmpty && way(addedAndDeleted, []).obstacles.isEmpty)
    let same = PastRun(7, [CompletedCall(.update(person("a", "101"), knownAs: "101"), before: owned())])
    #expect(way(same, [owned()]).changes.isEmpty && way(same, [owned()]).obstacles.isEmpty)
  }

  @Test func `of a removed contact updates it first, because an add could double it`() {
    let past = PastRun(7, [CompletedCall(.deleteContact(number: "1"), before: contactOf("x", "1"))])
    #expect(way(past, []).changes.map(\.call) == [.update(contact("x", "1"), knownAs: "1")])
    #expect(way(past, []).changes.map(\.cause) == [.undone(run: 7)])
  }

  @Test func `of the rest of a run leaves what was reverted before`() {
    let other = ObjectKey(.extension, "102")
    var past = PastRun(
      7,
      [
        CompletedCall(.add(person("b", "102")), before: nil), CompletedCall(.add(person("a", "101")), before: nil),
      ])
    let objects = [owned(), ManagedObject(person("b", "102"), entry: EntryID("b"), dn: dn("b"))]
    #expect(way(past, objects).changes.map(\.call) == [.delete(key), .delete(other)])
    past.undone = (by: 8, keys: [key])
    #expect(way(past, objects).changes.map(\.call) == [.delete(other)])
  }

  @Test func `obeys the share of removals, for each kind, and then names no order`() {
    var past = added
    past.later = [key: [8]]
    let objects = [owned()] + (1...9).map { contactOf("x\($0)", "\($0)") }
    let limit = RemovalPolicy(maxCount: 10, maxPercent: 50)
    #expect(
      way(past, objects, removal: limit).obstacles
        == ["1 of 1 extensions would be deleted, more than [removal] max_percent = 50"])
    let half = objects + [ManagedObject(person("b", "102"), entry: EntryID("b"), dn: dn("b"))]
    #expect(way(past, half, removal: limit).changes.count == 1)
    var changed = PastRun(7, past.changes + [CompletedCall(.add(person("z", "999")), before: nil)])
    changed.later = [ObjectKey(.extension, "999"): [8]]
    let plan = way(changed, objects, removal: limit)
    #expect(plan.obstacles.count == 2 && !plan.obstacles.contains { $0.hasPrefix("later runs") })
  }

  @Test func `that isn't possible releases nothing`() {
    let past = PastRun(
      7,
      [
        CompletedCall(.update(person("a", "101"), knownAs: "101"), before: nil),
        CompletedCall(.add(person("z", "999")), before: nil),
      ])
    let plan = way(past, [owned(.adopted)])
    #expect(plan.released.isEmpty && plan.changes.isEmpty && plan.obstacles.count == 1)
  }
}
