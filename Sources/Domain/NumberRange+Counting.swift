// Ranges as sets of numbers.

extension NumberRange {
  private init(first: Int, last: Int, like range: NumberRange) {
    self.init(first: range.text(first), last: range.text(last))
  }

  private init(first: String, last: String) { (self.first, self.last) = (first, last) }

  /// How many numbers it has; 0 if they have more than 18 digits.
  public var count: Int { values.map { $0.count } ?? 0 }

  /// Its numbers in order; none if they have more than 18 digits.
  public var numbers: [String] { values.map { $0.map(text) } ?? [] }

  /// The numbers that are also in another; nil if there are none.
  public func intersection(_ other: NumberRange) -> NumberRange? {
    overlaps(other) ? NumberRange(first: max(first, other.first), last: min(last, other.last)) : nil
  }

  /// What is left without others, in order; nothing if its numbers have more than 18 digits.
  public func subtracting(_ others: [NumberRange]) -> [NumberRange] {
    guard let values else { return [] }
    let closed = others.compactMap { intersection($0)?.values }.sorted { $0.lowerBound < $1.lowerBound }
    var left: [NumberRange] = []
    var next = values.lowerBound
    for range in closed {
      if range.lowerBound > next { left.append(NumberRange(first: next, last: range.lowerBound - 1, like: self)) }
      next = max(next, range.upperBound + 1)
    }
    if next <= values.upperBound { left.append(NumberRange(first: next, last: values.upperBound, like: self)) }
    return left
  }

  /// nil for more than 18 digits.
  private var values: ClosedRange<Int>? {
    guard first.utf8.count <= 18, let low = Int(first), let high = Int(last) else { return nil }
    return low...high
  }
}
