import Configuration
import Directory
import Domain
import Journal
import Ledger
import Platform

/// Tells admins what a run found, by each configured way, and remembers what was told.
///
/// Each way has a memory of its own: where one fails, the other isn't repeated. A way that fails is tried again later, up to six hours
/// later; it never fails a run.
struct AlertRound: Sendable {
  let setup: CompiledConfiguration
  let log: RunLog
  let run: Int64?

  /// How one way ended.
  struct Result: Sendable {
    let way: AlertWay
    /// What to remember.
    var records: [AlertRecord]
    var failures: AlertFailures?
    /// Why nothing was sent; nil if it was, or if there was nothing to tell.
    var error: AlertError?
    /// When this way has something to tell next.
    var nextAt: Timestamp?
  }

  /// - Parameter known: what each way remembers.
  func tell(
    _ alerts: [Alert], remembering known: [AlertWay: (records: [AlertRecord], failures: AlertFailures?)],
    _ scope: AlertDigest.Scope, at now: Timestamp
  ) async -> [Result] {
    let sender = AlertSender(setup)
    return await withTaskGroup { group in
      for way in sender.ways {
        let (records, failures) = known[way] ?? ([], nil)
        group.addTask {
          await tell(alerts, by: way, sender, remembering: records, failures, scope, at: now)
        }
      }
      var results: [Result] = []
      for await result in group { results.append(result) }
      return results.sorted { $0.way.rawValue < $1.way.rawValue }
    }
  }

  private func tell(
    _ alerts: [Alert], by way: AlertWay, _ sender: AlertSender, remembering records: [AlertRecord],
    _ failures: AlertFailures?, _ scope: AlertDigest.Scope, at now: Timestamp
  ) async -> Result {
    let digest = AlertDigest(alerts, remembering: records, scope, at: now)
    var result = Result(way: way, records: digest.records, failures: failures)
    defer {
      result.nextAt =
        [AlertDigest.nextDue(result.records, of: alerts), result.failures?.nextAt].compactMap(\.self).min()
    }
    if digest.isEmpty {
      result.failures = nil
      return result
    }
    // It is tried again when that is due, and so is each record.
    if let failures, failures.nextAt > now { return result }
    let message = AlertMessage(digest, of: setup, run: run)
    do throws(AlertError) {
      try await sender.send(message, by: way)
      (result.records, result.failures) = (digest.recordsOnceTold, nil)
      log.write(
        .alertSent, "Sent an alert by \(way.rawValue) (\(sender.place(of: way))): \(message.subject)",
        [.action: "alert", .outcome: "done"])
    } catch {
      let count = (failures?.count ?? 0) + 1
      result.failures = AlertFailures(count: count, nextAt: now + RetrySchedule.alert.pause(after: count))
      result.error = error
      log.alertFailed(way, error)
    }
    return result
  }
}

extension RunLog {
  func alertFailed(_ way: AlertWay, _ error: AlertError) {
    let next = error.remedy.isEmpty ? "" : "; \(error.remedy)"
    write(
      .alertFailed, "An alert couldn't be sent by \(way.rawValue): \(error.message)\(next)",
      [.action: "alert", .outcome: "failed", .reason: error.message, .remedy: error.remedy])
  }
}

extension RunInProgress {
  /// Tells what the run found, after its end. What it costs is bounded, and nothing of it fails the run.
  mutating func sendAlerts() async {
    guard !setup.configuration.alerts.isEmpty, !Task.isCancelled else { return }
    let scope: AlertDigest.Scope
    switch request.work {
    case .sync, .audit: scope = report.failure == nil && report.incomplete == nil ? .all : .failures
    // It looks at a part.
    case .incremental where request.isByDaemon && (report.failure != nil || !report.lost.isEmpty): scope = .failures
    // An admin watches them.
    case .incremental, .apply, .undo, .dryRun: return
    }
    // Another command has the ledger, or the run was stopped: that says nothing.
    if let failure = report.failure, failure.alert == nil { return }
    do throws(LedgerError) {
      report.ledgerFindings = try await ledgerFindings()
      let now = ledger.now()
      var known: [AlertWay: (records: [AlertRecord], failures: AlertFailures?)] = [:]
      let file = AlertFile(setup)
      let earlier = file.read()
      for way in AlertSender(setup).ways {
        var (records, failures) = try await ledger.alerts(by: way.rawValue)
        let keys = Set(records.map(\.key))
        records += (earlier[way] ?? []).filter { !keys.contains($0.key) }
        known[way] = (records, failures)
      }
      let results = await results(of: report.alerts + request.standing, known, scope, at: now)
      for result in results {
        if known[result.way]?.records != result.records || known[result.way]?.failures != result.failures
          || earlier[result.way] != nil
        {
          try await ledger.store(result.records, result.failures, by: result.way.rawValue)
        }
      }
      file.remove()
      report.nextAlert = results.compactMap(\.nextAt).min()
      report.add(results)
    } catch {
      log.alertFailed(.mail, AlertError(message: error.description, remedy: ""))
    }
  }

