import Domain

/// The changes of a plan on their way out: each when all that it requires is done, plain adds several at a time.
struct ChangeQueue {
  /// The work of one task: a single change, or a batch of adds that share a request.
  struct Batch: Sendable {
    let changes: [(index: Int, change: Change)]
  }

  private let changes: [Change]
  private var missing: [Int]
  private var dependents: [[Int]]
  private var ready: Fifo
  private var readyAdds: Fifo

  private(set) var batching: Batching

  /// How many adds may share a request.
  struct Batching: Sendable {
    /// It begins with one and doubles with each success: nothing tells which adds of a failed batch were made, so the first foreign
    /// extension should be met by an add of its own.
    fileprivate var limit = 1
    /// False once the PBX was seen to have foreign extensions.
    fileprivate var isAllowed = true
  }

  init(_ changes: [Change], _ batching: Batching = Batching()) {
    self.changes = changes
    self.batching = batching
    missing = changes.map(\.requires.count)
    dependents = Array(repeating: [], count: changes.count)
    ready = Fifo()
    readyAdds = Fifo()
    for (index, change) in changes.enumerated() {
      for requirement in change.requires { dependents[requirement].append(index) }
      if change.requires.isEmpty { enqueue(index) }
    }
  }

  /// The next job, or nil while nothing is ready.
  ///
  /// - Parameter fitting: how many of these extensions, from the first on, fit into one request.
  mutating func next(fitting: ([Extension]) -> Int) -> Batch? {
    if let index = ready.popFirst() { return Batch(changes: [(index, changes[index])]) }
    let candidates = readyAdds.first(batching.limit)
    if candidates.isEmpty { return nil }
    let extensions = candidates.compactMap { changes[$0].plainAdd }
    let count = extensions.count == 1 ? 1 : fitting(extensions)
    // There is no use in measuring many more than go into one request.
    batching.limit = min(batching.limit, 2 * count)
    readyAdds.drop(count)
    return Batch(changes: candidates.prefix(count).map { ($0, changes[$0]) })
  }

  /// What requires a change that failed never becomes ready.
  mutating func finish(_ index: Int, succeeded: Bool) {
    guard succeeded else { return }
    for dependent in dependents[index] {
      missing[dependent] -= 1
      if missing[dependent] == 0 { enqueue(dependent) }
    }
  }

  /// Every add of a job was accepted: the next may be twice as large.
  mutating func growBatches() {
    if batching.isAllowed { batching.limit = min(batching.limit * 2, 1024) }
  }

  /// The PBX has foreign extensions: from now on adds are sent one by one, so that each answer is about one number.
  mutating func stopBatching() {
    batching.isAllowed = false
    batching.limit = 1
  }

  private mutating func enqueue(_ index: Int) {
    if changes[index].plainAdd != nil { readyAdds.append(index) } else { ready.append(index) }
  }
}

/// First in, first out, without moving what is left.
private struct Fifo {
  private var items: [Int] = []
  private var head = 0

  mutating func append(_ item: Int) { items.append(item) }

  mutating func popFirst() -> Int? {
    guard head < items.count else { return nil }
    defer { head += 1 }
    return items[head]
  }

  func first(_ count: Int) -> [Int] { Array(items[head...].prefix(count)) }

  mutating func drop(_ count: Int) { head += count }
}

extension Change {
  /// The extension, if this is an add without a call in doubt whose number isn't known to have been taken: in a batch, its
  /// failure would hide which other adds succeeded. A number from a pool may be taken, so it is sent separately too.
  fileprivate var plainAdd: Extension? {
    guard settles.isEmpty, unproven == nil, case .addExtension(let it) = call else { return nil }
    return switch cause {
    case .wasTaken, .allocated: nil
    default: it
    }
  }
}
