import Domain
import Reconcile
import TestSupport
import Testing

/// A contact's new number in doubt: it may be known by the earlier number or by the new one, so several wanted objects
/// and managed objects may concern the same call.
@Suite(.timeLimit(.minutes(15))) struct `A contact's move in doubt` {
  private let move = Call.update(contact("x", "2"), knownAs: "1")

  /// The intents that a plan ends, by its changes and by its notes: a second end contradicts the first.
  private func ended(_ plan: Plan) -> [Int64] {
    let noted = plan.updates.flatMap { note in
      if case .unprove(_, let inDoubtCalls) = note { inDoubtCalls } else { [Int64]() }
    }
    return plan.changes.flatMap { $0.settles.map(\.intent) } + Set(noted)
  }

  @Test func `is settled by the wanted object with the new number if a restored ledger has the earlier one`() {
    var it = Case()
    it.own(contact("x", "1"), "x", unproven: .ledgerRestored)
    it.state.restored = [.extension: 5, .contact: 5]
    it.inDoubtCall(move, "x", intent: 9)
    it.want(contact("x", "2"), "x")
    #expect(ended(it.plan) == [9])
    // What is unproven isn't touched: the object is looked for under the new number alone.
    #expect(it.plan.calls == ["update contact 2 x"])
    for change in it.plan.changes {
      var settlement = Settlement(change, at: 0)
      let call = Call.update(contact("x", "2"), knownAs: "2")
      #expect(settlement.begin() == .follow(call))
      #expect(settlement.next(after: call, CallResult(.absent)) == .follow(.add(contact("x", "2"))))
    }
  }

  @Test func `ends with an unproven object if neither number is wanted`() {
    var it = Case()
    it.own(contact("x", "1"), "x", unproven: .ledgerRestored)
    it.state.restored = [.extension: 5, .contact: 5]
    it.inDoubtCall(move, "x", intent: 9)
    #expect(ended(it.plan) == [9])
    #expect(it.plan.calls == [])
  }

  @Test func `is settled with the update that followed it, whatever is wanted by then`() {
    func ended(by numbers: String...) -> [Int64] {
      var it = Case()
      it.own(contact("x", "1"), "x")
      it.inDoubtCall(move, "x", intent: 9)
      it.inDoubtCall(.update(contact("x", "2"), knownAs: "2"), "x", intent: 10)
      for number in numbers { it.want(contact("x", number), "x") }
      it.removal.completeReads = 1
      return self.ended(it.plan).sorted()
    }
    #expect(ended() == [9, 10])
    #expect(ended(by: "1") == [9, 10])
    #expect(ended(by: "2") == [9, 10])
    #expect(ended(by: "3") == [9, 10])
    #expect(ended(by: "1", "2") == [9, 10])
  }

  @Test func `is settled before anybody else gets the new number`() {
    // Its entry has left, and is waited for.
    var left = Case()
    left.own(contact("x", "1"), "x")
    left.inDoubtCall(move, "x", intent: 9)
    left.want(contact("f", "2"), "f")
    left.removal.completeReads = 2
    #expect(left.plan.calls == [])
    #expect(left.plan.conflicts.map(\.reason) == [.occupied(holder: EntryID("x"), dn: dn("x"))])
    left.removal.completeReads = 1
    #expect(left.plan.calls == ["delete contact 1"])
    #expect(ended(left.plan) == [9])

    // Its entry has the earlier number again.
    var back = Case()
    back.own(contact("x", "1"), "x")
    back.inDoubtCall(move, "x", intent: 9)
    back.want(contact("x", "1"), "x")
    back.want(contact("f", "2"), "f")
    #expect(back.plan.calls == ["update contact 1 x"])
    #expect(ended(back.plan) == [9])

    // It has both numbers.
    var both = Case()
    both.own(contact("x", "1"), "x")
    both.inDoubtCall(move, "x", intent: 9)
    both.want(contact("x", "1"), "x")
    both.want(contact("x", "2"), "x")
    #expect(both.plan.calls == ["update contact 1 x"])
    #expect(ended(both.plan) == [9])
  }

  /// Each of two people wants the number that the other has or may have.
  @Test func `is brought back where a swap would wait for it`() throws {
    var it = Case()
    it.own(contact("x", "1"), "x")
    it.inDoubtCall(move, "x", intent: 9)
    it.own(contact("g", "3"), "g")
    it.want(contact("x", "3"), "x")
    it.want(contact("g", "2"), "g")
    #expect(it.plan.calls == ["update contact 1 x"])
    #expect(ended(it.plan) == [9])
    let change = try #require(it.plan.changes.first)
    var settlement = Settlement(change, at: 0)
    let call = Call.update(contact("x", "1"), knownAs: "2")
    #expect(settlement.begin() == .follow(call))
    #expect(settlement.next(after: call, CallResult(.absent)) == .follow(.update(contact("x", "1"), knownAs: "1")))
    it.state.inDoubt = []
    #expect(it.plan.calls == ["move contact 3 -> 2 g", "move contact 1 -> 3 x"])
  }

  /// The call that gives the earlier number back is in doubt too, so nobody else's change may look for the contact by it.
  @Test func `is settled with the call that gives the earlier number back`() {
    var it = Case()
    it.own(contact("x", "1"), "x")
    it.inDoubtCall(move, "x", intent: 9)
    it.inDoubtCall(.update(contact("x", "1"), knownAs: "2"), "x", intent: 10)
    it.own(contact("g", "3"), "g")
    it.want(contact("x", "3"), "x")
    it.want(contact("g", "2"), "g")
    #expect(it.plan.calls == ["update contact 1 x"])
    #expect(ended(it.plan) == [9, 10])
    it.state.inDoubt.removeFirst()
    #expect(it.plan.calls == ["update contact 1 x"])
    #expect(ended(it.plan) == [10])
  }

  @Test(arguments: 1...30) func `is settled once, in every combination of claims and holders`(seed: UInt64) {
    var random = SplitMix64(state: seed)
    for _ in 0..<200 {
      var it = Case()
      let numbers = (1...5).map(String.init)
      let entries = ["x", "f", "g"]
      for number in numbers {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: it.own(contact("x", number), entries.randomElement(using: &random)!)
        case 1: it.own(contact("x", number), entries.randomElement(using: &random)!, unproven: .ledgerRestored)
        default: break
        }
        if Bool.random(using: &random) {
          let entry = entries.randomElement(using: &random)!
          it.want(contact(entry, number), entry)
        }
        if Int.random(in: 0..<6, using: &random) == 0 {
          it.state.adoptions.append(AllowedAdoption(ObjectKey(.contact, number)))
        }
      }
      for intent in 1...Int64.random(in: 1...3, using: &random) {
        let item = contact("x", numbers.randomElement(using: &random)!)
        let call: [Call] = [
          .add(item), .delete(item.key), .update(item, knownAs: numbers.randomElement(using: &random)!),
        ]
        it.inDoubtCall(call.randomElement(using: &random)!, entries.randomElement(using: &random)!, intent: intent)
      }
      if it.state.objects.contains(where: { !$0.isManaged }) { it.state.restored = [.extension: 5, .contact: 5] }
      it.removal.completeReads = Int.random(in: 1...2, using: &random)
      let ends = ended(it.plan)
      #expect(Set(ends).count == ends.count, "\(it.state) \(it.reading.wanted)")
      if Set(ends).count != ends.count { return }
    }
  }
}
