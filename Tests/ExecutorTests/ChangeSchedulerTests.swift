import Domain
import Synchronization
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

  private func makeScheduler(
    _ changes: [Change], slots: Int = 2, after learned: SendingPace? = nil,
    until deadline: ContinuousClock.Instant = .now + .seconds(3600)
  ) -> ChangeScheduler {
    ChangeScheduler(
      changes, PlanExecutor.ExecutionSettings(maxInFlight: slots, retries: 0, deadline: deadline), after: learned,
      batchSize: \.count, progress: { _, _ in })
  }

  private func reply(_ verdict: CallResult.Status = .accepted, foundForeign: Bool = false)
    -> ChangeScheduler.RequestResult
  {
    ChangeScheduler.RequestResult(answer: CallResult(verdict), time: .milliseconds(1), foundForeign: foundForeign)
  }

  private func finished(_ batch: ChangeQueue.Batch?, _ outcome: (Change) -> Outcome) -> BatchResult {
    var result = BatchResult()
    for (index, change) in batch?.changes ?? [] {
      result.changeResults.append(
        (index, change, ChangeResult(outcome: outcome(change), answer: CallResult(.accepted))))
    }
    return result
  }

  private func done(_ change: Change) -> Outcome {
    change.call.item.map { .holds(ManagedObject($0, entry: change.entry, dn: change.dn), replacing: nil) }
      ?? .gone(change.call.key)
  }

  private func numbers(_ batch: ChangeQueue.Batch?) -> [String] { batch?.changes.map(\.change.call.key.number) ?? [] }

  private func waits(_ count: Int, for scheduler: ChangeScheduler) async {
    while await scheduler.waitingCount < count { await Task.yield() }
  }

  @Test func `are sent while slots are free, and the next with an answer, before its outcome is recorded`() async {
    let scheduler = makeScheduler((0..<3).map { contact($0) })
    #expect(numbers(await scheduler.next(after: nil)) == ["0"])
    #expect(numbers(await scheduler.next(after: nil)) == ["1"])
    async let third = scheduler.next(after: nil)
    await waits(1, for: scheduler)
    await scheduler.record(reply())
    #expect(numbers(await third) == ["2"])
    #expect(await scheduler.result.callCounts.requests == 1)
    #expect(await scheduler.result.untouched == 3)
  }

  @Test(arguments: [true, false])
  func `wait until the outcome of what they require is recorded, and aren't made if that failed`(isDone: Bool) async {
    let scheduler = makeScheduler([contact(0), contact(1, requires: [0])])
    let first = await scheduler.next(after: nil)
    async let other = scheduler.next(after: nil)
    await waits(1, for: scheduler)
    await scheduler.record(reply())
    #expect(await scheduler.waitingCount == 1)
    let next = await scheduler.next(after: finished(first) { isDone ? done($0) : .undone })
    if isDone {
      // The last task to ask has it: nothing else is ready for the task that waited.
      #expect(numbers(next) == ["1"])
      await scheduler.record(reply())
      #expect(numbers(await scheduler.next(after: finished(next, done))) == [])
    }
    #expect(numbers(await other) == [])
    #expect(await scheduler.result.changeResults.count == (isDone ? 2 : 1))
  }

  @Test func `let a further call of one that is under way go first`() async {
    let scheduler = makeScheduler((0..<2).map { contact($0) }, slots: 1)
    _ = await scheduler.next(after: nil)
    async let next = scheduler.next(after: nil)
    await waits(1, for: scheduler)
    async let further = scheduler.acquireSlot()
    await waits(2, for: scheduler)
    await scheduler.record(reply(.absent))
    #expect(await further)
    #expect(await scheduler.waitingCount == 1)
    await scheduler.record(reply())
    #expect(numbers(await next) == ["1"])
  }

  @Test func `end with a refused key, for those that wait too`() async {
    let scheduler = makeScheduler((0..<9).map { contact($0) })
    _ = await scheduler.next(after: nil)
    _ = await scheduler.next(after: nil)
    async let batch = scheduler.next(after: nil)
    async let slot = scheduler.acquireSlot()
    await waits(2, for: scheduler)
    await scheduler.record(reply(.badKey))
    #expect(numbers(await batch) == [])
    #expect(await !slot)
    #expect(await scheduler.result.stop == .badKey(CallResult(.badKey)))
    // A later request gets nothing, and no earlier one is answered twice.
    #expect(numbers(await scheduler.next(after: nil)) == [])
    #expect(await !scheduler.acquireSlot())
    #expect(await scheduler.waitingCount == 0)
  }

  @Test func `are fewer at a time after the PBX has failed`() async {
    let scheduler = makeScheduler((0..<4).map { contact($0) })
    _ = await scheduler.next(after: nil)
    _ = await scheduler.next(after: nil)
    async let next = scheduler.next(after: nil)
    await waits(1, for: scheduler)
    await scheduler.record(reply(.failed))
    #expect(await scheduler.waitingCount == 1, "one that is under way is enough")
    await scheduler.record(reply())
    #expect(numbers(await next) == ["2"])
  }

  @Test func `give back a slot with which nothing was sent`() async {
    let scheduler = makeScheduler((0..<2).map { contact($0) }, slots: 1)
    let first = await scheduler.next(after: nil)
    await scheduler.releaseSlot()
    #expect(numbers(await scheduler.next(after: finished(first, done))) == ["1"])
    #expect(await scheduler.result.callCounts.requests == 0)
  }

  @Test func `are measured only as far as the next request may have room`() async {
    let measured = Mutex<[Int]>([])
    let settings = PlanExecutor.ExecutionSettings(maxInFlight: 1, retries: 0, deadline: .now + .seconds(3600))
    let scheduler = ChangeScheduler(
      (0..<100).map { person($0) }, settings,
      batchSize: { extensions in
        measured.withLock { $0.append(extensions.count) }
        return min(extensions.count, 3)
      }, progress: { _, _ in })
    var last: BatchResult?
    while let batch = await scheduler.next(after: last) {
      await scheduler.record(reply())
      last = finished(batch, done)
    }
    #expect(measured.withLock { $0.max() } == 12)
    #expect(await scheduler.result.callCounts.added == 100)
  }

  @Test func `end at the deadline`() async {
    let scheduler = makeScheduler([contact(0)], until: .now)
    #expect(numbers(await scheduler.next(after: nil)) == [])
    #expect(await scheduler.result.untouched == 1)
  }

  @Test func `share a request, in growing batches, until one finds a foreign number`() async {
    let scheduler = makeScheduler((0..<20).map { person($0) }, slots: 1)
    var sizes: [Int] = []
    var last: BatchResult?
    while let batch = await scheduler.next(after: last) {
      sizes.append(batch.changes.count)
      await scheduler.record(reply(sizes.count == 3 ? .taken : .accepted, foundForeign: sizes.count == 3))
      last = finished(batch, done)
    }
    #expect(sizes == [1, 2, 4] + Array(repeating: 1, count: 13))
    #expect(await scheduler.result.callCounts.added == 20)
    let other = makeScheduler((20..<30).map { person($0) }, slots: 1, after: await scheduler.learned)
    let first = await other.next(after: nil)
    await other.record(reply(.accepted))
    let second = await other.next(after: finished(first, done))
    #expect([first, second].map { $0?.changes.count } == [1, 1], "the run's next part goes on like that")
  }
}
