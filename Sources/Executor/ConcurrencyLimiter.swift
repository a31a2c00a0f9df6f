import Domain

/// Limits how many requests are at the PBX at one time: the slower it answers, the fewer.
///
/// The response time, smoothed as TCP smooths its round trips (RFC 6298), is compared with the best one in this run. A PBX
/// that takes more than twice as long is busy. A response in less than 50 ms is never slow. The best time ages, so that a
/// PBX that is always slow isn't throttled for good.
struct ConcurrencyLimiter: Sendable {
  private static let neverSlow = Duration.milliseconds(50)

  /// The upper limit of `width`.
  let limit: Int
  /// How many requests may be at the PBX now; at least 1.
  private(set) var width: Int

  private var smoothed: Duration?
  private var best = Duration.zero
  /// Answers since the last change of the width. The next change waits for the answers to all requests that were sent before it.
  private var answers = 0
  /// How many requests at the PBX were sent before the last failure; if they fail too, it is the same failure.
  private var stale = 0

  init(limit: Int) {
    precondition(limit > 0, "nothing would ever be sent")
    self.limit = limit
    width = limit
  }

  /// Adapts the width to the answer to a request and to its response time.
  ///
  /// - Parameters:
  ///   - objects: how many objects the request was about.
  ///   - others: how many requests are still at the PBX; requests that fail together count as one failure.
  mutating func record(_ answer: CallResult, after time: Duration, objects: Int = 1, others: Int = 0) {
    let isStale = stale > 0
    stale = max(stale - 1, 0)
    switch answer.status {
    case .failed, .notUnderstood, .unanswered, .notSent:
      if isStale { return }
      stale = others
      change(to: width / 2)
    case .accepted, .absent, .taken, .refused: record(time / objects, isBatch: objects > 1)
    case .badKey, .tooLong: break
    }
  }

  private mutating func record(_ time: Duration, isBatch: Bool) {
    guard let before = smoothed else {
      (smoothed, best) = (time, time)
      return
    }
    let now = before + (time - before) / 8
    // An object in a batch takes less time than in a request of its own. It can show that the PBX is fast again, but never sets
    // the best time.
    smoothed = isBatch ? max(now, best) : now
    if !isBatch { best = now < best ? now : best + (now - best) / 256 }
    answers += 1
    if answers >= width { change(to: isSlow ? width - 1 : width + 1) }
  }

  private var isSlow: Bool { smoothed.map { $0 > max(best * 2, Self.neverSlow) } ?? false }

  private mutating func change(to width: Int) {
    self.width = min(max(width, 1), limit)
    answers = 0
  }
}
