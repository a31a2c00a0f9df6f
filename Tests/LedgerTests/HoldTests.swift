import Domain
import Foundation
import Platform
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(15))) struct `A held set of removals` {
  private let absence = Absence(.missing, since: 5, reads: 2)

  private func held(_ items: [PBXObject]) -> HeldSet {
    HeldSet(
      of: .extension, objects: items.map { HeldObject(removing: $0.owned(absence: absence)) }, owned: 2,
      limit: "more than max_count = 0")
  }

  private func plan(_ held: [HeldSet], rejected: [HeldObject] = [], lapsed: [Approval.Member] = []) -> Plan {
    var plan = Plan()
    (plan.held, plan.rejected, plan.lapsed) = (held, rejected, lapsed)
    return plan
  }

  private func ledger(_ folder: borrowing TemporaryFolder, owning items: [PBXObject]) async throws -> Ledger {
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    for item in items {
      try await ledger.settle(.add(item), .holds(item.owned(absence: absence), replacing: nil), in: run)
    }
    return ledger
  }

  @Test func `is kept with its members until it is held no more`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder, owning: [ada])
    let set = held([ada])
    try await ledger.store(holdsOf: plan([set]), at: 30)
    try await ledger.store(holdsOf: plan([set]), at: 40)
    let hold = try #require(try await ledger.holds().first)
    #expect(hold.name == set.name && hold.since == 30 && hold.approvedAt == nil && hold.reason == set.limit)
    #expect(hold.members.map(\.key) == [ada.key] && hold.members.map(\.name) == ["Ada Lovelace"])
    try await ledger.store(holdsOf: plan([]), at: 50)
    #expect(try await ledger.holds() == [])
  }

  @Test func `whose approval is too old is held again, also before a run ends the approval`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder, owning: [ada])
    let now = ledger.now()
    let set = held([ada])
    try await ledger.store(holdsOf: plan([set]), at: now)
    #expect(try await ledger.approve(set.name, at: now - Approval.validity - 1))
    #expect(try await ledger.holds().map(\.approvedAt) == [nil])
    #expect(try await ledger.state().approvals == [])
    #expect(try await ledger.state().undecided.map(\.key) == [ada.key])
    #expect(try await ledger.approve(set.name, at: now))
    #expect(try await ledger.holds().map(\.approvedAt) == [now])
    #expect(try await ledger.state().approvals.count == 1)
  }

  private let grace = PBXObject.extension(Extension(number: "1906", firstName: "Grace", lastName: "Hopper"))

  @Test func `gives place to another set of its kind, and is known for a week`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder, owning: [ada, grace])
    try await ledger.store(holdsOf: plan([held([ada])]), at: 30)
    try await ledger.store(holdsOf: plan([held([ada, grace])]), at: 40)
    #expect(try await ledger.holds().map(\.name) == [held([ada, grace]).name])
    #expect(try await !ledger.approve(held([ada]).name, at: 41), "an approval of a set that has changed")
    #expect(try await ledger.hold(named: held([ada]).name)?.endedAt == 40)
    try await ledger.store(holdsOf: plan([held([ada])]), at: 50)
    #expect(try await ledger.holds().map(\.since) == [50], "held again")
    try await ledger.store(holdsOf: plan([]), at: 60)
    try await ledger.store(holdsOf: plan([]), at: 61 + 7 * 86_400)
    #expect(try await ledger.hold(named: held([ada]).name) == nil)
  }

  @Test func `stays approved for each of its members until that is done, or is no longer wanted`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder, owning: [ada, grace])
    let name = held([ada, grace]).name
    try await ledger.store(holdsOf: plan([held([ada, grace])]), at: 30)
    #expect(try await ledger.approve(name, at: ledger.now()))
    let members = [ada, grace].map { Approval.Member($0.key, $0.owned().entry) }
    try await ledger.store(holdsOf: plan([]), at: 40)
    #expect(try await ledger.state().approvals == [Approval(name, Set(members))])
    try await ledger.store(holdsOf: plan([], lapsed: [members[1]]), at: 50)
    #expect(try await ledger.state().approvals == [Approval(name, [members[0]])])
    let run = try await ledger.beginRun()
    try await ledger.settle(.delete(ada.key), .gone(ada.key), in: run)
    #expect(try await ledger.holds() == [])
  }

  @Test func `when rejected starts its members' absence again`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder, owning: [ada])
    try await ledger.store(holdsOf: plan([held([ada])]), at: 30)
    #expect(try await ledger.reject(held([ada]).name, at: 31))
    #expect(try await ledger.state().objects == [ada.owned()])
    #expect(try await ledger.holds() == [])
    #expect(try await !ledger.reject(held([ada]).name, at: 32))
  }

  /// An outage of the directory that goes on would remove these in small groups, each below the limit.
  @Test func `when rejected starts the absence of all who are missing again`() async throws {
    let folder = try TemporaryFolder()
    let others = ["1816", "1817"].map { number in
      PBXObject.extension(Extension(number: number, firstName: "Eve", lastName: "", email: "", callerID: ""))
    }
    let ledger = try await ledger(folder, owning: [ada] + others)
    let absences = [
      Absence(.missing, since: 20, reads: 2), Absence(.missing, since: 25, reads: 1),
      Absence(.disabled, since: 25, reads: 1),
    ]
    try await ledger.apply(zip([ada] + others, absences).map { .absence($0.key, $1) }, at: 28)
    try await ledger.store(holdsOf: plan([held([ada])]), at: 30)
    #expect(try await ledger.reject(held([ada]).name, at: 31))
    #expect(try await ledger.state().objects.compactMap(\.absence) == [absences[2]])
  }

  @Test func `moves the generation when it is decided on, so that a daemon wakes`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder, owning: [ada])
    try await ledger.store(holdsOf: plan([held([ada])]), at: 30)
    let before = try await ledger.generation()
    _ = try await ledger.approve(held([ada]).name, at: 31)
    let approved = try await ledger.generation()
    _ = try await ledger.reject(held([ada]).name, at: 32)
    #expect(before < approved)
    #expect(try await approved < ledger.generation())
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A held set of updates` {
  private let renamed = PBXObject.extension(Extension(number: "1815", firstName: "Ada", lastName: "King"))

  private func plan(_ isHeld: Bool = true, isRejected: Bool = false) -> Plan {
    let object = HeldObject(ada.key, ada.owned().entry, dn: ada.owned().dn, before: ada.owned(), wanted: renamed)
    var plan = Plan()
    if isHeld { plan.held = [HeldSet(.update, of: .extension, objects: [object], owned: 1, limit: "more than 0")] }
    if isRejected { plan.rejected = [object] }
    return plan
  }

  private func ledger(_ folder: borrowing TemporaryFolder) async throws -> Ledger {
    let ledger = try Ledger(path: folder.ledger)
    try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: ledger.beginRun())
    try await ledger.store(holdsOf: plan(), at: 30)
    return ledger
  }

  private var member: Approval.Member { Approval.Member(ada.key, ada.owned().entry, .update, wanted: renamed) }
  private var name: String { plan().held[0].name }

  @Test func `shows what the PBX has and what it would get`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder)
    let hold = try #require(try await ledger.holds().first)
    #expect(hold.name.hasPrefix("extensions-update-") && hold.action == .update && hold.isOpen)
    #expect(hold.members.map(\.before) == [ada] && hold.members.map(\.wanted) == [renamed])
    #expect(try await ledger.state().undecided.map(\.key) == [ada.key])
    let (own, other) = (ada.owned().entry, EntryID("nobody"))
    #expect(
      try await ledger.neighbourhood(of: .entries([own]), linksUsers: false, at: 31)?.state.undecided.map(\.key)
        == [ada.key])
    #expect(try await ledger.neighbourhood(of: .entries([other]), linksUsers: false, at: 31)?.state.undecided == [])
  }

  @Test func `is approved with its values, and gone once they are there`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder)
    #expect(try await ledger.approve(name, at: ledger.now()))
    #expect(try await ledger.state().approvals == [Approval(name, [member])])
    let run = try await ledger.beginRun()
    try await ledger.settle(.update(renamed, knownAs: "1815"), .holds(renamed.owned(), replacing: nil), in: run)
    #expect(try await ledger.holds() == [])
  }

  @Test func `counts what the next run can't make once it is approved`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder)
    try await ledger.store(conflicts: [WantedObject(renamed, entry: ada.owned().entry, dn: "uid=ada")])
    #expect(try await ledger.holds().map(\.waiting) == [0])
    _ = try await ledger.approve(name, at: ledger.now())
    #expect(try await ledger.holds().map(\.waiting) == [1])
    try await ledger.store(conflicts: [])
    #expect(try await ledger.holds().map(\.waiting) == [0])
    _ = try await ledger.recordFailures([ada.key: ChangeFailure("no answer")], at: ledger.now())
    #expect(try await ledger.holds().map(\.waiting) == [1])
  }

  @Test func `goes with its entry, which has another ID`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder)
    let object = HeldObject(ada.key, EntryID("new"), dn: "uid=new", before: ada.owned(), wanted: renamed)
    var renewed = Plan()
    renewed.held = [HeldSet(.update, of: .extension, objects: [object], owned: 1, limit: "more than 0")]
    #expect(renewed.held[0].name == name)
    try await ledger.store(holdsOf: renewed, at: 40)
    let hold = try #require(try await ledger.holds().first)
    #expect(hold.since == 30 && hold.members.map(\.entry) == [EntryID("new")] && hold.members.map(\.dn) == ["uid=new"])
  }

  @Test func `is rejected until another update is wanted`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder)
    #expect(try await ledger.reject(name, at: 31))
    #expect(try await ledger.state().rejections == [member])
    try await ledger.store(holdsOf: plan(false, isRejected: true), at: 40)
    #expect(try await ledger.holds().map(\.rejectedAt) == [31])
    try await ledger.store(holdsOf: plan(false), at: 50)
    #expect(try await ledger.holds() == [])
  }

  @Test func `stays rejected where nothing can be planned, and when its entry is created again`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder)
    _ = try await ledger.reject(name, at: 31)
    var unproven = plan(false)
    unproven.standing = [member]
    try await ledger.store(holdsOf: unproven, at: 40)
    #expect(try await ledger.state().rejections == [member])
    var recreated = plan(false)
    recreated.rejected = [HeldObject(ada.key, EntryID("new"), dn: "uid=ada", before: ada.owned(), wanted: renamed)]
    try await ledger.store(holdsOf: recreated, at: 50)
    #expect(
      try await ledger.state().rejections == [Approval.Member(ada.key, EntryID("new"), .update, wanted: renamed)])
  }

  @Test(arguments: [true, false])
  func `stays rejected when a copy is restored that was made before, if the ledger can be read`(isReadable: Bool)
    async throws
  {
    let folder = try TemporaryFolder()
    let backup: String
    do {
      let ledger = try await ledger(folder)
      backup = try await ledger.backUp(at: 1_000_000)
      _ = try await ledger.reject(name, at: 1_000_001)
    }
    if !isReadable { try Data("not a ledger at all, for sure".utf8).write(to: URL(filePath: folder.ledger)) }
    let restoration = try Ledger.restore(folder.ledger, from: backup, at: 2_000_000)
    #expect(restoration.hasLaterRejections == isReadable)
    let restored = try Ledger(path: folder.ledger)
    #expect(try await restored.state().rejections == (isReadable ? [member] : []))
    #expect(try await restored.holds().map(\.rejectedAt) == (isReadable ? [1_000_001] : []))
    #expect(try await restored.verify() == [])
  }

  @Test func `outlasts a read that isn't complete`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder)
    try await ledger.store(holdsOf: plan(false), isComplete: false, at: 40)
    #expect(try await ledger.holds().map(\.name) == [name])
  }
}

