import Domain

/// Puts each change after those that it waits for, and turns the waiting into positions in the plan.
///
/// A number is freed before another entry gets it, and no entry loses its number before it has the next one. If entries
/// wait for each other in a cycle (a swap), the cycle is opened at its first number: the numbers stay in service and only
/// their names change.
func ordered(_ drafts: [UnorderedChange]) -> [Change] {
  var draftsOf: [ObjectKey: [Int]] = [:]
  for (index, draft) in drafts.enumerated() {
    for key in draft.settles.union([draft.change.call.key]) { draftsOf[key, default: []].append(index) }
  }
  var position: [Int: Int] = [:]
  var changes: [Change] = []

  // Depth first by hand: a chain of numbers may be longer than a stack is deep.
  enum VisitState { case enter(Int), leave(Int) }
  var entered: Set<Int> = []
  for root in drafts.indices {
    var stack = [VisitState.enter(root)]
    while let context = stack.popLast() {
      switch context {
      case .enter(let index):
        guard entered.insert(index).inserted else { continue }
        stack.append(.leave(index))
        for next in requirements(of: index, drafts, draftsOf).reversed() where !entered.contains(next) {
          stack.append(.enter(next))
        }
      case .leave(let index):
        let requires = requirements(of: index, drafts, draftsOf).compactMap { position[$0] }
        position[index] = changes.count
        changes.append(drafts[index].change.requiring(requires.sorted()))
      }
    }
  }
  return changes
}

private func requirements(of index: Int, _ drafts: [UnorderedChange], _ draftsOf: [ObjectKey: [Int]]) -> [Int] {
  drafts[index].waitsFor.sorted().flatMap { draftsOf[$0] ?? [] }.filter { $0 != index }
}
