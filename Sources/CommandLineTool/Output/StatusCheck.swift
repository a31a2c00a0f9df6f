import Configuration
import Domain
import Ledger
import Platform
import Sync

/// The state of an installation for a monitoring system: one line, in the form of Nagios plugins
/// (https://www.monitoring-plugins.org/doc/guidelines.html).
struct StatusCheck {
  enum Result: String, CaseIterable {
    case ok = "OK"
    case warning = "WARNING"
    case critical = "CRITICAL"
    case unknown = "UNKNOWN"

    /// 0 to 3, in this order.
    var exitStatus: ExitStatus {
      switch self {
      case .ok: .asWanted
      case .warning: .refused
      case .critical: .somethingToDo
      case .unknown: .partly
      }
    }
  }

  let result: Result
  /// The most serious first; one for a result that is OK.
  let reasons: [String]
  private let figures: [(name: String, count: Int)]

  /// Nothing can be seen for want of room, which stops the runs too; or why nothing is known.
  init(_ failure: RunError) {
    (result, reasons, figures) = (failure.status == .diskFailed ? .critical : .unknown, [failure.text], [])
  }

  init(unknown reason: String) { (result, reasons, figures) = (.unknown, [reason], []) }

  init(_ report: StatusReport, _ schedule: Configuration.ScheduleSection) {
    let critical = Self.critical(report, schedule)
    let warnings = Self.warnings(report)
    result = !critical.isEmpty ? .critical : warnings.isEmpty ? .ok : .warning
    let managed = ObjectKind.allCases.map { kind in
      counted(report.state.managed.count { $0.key.kind == kind }, kind.rawValue)
    }
    let last = report.run?.end.map { "last run \(localTime($0.at))" }
    let found = critical + warnings
    reasons =
      found.isEmpty
      ? [(["\(managed.joined(separator: " and ")) managed"] + [last].compactMap(\.self)).joined(separator: ", ")]
      : found
    figures = [
      ("held", openCount(report.holds, report.drops)),
      ("conflicts", report.conflicts), ("invalid_entries", report.invalidEntries),
      ("in_doubt", report.inDoubtCalls.count), ("unproven", report.state.unproven.count),
      ("failing", report.backoffs.count), ("pending_removals", report.removals?.objects.count ?? 0),
      ("kept_fields", report.keptFields),
    ]
  }

  /// Reasons why an admin must act.
  private static func critical(_ report: StatusReport, _ schedule: Configuration.ScheduleSection) -> [String] {
    var reasons = [report.otherPBX?.message, report.fullDisk].compactMap(\.self)
    reasons += report.holds.filter(\.isOpen).map {
      "held: \($0.action.counted($0.members.count)) of \($0.kind.rawValue)s (\($0.name))"
    }
    reasons += report.drops.filter(\.isOpen).map { "held: \($0.line)" }
    if let failure = report.serviceFailure {
      reasons.append("the service's last run failed \(localTime(failure.at)): \(failure.text)")
    }
    if let run = report.run, run.hasFailed, let end = run.end {
      reasons.append("the last run failed \(localTime(end.at)): \(end.summary)")
    }
    // No run takes so long, and no other one can begin: a service only waits, and isn't late by its own account.
    if let worker = report.worker, worker.since + 2 * schedule.runLimit.components.seconds < report.now {
      reasons.append(worker.text)
    }
    let last = report.run?.end?.at ?? report.run?.start.at ?? report.now
    if let service = report.service {
      if let next = service.state?.nextPoll, next + 2 * schedule.runLimit.components.seconds < report.now {
        reasons.append("the service (process \(service.pid)) has been late since \(localTime(next))")
      }
    } else if report.run.map({ SyncRun.isByService($0.start.trigger) }) == true {
      reasons.append("the service isn't running")
    } else if last + 2 * max(schedule.full, .seconds(86_400)).components.seconds < report.now {
      reasons.append("no run since \(localTime(last))")
    }
    return reasons
  }

  private static func warnings(_ report: StatusReport) -> [String] {
    let state = report.state
    let counts: [(Int, String)] = [
      (report.conflicts, counted(report.conflicts, "conflict")),
      (report.invalidEntries, counted(report.invalidEntries, "entry with invalid data", "entries with invalid data")),
      (report.keptFields, keptFieldsText(report.keptFields)),
      (state.unproven.count, counted(state.unproven.count, "unproven object")),
      (report.inDoubtCalls.count, counted(report.inDoubtCalls.count, "call in doubt", "calls in doubt")),
      (report.backoffs.count, counted(report.backoffs.count, "change in back-off", "changes in back-off")),
      (report.losses.count, counted(report.losses.count, "object") + " lost by the PBX"),
    ]
    var reasons = (state.freeze.map { [$0.shortText] } ?? []) + counts.filter { $0.0 > 0 }.map(\.1)
    reasons += report.removalMasses.map(\.text)
    reasons += report.failingAlerts.map { "alerts can't be sent by \($0.way.rawValue)" }
    if let service = report.service, !service.isAlike {
      reasons.append("the service has another configuration in force")
    }
    return reasons
  }

  /// The result, its reasons and its figures.
  var line: String {
    let figures = figures.map { "\($0.name)=\($0.count)" }.joined(separator: " ")
    // One line, in which a bar begins the figures.
    let text = reasons.joined(separator: "; ").replacing("\n", with: "; ").replacing("|", with: "/")
    return "PBXSYNCD \(result.rawValue) - \(text)" + (figures.isEmpty ? "" : " | \(figures)")
  }

  var json: JSON {
    [
      "result": .string(result.rawValue), "reasons": .strings(reasons),
      "figures": .object(figures.map { ($0.name, .count($0.count)) }),
    ]
  }
}
