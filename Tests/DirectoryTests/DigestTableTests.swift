import TestSupport
import Testing

@testable import Directory

@Suite(.timeLimit(.minutes(15))) struct `An imprint` {
  private static func digests(_ entryDigests: [EntryDigest]) -> DigestTable {
    DigestTable(settingsDigest: "v", generation: 7, endsAt: 5, expiresAt: 99, entryDigests: entryDigests)
  }

  /// Marks of entries with these fingerprints, each entry named by its own.
  private static func entryDigests(_ fingerprints: [UInt64]) -> [EntryDigest] {
    fingerprints.map { EntryDigest(id: $0 << 1 | 1, fingerprint: $0) }
  }

  @Test(arguments: [[], [0], [1, 2, 2, .max]] as [[UInt64]])
  func `is read as it was written`(fingerprints: [UInt64]) {
    let it = Self.digests(Self.entryDigests(fingerprints))
    #expect(DigestTable(it.bytes) == it)
  }

  @Test func `isn't believed where anything of it is missing or changed`() {
    let bytes = Self.digests(Self.entryDigests([1, 2, 3])).bytes
    for count in 0..<bytes.count { #expect(DigestTable(Array(bytes[..<count])) == nil) }
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1 << UInt8(index % 8)
      #expect(DigestTable(changed) == nil)
    }
  }

  @Test(
    arguments: [(86_400, 7, true), (1, 7, true), (0, 7, false), (86_401, 7, false), (86_400, 8, false)]
      as [(Int64, Int64, Bool)])
  func `is believed for a day, and as long as nobody has changed the ledger`(
    rest: Int64, generation: Int64, isThere: Bool
  ) throws {
    let folder = try TemporaryFolder()
    var it = Self.digests(Self.entryDigests([1]))
    (it.endsAt, it.expiresAt) = (1_000_000, .max)
    it.save(in: folder.path)
    #expect((DigestTable(in: folder.path, generation: generation, now: 0, ownTime: 1_000_000 - rest) != nil) == isThere)
  }

  @Test func `isn't believed once one of its accounts has expired`() throws {
    let folder = try TemporaryFolder()
    var it = Self.digests(Self.entryDigests([1]))
    (it.endsAt, it.expiresAt) = (1_010_000, 1_000_100)
    it.save(in: folder.path)
    #expect(DigestTable(in: folder.path, generation: 7, now: 1_000_099, ownTime: 1_000_000) == it)
    #expect(DigestTable(in: folder.path, generation: 7, now: 1_000_100, ownTime: 1_000_000) == nil)
  }

  /// What a read finds that gives entries by their fingerprints; one above 100 is of the entry a hundred below it, changed.
  private func walk(along known: [UInt64], finding found: [UInt64]) -> DigestMatcher {
    var walk = DigestMatcher(along: Self.digests(Self.entryDigests(known)))
    for fingerprint in found where walk.match(fingerprint) == nil {
      walk.record(EntryDigest(id: (fingerprint % 100) << 1 | 1, fingerprint: fingerprint), expiringAt: nil)
    }
    walk.end()
    return walk
  }

  @Test(arguments: [[], [1], [1, 2, 2]] as [[UInt64]])
  func `is found again as it is by its own entries`(known: [UInt64]) {
    let walk = walk(along: known, finding: known)
    #expect(walk.renewed == nil && walk.news == [] && walk.coversAllChanges)
  }

  @Test(
    arguments: [
      ([1, 2, 3], [1, 102, 3], [2]), ([1, 2, 3], [101, 102, 103], [1, 2, 3]), ([1, 2], [1, 5, 2], [5]),
      ([1, 2], [1, 2, 5], [5]), ([], [5], [5]), ([1, 2, 3], [2, 3, 1], [1]),
      ([1, 2, 3, 4], [1, 103, 4, 102], [2, 3]),
    ] as [([UInt64], [UInt64], Set<UInt64>)])
  func `is renewed by the entries that have changed or come`(known: [UInt64], found: [UInt64], news: Set<UInt64>) {
    let walk = walk(along: known, finding: found)
    #expect(walk.coversAllChanges)
    #expect(Set(walk.news.map { $0 >> 1 }) == news)
    #expect(walk.renewed?.entryDigests.map(\.fingerprint) == found)
  }

  @Test(
    arguments: [([1, 2, 3], [1, 3]), ([1, 2], [1]), ([1], []), ([1, 2], [1, 5]), ([1, 2], [1, 2, 101])]
      as [([UInt64], [UInt64])])
  func `doesn't tell all where somebody is gone or is there twice`(known: [UInt64], found: [UInt64]) {
    #expect(!walk(along: known, finding: found).coversAllChanges)
  }

  @Test func `is given up where too much is different`() {
    let known = (1...3000).map { UInt64($0) }
    var walk = DigestMatcher(along: Self.digests(Self.entryDigests(known)))
    for number in 1...300 { _ = walk.match(UInt64(1_000_000 + number)) }
    #expect(!walk.differsTooMuch)
    _ = walk.match(2_000_000)
    #expect(walk.differsTooMuch)
  }
}
