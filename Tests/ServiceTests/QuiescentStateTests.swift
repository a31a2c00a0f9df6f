import Sync
import Testing

@testable import Service

@Suite(.timeLimit(.minutes(15))) struct `A run that leaves nothing but what is set back` {
  @Test func `has the daemon read again when that is due`() throws {
    var report = RunReport()
    (report.generation, report.endedAt, report.nextTry) = (7, 1_000_000, 1_000_060)
    let due = try #require(QuiescentState(report, readAt: .now)?.dueAt)
    #expect(due > .now + .seconds(30) && due <= .now + .seconds(60))
    report.nextTry = nil
    #expect(QuiescentState(report, readAt: .now)?.dueAt == nil)
  }
}
