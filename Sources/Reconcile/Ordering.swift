import Domain

/// Orders the changes so that each comes after the changes that it waits for.
///
/// A number is freed before another entry gets it, and no entry loses its number before it has the next one. If entries
/// wait for each other in a cycle (a swap), the cycle is opened at its first number: the numbers stay in service and only
/// their names change. The first change is then made before those that it would wait for, and not without them.
func ordered(_ unorderedChanges: [UnorderedChange]) -> [Change] {
  var indicesByKey: [ObjectKey: [Int]] = [:]
  for (index, unorderedChange) in unorderedChanges.enumerated() {
    for key in unorderedChange.settles.union([unorderedChange.change.call.key]) {
      indicesByKey[key, default: []].append(index)
    }
  }
  var position: [Int: Int] = [:]
  var changes: [Change] = []

  // Depth first by hand: a chain of numbers may be longer than a stack is deep.
  enum VisitState { case enter(Int), leave(Int) }
  var entered: Set<Int> = []
  for root in unorderedChanges.indices {
    var stack = [VisitState.enter(root)]
    while let context = stack.popLast() {
      switch context {
      case .enter(let index):
        guard entered.insert(index).inserted else { continue }
        stack.append(.leave(index))
        for next in requirements(of: index, unorderedChanges, indicesByKey).reversed() where !entered.contains(next) {
          stack.append(.enter(next))
        }
      case .leave(let index):
        let requirements = requirements(of: index, unorderedChanges, indicesByKey)
        let later = requirements.filter { position[$0] == nil }
        position[index] = changes.count
        changes.append(
          unorderedChanges[index].change.requiring(
            requirements.compactMap { position[$0] }.sorted(),
            together: later.map { unorderedChanges[$0].change.call.key }))
      }
    }
  }
  return changes
}

private func requirements(of index: Int, _ unorderedChanges: [UnorderedChange], _ indicesByKey: [ObjectKey: [Int]])
  -> [Int]
{
  unorderedChanges[index].waitsFor.sorted().flatMap { indicesByKey[$0] ?? [] }.filter { $0 != index }
}
