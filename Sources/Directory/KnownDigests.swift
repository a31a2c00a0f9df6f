/// The digests of the entries that needn't be mapped again, and which of them this read has shown. It takes eight bytes
/// and a bit for each entry.
struct KnownDigests: Sendable {
  private let sorted: [UInt64]
  private var seen: [UInt64]
  /// How many of them have come.
  private(set) var seenCount = 0

  init(_ digests: [UInt64] = []) {
    sorted = digests.sorted()
    seen = Array(repeating: 0, count: (digests.count + 63) / 64)
  }

  var count: Int { sorted.count }

  /// Takes note that the entry has come; nil where it isn't known, or has come before.
  mutating func recognise(_ fingerprint: UInt64) -> EntryDigest? {
    let place = place(of: fingerprint & ~1)
    guard place < sorted.count, sorted[place] <= fingerprint | 1, !isSeen(place) else { return nil }
    seen[place / 64] |= 1 << UInt64(place % 64)
    seenCount += 1
    return EntryDigest(stored: sorted[place])
  }

  /// Whether the entry with this digest has come.
  func contains(seen digest: UInt64) -> Bool {
    let place = place(of: digest)
    return place < sorted.count && sorted[place] == digest && isSeen(place)
  }

  /// Those that haven't come.
  var unseen: Set<UInt64> {
    if seenCount == sorted.count { return [] }
    return Set(sorted.indices.lazy.filter { !isSeen($0) }.map { sorted[$0] })
  }

  private func isSeen(_ place: Int) -> Bool { seen[place / 64] & 1 << UInt64(place % 64) != 0 }

  /// Where the first digest stands that is no smaller.
  private func place(of digest: UInt64) -> Int {
    var (first, end) = (0, sorted.count)
    while first < end {
      let middle = (first + end) / 2
      if sorted[middle] < digest { first = middle + 1 } else { end = middle }
    }
    return first
  }
}

/// What tells an entry of a source as it came, and in its last bit whether the source takes it.
struct EntryDigest: Hashable, Sendable {
  let stored: UInt64

  init(stored: UInt64) { self.stored = stored }

  /// - Parameter fingerprint: of the entry in its source.
  init(_ fingerprint: UInt64, isTaken: Bool) { stored = fingerprint & ~1 | (isTaken ? 1 : 0) }

  var isTaken: Bool { stored & 1 == 1 }
}

extension UInt64 {
  /// An entry in two sources is two things: other attributes were asked for.
  func salted(bySource: Int) -> UInt64 { (self ^ UInt64(bySource)) &* 0x100_0000_01b3 }
}
