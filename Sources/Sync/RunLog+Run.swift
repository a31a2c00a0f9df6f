import Directory
import Domain
import Executor
import Journal
import Ledger
import Mapping
import Platform
import Reconcile

extension RunLog {
  /// - Parameter changed: the count of changed entries; nil if no earlier state was known.
  func certified(_ read: ReadReport, changed: Int?) {
    let rest = changed.map { $0 == 0 ? "" : " except for \(counted($0, "entry", "entries"))" }
    let found = rest.map { ", unchanged\($0)" } ?? ""
    log.write(
      Event(
        .readCertified, "Full read of the directory\(found): \(read.text)",
        [.run: runText, .server: read.server, .read: String(read.entries)]))
  }

  func readIncomplete(_ reason: String, _ read: ReadReport?) {
    log.write(
      Event(
        .readIncomplete, "The directory's answer isn't complete, so nothing is removed: \(reason)",
        [
          .run: runText, .reason: reason, .server: read?.server, .read: read.map { String($0.entries) },
        ]))
  }

  func viewChanged(_ change: String) {
    log.write(
      Event(
        .viewChanged,
        "The search settings have changed; entries that the first complete read with them doesn't find are kept until an admin decides: "
          + change,
        [.run: runText, .reason: change]))
  }

  func vacant(_ site: Site) {
    log.write(
      Event(
        .siteVacant, "\(site.vacancy); \(site.remedy)",
        [.run: runText, .source: site.name, .reason: site.vacancy, .remedy: site.remedy]))
  }

  func unmatched(_ exclusion: UnmatchedExclusion) {
    log.write(
      Event(
        .exclusionUnmatched, "\(exclusion.text); fix the line, or remove it if that entry is gone",
        [.run: runText, .source: exclusion.source, .value: exclusion.line]))
  }

  func learned(_ presence: PresenceKnowledge) {
    log.write(
      Event(
        .presenceLearned, presence.text,
        [.run: runText, .server: presence.url, .value: presence.form?.rawValue ?? "none"]))
  }

  func metricsFailed(_ path: String, _ reason: String) {
    log.write(
      Event(
        .metricsFailed, "The metrics couldn't be written to \(path): \(reason); let the user of pbxsyncd write there",
        [.run: runText, .file: path, .reason: reason]))
  }

  func ledgerMade(_ path: String) {
    log.write(
      Event(.ledgerMade, "Created a new ledger, \(path): no object on the PBX is managed yet", [.file: path]))
  }

  func backupFailed(_ reason: String) {
    log.write(
      Event(
        .backupFailed, "The ledger's daily backup couldn't be made: \(reason)", [.run: runText, .reason: reason]))
  }

  func unmappable(_ problem: MappingProblem) {
    let isKept = problem.keptField != nil
    let what = isKept ? "Left a field as it is" : "Skipped an entry that can't be mapped"
    log.write(
      Event(
        .entryUnmappable, "\(what): \(problem.text); \(problem.remedy)",
        [
          .run: runText, .action: isKept ? "keep" : "skip", .dn: problem.dn, .entry: problem.entry?.text,
          .outcome: isKept ? "kept" : "skipped",
          .attribute: problem.attribute, .value: problem.value, .reason: problem.reason, .remedy: problem.remedy,
        ]))
  }

  func conflict(_ conflict: Conflict) {
    let wanted = conflict.wanted
    log.write(
      Event(
        conflict.messageID, "Left out \(wanted.item.key): \(conflict.reasonText); \(conflict.remedy)",
        [
          .run: runText, .action: "skip", .kind: wanted.item.kind.rawValue, .number: wanted.item.number,
          .dn: wanted.dn, .entry: wanted.entry.text, .outcome: "conflict", .reason: conflict.reasonText,
          .remedy: conflict.remedy,
        ]))
  }

  func hasNoRoom(_ overflow: PhonebookOverflow) {
    log.write(
      Event(
        .phonebookFull, "\(overflow.text); \(overflow.remedy)",
        [
          .run: runText, .action: "skip", .kind: ObjectKind.contact.rawValue, .outcome: "skipped",
          .reason: overflow.text,
          .remedy: overflow.remedy,
        ]))
  }

  func held(_ held: HeldSet, _ report: RunReport) {
    let remedy = held.decision
    let objects = held.action == .removal ? held.namesByOU : held.table.lines.joined(separator: "; ")
    log.write(
      Event(
        held.action == .removal ? .removalsHeld : .changesHeld,
        "Held \(held.headline): \(held.reason(report)); \(remedy); \(objects)",
        [
          .run: runText, .action: "hold", .kind: held.kind.rawValue, .outcome: "held", .reason: held.limit,
          .remedy: remedy,
        ]))
  }

  /// What was approved so long ago that an admin is asked again.
  func approvalEnded(_ name: String) {
    let why = "it is more than \(Approval.validity / 86_400) days old"
    log.write(
      Event(
        .approvalLapsed, "The approval of \(name) has lapsed: \(why); \(HeldSet.decision(on: name))",
        [.run: runText, .action: "hold", .outcome: "lapsed", .reason: why, .remedy: HeldSet.decision(on: name)]))
  }

