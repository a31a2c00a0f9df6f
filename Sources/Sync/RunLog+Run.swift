import Directory
import Domain
import Executor
import Journal
import Platform
import Reconcile

extension RunLog {
  /// - Parameter changed: the count of changed entries; nil if no earlier state was known.
  func readCompleted(_ read: ReadReport, changed: Int?) {
    let rest = changed.map { $0 == 0 ? "" : " except for \(counted($0, "entry", "entries"))" }
    let found = rest.map { ", unchanged\($0)" } ?? ""
    write(
      .readCertified, "Full read of the directory\(found): \(read.text)",
      [.server: read.server, .read: String(read.entries)])
  }

  func presenceLearned(_ presence: PresenceKnowledge) {
    write(.presenceLearned, presence.text, [.server: presence.url, .value: presence.form?.rawValue ?? "none"])
  }

  func metricsFailed(_ path: String, _ reason: String) {
    write(
      .metricsFailed,
      "The metrics couldn't be written to \(path): \(reason); give the service write access to the folder (docs/monitoring.md)",
      [.file: path, .reason: reason])
  }

  func ledgerMade(_ path: String) {
    write(.ledgerMade, "Created a new ledger, \(path): no object on the PBX is managed yet", [.file: path])
  }

  func backupFailed(_ reason: String) {
    write(.backupFailed, "The ledger's daily backup couldn't be made: \(reason)", [.reason: reason])
  }

  /// The approval is so old that an admin must decide again.
  func approvalLapsed(_ name: String) {
    let why = "it is more than \(Approval.validity / 86_400) days old"
    write(
      .approvalLapsed, "The approval of \(name) has lapsed: \(why); \(HeldSet.decision(on: name))",
      [.action: "hold", .outcome: "lapsed", .reason: why, .remedy: HeldSet.decision(on: name)])
  }

  /// An approved change that is no longer wanted.
  ///
  /// - Parameter isHeld: whether it is still held, so that its evidence has expired.
  func approvalLapsed(_ member: Approval.Member, isHeld: Bool) {
    let why =
      isHeld
      ? "the table that showed it again is too old by now"
      : member.action == .removal
        ? "the directory wants it again" : "the directory no longer wants it, or with other values"
    write(
      Event(
        .approvalLapsed, "The approval of the \(member.action.rawValue) of \(member.key) has lapsed: \(why)",
        action: "hold", outcome: "lapsed", member.key, of: member.entry, [.reason: why]))
  }

  /// Logs the updates of the ledger that are worth an event.
  func updateRecorded(_ update: LedgerUpdate) {
    switch update {
    // No change of the PBX: nothing was sent.
    case .adopt(let object):
      write(
        Event(
          .adopted, "Adopted \(object.key), \(object.item.name); no request was needed", action: "adopt",
          outcome: "done", object.key, of: object.entry, dn: object.dn))
    case .unprove(let object, _):
      write(
        Event(
          .objectUnproven, "Unproven: \(object.unprovenText()); next step: \(object.unprovenRemedy)", action: "skip",
          outcome: "unproven", object.key, of: object.entry, dn: object.dn,
          [.reason: object.unproven?.reason.rawValue, .remedy: object.unprovenRemedy]))
    case .allocate(let allocation):
      write(
        Event(
          .numberAllocated,
          "Allocated the number \(allocation.number) to \(allocation.dn), from the pool of \"\(allocation.pool)\"",
          action: "allocate", outcome: "done", allocation.key, of: allocation.entry, dn: allocation.dn,
          [.source: allocation.pool]))
    case .absence, .holder, .release, .seen, .lost, .foreign, .allowed, .known, .foreignGone, .deleteRefusal: return
    }
  }

  /// The result of an admin's audit, before the run adds lost objects again.
  func auditFinished(_ audit: Audit) {
    let lost = audit.all(.lost).map { "\($0.key)" }
    write(
      .auditFinished, audit.summary + (lost.isEmpty ? "" : "; lost: \(lost.listed(to: 100))"),
      [.action: "audit", .outcome: audit.isEqual ? "equal" : "different"])
  }

  /// The result of the daemon's own audit.
  func slowAuditFinished(_ round: SlowAudit.Round) {
    for object in round.lost {
      write(
        Event(
          .pbxLostObject, "The PBX has lost \(object.key), \(object.item.name); \(ChangeResult.lossRemedy)",
          action: "audit", outcome: "lost", object.key, of: object.entry, dn: object.dn,
          [.remedy: ChangeResult.lossRemedy]))
    }
    if round.isThrough {
      write(
        .auditFinished,
        "All extensions were asked for after the PBX had lost one; \(pbxsyncd) status names what is gone",
        [.action: "audit", .outcome: "asked"])
    }
  }

  func runFinished(_ report: RunReport) {
    let counts = report.callCounts
    write(
      report.failure?.event ?? .runFinished, report.summary,
      [
        .outcome: String(report.status.rawValue), .reason: report.failure?.message,
        .remedy: report.failure.map { $0.remedy.isEmpty ? "correct what the message names" : $0.remedy },
        .read: String(report.entries), .added: String(counts.added), .updated: String(counts.updated),
        .deleted: String(counts.deleted), .failed: String(counts.failed + counts.inDoubt),
        .conflict: String(report.skippedCount), .waiting: String(report.plan.pendingRemovals.count),
        .held: String(report.heldCount), .frozen: report.plan.freeze.map { _ in String(report.frozenCount) },
        .requests: String(counts.requests), .seconds: report.secondsText,
        .peakMemory: String(report.peakMemory),
      ])
  }
}
