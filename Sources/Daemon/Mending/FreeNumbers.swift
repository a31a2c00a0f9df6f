import Domain

/// Extension numbers that nobody has, wants or may not have, the lowest first; each is given once.
struct FreeNumbers {
  private let policy: NumberPolicy
  private var taken: Set<String>
  private let ranges: [NumberRange]

  init(_ policy: NumberPolicy, _ memory: Memory, _ reading: Reading) {
    self.policy = policy
    let keys =
      memory.owned.map(\.key) + memory.refusals.map(\.item.key) + memory.freed.map(\.key)
      + memory.doubts.map(\.call.key) + reading.wanted.map(\.item.key) + memory.allocations.map(\.key)
      + memory.adoptions.map(\.key) + memory.knownForeign.map(\.key)
    taken = Set(keys.filter { $0.kind == .extension }.map(\.number)).union(reading.reserved.map(\.number))
    ranges = policy.extensionRanges.isEmpty ? Self.ranges(around: taken) : policy.extensionRanges
  }

  /// Where no range is configured: from the lowest to the highest number of each length that is in use.
  private static func ranges(around numbers: Set<String>) -> [NumberRange] {
    Dictionary(grouping: numbers, by: \.utf8.count).sorted { $0.key < $1.key }.compactMap { _, numbers in
      guard let first = numbers.min(), let last = numbers.max() else { return nil }
      let end = String(repeating: "9", count: last.utf8.count)
      return NumberRange("\(first)-\(last == end ? last : end)")
    }
  }

  /// Somebody will want it as soon as something else is mended.
  mutating func reserve(_ number: String) { taken.insert(number) }

  /// The lowest free number that `fits`, which is then taken; nil where there is none.
  ///
  /// - Parameter own: where it must lie; nil for anywhere that extensions may.
  mutating func take(in own: [NumberRange]? = nil, where fits: (String) -> Bool) -> String? {
    for range in own ?? ranges {
      var number = range.first
      while true {
        if !taken.contains(number), !policy.isProtected(number), !policy.isOutOfRange(Key(.extension, number)) {
          // What doesn't fit once won't with the next number: the template makes no such numbers of this entry.
          guard fits(number) else { break }
          taken.insert(number)
          return number
        }
        guard let next = range.number(after: number) else { break }
        number = next
      }
    }
    return nil
  }
}
