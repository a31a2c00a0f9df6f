import Domain

/// The order in which the changes of a plan are made: a change is ready once all that it requires is done. Ready plain adds share a
/// batch.
struct ChangeQueue {
  /// The work of one task: a single change, or a batch of adds that share a request.
  struct Batch: Sendable {
    let changes: [(index: Int, change: Change)]
  }

  private let changes: [Change]
  /// For each change, how many that it requires aren't done yet.
  private var openRequirements: [Int]
  private var dependents: [[Int]]
  private var ready: Fifo
  private var readyAdds: Fifo

  private(set) var batching: Batching

  /// How many adds may share a request.
  struct Batching: Sendable {
    /// Begins with one and doubles with each success. A failed batch doesn't show which of its adds were made, so the first foreign
    /// extension should be found by an add of its own.
    fileprivate var limit = 1
    /// False once the PBX was seen to have foreign extensions.
    fileprivate var isAllowed = true
  }

  init(_ changes: [Change], _ batching: Batching = Batching()) {
    self.changes = changes
    self.batching = batching
    openRequirements = changes.map(\.requires.count)
    dependents = Array(repeating: [], count: changes.count)
    ready = Fifo()
    readyAdds = Fifo()
    for (index, change) in changes.enumerated() {
      for requirement in change.requires { dependents[requirement].append(index) }
      if change.requires.isEmpty { enqueue(index) }
    }
  }

  /// The next batch, or nil while nothing is ready.
  ///
  /// - Parameter batchSize: how many of these extensions, from the first on, fit into one request.
  mutating func next(batchSize: ([Extension]) -> Int) -> Batch? {
    if let index = ready.popFirst() { return Batch(changes: [(index, changes[index])]) }
    let candidates = readyAdds.first(batching.limit)
    if candidates.isEmpty { return nil }
    let extensions = candidates.compactMap { changes[$0].plainAdd }
    let count = extensions.count == 1 ? 1 : batchSize(extensions)
    // Measuring many more than fit into one request would be in vain.
    batching.limit = min(batching.limit, 2 * count)
    readyAdds.drop(count)
    return Batch(changes: candidates.prefix(count).map { ($0, changes[$0]) })
  }

  /// Makes the changes ready that required this one. The dependents of a failed change never become ready.
  mutating func finish(_ index: Int, succeeded: Bool) {
    guard succeeded else { return }
    for dependent in dependents[index] {
      openRequirements[dependent] -= 1
      if openRequirements[dependent] == 0 { enqueue(dependent) }
    }
  }

  /// Every add of a batch was accepted: the next batch may be twice as large.
  mutating func growBatches() {
    if batching.isAllowed { batching.limit = min(batching.limit * 2, 1024) }
  }

  /// The PBX has foreign extensions: from now on each add is a request of its own, so that its answer is about one number.
  mutating func stopBatching() {
    batching.isAllowed = false
    batching.limit = 1
  }

  private mutating func enqueue(_ index: Int) {
    if changes[index].plainAdd != nil { readyAdds.append(index) } else { ready.append(index) }
  }
}

/// First in, first out; the other items stay where they are.
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
    guard settles.isEmpty, unproven == nil, case .addExtension(let added) = call else { return nil }
    return switch cause {
    case .wasTaken, .allocated: nil
    default: added
    }
  }
}
