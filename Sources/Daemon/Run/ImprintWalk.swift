import Domain

/// Goes along an imprint while the entries come, which servers give in the same order as long as they don't change.
struct ImprintWalk: Sendable {
  private let earlier: Imprint
  private var place = 0
  /// The imprint of what is there now; nil as long as nothing is different.
  private(set) var renewed: Imprint?
  /// Marks that none of the entries bears any more.
  private(set) var missed: [Mark] = []
  /// The entries that are new or different.
  private(set) var news: Set<UInt64> = []
  private var newsCount = 0

  /// How far an entry is looked for: where others before it have changed or gone.
  private static let window = 64

  init(along imprint: Imprint) { earlier = imprint }

  /// Whether so much is different that all of it may as well be looked into.
  var isLost: Bool { newsCount > max(100, earlier.marks.count / 10) }

  /// A step further, or over some that aren't as they were; nil where the fingerprint isn't to be found.
  mutating func meet(_ fingerprint: UInt64) -> Mark? {
    let marks = earlier.marks
    for found in place..<min(place + Self.window, marks.count) where marks[found].fingerprint == fingerprint {
      if found > place {
        differ()
        missed += marks[place..<found]
      }
      renewed?.marks.append(marks[found])
      place = found + 1
      return marks[found]
    }
    newsCount += 1
    return nil
  }

  /// What was made of an entry that wasn't met.
  mutating func note(_ mark: Mark, expiringAt expiry: Seconds?) {
    differ()
    news.insert(mark.entry)
    renewed?.note(mark, expiringAt: expiry)
  }

  /// No more entries come.
  mutating func end() {
    if place == earlier.marks.count { return }
    differ()
    missed += earlier.marks[place...]
    place = earlier.marks.count
  }

  private mutating func differ() {
    if renewed != nil { return }
    renewed = earlier
    renewed?.marks = Array(earlier.marks[..<place])
  }
}

extension ImprintWalk {
  /// Whether whoever was there still is, and each entry that is new or different stands in one source of its kind alone: then
  /// all that follows is in the entries that were looked into.
  var tellsAll: Bool {
    guard let renewed else { return true }
    var once: Set<UInt64> = []
    for mark in renewed.marks where news.contains(mark.entry) && !once.insert(mark.entry).inserted { return false }
    return missed.allSatisfy { news.contains($0.entry) }
  }
}
