import Glibc
import Synchronization

/// The steps of a run at which a debug build can be made to die as by `kill -9`, so that a fault campaign can end it
/// at each of them. A release build passes them without a look.
///
/// `PBXSYNCD_CRASH_AT=intents-committed:3` ends the process when it passes that step for the third time.
public enum CrashPoint: String, CaseIterable, Sendable {
  case runBegun = "run-begun"
  case readRecorded = "read-recorded"
  case notesTaken = "notes-taken"
  case holdsKept = "holds-kept"
  case intentsCommitted = "intents-committed"
  /// The answer is here, and nothing is noted of it.
  case requestAnswered = "request-answered"
  case outcomesCommitted = "outcomes-committed"
  case setbacksKept = "setbacks-kept"
  case runFinished = "run-finished"
  // Those of a restore of the ledger.
  case restoreDrafted = "restore-drafted"
  case restoreLinked = "restore-linked"
  case restoreBegun = "restore-begun"
  case restoreCleared = "restore-cleared"
  case restorePlaced = "restore-placed"

  /// Goes on, or doesn't.
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
  /// How often the step was passed at which the process is to die.
  private let passes = Atomic(0)
#endif
