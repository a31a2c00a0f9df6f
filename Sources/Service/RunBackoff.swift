import Journal
import Platform
import Sync

/// Backs off while the directory or the PBX is unreachable or the key is refused. Logs that once, then once a day, and
/// when it is over.
struct RunBackoff: Sendable {
  /// Runs that failed in a row.
  private(set) var failures = 0
  private var since: Int64 = 0
  /// When the last of them ended.
  private var lastAt: Int64 = 0
  private var ceiling = Self.longest
  /// When each kind of failure was last logged.
  private var reported: [MessageID: Int64] = [:]

  private static let day: Int64 = 86_400
  /// Each try of a key or a password that is refused counts towards a lockout.
  private static let longest = Duration.seconds(3600)
  /// The daemon notices within minutes that a server is back.
  private static let longestForSilence = Duration.seconds(300)

  /// The findings that a run that begins now needn't log.
  func needsNoEvent(at now: Int64) -> Set<Finding> {
    Set(reported.filter { now - $0.value < Self.day }.keys.map(Finding.failure))
  }

  /// Records the result of a run.
  ///
  /// - Parameters:
  ///   - now: seconds by CLOCK_BOOTTIME, which can't be set.
  ///   - shift: the wall clock's time minus this one.
  /// - Returns: the event of the recovery, after the last of the failures; nil otherwise.
  mutating func record(_ failure: RunError?, at now: Int64, shift: Int64 = 0) -> Event? {
    guard let failure else {
      defer { self = RunBackoff() }
      if failures == 0 { return nil }
      let runs = failures == 1 ? "1 failed run" : "\(failures) failed runs"
      return Event(.recovered, "Works again, after \(runs) since \(localTime(since + shift))")
    }
    if failures == 0 { since = now }
    failures += 1
    lastAt = now
    ceiling = failure.status == .outOfReach ? Self.longestForSilence : Self.longest
    if now - (reported[failure.event] ?? .min / 2) >= Self.day { reported[failure.event] = now }
    return nil
  }

  /// Whether a successful run that ended at this moment, even one of another process, came after the failures; one of the same
  /// second may have come before.
  func hasRecovered(byRunAt moment: Int64) -> Bool { failures > 0 && moment > lastAt }

  /// The poll interval with a tenth of jitter, doubled with each failed run in a row: up to five minutes while a server is
  /// unreachable, otherwise up to one hour.
  func pause(_ poll: Duration) -> Duration {
    let backedOff = failures == 0 ? poll : max(poll, min(poll * (1 << min(failures, 10)), ceiling))
    return backedOff * Double.random(in: 0.9...1.1)
  }
}
