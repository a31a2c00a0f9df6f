/// The digests of the entries that needn't be mapped again, and which of them this read has shown. It takes eight bytes
/// and a bit for each entry.
struct KnownDigests: Sendable {
  private let sorted: [UInt64]
  private var seen: [UInt64]
  /// How many of them the read has shown.
  private(set) var seenCount = 0

  init(_ digests: [UInt64] = []) {
    sorted = digests.sorted()
    seen = Array(repeating: 0, count: (digests.count + 63) / 64)
  }

  var count: Int { sorted.count }

  /// Records that the read has shown the entry.
  ///
  /// - Returns: nil if it isn't known, or was shown before.
  mutating func recognise(_ fingerprint: UInt64) -> EntryDigest? {
    let position = position(of: fingerprint & ~1)
    guard position < sorted.count, sorted[position] <= fingerprint | 1, !isSeen(position) else { return nil }
    seen[position / 64] |= 1 << UInt64(position % 64)
    seenCount += 1
    return EntryDigest(stored: sorted[position])
  }

  /// Whether the read has shown the entry with this digest.
  func contains(seen digest: UInt64) -> Bool {
    let position = position(of: digest)
    return position < sorted.count && sorted[position] == digest && isSeen(position)
  }

  /// The digests that the read hasn't shown.
  var unseen: Set<UInt64> {
    if seenCount == sorted.count { return [] }
    return Set(sorted.indices.lazy.filter { !isSeen($0) }.map { sorted[$0] })
  }

  private func isSeen(_ position: Int) -> Bool { seen[position / 64] & 1 << UInt64(position % 64) != 0 }

  /// The position of the first digest that isn't smaller.
  private func position(of digest: UInt64) -> Int {
    var (first, end) = (0, sorted.count)
    while first < end {
      let middle = (first + end) / 2
      if sorted[middle] < digest { first = middle + 1 } else { end = middle }
    }
    return first
  }
}

/// The hash of an entry in its source; lowest bit: 1 if the source selects the entry, 0 if it excludes it.
struct EntryDigest: Hashable, Sendable {
  let stored: UInt64

  init(stored: UInt64) { self.stored = stored }

  /// - Parameter fingerprint: the fingerprint of the entry in its source.
  init(_ fingerprint: UInt64, isSelected: Bool) { stored = fingerprint & ~1 | (isSelected ? 1 : 0) }

  var isSelected: Bool { stored & 1 == 1 }
}

extension UInt64 {
  /// Makes the fingerprints of an entry in two sources different, because other attributes were requested.
  func salted(bySource: Int) -> UInt64 { (self ^ UInt64(bySource)) &* 0x100_0000_01b3 }
}
