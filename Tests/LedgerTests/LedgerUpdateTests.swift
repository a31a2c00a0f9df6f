import Domain
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(15))) struct `A note` {
  private func ledger(in folder: borrowing TemporaryFolder) async throws -> Ledger {
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: run)
    try await ledger.settle(.add(bob), .refused(bob.refusal), in: run)
    return ledger
  }

  @Test(arguments: [Absence.Reason.missing, .disabled, .renumbered])
  func `remembers an absence until it ends`(reason: Absence.Reason) async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    for absence in [Absence(reason, since: 7, reads: 1), Absence(reason, since: 7, reads: 2), nil] {
      try await ledger.apply([.absence(ada.key, absence)], at: 60)
      #expect(try await ledger.state().objects == [ada.owned(absence: absence)])
    }
  }

  @Test func `remembers that other values were seen under an unproven object's number`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    var object = ada.owned().unproven(.ledgerRestored, since: 7)
    object.unproven?.hasOtherValues = true
    try await ledger.apply([.unprove(object, inDoubtCalls: [])], at: 60)
    #expect(try await ledger.state().objects == [object])
    #expect(
      try await ledger.neighbourhood(of: .known(leaving: []), linksUsers: false, at: 60)?.state.objects == [object])
    try await ledger.apply([.seen(ada.owned())], at: 61)
    #expect(try await ledger.state().objects == [ada.owned()])
  }

  @Test func `remembers another holder or another DN`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    try await ledger.apply([.holder(ada.key, EntryID("heir"), dn: "uid=heir")], at: 60)
    #expect(try await ledger.state().objects == [ManagedObject(ada, entry: EntryID("heir"), dn: "uid=heir")])
  }

  /// A loss that was noticed first, and then confirmed by an audit.
  @Test func `remembers whose an object was that the PBX lost, until that one is forgotten`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    try await ledger.record(losses: [ada.key], at: 50)
    try await ledger.apply([.lost(ada.key)], at: 60)
    try await ledger.record(losses: [ada.key], at: 70)
    let holder = ada.owned()
    let loss = FormerHolder(ada, entry: holder.entry, dn: holder.dn, at: 70)
    #expect(try await ledger.state().lost == [loss])
    #expect(try await ledger.neighbourhood(of: .known(leaving: []), linksUsers: false, at: 60)?.state.lost == [loss])
    #expect(try await ledger.state().objects == [])
    _ = try await ledger.forget(holder.entry)
    #expect(try await ledger.state().lost == [FormerHolder(ada.key, entry: EntryID(""), dn: "", at: 70)])
  }

  @Test(arguments: [true, false])
  func `that the PBX has an object ends what was known against its number`(isAdopted: Bool) async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    try await ledger.apply([.foreign(bob.key)], at: 50)
    try await ledger.allow([AllowedAdoption(bob.key)], at: ledger.now())
    let before = try await ledger.state()
    #expect(before.knownForeign.map(\.key) == [bob.key] && before.adoptions.map(\.key) == [bob.key])
    let object = bob.owned(ownership: isAdopted ? .adopted : .created)
    try await ledger.apply([isAdopted ? .adopt(object) : .seen(object)], at: 60)
    let state = try await ledger.state()
    #expect(state.objects.contains(object))
    #expect(state.refusals.isEmpty && state.knownForeign.isEmpty && state.adoptions.isEmpty)
  }

  @Test func `to adopt keeps the values that a table showed`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    func allow(_ item: PBXObject?, asItIs: Bool = false) async throws -> AllowedAdoption? {
      try await ledger.allow([AllowedAdoption(bob.key, item: item, asItIs: asItIs)], at: ledger.now())
      return try await ledger.state().adoptions.first
    }
    #expect(try await allow(nil)?.item == nil)
    let table = try await allow(bob)
    #expect(table?.item == bob && table?.isAsItIs == false)
    #expect(try await allow(nil)?.item == bob, "an admin's word takes no values away")
    let audit = try await allow(bob, asItIs: true)
    #expect(audit?.isAsItIs == true && audit?.until == nil)
    let confirmed = try await allow(nil)
    #expect(confirmed?.item == bob && confirmed?.isAsItIs == false)
  }

  @Test func `forgets a refusal`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    #expect(try await ledger.state().refusals == [bob.refusal])
    try await ledger.apply([.deleteRefusal(bob.key)], at: 60)
    #expect(try await ledger.state() == LedgerState(owned: [ada.owned()]))
  }

  /// A table showed an object under it that an admin released as foreign.
  @Test func `keeps no allocation of a number that is released and was nobody's`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    let key = ObjectKey(.extension, "200")
    try await ledger.apply([.allocate(Allocation("200", to: EntryID("a"), dn: "uid=a", pool: "p", at: 50))], at: 50)
    try await ledger.allow(
      [AllowedAdoption(key, item: .extension(Extension(number: "200", firstName: "A", lastName: "B")), asItIs: true)],
      at: 60)
    try await ledger.release([key], at: 70)
    let state = try await ledger.state()
    #expect(state.allocations.isEmpty && state.knownForeign.map(\.key) == [key])
  }

  @Test func `remembers an allocated number, one for each entry and one entry for each`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    func allocation(_ number: String, _ entry: String) -> Allocation {
      Allocation(number, to: EntryID(entry), dn: "uid=\(entry)", pool: "people", at: 60)
    }
    let before = try await ledger.generation()
    try await ledger.apply([.allocate(allocation("200", "a")), .allocate(allocation("201", "b"))], at: 60)
    #expect(try await ledger.state().allocations == [allocation("200", "a"), allocation("201", "b")])
    #expect(try await ledger.generation() > before)
    try await ledger.apply([.allocate(allocation("201", "a"))], at: 70)
    #expect(try await ledger.state().allocations == [allocation("201", "a")])
  }

  @Test func `about an object that is no longer there changes nothing`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    let (state, generation) = try await (ledger.state(), ledger.generation())
    try await ledger.apply(
      [
        .absence(bob.key, Absence(.missing, since: 1, reads: 1)), .holder(bob.key, EntryID("x"), dn: "x"),
        .deleteRefusal(ada.key),
      ], at: 60)
    #expect(try await ledger.state() == state)
    #expect(try await ledger.generation() == generation)
  }
}