  /// An approved change that is no longer wanted.
  ///
  /// - Parameter isHeld: whether it is still held, so that its evidence has expired.
  func lapsed(_ member: Approval.Member, isHeld: Bool) {
    let why =
      isHeld
      ? "the table that showed it again is too old by now"
      : member.action == .removal
        ? "the directory wants it again" : "the directory doesn't want it any more, or with other values"
    log.write(
      Event(
        .approvalLapsed, "The approval of the \(member.action.rawValue) of \(member.key) has lapsed: \(why)",
        [
          .run: runText, .action: "hold", .kind: member.key.kind.rawValue, .number: member.key.number,
          .entry: member.entry.text, .outcome: "lapsed", .reason: why,
        ]))
  }

  /// What a plan noted that is worth an event.
  func recorded(_ note: LedgerUpdate) {
    switch note {
    case .adopt(let object): adopted(object)
    case .unprove(let object, _): unproven(object)
    case .allocate(let allocation): allocated(allocation)
    case .absence, .holder, .release, .seen, .lost, .foreign, .allowed, .known, .foreignGone, .forgetRefusal: return
    }
  }

  private func unproven(_ object: ManagedObject) {
    log.write(
      Event(
        .objectUnproven, "Unproven: \(object.unprovenText()); next step: \(object.unprovenRemedy)",
        [
          .run: runText, .action: "skip", .kind: object.key.kind.rawValue, .number: object.key.number, .dn: object.dn,
          .entry: object.entry.text, .outcome: "unproven", .reason: object.unproven?.reason.rawValue,
          .remedy: object.unprovenRemedy,
        ]))
  }

  /// What an audit by an admin found, before the run sends again what is missing.
  func audited(_ audit: Audit) {
    let lost = audit.all(.lost).map { "\($0.key)" }
    log.write(
      Event(
        .auditFinished, audit.summary + (lost.isEmpty ? "" : "; lost: \(lost.listed(to: 100))"),
        [.run: runText, .action: "audit", .outcome: audit.isEqual ? "equal" : "different"]))
  }

  /// What the daemon's own audit found.
  func asked(_ finding: SlowAudit.Finding) {
    for object in finding.lost {
      log.write(
        Event(
          .pbxLostObject, "The PBX has lost \(object.key), \(object.item.name); \(ChangeResult.lossRemedy)",
          [
            .run: runText, .action: "audit", .kind: object.key.kind.rawValue, .number: object.key.number,
            .dn: object.dn, .entry: object.entry.text, .outcome: "lost", .remedy: ChangeResult.lossRemedy,
          ]))
    }
    if finding.isThrough {
      log.write(
        Event(
          .auditFinished,
          "All extensions were asked for after the PBX had lost one; \(pbxsyncd) status names what is gone",
          [.run: runText, .action: "audit", .outcome: "asked"]))
    }
  }

  private func allocated(_ allocation: Allocation) {
    log.write(
      Event(
        .numberAllocated,
        "Allocated the number \(allocation.number) to \(allocation.dn), from the pool of \"\(allocation.pool)\"",
        [
          .run: runText, .action: "allocate", .kind: allocation.key.kind.rawValue, .number: allocation.number,
          .dn: allocation.dn, .entry: allocation.entry.text, .outcome: "done", .source: allocation.pool,
        ]))
  }

  func written(_ ended: WriteBackResult) {
    let writing = ended.writing
    let text =
      ended.failure.map { "Couldn't write \(writing.attribute) of \(writing.dn): \($0.reason); \($0.remedy)" }
      ?? "Wrote \(writing.attribute) \"\(writing.value)\" of \(writing.dn)"
    log.write(
      Event(
        ended.failure == nil ? .directoryWritten : .directoryWriteFailed, text,
        [
          .run: runText, .action: "write", .number: writing.number, .dn: writing.dn, .entry: writing.entry.text,
          .attribute: writing.attribute, .value: writing.value, .outcome: ended.failure == nil ? "done" : "failed",
          .reason: ended.failure?.reason, .remedy: ended.failure?.remedy,
          .ldif: ended.failure == nil ? nil : writing.ldif,
        ]))
  }

  /// Told apart from a change: nothing was sent.
  private func adopted(_ object: ManagedObject) {
    log.write(
      Event(
        .adopted, "Adopted \(object.key), \(object.item.name); no request was needed",
        [
          .run: runText, .action: "adopt", .kind: object.key.kind.rawValue, .number: object.key.number,
          .dn: object.dn, .entry: object.entry.text, .outcome: "done",
        ]))
  }

  func finished(_ report: RunReport) {
    log.write(
      Event(
        report.failure?.event ?? .runFinished, report.summary,
        [
          .run: runText, .outcome: String(report.status.rawValue), .reason: report.failure?.message,
          .remedy: report.failure?.remedy, .read: String(report.entries), .added: String(report.callCounts.added),
          .updated: String(report.callCounts.updated), .deleted: String(report.callCounts.deleted),
          .failed: String(report.callCounts.failed + report.callCounts.inDoubt), .conflict: String(report.skippedCount),
          .waiting: String(report.plan.pendingRemovals.count), .held: String(report.heldCount),
          .requests: String(report.callCounts.requests), .seconds: report.secondsText,
          .peakMemory: String(report.peakMemory),
        ]))
  }
}

extension Conflict {
  fileprivate var messageID: MessageID {
    switch reason {
    case .duplicate, .occupied, .leaving: .numberConflict
    case .protected, .keptProtected, .outOfRange: .numberNotAllowed
    case .foreign: .foreignObject
    case .unproven: .objectUnproven
    case .refused: .objectRefused
    case .quarantined: .numberResting
    case .backingOff: .changeFailed
    case .poolExhausted, .restored, .numberGone, .numberLost, .recreated, .numbersHidden: .numberMissing
    }
  }
}
