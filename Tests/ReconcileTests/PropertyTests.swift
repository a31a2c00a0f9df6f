import Domain
import Reconcile
import TestSupport
import Testing

/// Random directories and ledgers, small enough that numbers collide often.
@Suite(.timeLimit(.minutes(15))) struct `For any directory and ledger` {
  @Test(arguments: 0..<400)
  func `the plan applied gives what is wanted, and planning again gives nothing`(seed: UInt64) {
    var it = Case.random(seed: seed)
    it.apply(it.plan)
    let again = it.plan
    #expect(again.calls == [])
  }

  @Test(arguments: 0..<100)
  func `winners don't depend on the order of entries`(seed: UInt64) {
    var it = Case.random(seed: seed)
    let plan = it.plan
    var random = SplitMix64(state: seed)
    for _ in 0..<5 {
      it.reading.wanted.shuffle(using: &random)
      it.state.objects.shuffle(using: &random)
      let other = it.plan
      #expect(Set(other.changes.map(\.call)) == Set(plan.changes.map(\.call)))
      #expect(other.conflicts == plan.conflicts)
    }
  }

  @Test(arguments: 0..<200)
  func `nothing is removed or taken from somebody who was seen and has nothing else`(seed: UInt64) {
    let it = Case.random(seed: seed)
    for change in it.plan.changes where change.call.action == .delete {
      guard let owner = change.before?.entry else { continue }
      let isWanted = it.reading.wanted.contains { $0.entry == owner && $0.item.key == change.call.key }
      #expect(!isWanted)
    }
  }

  @Test(arguments: 0..<200)
  func `what is held isn't made, and all of it is made once it is approved`(seed: UInt64) {
    var it = Case.random(seed: seed)
    var random = SplitMix64(state: seed)
    it.state.loaded = [.extension, .contact]
    it.removal.maxCount = Int.random(in: 0..<4, using: &random)
    it.update.maxCount = Int.random(in: 0..<4, using: &random)
    it.addition.maxCount = Int.random(in: 0..<4, using: &random)
    if Bool.random(using: &random) {
      it.reading.searchChanges = ObjectKind.allCases.map { SearchChange("the filter has changed", of: $0, at: it.now) }
    }
    for _ in 0..<12 {
      let plan = it.plan
      for set in plan.held {
        let members = Set(set.objects.map { $0.member(set.action) })
        #expect(plan.changes.allSatisfy { !members.contains(Approval.Member($0)) })
      }
      for kind in ObjectKind.allCases {
        let unasked = plan.changes.filter { change in
          !it.state.approvals.contains { $0.members.contains(Approval.Member(change)) }
        }
        func count(_ action: HeldSet.Action) -> Int {
          unasked.count { $0.heldAction == action && $0.call.key.kind == kind }
        }
        #expect(count(.removal) <= it.removal.maxCount)
        #expect(count(.update) <= it.update.maxCount && count(.addition) <= it.addition.maxCount)
      }
      it.apply(plan)
      it.state.searchChanges += it.reading.searchChanges
      it.reading.searchChanges = []
      it.state.approvals += plan.held.map { set in
        Approval(set.name, because: set.cause, Set(set.objects.map { $0.member(set.action) }))
      }
    }
    #expect(it.plan.held.isEmpty)
    #expect(it.plan.calls == [])
  }

  @Test(arguments: 0..<100)
  func `each change comes after those that it requires`(seed: UInt64) {
    let changes = Case.random(seed: seed).plan.changes
    for (position, change) in changes.enumerated() { #expect(change.requires.allSatisfy { $0 < position }) }
  }
}

extension Case {
  fileprivate static func random(seed: UInt64) -> Case {
    var random = SplitMix64(state: seed)
    var it = Case()
    var taken: Set<ObjectKey> = []
    for index in 0..<12 {
      let entry = "e\(index)"
      for kind in ObjectKind.allCases {
        func item() -> PBXObject {
          let number = String(Int.random(in: 100..<115, using: &random))
          let name = ["n1", "n2"].randomElement(using: &random) ?? ""
          return kind == .extension ? person(name, number) : contact(name, number)
        }
        for _ in 0..<(kind == .extension ? 1 : 2) {
          let owned = item()
          if Bool.random(using: &random), taken.insert(owned.key).inserted { it.own(owned, entry) }
        }
        switch Int.random(in: 0..<7, using: &random) {
        case 0: break
        case 1: it.see(entry, as: kind, .disabled)
        case 2: it.see(entry, as: kind, .unmappable)
        case 3: it.see(entry, as: kind, .withoutNumber)
        default:
          // An entry's numbers differ; if two sources have the same number, their order decides and must.
          let items = (0..<(kind == .extension ? 1 : 2)).map { _ in item() }
          for item in Dictionary(grouping: items, by: \.key).values.compactMap(\.first) { it.want(item, entry) }
        }
      }
    }
    return it
  }
}
