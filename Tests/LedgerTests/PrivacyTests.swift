import Domain
import Foundation
import TestSupport
import Testing

@testable import Ledger

private let day: Int64 = 86_400

@Suite(.timeLimit(.minutes(15))) struct `What the ledger knows of people who left` {
  private let eve = PBXObject.extension(
    Extension(number: "1816", firstName: "Eve", lastName: "Nachbarin", email: "eve@example.com", callerID: "+441816"))

  /// Ada is there; Eve came and left, and asked for nothing since.
  private func ledger(_ folder: borrowing TemporaryFolder, _ time: MovingClock) async throws -> Ledger {
    let ledger = try Ledger(path: folder.ledger, clock: time.clock)
    let run = try await ledger.beginRun(RunStart(trigger: "poll", pid: 1, at: ledger.now()))
    for item in [ada, eve] { try await ledger.settle(.add(item), .holds(item.owned(), replacing: nil), in: run) }
    var leaving = Call.delete(eve.key).intent
    leaving.before = eve.owned()
    let intents = try await ledger.recordIntents([leaving], in: run)
    try await ledger.recordOutcomes([
      RecordedOutcome(
        of: intents, answer: CallResult(.accepted, message: "Eve is gone"), outcome: .gone(eve.key), at: ledger.now())
    ])
    return ledger
  }

  /// The values of somebody that are in the file or in its log.
  private func values(_ item: PBXObject, in folder: borrowing TemporaryFolder) throws -> [String] {
    let all = try bytes(of: folder.ledger) + ((try? bytes(of: folder.ledger + "-wal")) ?? Data())
    let values = item.fields.dropFirst().map(\.value) + ["entry-\(item.number)", "uid=\(item.number)"]
    return values.filter { all.range(of: Data($0.utf8)) != nil }
  }

  @Test func `goes after the time that is set, by time that really passed`() async throws {
    let folder = try TemporaryFolder()
    let time = MovingClock()
    let first = try await ledger(folder, time)
    #expect(try await first.forgetLeavers(after: 400 * day, at: first.now()) == 0)
    time.step(10 * 365 * day)
    time.pass(2 * day)
    let early = try Ledger(path: folder.ledger, clock: time.clock)
    #expect(try await early.forgetLeavers(after: 400 * day, at: early.now()) == 0)
    time.pass(400 * day)
    let late = try Ledger(path: folder.ledger, clock: time.clock)
    #expect(try await late.forgetLeavers(after: 400 * day, at: late.now()) == 1)

    let calls = try await late.outcomes(of: RunID(1))
    #expect(calls.map(\.isForgotten) == [false, true, true])
    #expect(calls.map(\.intent.call.key.number) == ["1815", "1816", "1816"])
    #expect(calls.map(\.outcomeName) == [.holds, .holds, .gone])
    #expect(try await late.state().objects == [ada.owned()])
    #expect(try await late.state().formerHolders.map(\.dn) == [""])
    #expect(try await late.forgetLeavers(after: 400 * day, at: late.now()) == 0)
  }

  @Test func `goes at once where an admin asks for it, from the file itself too`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder, MovingClock())
    #expect(try values(eve, in: folder) != [])
    let known = try await ledger.knownEntries().filter { $0.entry == EntryID("entry-1816") }
    #expect(known.contains { $0.item == eve && $0.dn == "uid=1816" && $0.reasonToStay == nil })
    #expect(try await ledger.forget(EntryID("entry-1816")) == Forgotten(calls: 2, earlierValues: 1))
    #expect(try values(eve, in: folder) == [])
    #expect(try values(ada, in: folder).count == 6)
    #expect(try await ledger.knownEntries().map(\.entry).allSatisfy { $0 == EntryID("entry-1815") })
  }

  @Test func `goes from texts that quote it, and from what failed`() async throws {
    let folder = try TemporaryFolder()
    let time = MovingClock()
    let ledger = try await ledger(folder, time)
    let run = try await ledger.beginRun()
    try await ledger.record(certificate(entries: 1, incomplete: "uid=1816 and uid=x have the same ID"), for: run)
    try await ledger.store(
      [AlertRecord("held", title: "Held: Eve Nachbarin", since: 1, toldAt: 1)], nil, by: "mail")
    try await ledger.recordFailures([eve.key: ChangeFailure("eve@example.com isn't an address")], at: ledger.now())
    _ = try await ledger.forget(EntryID("entry-1816"))
    #expect(try values(eve, in: folder) == [])
    #expect(try await ledger.lastReads().any?.incomplete == "… and uid=x have the same ID")
    #expect(try await ledger.alerts(by: "mail").records.map(\.title) == ["Held: …"])
  }

  @Test func `goes from copies that an upgrade or a restore put aside, but not from an admin's own`() async throws {
    let folder = try TemporaryFolder()
    let time = MovingClock()
    let ledger = try await ledger(folder, time)
    let own = try await ledger.backUp(at: ledger.now())
    let upgrade = Backup.path(for: folder.ledger, at: ledger.now(), note: "before-version-9")
    try await ledger.backUp(to: upgrade)
    let aside = try #require(try Ledger.restore(folder.ledger, from: own, at: ledger.now()).earlier)
    time.pass(401 * day)
    let late = try Ledger(path: folder.ledger, clock: time.clock)
    let young = Backup.path(for: folder.ledger, at: late.now(), note: "before-version-10")
    try await late.backUp(to: young)
    try await late.forgetLeavers(after: 400 * day, at: late.now())
    let exist = [own, upgrade, aside, young].map { FileManager.default.fileExists(atPath: $0) }
    #expect(exist == [true, false, false, true])
  }

  @Test func `stays where they are managed, or a call for them is in doubt`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder, MovingClock())
    let run = try await ledger.beginRun()
    _ = try await ledger.recordIntents([Call.add(eve).intent], in: run)
    for number in ["1815", "1816"] {
      let error = await #expect(throws: LedgerError.self) { try await ledger.forget(EntryID("entry-\(number)")) }
      #expect(error?.kind == .contradiction)
    }
    #expect(Set(try await ledger.knownEntries().compactMap(\.reasonToStay)).count == 2)
  }

  @Test func `is found in a copy, also in one of an earlier version`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder, MovingClock())
    let before = try await ledger.backUp(at: 1_000_000)
    _ = try await ledger.forget(EntryID("entry-1816"))
    let after = try await ledger.backUp(at: 2_000_000)
    #expect(try Ledger.knows(EntryID("entry-1816"), copy: before))
    #expect(try !Ledger.knows(EntryID("entry-1816"), copy: after))
    let old = folder.path + "/old"
    try Database.createNew(old)
    try Database(old, for: .writing, areChecked: false).migrate(from: 0, through: [migrations[0]])
    #expect(try !Ledger.knows(EntryID("entry-1816"), copy: old))
  }
}