extension PBXObject {
  fileprivate func addition(at time: Timestamp) -> Intent {
    Intent(.add(self), entry: owned().entry, dn: owned().dn, before: nil, at: time)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `What was done unasked` {
  @Test func `counts for ten minutes, but for what an admin undid, and for a first load`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let now: Timestamp = 1_000_000
    let run = try await ledger.beginRun()
    _ = try await ledger.recordIntents([ada.addition(at: now - 5)], in: run)
    #expect(try await ledger.state(at: now).recent == [.addition: [ada.key: .init(made: 0, isOpen: true)]])
    #expect(try await ledger.state(at: now + 700).recent == [:])
    #expect(try await ledger.state().loaded == [])
    try await ledger.recordFirstLoad(of: [.extension], at: now)
    #expect(try await ledger.state(at: now + 1).recent == [:])
    #expect(try await ledger.state().loaded == [.extension])
  }

  @Test(arguments: ["undo", "audit"])
  func `isn't what an admin had undone or sent again`(trigger: String) async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun(RunStart(trigger: trigger, pid: 4711, at: 1))
    _ = try await ledger.recordIntents([ada.addition(at: 20)], in: run)
    #expect(try await ledger.state(at: 21).recent == [:])
  }

  @Test func `counts a removal for a day, unless it was approved`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    let grace = PBXObject.extension(Extension(number: "1906", firstName: "Grace", lastName: "Hopper"))
    for item in [ada, grace] {
      try await ledger.settle(.add(item), .holds(item.owned(), replacing: nil), in: run)
    }
    var plan = Plan()
    plan.held = [
      HeldSet(
        of: .extension, objects: [HeldObject(removing: grace.owned())], owned: 2, limit: "more than max_count = 0")
    ]
    try await ledger.store(holdsOf: plan, at: 30)
    #expect(try await ledger.approve(plan.held[0].name, at: 31))
    for item in [ada, grace] { try await ledger.settle(.delete(item.key), .gone(item.key), in: run) }
    let at = try #require(try await ledger.state().formerHolders.first?.at)
    #expect(try await ledger.state(at: at + 86_399).recent[.removal] == [ada.key: .init(made: 1)])
    #expect(try await ledger.state(at: at + 86_400).recent[.removal] == nil)
  }

  @Test func `counts a removal for a day that passes, whatever the wall clock says`() async throws {
    let folder = try TemporaryFolder()
    let time = MovingClock()
    let path = folder.ledger
    do { _ = try Ledger(path: path, clock: time.clock) }
    // A ledger that is opened after the step has another time than the wall clock.
    time.step(30 * 86_400)
    let ledger = try Ledger(path: path, clock: time.clock)
    let run = try await ledger.beginRun()
    try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: run)
    try await ledger.settle(.delete(ada.key), .gone(ada.key), in: run, at: ledger.now())
    #expect(try await ledger.state().formerHolders.map(\.at) == [ledger.now()])
    time.step(-60 * 86_400)
    time.pass(86_399)
    let later = try Ledger(path: path, clock: time.clock)
    #expect(try await later.state(at: later.now()).recent[.removal] == [ada.key: .init(made: 1)])
    time.pass(1)
    #expect(try await later.state(at: later.now()).recent[.removal] == nil)
  }

  @Test func `counts each removal of a number that is used again meanwhile`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    for _ in 0..<2 {
      try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: run)
      try await ledger.settle(.delete(ada.key), .gone(ada.key), in: run, at: 20)
    }
    try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: run)
    #expect(try await ledger.state(at: 21).recent[.removal] == [ada.key: .init(made: 2)])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A decision of an admin` {
  private func ledger(_ folder: borrowing TemporaryFolder, _ set: HeldSet) async throws -> Ledger {
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: run)
    var plan = Plan()
    plan.held = [set]
    try await ledger.store(holdsOf: plan, at: 30)
    return ledger
  }

  /// A rejection says that the object shown again is foreign.
  @Test func `to keep what a table showed again leaves it to the PBX`() async throws {
    let folder = try TemporaryFolder()
    let absence = Absence(.missing, since: 5, reads: 0, change: Absence.thereAgain)
    let set = HeldSet(
      of: .extension, because: .revived, objects: [HeldObject(removing: ada.owned(absence: absence))], owned: 1,
      limit: "shown again")
    let ledger = try await ledger(folder, set)
    #expect(try await ledger.reject(set.name, at: 40))
    let state = try await ledger.state()
    #expect(state.objects.isEmpty && state.knownForeign.map(\.key) == [ada.key])
    #expect(try await ledger.holds() == [])
  }

  @Test func `to let a set pass waits for a week, and no longer`() async throws {
    let folder = try TemporaryFolder()
    let set = HeldSet(of: .extension, objects: [HeldObject(removing: ada.owned())], owned: 1, limit: "too many")
    let ledger = try await ledger(folder, set)
    #expect(try await ledger.approve(set.name, at: 40))
    #expect(try await ledger.endOldApprovals(at: 40 + Approval.validity) == [])
    #expect(try await ledger.endOldApprovals(at: 41 + Approval.validity) == [set.name])
    #expect(try await ledger.state().approvals == [])
    #expect(try await ledger.holds().map(\.isOpen) == [true])
  }
}
