import Platform

/// What the daemon has been told by signals and hasn't acted on yet.
actor WakeupQueue {
  enum Wakeup: Hashable, Sendable {
    case stop
    case reload
    case runNow
    /// The directory has told of changes.
    case ring
  }

  private var letters: Set<Wakeup> = []
  private var reader: CheckedContinuation<Void, Never>?

  func post(_ wakeup: Wakeup) {
    letters.insert(wakeup)
    wake()
  }

  /// Waits until one of `expected` is there, and takes it; nil after `duration` or when the task is cancelled.
  /// For one reader at a time.
  func next(_ expected: Set<Wakeup>, within duration: Duration? = nil) async -> Wakeup? {
    let alarm = duration.map { duration in
      Task(executorPreference: TaskPool.shared) {
        if (try? await TaskPool.sleep(for: duration)) != nil { await self.wake() }
      }
    }
    defer { alarm?.cancel() }
    while letters.isDisjoint(with: expected), !Task.isCancelled {
      await withTaskCancellationHandler {
        await withCheckedContinuation { reader = $0 }
      } onCancel: {
        Task(executorPreference: TaskPool.shared) { await self.wake() }
      }
      if duration != nil { break }
    }
    // To stop comes before all else.
    let inOrder: [Wakeup] = [.stop, .reload, .runNow, .ring]
    guard let wakeup = inOrder.first(where: { expected.contains($0) && letters.contains($0) }) else { return nil }
    letters.remove(wakeup)
    return wakeup
  }

  private func wake() {
    reader?.resume()
    reader = nil
  }
}