  /// While it is frozen nobody is told anything; its end will be told.
  private func results(
    of alerts: [Alert], _ known: [AlertWay: (records: [AlertRecord], failures: AlertFailures?)],
    _ scope: AlertDigest.Scope, at now: Timestamp
  ) async -> [AlertRound.Result] {
    guard let freeze = report.plan.freeze else {
      return await AlertRound(setup: setup, log: log, run: report.run).tell(alerts, remembering: known, scope, at: now)
    }
    return known.map { way, memory in
      let record = AlertRecord(
        AlertRecord.freeze, title: "Frozen since \(localTime(freeze.since))", since: freeze.since, toldAt: freeze.since)
      return AlertRound.Result(
        way: way, records: memory.records.filter { $0.key != AlertRecord.freeze } + [record], failures: memory.failures)
    }
  }

  /// What the ledger knows of objects and calls that need a person.
  private func ledgerFindings() async throws(LedgerError) -> [Finding] {
    let (inDoubt, failing) = try await ledger.unsettled()
    var findings: [Finding] = []
    if !inDoubt.isEmpty { findings.append(.inDoubt(inDoubt.lastOfEachObject)) }
    if !failing.isEmpty { findings.append(.failing(failing)) }
    var lost = report.lost
    let losses = try await ledger.losses()
    if !losses.isEmpty || !report.plan.pendingRemovals.isEmpty {
      let (state, holds) = (try await ledger.state(), try await ledger.holds())
      findings += state.removalMasses(beside: holds, setup.configuration.removal, at: ledger.now())
        .map(Finding.dueMass)
      lost.formUnion(state.open(losses, holds: holds, lastEnd: try await ledger.runs(last: 1).first?.end).map(\.key))
    }
    if !lost.isEmpty { findings.append(.lost(lost.sorted())) }
    return findings
  }
}

extension RunReport {
  /// Takes what kept alerts from being sent.
  mutating func add(_ results: [AlertRound.Result]) {
    for result in results {
      guard let error = result.error else { continue }
      let next = error.remedy.isEmpty ? "" : "; next step: \(error.remedy)"
      ledgerNotes.append("an alert couldn't be sent by \(result.way.rawValue): \(error.message)\(next)")
    }
  }
}

extension SyncRun {
  /// Tells that a run failed without a ledger to remember that in: a small file beside it does.
  ///
  /// - Parameter failure: the run's.
  func sendAlert(_ failure: RunError, _ report: inout RunReport, _ log: RunLog) async {
    guard !setup.configuration.alerts.isEmpty, !isDryRun, !Task.isCancelled, let alert = failure.alert else { return }
    switch work {
    case .sync, .audit: break
    case .incremental where isByDaemon: break
    // An admin watches them.
    case .incremental, .apply, .undo, .dryRun: return
    }
    // The process knows that it was told, also where no file can be written.
    if reported.contains(.failure(failure.event)) { return }
    let file = AlertFile(setup)
    let known = file.read()
    let results = await AlertRound(setup: setup, log: log, run: nil).tell(
      [alert] + standing, remembering: known.mapValues { ($0, nil) }, .failures, at: setup.clock.wall)
    report.add(results)
    file.write(Dictionary(results.map { ($0.way, $0.records) }) { first, _ in first })
  }
}
