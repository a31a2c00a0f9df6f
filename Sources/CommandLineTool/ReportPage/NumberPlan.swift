import Domain

/// The state of each extension number: managed, in quarantine, free … `free` and the report page show it.
struct NumberPlan: Sendable {
  /// In the order of importance: of several states of a number, or of a cell's numbers, the first counts.
  enum CellState: Int, CaseIterable, Sendable {
    case managed, unproven, foreign, quarantined, protected, emergency, claimed, free

    var text: String {
      switch self {
      case .managed: "managed"
      case .unproven: "unproven"
      case .foreign: "foreign"
      case .quarantined: "in quarantine"
      case .protected: "protected"
      case .emergency: "for emergencies"
      case .claimed: "claimed by entries"
      case .free: "free"
      }
    }
  }

  /// A range of the plan, in cells of equal size.
  struct Span: Sendable {
    let range: NumberRange
    /// The number of numbers in a cell: a power of ten.
    let step: Int
    let cells: [Cell]
    /// Its numbers that are unproven, foreign or in quarantine, in order: the state of each, and its present or former holder.
    let notable: [(number: String, use: CellState, note: String)]
    /// The free numbers, as ranges, the lowest first.
    let free: [NumberRange]

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

  /// - Parameters:
  ///   - claimed: numbers that are claimed, wanted or meant, or that may not be allocated for another reason. nil if the directory
  ///     can't be read; then numbers that only entries claim are free.
  ///   - ranges: nil for those of the configuration, or else the hundreds with known numbers.
  init(
    _ policy: NumberPolicy, _ state: LedgerState, claimed: Set<String>? = nil, in ranges: [NumberRange]? = nil,
    at now: Timestamp
  ) {
    let known = Self.marks(policy, state, now)
    let configured = policy.extensionRanges.isEmpty ? nil : policy.extensionRanges
    let ranges = ranges ?? configured ?? Self.hundreds(of: Array(known.keys))
    sections = ranges.compactMap { range in
      Self.section(range, policy, known.merging(Self.marks(policy, claimed ?? [], in: range)) { ledgers, _ in ledgers })
    }
    outside = state.objects.filter { object in
      object.key.kind == .extension && !ranges.contains { $0.contains(object.key.number) }
    }
  }

  private typealias Marks = [String: (use: CellState, note: String)]

  /// The known states of single numbers. A present holder comes before a former one.
  private static func marks(_ policy: NumberPolicy, _ state: LedgerState, _ now: Timestamp) -> Marks {
    var marks: Marks = [:]
    for formerHolders in state.formerHolders
    where formerHolders.key.kind == .extension && formerHolders.at + policy.rest > now {
      marks[formerHolders.key.number] = (
        .quarantined, "was \(formerHolders.dn.isEmpty ? "somebody" : formerHolders.dn)'s"
      )
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
        object.isManaged ? (.managed, object.item.name + (pool ?? "")) : (.unproven, "\(object.item.name), unproven")
    }
    return marks
  }

  /// The numbers of a range of which the ledger knows nothing.
  private static func marks(_ policy: NumberPolicy, _ claimed: Set<String>, in range: NumberRange) -> Marks {
    var marks = Dictionary(
      uniqueKeysWithValues: claimed.lazy.filter(range.contains).map {
        ($0, (use: CellState.claimed, note: ""))
      })
    // Emergency numbers are short.
    if range.first.utf8.count <= 5 {
      for number in range.numbers where policy.isEmergency(number) { marks[number] = (.emergency, "") }
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
    let inRange = marks.filter { range.contains($0.key) && !policy.isProtected($0.key) }
    let notable = inRange.filter { [.unproven, .foreign, .quarantined].contains($0.value.use) }
      .map { (number: $0.key, use: $0.value.use, note: $0.value.note) }.sorted { $0.number < $1.number }
    let free = range.subtracting(inRange.keys.compactMap(NumberRange.init) + policy.protected)
    return Span(range: range, step: step, cells: cells, notable: notable, free: free)
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
