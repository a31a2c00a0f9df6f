import Domain

/// Goes along an imprint while the entries come, which servers give in the same order as long as they don't change.
package struct DigestMatcher: Sendable {
  private let earlier: DigestTable
  private var place = 0
  /// The imprint of what is there now; nil as long as nothing is different.
  private(set) var renewed: DigestTable?
  /// Marks that none of the entries bears any more.
  private(set) var missed: [EntryDigest] = []
  /// The entries that are new or different.
  private(set) var news: Set<UInt64> = []
  private var newsCount = 0

  /// How far an entry is looked for: where others before it have changed or gone.
  private static let window = 64

  init(along digests: DigestTable) { earlier = digests }

  /// Whether so much is different that all of it may as well be looked into.
  var differsTooMuch: Bool { newsCount > max(100, earlier.entryDigests.count / 10) }

  /// A step further, or over some that aren't as they were; nil where the fingerprint isn't to be found.
  mutating func match(_ fingerprint: UInt64) -> EntryDigest? {
    let entryDigests = earlier.entryDigests
    for found in place..<min(place + Self.window, entryDigests.count)
    where entryDigests[found].fingerprint == fingerprint {
      if found > place {
        markChanged()
        missed += entryDigests[place..<found]
      }
      renewed?.entryDigests.append(entryDigests[found])
      place = found + 1
      return entryDigests[found]
    }
    newsCount += 1
    return nil
  }

  /// What was made of an entry that wasn't met.
  mutating func record(_ entryDigest: EntryDigest, expiringAt expiry: Timestamp?) {
    markChanged()
    news.insert(entryDigest.entry)
    renewed?.record(entryDigest, expiringAt: expiry)
  }

  /// No more entries come.
  mutating func end() {
    if place == earlier.entryDigests.count { return }
    markChanged()
    missed += earlier.entryDigests[place...]
    place = earlier.entryDigests.count
  }

  private mutating func markChanged() {
    if renewed != nil { return }
    renewed = earlier
    renewed?.entryDigests = Array(earlier.entryDigests[..<place])
  }
}

extension DigestMatcher {
  /// Whether whoever was there still is, and each entry that is new or different stands in one source of its kind alone: then
  /// all that follows is in the entries that were looked into.
  var coversAllChanges: Bool {
    guard let renewed else { return true }
    var once: Set<UInt64> = []
    for entryDigest in renewed.entryDigests
    where news.contains(entryDigest.entry) && !once.insert(entryDigest.entry).inserted { return false }
    return missed.allSatisfy { news.contains($0.entry) }
  }
}
