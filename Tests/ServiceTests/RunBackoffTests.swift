import Journal
import Sync
import Testing

@testable import Service

@Suite(.timeLimit(.minutes(15))) struct `The back-off of runs` {
  private let unreachable = RunError(.outOfReach, .pbxUnreachable, "no route", remedy: "")
  private let badKey = RunError(.notAuthorised, .keyRefused, "no key", remedy: "")

  /// Seconds: the poll interval, failed runs in a row, and the pause before its jitter.
  @Test(arguments: [
    (60, 0, 60, false), (60, 1, 120, false), (60, 2, 240, false), (60, 3, 300, false), (60, 1000, 300, false),
    (1, 1, 2, false),
    (1, 5000, 300, false), (7200, 0, 7200, false), (7200, 3, 7200, false), (60, 5, 1920, true), (60, 6, 3600, true),
    (1, 10, 1024, true), (1, 5000, 1024, true),
  ])
  func `doubles the pause with each failed run, up to minutes or for a refusal an hour, and never below a poll`(
    poll: Int, failures: Int, expected: Int, isRefusal: Bool
  ) {
    var backoff = RunBackoff()
    for _ in 0..<failures { _ = backoff.record(isRefusal ? badKey : unreachable, at: 0) }
    let pauses = (0..<200).map { _ in backoff.pause(.seconds(poll)) / .seconds(1) }
    #expect(pauses.allSatisfy { (0.9 * Double(expected)...1.1 * Double(expected)).contains($0) })
    #expect(Set(pauses).count > 100, "daemons that began together don't stay together")
  }

  @Test func `has each kind of failure reported when it begins, and once a day while it lasts`() {
    var backoff = RunBackoff()
    #expect(backoff.needsNoEvent(at: 0) == [])
    _ = backoff.record(unreachable, at: 0)
    #expect(backoff.needsNoEvent(at: 3600) == [.failure(.pbxUnreachable)])
    _ = backoff.record(badKey, at: 7200)
    #expect(backoff.needsNoEvent(at: 86_399) == [.failure(.pbxUnreachable), .failure(.keyRefused)])
    #expect(backoff.needsNoEvent(at: 86_400) == [.failure(.keyRefused)])
    _ = backoff.record(unreachable, at: 86_400)
    #expect(backoff.needsNoEvent(at: 90_000).contains(.failure(.pbxUnreachable)))
  }

  @Test func `ends with a successful run of any process`() {
    var backoff = RunBackoff()
    #expect(!backoff.hasRecovered(byRunAt: 100))
    _ = backoff.record(badKey, at: 60)
    #expect(!backoff.hasRecovered(byRunAt: 59), "it was before")
    #expect(!backoff.hasRecovered(byRunAt: 60), "it may have been before")
    #expect(backoff.hasRecovered(byRunAt: 61))
  }

  @Test func `says when it is over, once, and after how many runs`() {
    var backoff = RunBackoff()
    #expect(backoff.record(nil, at: 0) == nil)
    _ = backoff.record(unreachable, at: 60)
    _ = backoff.record(badKey, at: 120)
    let event = backoff.record(nil, at: 180)
    #expect(event?.id == .recovered)
    #expect(event?.message.hasPrefix("Works again, after 2 failed runs since ") == true)
    #expect(backoff.record(nil, at: 240) == nil)
    #expect(backoff.needsNoEvent(at: 240) == [], "another failure is news again")
  }
}
