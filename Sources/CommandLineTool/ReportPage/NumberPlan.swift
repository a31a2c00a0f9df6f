import Domain

/// The state of each extension number of a plan: used, in quarantine, free …
struct NumberPlan: Sendable {
  /// In the order of importance.
  enum CellState: Int, CaseIterable, Sendable { case used, resting, foreign, unproven, protected, free }

  /// A range of the plan, in cells of equal size.
  struct Span: Sendable {
    let range: NumberRange
    /// The number of numbers in a cell: a power of ten.
    let step: Int
    let cells: [Cell]
    /// Its numbers that are neither free nor simply used, in order: the state of each, and its present or former holder.
    let notable: [(number: String, use: CellState, note: String)]

    func count(_ use: CellState) -> Int { cells.reduce(0) { $0 + $1[use] } }
  }

  struct Cell: Sendable {
    let first: String
    let last: String
    fileprivate(set) var counts = [Int](repeating: 0, count: CellState.allCases.count)
    /// The present or former holder, if the cell is one number.
    fileprivate(set) var note = ""

    subscript(_ use: CellState) -> Int { counts[use.rawValue] }

    /// The most important state.
    var use: CellState { CellState.allCases.first { self[$0] > 0 } ?? .free }
  }

  let sections: [Span]
  /// Managed extensions outside the ranges.
  let outside: [ManagedObject]

  /// The most cells; for more numbers a cell is ten numbers, a hundred and so on.
  private static let mostCells = 10_000

  init(_ policy: NumberPolicy, _ state: LedgerState, at now: Timestamp) {
    let marks = Self.marks(policy, state, now)
    let ranges = policy.extensionRanges.isEmpty ? Self.hundreds(of: Array(marks.keys)) : policy.extensionRanges
    sections = ranges.compactMap { Self.section($0, policy, marks) }
    outside = state.objects.filter { object in
      object.key.kind == .extension && !ranges.contains { $0.contains(object.key.number) }
    }
  }

  typealias Marks = [String: (use: CellState, note: String)]

  /// The known states of single numbers. A present holder comes before a former one.
  static func marks(_ policy: NumberPolicy, _ state: LedgerState, _ now: Timestamp) -> Marks {
    var marks: Marks = [:]
    for formerHolders in state.formerHolders
    where formerHolders.key.kind == .extension && formerHolders.at + policy.rest > now {
      marks[formerHolders.key.number] = (.resting, "was \(formerHolders.dn.isEmpty ? "somebody" : formerHolders.dn)'s")
    }
    for refusal in state.refusals where refusal.item.kind == .extension && refusal.answer.status == .taken {
      marks[refusal.item.number] = (.foreign, "foreign object on the PBX")
    }
    for foreign in state.knownForeign where foreign.key.kind == .extension {
      marks[foreign.key.number] = (.foreign, "foreign object on the PBX")
    }
    let pools = Dictionary(state.allocations.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    for object in state.objects where object.key.kind == .extension {
      let pool = pools[object.key.number].flatMap { $0.entry == object.entry ? ", from the pool of \($0.pool)" : nil }
      marks[object.key.number] =
        object.isManaged ? (.used, object.item.name + (pool ?? "")) : (.unproven, "\(object.item.name), unproven")
    }
    return marks
  }

  /// Without configured ranges: the hundreds with known numbers, consecutive ones combined.
  private static func hundreds(of numbers: [String]) -> [NumberRange] {
    let prefixes = Set(numbers.filter { (3...18).contains($0.utf8.count) }.map { String($0.dropLast(2)) })
    var ranges: [(first: String, last: String)] = []
    for prefix in prefixes.sorted(by: { ($0.utf8.count, $0) < ($1.utf8.count, $1) }) {
      if let last = ranges.last?.last, last.utf8.count == prefix.utf8.count + 2,
        Int(last.dropLast(2)).map({ $0 + 1 }) == Int(prefix)
      {
        ranges[ranges.count - 1].last = prefix + "99"
      } else {
        ranges.append((prefix + "00", prefix + "99"))
      }
    }
    return ranges.compactMap { NumberRange("\($0.first)-\($0.last)") }
  }

  /// nil for numbers with too many digits to count.
  private static func section(_ range: NumberRange, _ policy: NumberPolicy, _ marks: Marks) -> Span? {
    let digits = range.first.utf8.count
    guard digits <= 18, let low = Int(range.first), let high = Int(range.last) else { return nil }
    var step = 1
    while (high - low) / step >= mostCells { step *= 10 }
    let protected = policy.protected.compactMap { it -> ClosedRange<Int>? in
      guard it.first.utf8.count == digits, let first = Int(it.first), let last = Int(it.last) else { return nil }
      return first...last
    }
    var cells: [Cell] = []
    // The first cell may be incomplete, so that the others begin at round numbers.
    var first = low
    while first <= high {
      let last = min(high, (first / step + 1) * step - 1)
      var cell = Cell(first: range.text(first), last: range.text(last))
      let covered = Self.covered(first...last, by: protected)
      cell.counts[CellState.protected.rawValue] = covered
      cell.counts[CellState.free.rawValue] = last - first + 1 - covered
      cells.append(cell)
      first = last + 1
    }
    for (number, mark) in marks where range.contains(number) {
      guard let value = Int(number) else { continue }
      let index = value / step - low / step
      if step == 1 { cells[index].note = mark.note }
      if policy.isProtected(number) { continue }
      cells[index].counts[mark.use.rawValue] += 1
      cells[index].counts[CellState.free.rawValue] -= 1
    }
    let notable = marks.filter { range.contains($0.key) && $0.value.use != .used && !policy.isProtected($0.key) }
      .map { (number: $0.key, use: $0.value.use, note: $0.value.note) }.sorted { $0.number < $1.number }
    return Span(range: range, step: step, cells: cells, notable: notable)
  }

  /// The number of a cell's numbers in any of the ranges.
  private static func covered(_ cell: ClosedRange<Int>, by ranges: [ClosedRange<Int>]) -> Int {
    var count = 0
    var next = cell.lowerBound
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      let first = max(next, range.lowerBound)
      let last = min(cell.upperBound, range.upperBound)
      if first > last { continue }
      count += last - first + 1
      next = last + 1
    }
    return count
  }
}
