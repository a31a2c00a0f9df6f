import Platform

/// What the daemon has been told by signals and hasn't acted on yet.
actor Mailbox {
  enum Letter: Hashable, Sendable {
    case stop
    case reload
    case runNow
    /// The directory has told of changes.
    case ring
  }

  private var letters: Set<Letter> = []
  private var reader: CheckedContinuation<Void, Never>?

  func post(_ letter: Letter) {
    letters.insert(letter)
    wake()
  }

  /// Waits until one of `expected` is there, and takes it; nil after `duration` or when the task is cancelled.
  /// For one reader at a time.
  func take(_ expected: Set<Letter>, within duration: Duration? = nil) async -> Letter? {
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
    let inOrder: [Letter] = [.stop, .reload, .runNow, .ring]
    guard let letter = inOrder.first(where: { expected.contains($0) && letters.contains($0) }) else { return nil }
    letters.remove(letter)
    return letter
  }

  private func wake() {
    reader?.resume()
    reader = nil
  }
}
