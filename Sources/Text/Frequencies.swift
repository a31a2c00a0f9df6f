extension Sequence where Element: Hashable {
  /// How often each element occurs.
  public var frequencies: [Element: Int] { reduce(into: [:]) { $0[$1, default: 0] += 1 } }
}

extension Dictionary where Key: Comparable, Value == Int {
  /// The most frequent first; of equally frequent ones the lesser first.
  public var mostFrequentFirst: [(key: Key, value: Int)] { sorted { ($1.value, $0.key) < ($0.value, $1.key) } }
}
