import Domain

/// The common beginning of phone numbers that reach extensions directly, and how an extension follows from such a number.
struct Trunk: Hashable, Sendable {
  /// With its `+` and country code, as in +49309018.
  let stem: String
  /// How many digits follow.
  let digits: Int
  /// The digits of the extension before these; mostly empty.
  let prefix: String

  /// The extension that a phone number reaches; nil if it isn't one of this trunk.
  func `extension`(of e164: String) -> String? {
    e164.utf8.count == stem.utf8.count + digits && e164.hasPrefix(stem)
      ? prefix + e164.dropFirst(stem.utf8.count) : nil
  }
}

/// A trunk with the numbers that the directory has of it.
struct TrunkNumbers: Hashable, Sendable {
  let trunk: Trunk
  /// The digits behind the stem, distinct, in rising order.
  let suffixes: [String]
  /// A written value of such a number, in digits, spaces and hyphens, without the digits of the extension; nil without one.
  var writtenStem: String?
  /// The digits of further extensions, of values without the stem: they also show how far a block reaches.
  var abbreviated: Set<String> = []

  var extensions: [String] { suffixes.map { trunk.prefix + $0 } }

  /// The ranges in which the suffixes lie, rounded outwards to groups of 10 to the power `zeros`, or to the first digit if that is
  /// less.
  func ranges(zeros: Int) -> [(first: String, last: String)] {
    var size = 1
    for _ in 0..<min(zeros, max(0, trunk.digits - 1)) { size *= 10 }
    var ranges: [(first: Int, last: Int)] = []
    for value in suffixes.compactMap({ Int($0) }) {
      let first = value / size * size
      if let last = ranges.last, first <= last.last + 1 {
        ranges[ranges.count - 1].last = max(last.last, first + size - 1)
      } else {
        ranges.append((first, first + size - 1))
      }
    }
    return ranges.map { (padded($0.first), padded($0.last)) }
  }

  /// The extensions of these ranges.
  func insideRanges(zeros: Int) -> [NumberRange] {
    ranges(zeros: zeros).compactMap { NumberRange("\(trunk.prefix)\($0.first)-\(trunk.prefix)\($0.last)") }
  }

  /// The same without a few numbers that are among those of others.
  func withoutStrays(among others: [TrunkNumbers]) -> TrunkNumbers {
    let taken = others.flatMap { $0.insideRanges(zeros: 9) }
    let strays = Set(suffixes.filter { suffix in taken.contains { $0.contains(trunk.prefix + suffix) } })
    if strays.isEmpty || strays.count * 20 > suffixes.count { return self }
    return TrunkNumbers(
      trunk: trunk, suffixes: suffixes.filter { !strays.contains($0) }, writtenStem: writtenStem)
  }

  /// The same without numbers that are each alone in their group of a hundred or more, and those numbers. Of a few numbers each may be right.
  var withoutLoners: (TrunkNumbers, [String]) {
    guard trunk.digits > 2, suffixes.count >= 20 else { return (self, []) }
    let groups = Dictionary(grouping: suffixes) { $0.first }
    let alone = Set(groups.values.filter { $0.count == 1 }.flatMap(\.self))
    let kept = suffixes.filter { !alone.contains($0) }
    return (
      TrunkNumbers(trunk: trunk, suffixes: kept, writtenStem: writtenStem), alone.sorted().map { trunk.stem + $0 }
    )
  }

  private func padded(_ number: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, trunk.digits - text.utf8.count)) + text
  }

  /// Of each range of `ranges`, the smallest group of ten, hundred or more in which its numbers lie, with the first and the last of them.
  /// Carriers assign such groups. The numbers of a wider one may belong to another company.
  func likelyRanges(zeros: Int) -> [(first: String, last: String, seen: ClosedRange<Int>)] {
    let numbers = abbreviated.union(suffixes).compactMap { Int($0) }
    var size = 1
    for _ in 0..<min(zeros, max(0, trunk.digits - 1)) { size *= 10 }
    let groups = Dictionary(grouping: numbers) { $0 / size }.values.compactMap { group -> ClosedRange<Int>? in
      guard let first = group.min(), let last = group.max() else { return nil }
      return first...last
    }
    var ranges: [(first: Int, last: Int, seen: ClosedRange<Int>)] = []
    for seen in groups.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      var width = min(10, size)
      while seen.lowerBound / width != seen.upperBound / width { width *= 10 }
      let first = seen.lowerBound / width * width
      if let last = ranges.last, first == last.last + 1 {
        ranges[ranges.count - 1] = (last.first, first + width - 1, last.seen.lowerBound...seen.upperBound)
      } else {
        ranges.append((first, first + width - 1, seen))
      }
    }
    return ranges.map { (padded($0.first), padded($0.last), $0.seen) }
  }

  /// The numbers that the directory has of each block, if the block is wider: the rest of it is a guess.
  func seenOfWiderBlocks(zeros: Int) -> [String] {
    likelyRanges(zeros: zeros).compactMap { range in
      let (first, last) = (padded(range.seen.lowerBound), padded(range.seen.upperBound))
      if (first, last) == (range.first, range.last) { return nil }
      return "\(writtenStem ?? trunk.stem) \(first)" + (first == last ? "" : "-\(last)")
    }
  }

  /// The ranges as `ddi` of the configuration takes them.
  func blocks(zeros: Int) -> [String] {
    let stem = writtenStem ?? trunk.stem
    return likelyRanges(zeros: zeros).map { first, last, _ in
      "\(stem) \(first)-\(last)"
        + (trunk.prefix.isEmpty ? "" : " = \(trunk.prefix)\(first)-\(trunk.prefix)\(last)")
    }
  }
}
