import Configuration
import Directory
import Domain
import Executor
import Ledger
import Mapping
import Platform

// The records of a run besides its changes: events, the history, a backup, metrics.

extension RunInProgress {
  // MARK: - Events

  func logRead() {
    if let read = report.read, read.incomplete == nil { log.readCompleted(read, changed: report.changedEntries) }
    logNew(report.readFindings)
  }

  /// Logs the findings that no earlier run of this process has reported.
  func logNew(_ findings: [Finding]) {
    for finding in findings where !request.reported.contains(finding) {
      if let event = finding.event(in: report) { log.write(event) }
    }
  }

  // MARK: - Before and after

  /// Makes the daily backup, without the data that have to be forgotten. If that fails, it is logged and the run goes on.
  func backUp(at now: Timestamp) async {
    do throws(LedgerError) {
      try await ledger.forgetLeavers(after: setup.configuration.privacy.keep.components.seconds, at: now)
      // A copy without objects would be no help.
      if try await ledger.kindsWithObjects().isEmpty { return }
      try await ledger.backUpDaily(keeping: setup.configuration.state.backups, at: now)
    } catch {
      log.backupFailed(error.description)
    }
  }

  /// Records the kinds whose first load is finished. A first load that was interrupted, or in which many changes failed, isn't.
  func recordFirstLoad() async throws(LedgerError) {
    let open = try await ledger.kindsWithObjects().subtracting(ledger.loadedKinds())
    if open.isEmpty { return }
    let kinds = report.firstLoads(try await ledger.counts(), request.policy.addition).intersection(open)
    try await ledger.recordFirstLoad(of: kinds, at: ledger.now())
    // None was made of an empty ledger.
    guard !kinds.isEmpty, setup.configuration.state.backups > 0 else { return }
    do throws(LedgerError) {
      try await ledger.backUpAnew(at: ledger.now())
    } catch {
      log.backupFailed(error.description)
    }
  }

  /// Records what entries want and can't have, as the plan and the PBX's answers show it.
  func recordConflicts() async throws(LedgerError) {
    let refused = report.refused.map(\.wanted)
    let isOfAllEntries = report.read != nil && report.failure == nil && report.unplanned == 0 && !Task.isCancelled
    if isOfAllEntries {
      try await ledger.store(conflicts: report.plan.unmet + refused)
    } else {
      try await ledger.add(conflicts: report.plan.unmet + refused)
    }
  }

  /// Records the run's end in the history.
  func finish(_ run: RunID) async throws(LedgerError) {
    let counts = RunEnd.Counts(
      added: report.callCounts.added, updated: report.callCounts.updated, deleted: report.callCounts.deleted,
      failed: report.callCounts.failed, conflict: report.skippedCount,
      held: report.heldCount, inDoubt: report.callCounts.inDoubt)
    try await ledger.finishRun(
      run,
      RunEnd(
        at: ledger.now(), exitStatus: Int(report.status.rawValue), counts: counts,
        requests: report.callCounts.requests, summary: report.summary))
    CrashPoint.runFinished.pass()
  }

  /// Writes the metrics file. If that fails, it is logged and the run goes on.
  func writeMetrics() async {
    guard let path = setup.configuration.metrics.textfile else { return }
    do throws(LedgerError) {
      let metrics = try await MetricsFile(report, ledger, at: ledger.now())
      do throws(FileError) {
        try writeFile(path, metrics.text, mode: 0o644)
      } catch {
        log.metricsFailed(path, error.reason)
      }
    } catch {
      log.metricsFailed(path, error.description)
    }
  }
}
