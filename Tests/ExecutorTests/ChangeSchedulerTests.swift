import Domain
import Testing

@testable import Executor

@Suite(.timeLimit(.minutes(15))) struct `The changes of a plan` {
  private func contact(_ number: Int, requires: [Int] = []) -> Change {
    Change(
      .addContact(Contact(number: "\(number)", firstName: "Ada", lastName: "Bau")), entry: EntryID("\(number)"),
      dn: "cn=\(number)", cause: .new, requires: requires)
  }

  private func person(_ number: Int) -> Change {
    Change(
      .addExtension(Extension(number: "\(number)", firstName: "Ada")), entry: EntryID("\(number)"), dn: "uid=\(number)",
      cause: .new)
  }

  private func worklist(
    _ changes: [Change], places: Int = 2, after learned: SendingPace? = nil,
    until deadline: ContinuousClock.Instant = .now + .seconds(3600)
  ) -> ChangeScheduler {
    ChangeScheduler(
      changes, PlanExecutor.ExecutionSettings(maxInFlight: places, retries: 0, deadline: deadline), after: learned,
      fitting: \.count, { _, _ in })
  }

  private func reply(_ verdict: CallResult.Status = .accepted, metForeign: Bool = false)
    -> ChangeScheduler.RequestResult
  {
    ChangeScheduler.RequestResult(answer: CallResult(verdict), time: .milliseconds(1), metForeign: metForeign)
  }

  private func finished(_ job: ChangeQueue.Batch?, _ outcome: (Change) -> Outcome) -> BatchResult {
    var finished = BatchResult()
    for (index, change) in job?.changes ?? [] {
      finished.changeResults.append(
        (index, change, ChangeResult(outcome: outcome(change), answer: CallResult(.accepted))))
    }
    return finished
  }

  private func done(_ change: Change) -> Outcome {
    change.call.item.map { .holds(ManagedObject($0, entry: change.entry, dn: change.dn), replacing: nil) }
      ?? .gone(change.call.key)
  }

  private func numbers(_ job: ChangeQueue.Batch?) -> [String] { job?.changes.map(\.change.call.key.number) ?? [] }

  private func waits(_ count: Int, for list: ChangeScheduler) async {
    while await list.waitingCount < count { await Task.yield() }
  }

  @Test func `go out while there are places, and the next with an answer, though nothing is noted of it`() async {
    let list = worklist((0..<3).map { contact($0) })
    #expect(numbers(await list.next(after: nil)) == ["0"])
    #expect(numbers(await list.next(after: nil)) == ["1"])
    async let third = list.next(after: nil)
    await waits(1, for: list)
    await list.record(reply())
    #expect(numbers(await third) == ["2"])
    #expect(await list.applied.callCounts.requests == 1)
    #expect(await list.applied.untouched == 3)
  }

  @Test(arguments: [true, false])
  func `wait until the outcome of what they require is noted, and aren't made when that failed`(isDone: Bool) async {
    let list = worklist([contact(0), contact(1, requires: [0])])
    let first = await list.next(after: nil)
    async let other = list.next(after: nil)
    await waits(1, for: list)
    await list.record(reply())
    #expect(await list.waitingCount == 1)
    let next = await list.next(after: finished(first) { isDone ? done($0) : .undone })
    if isDone {
      // The last task to ask has it: nothing else is ready for the task that waited.
      #expect(numbers(next) == ["1"])
      await list.record(reply())
      #expect(numbers(await list.next(after: finished(next, done))) == [])
    }
    #expect(numbers(await other) == [])
    #expect(await list.applied.changeResults.count == (isDone ? 2 : 1))
  }

  @Test func `let a further call of one that is under way go first`() async {
    let list = worklist((0..<2).map { contact($0) }, places: 1)
    _ = await list.next(after: nil)
    async let next = list.next(after: nil)
    await waits(1, for: list)
    async let further = list.acquireSlot()
    await waits(2, for: list)
    await list.record(reply(.absent))
    #expect(await further)
    #expect(await list.waitingCount == 1)
    await list.record(reply())
    #expect(numbers(await next) == ["1"])
  }

  @Test func `end with a refused key, for those that wait too`() async {
    let list = worklist((0..<9).map { contact($0) })
    _ = await list.next(after: nil)
    _ = await list.next(after: nil)
    async let job = list.next(after: nil)
    async let place = list.acquireSlot()
    await waits(2, for: list)
    await list.record(reply(.badKey))
    #expect(numbers(await job) == [])
    #expect(await !place)
    #expect(await list.applied.stop == .badKey(CallResult(.badKey)))
  }

  @Test func `end at the deadline`() async {
    let list = worklist([contact(0)], until: .now)
    #expect(numbers(await list.next(after: nil)) == [])
    #expect(await list.applied.untouched == 1)
  }

  @Test func `share a request, in growing batches, until one finds a foreign number`() async {
    let list = worklist((0..<20).map { person($0) }, places: 1)
    var sizes: [Int] = []
    var last: BatchResult?
    while let job = await list.next(after: last) {
      sizes.append(job.changes.count)
      await list.record(reply(sizes.count == 3 ? .taken : .accepted, metForeign: sizes.count == 3))
      last = finished(job, done)
    }
    #expect(sizes == [1, 2, 4] + Array(repeating: 1, count: 13))
    #expect(await list.applied.callCounts.added == 20)
    let next = worklist((20..<30).map { person($0) }, places: 1, after: await list.learned)
    let first = await next.next(after: nil)
    await next.record(reply(.accepted))
    let second = await next.next(after: finished(first, done))
    #expect([first, second].map { $0?.changes.count } == [1, 1], "the run's next part goes on like that")
  }
}
