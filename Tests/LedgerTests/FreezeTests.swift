import Domain
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(15))) struct `A freeze in the ledger` {
  @Test func `is in force until its time by the wall clock, and ends once`() async throws {
    let folder = try TemporaryFolder()
    let time = MovingClock()
    let ledger = try Ledger(path: folder.ledger, clock: time.clock)
    let now = ledger.now()
    let generation = try await ledger.generation()
    try await ledger.begin(Freeze(since: now, until: now + 3600, reason: "new PBX"))
    #expect(try await ledger.generation() > generation)
    #expect(try await ledger.state().freeze == Freeze(since: now, until: now + 3600, reason: "new PBX"))
    #expect(try await ledger.endFreezeIfOver() == nil)

    // The host was off: that counts by the calendar.
    time.reboot(off: 7200, up: 10)
    let later = try Ledger(path: folder.ledger, clock: time.clock)
    #expect(try await later.freeze() == nil)
    #expect(try await later.state().freeze == nil)
    #expect(try await later.endFreezeIfOver()?.reason == "new PBX")
    #expect(try await later.endFreezeIfOver() == nil)
  }

  @Test func `keeps its beginning when its end is changed`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let now = ledger.now()
    try await ledger.begin(Freeze(since: now - 60, reason: "first"))
    let second = try await ledger.begin(Freeze(since: now, until: now + 60, reason: "second"))
    #expect(second == Freeze(since: now - 60, until: now + 60, reason: "second"))
    #expect(try await ledger.freeze() == second)
    #expect(try await ledger.endFreeze() == second)
    #expect(try await ledger.endFreeze() == nil)
  }

  @Test func `lasts when a backup replaces the ledger, and isn't brought back by one`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let now = ledger.now()
    let thawed = try await ledger.backUp(at: now)
    try await ledger.begin(Freeze(since: now))
    let frozen = try await ledger.backUp(at: now + 1)
    _ = try Ledger.restore(folder.ledger, from: thawed, at: now)
    let restored = try Ledger(path: folder.ledger)
    #expect(try await restored.freeze() == Freeze(since: now))
    try await restored.endFreeze()
    _ = try Ledger.restore(folder.ledger, from: frozen, at: now)
    #expect(try await Ledger(path: folder.ledger).freeze() == nil)
  }
}
