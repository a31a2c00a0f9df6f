import Platform
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The pool of tasks` {
  private actor Counter {
    private(set) var count = 0
    func add() { count += 1 }
  }

  @Test func `runs all its tasks`() async {
    let counter = Counter()
    await withTaskExecutorPreference(TaskPool.shared) {
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<1000 { group.addTask { await counter.add() } }
      }
    }
    #expect(await counter.count == 1000)
  }

  @Test(arguments: [Duration.zero, .milliseconds(5), .seconds(-1)])
  func `lets a task sleep`(duration: Duration) async throws {
    let begun = ContinuousClock.now
    try await TaskPool.sleep(for: duration)
    #expect(ContinuousClock.now - begun >= duration)
  }

  @Test(arguments: [false, true]) func `ends the sleep of a cancelled task`(isAtOnce: Bool) async {
    let sleeper = Task(executorPreference: TaskPool.shared) { try await TaskPool.sleep(for: .seconds(3600)) }
    if !isAtOnce { try? await TaskPool.sleep(for: .milliseconds(5)) }
    sleeper.cancel()
    await #expect(throws: CancellationError.self) { try await sleeper.value }
  }
}
