import Glibc
import Synchronization

/// The steps of a run at which a debug build can end as by `kill -9`, for the fault campaign. A release build ignores them.
///
/// `PBXSYNCD_CRASH_AT=intents-committed:3` ends the process when it passes that step for the third time.
public enum CrashPoint: String, CaseIterable, Sendable {
  case runBegun = "run-begun"
  case readRecorded = "read-recorded"
  case notesTaken = "notes-taken"
  case holdsKept = "holds-kept"
  case intentsCommitted = "intents-committed"
  /// The answer has arrived, and nothing of it is recorded.
  case requestAnswered = "request-answered"
  case outcomesCommitted = "outcomes-committed"
  case setbacksKept = "backoffs-stored"
  case runFinished = "run-finished"
  // Those of a restore of the ledger.
  case restoreDrafted = "restore-drafted"
  case restoreLinked = "restore-linked"
  case restoreBegun = "restore-begun"
  case restoreCleared = "restore-cleared"
  case restorePlaced = "restore-placed"

  /// Continues, or ends the process.
  public func pass() {
    #if DEBUG
      guard let order = Self.order, order.point == self else { return }
      if passes.add(1, ordering: .relaxed).newValue == order.pass { raise(SIGKILL) }
    #endif
  }

  #if DEBUG
    private static let order = environment("PBXSYNCD_CRASH_AT").flatMap { text -> (point: CrashPoint, pass: Int)? in
      let parts = text.split(separator: ":")
      guard parts.count == 2, let point = CrashPoint(rawValue: String(parts[0])), let pass = Int(parts[1])
      else { return nil }
      return (point, pass)
    }
  #endif
}

#if DEBUG
  /// How often the chosen step was passed.
  private let passes = Atomic(0)
#endif
