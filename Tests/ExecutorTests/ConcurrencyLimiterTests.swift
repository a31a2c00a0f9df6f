import Domain
import Testing

@testable import Executor

@Suite(.timeLimit(.minutes(15))) struct `How many requests may be at the PBX at one time` {
  /// Answers of one sort, so many in a row, and how many requests may be at the PBX after them.
  struct Step {
    let count: Int
    var verdict = CallResult.Status.accepted
    var milliseconds = 20
    var objects = 1
    let width: Int
  }

  @Test(arguments: [
    // As many as may be, as long as nothing is known to the contrary.
    [Step(count: 100, width: 4)],
    [Step(count: 100, milliseconds: 3_000, width: 4)],
    // A few milliseconds are nothing, however short the best time was.
    [Step(count: 10, milliseconds: 1, width: 4), Step(count: 100, milliseconds: 40, width: 4)],
    // Slow, then as before.
    [
      Step(count: 10, width: 4), Step(count: 40, milliseconds: 200, width: 1),
      Step(count: 1, milliseconds: 200, width: 1),
      Step(count: 100, width: 4),
    ],
    // Slow for good, however few requests it has.
    [
      Step(count: 10, width: 4), Step(count: 100, milliseconds: 200, width: 1),
      Step(count: 200, milliseconds: 200, width: 4),
    ],
    // One late answer of many is no sign.
    [Step(count: 10, width: 4), Step(count: 1, milliseconds: 200, width: 4), Step(count: 20, width: 4)],
    // Each fault halves it, and each answer after it lets one more go, but for those that were under way.
    [
      Step(count: 10, width: 4), Step(count: 1, verdict: .failed, width: 2), Step(count: 1, verdict: .failed, width: 1),
    ],
    [
      Step(count: 1, verdict: .unanswered, milliseconds: 30_000, width: 2), Step(count: 2, width: 2),
      Step(count: 1, width: 3),
    ],
    [Step(count: 1, verdict: .notSent, width: 2)],
    [Step(count: 1, verdict: .notUnderstood, width: 2)],
    [Step(count: 9, verdict: .failed, width: 1), Step(count: 2, width: 2), Step(count: 20, width: 4)],
    // An answer that refuses an object is an answer.
    [Step(count: 5, verdict: .refused, width: 4), Step(count: 5, verdict: .taken, width: 4)],
    [Step(count: 1, verdict: .badKey, width: 4), Step(count: 1, verdict: .tooLong, width: 4)],
    // A batch takes as long as its objects do.
    [
      Step(count: 10, milliseconds: 100, width: 4), Step(count: 50, milliseconds: 1_000, objects: 10, width: 4),
      Step(count: 50, milliseconds: 100, width: 4),
    ],
    // Batches are quick for each of their objects, which makes no single answer slow.
    [
      Step(count: 10, milliseconds: 100, width: 4), Step(count: 50, milliseconds: 100, objects: 20, width: 4),
      Step(count: 50, milliseconds: 100, width: 4),
    ],
    [Step(count: 10, milliseconds: 100, width: 4), Step(count: 50, milliseconds: 9_000, objects: 10, width: 1)],
  ])
  func `follows the answers`(steps: [Step]) {
    var limiter = ConcurrencyLimiter(limit: 4)
    for (index, step) in steps.enumerated() {
      for _ in 0..<step.count {
        limiter.record(CallResult(step.verdict), after: .milliseconds(step.milliseconds), objects: step.objects)
        #expect(1...4 ~= limiter.width)
      }
      #expect(limiter.width == step.width, "after step \(index)")
    }
  }

  @Test func `is halved once by requests that fail together, and again by those that left later`() {
    var limiter = ConcurrencyLimiter(limit: 8)
    for others in (0..<8).reversed() { limiter.record(CallResult(.failed), after: .milliseconds(20), others: others) }
    #expect(limiter.width == 4)
    limiter.record(CallResult(.failed), after: .milliseconds(20), others: 3)
    #expect(limiter.width == 2)
  }

  @Test func `is at least one by the configuration`() async {
    await #expect(processExitsWith: .failure) { _ = ConcurrencyLimiter(limit: 0) }
  }

  @Test(arguments: [1, 2, 64])
  func `is never more than the configuration allows, nor less than one`(limit: Int) {
    var limiter = ConcurrencyLimiter(limit: limit)
    for count in 0..<1000 {
      limiter.record(CallResult(count % 7 == 3 ? .failed : .accepted), after: .milliseconds(count % 100 * 10))
      #expect(1...limit ~= limiter.width)
    }
  }
}
