import Platform

/// Signals and events that the daemon hasn't handled yet.
actor WakeupQueue {
  enum Wakeup: Hashable, Sendable {
    case stop
    case reload
    case runNow
    /// Change notifications have arrived.
    case changesReceived
  }

  private var pending: Set<Wakeup> = []
  private var reader: CheckedContinuation<Void, Never>?

  func post(_ wakeup: Wakeup) {
    pending.insert(wakeup)
    wake()
  }

  /// Waits for one of `expected` and removes it from the queue; nil after `duration` or when the task is cancelled.
  /// For one reader at a time.
  func next(_ expected: Set<Wakeup>, within duration: Duration? = nil) async -> Wakeup? {
    let alarm = duration.map { duration in
      Task(executorPreference: TaskPool.shared) {
        if (try? await TaskPool.sleep(for: duration)) != nil { await self.wake() }
      }
    }
    defer { alarm?.cancel() }
    while pending.isDisjoint(with: expected), !Task.isCancelled {
      await withTaskCancellationHandler {
        await withCheckedContinuation { reader = $0 }
      } onCancel: {
        Task(executorPreference: TaskPool.shared) { await self.wake() }
      }
      if duration != nil { break }
    }
    // A stop comes first.
    let inOrder: [Wakeup] = [.stop, .reload, .runNow, .changesReceived]
    guard let wakeup = inOrder.first(where: { expected.contains($0) && pending.contains($0) }) else { return nil }
    pending.remove(wakeup)
    return wakeup
  }

  private func wake() {
    reader?.resume()
    reader = nil
  }
}
