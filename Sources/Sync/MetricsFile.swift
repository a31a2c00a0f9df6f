import Domain
import Executor
import Ledger

/// The metrics of a run in Prometheus' text format, for node_exporter's textfile collector
/// (https://prometheus.io/docs/instrumenting/exposition_formats/; names by https://prometheus.io/docs/practices/naming/).
struct MetricsFile {
  private(set) var text = ""

  init(_ report: RunReport, _ ledger: Ledger, at now: Timestamp) async throws(LedgerError) {
    let counts = try await ledger.counts()
    let unproven = try await ledger.unprovenCounts()
    let lastComplete = try await ledger.lastReads().complete
    gauge("last_run_timestamp_seconds", "When the last run ended.", [("", "\(now)")])
    gauge("last_run_exit_status", "How the last run ended; 0 is all as wanted.", [("", "\(report.status.rawValue)")])
    gauge("run_duration_seconds", "How long the last run took.", [("", report.secondsText)])
    gauge("run_requests", "How many requests the last run sent to the PBX.", [("", "\(report.callCounts.requests)")])
    if let lastComplete {
      gauge(
        "last_complete_read_timestamp_seconds", "When the last complete read of the directory ended.",
        [("", "\(lastComplete.endedAt)")])
    }
    gauge("entries", "Entries in the last read of the directory.", [("", "\(report.entries)")])
    gauge(
      "objects", "Managed objects on the PBX.",
      ObjectKind.allCases.map { kind in
        ("kind=\"\(kind.rawValue)\"", "\((counts[kind] ?? 0) - (unproven[kind] ?? 0))")
      })
    gauge(
      "unproven", "Unproven objects: nothing shows whether they are managed.",
      ObjectKind.allCases.map { kind in ("kind=\"\(kind.rawValue)\"", "\(unproven[kind] ?? 0)") })
    gauge(
      "removals_held", "Removals that a limit stops until somebody decides.",
      ObjectKind.allCases.map { kind in
        let held = report.plan.held.filter { $0.kind == kind && $0.action == .removal }.reduce(0) {
          $0 + $1.objects.count
        }
        return ("kind=\"\(kind.rawValue)\"", "\(held)")
      })
    gauge(
      "changes_held", "Updates and additions that are held until somebody decides.",
      ObjectKind.allCases.flatMap { kind in
        [HeldSet.Action.update, .addition].map { action in
          let held = report.plan.held.filter { $0.kind == kind && $0.action == action }
          let labels = "kind=\"\(kind.rawValue)\",action=\"\(action.rawValue)\""
          return (labels, "\(held.reduce(0) { $0 + $1.objects.count })")
        }
      })
    gauge(
      "removals_waiting", "Pending removals: objects that are no longer wanted and not due yet.",
      [("", "\(report.plan.pendingRemovals.count)")]
    )
    gauge(
      "frozen", "Whether an admin has frozen it, so that nothing is sent.",
      [("", report.plan.freeze == nil ? "0" : "1")])
    gauge("conflicts", "Conflicts, and entries with invalid or missing data.", [("", "\(report.skippedCount)")])
    gauge("in_doubt", "Calls in doubt, whose result is unknown.", [("", "\(try await ledger.inDoubtCount())")])
    add("changes_total", "counter", "Calls by outcome.", try await changes(ledger))
  }

  private func changes(_ ledger: Ledger) async throws(LedgerError) -> [(String, String)] {
    // The words of PBX_OUTCOME; several outcomes may share one.
    let counts = try await ledger.outcomeCounts().map { count in
      let action = "action=\"\(count.action.rawValue)\",kind=\"\(count.kind.rawValue)\""
      return ("\(action),outcome=\"\(count.outcomeName.word)\"", count.count)
    }
    return Dictionary(counts, uniquingKeysWith: +).sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
  }

  private mutating func gauge(_ name: String, _ help: String, _ samples: [(labels: String, value: String)]) {
    add(name, "gauge", help, samples)
  }

  private mutating func add(
    _ name: String, _ type: String, _ help: String, _ samples: [(labels: String, value: String)]
  ) {
    text += "# HELP pbxsyncd_\(name) \(help)\n# TYPE pbxsyncd_\(name) \(type)\n"
    for (labels, value) in samples { text += "pbxsyncd_\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(value)\n" }
  }
}
