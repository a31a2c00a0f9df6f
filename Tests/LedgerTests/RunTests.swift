import Domain
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(15))) struct `A run` {
  static let end = RunEnd(
    at: 90, exitStatus: 4,
    counts: RunEnd.Counts(added: 1, updated: 2, deleted: 3, failed: 4, conflict: 5, held: 6, inDoubt: 7),
    requests: 8, summary: "1 added, 2 updated")
  static let reads = [nil, "the size limit was hit on page 3"].map { reason in
    certificate(entries: 3000, incomplete: reason)
  }

  @Test func `is listed with its start, its end and its reads, newest first`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let first = try await ledger.beginRun(RunStart(trigger: "poll", pid: 12, at: 10))
    for read in Self.reads { try await ledger.record(read, for: first) }
    try await ledger.finishRun(first, Self.end)
    let second = try await ledger.beginRun(RunStart(trigger: "sync-now", pid: 13, at: 100))
    #expect(second > first)

    let runs = try await ledger.runs(last: 5)
    #expect(runs.map(\.id) == [second, first])
    #expect(runs.map(\.start.trigger) == ["sync-now", "poll"])
    #expect(runs.map(\.start.pid) == [13, 12])
    #expect(runs.map(\.end) == [nil, Self.end])
    #expect(runs.map(\.reads) == [[], Self.reads])
    #expect(try await ledger.runs(last: 1).map(\.id) == [second])
  }

  @Test func `ends once`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    try await ledger.finishRun(run, Self.end)
    for wrong in [run, RunID(99)] {
      let error = await #expect(throws: LedgerError.self) { try await ledger.finishRun(wrong, Self.end) }
      #expect(error?.kind == .contradiction)
    }
    let error = await #expect(throws: LedgerError.self) {
      try await ledger.record(certificate(entries: 1), for: RunID(99))
    }
    #expect(error?.kind == .contradiction)
  }

  @Test func `distinguishes its own calls from those of other runs`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let (first, second) = try await (ledger.beginRun(), ledger.beginRun())
    try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: first)
    try await ledger.settle(.delete(bob.key), .gone(bob.key), in: second)
    _ = try await ledger.recordIntents([Call.add(bob).intent], in: second)
    #expect(try await ledger.outcomes(of: first).map(\.intent.call) == [.add(ada)])
    #expect(try await ledger.outcomes(of: second).map(\.intent.call) == [.delete(bob.key), .add(bob)])
    #expect(try await ledger.outcomes(of: second).map(\.outcomeName) == [.gone, nil])
    #expect(try await ledger.outcomes(of: second).map(\.isOpen) == [false, true])
  }

  @Test func `is forgotten after a week, unless it asked something of the PBX`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let week: Timestamp = 7 * 86_400
    let quiet = try await ledger.beginRun(RunStart(trigger: "poll", pid: 1, at: 10))
    try await ledger.record(Self.reads[1], for: quiet)
    let busy = try await ledger.beginRun(RunStart(trigger: "poll", pid: 1, at: 11))
    try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: busy)
    let young = try await ledger.beginRun(RunStart(trigger: "poll", pid: 1, at: 13 + week))
    let last = try await ledger.beginRun(RunStart(trigger: "poll", pid: 1, at: 13 + 2 * week))
    #expect(try await ledger.runs(last: 9).map(\.id) == [last, young, busy])
  }

  @Test func `with the last complete read is never forgotten: the next one is compared with it`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let old = try await ledger.beginRun(RunStart(trigger: "poll", pid: 1, at: 10))
    try await ledger.record(Self.reads[0], for: old)
    _ = try await ledger.beginRun(RunStart(trigger: "poll", pid: 1, at: 10_000_000))
    #expect(try await ledger.lastReads().complete == Self.reads[0])
  }

  @Test func `is found by its number`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    #expect(try await ledger.run(run)?.start.pid == 4711)
    #expect(try await ledger.run(RunID(99)) == nil)
  }
}
