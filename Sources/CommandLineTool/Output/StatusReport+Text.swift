import Configuration
import Domain
import Executor
import Ledger
import Platform
import Sync

// The text of `status`. Each number is printed once, whatever its kinds.

extension StatusReport {
  /// What needs an admin, then the facts, each behind its label.
  var page: Page {
    var page = Page()
    addWaiting(to: &page)
    addService(to: &page)
    addRuns(to: &page)
    addObjects(to: &page)
    return page
  }

  /// What an admin or the next run must handle.
  private func addWaiting(to page: inout Page) {
    if let otherPBX { page.add(field: "Stopped", otherPBX.text, .bad) }
    if let fullDisk { page.add(field: "Disk", "\(fullDisk); next step: free space on it", .bad) }
    if let freeze = state.freeze { page.add(field: "Frozen", "\(freeze.state); next step: \(freeze.remedy)", .warning) }
    for hold in holds {
      page.add(field: hold.label, ([hold.line] + hold.evidence).joined(separator: "; "), hold.isOpen ? .bad : .plain)
    }
    for drop in drops { page.add(field: drop.label, drop.line, drop.isOpen ? .bad : .plain) }
    if drops.contains(where: \.isOpen) || holds.contains(where: \.isOpen) {
      page.add(field: "Next step", "\(pbxsyncd) approve shows who it is about, and how to decide")
    }
    for (way, failures) in failingAlerts {
      page.add(
        field: "Alerts",
        "the last one couldn't be sent by \(way.rawValue) (\(counted(failures.count, "failure")) in a row); next try "
          + "\(localTime(failures.nextAt)); to see why: \(pbxsyncd) alert --test", .bad)
    }
    if conflicts + invalidEntries + keptFields > 0 {
      let counts = [
        conflicts == 0 ? nil : counted(conflicts, "conflict"),
        invalidEntries == 0 ? nil : counted(invalidEntries, "entry with invalid data", "entries with invalid data"),
        keptFields == 0 ? nil : keptFieldsText(keptFields),
      ]
      page.add(
        field: "Skipped", "\(counts.compactMap(\.self).joined(separator: ", ")); to list them: \(pbxsyncd) conflicts",
        .warning)
    }
    for group in UnprovenGroup.all(of: state.unproven.compactMap { UnprovenObject($0) }) {
      let count = group.objects.count
      page.add(field: count == 1 ? "Unproven" : "Unproven (\(count))", group.text, .warning)
    }
    let mailing = Set(state.inDoubt.filter(\.call.mailsAgain).map(\.call.key))
    for (inDoubtCall, nextTry) in inDoubtCalls {
      let (key, name) = (inDoubtCall.call.key, inDoubtCall.call.item?.name ?? inDoubtCall.dn)
      let next = InDoubtCall.nextTryText(nextTry, of: key, mailsAgain: mailing.contains(key))
      page.add(
        field: "Result unknown", "\(inDoubtCall.call.action.rawValue) \(key), \(name); \(next)", .warning)
    }
    if let first = losses.first {
      page.add(
        field: "Lost by the PBX",
        "since \(localTime(first.at)): \(losses.map { "\($0.key)" }.listed(to: 10)); \(ChangeResult.lossRemedy)",
        .warning)
    }
    if let removals { page.add(field: "Pending removals", removals.text(at: now)) }
    for mass in removalMasses { page.add(field: "To be held", mass.text, .warning) }
    if !page.isEmpty { page.addGap() }
  }

  private func addService(to page: inout Page) {
    page.add(field: "Service", serviceText, service?.isAlike == true || removal == nil ? .plain : .warning)
    if let read = reads.any {
      let listens = service?.state.map { $0.notifier.isEmpty ? "; polled" : "; sends change notifications" } ?? ""
      page.add(
        field: "Directory", "\(read.identityText), read \(read.brief)\(listens)", read.incomplete == nil ? .plain : .bad
      )
    }
    if let read = reads.complete, read != reads.any { page.add(field: "Complete read", read.brief) }
    // A held set names the change that holds it.
    let isHeld = holds.contains { $0.isOpen && $0.cause == .settings }
    let searches = (reads.complete ?? reads.any)?.searches ?? []
    for change in state.searchChanges where !isHeld {
      page.add(
        field: "Search settings", "changed, first read so \(localTime(change.at)): \(change.text(beside: searches))",
        .warning)
    }
    if !pbx.isEmpty {
      let answer = lastAnswer.map { answer, time in
        answer.isFromPBX
          ? "; last answer \(localTime(time))\(answer.status == .badKey ? ", key refused" : "")"
          : "; no answer \(localTime(time)): \(answer.text)"
      }
      let isWell = lastAnswer.map { $0.answer.isFromPBX && $0.answer.status != .badKey } ?? true
      page.add(field: "PBX", "\(pbx)\(answer ?? "")", isWell ? .plain : .bad)
    }
  }

  private func addRuns(to page: inout Page) {
    if let lastChange, lastChange.id != run?.id { page.add(field: "Last change", "run \(lastChange.line)") }
    if let serviceFailure {
      page.add(
        field: "Last attempt", "of the service, failed \(localTime(serviceFailure.at)): \(serviceFailure.text)", .bad)
    }
    page.add(field: "Last run", run?.line ?? "none yet", run?.hasFailed == true ? .bad : .plain)
    if let worker { page.add(field: "At work", "\(worker.text); other runs wait until it ends", .warning) }
    page.add(field: "Next run", nextRunText)
  }

  private func addObjects(to page: inout Page) {
    for kind in ObjectKind.allCases {
      let ours = state.managed.filter { $0.key.kind == kind }
      let adopted = ours.count { $0.ownership == .adopted }
      let waiting = removals?.objects.count { $0.key.kind == kind } ?? 0
      let pending = waiting == 0 ? "" : ", \(waiting) pending removal"
      page.add(
        field: "\(kind.rawValue.capitalised)s",
        "\(ours.count) managed\(adopted == 0 ? "" : " (\(adopted) adopted)")\(pending)")
    }
    for line in (reads.complete ?? reads.any)?.valueLines ?? [] { page.add(line) }
    for (count, what) in counts where count > 0 { page.add(field: what.label, "\(count)\(what.rest)") }
    for line in state.permissionLines { page.add(line) }
    page.add(
      field: "Ledger",
      "\(standing.ledger), generation \(standing.generation), \(counted(backups.count, "backup"))"
        + (backups.last.map { ", the last is \($0)" } ?? ""))
  }

  var serviceText: String {
    guard let service else { return "not running" }
    let process = "process \(service.pid)"
    if removal == nil { return "\(process), with the configuration that it read before" }
    return service.isAlike
      ? "\(process), with this configuration"
      : "\(process), with another configuration than this; next step: \(StateFolder.reloading(service.pid))"
  }

  /// When the service looks again, or that none does.
  private var nextRunText: String {
    guard let service else {
      return run?.start.trigger == SyncRun.timer
        ? "by its timer (systemctl list-timers)"
        : "none: the service isn't running; to make one now: \(pbxsyncd) --sync-now"
    }
    guard let state = service.state else { return "in progress" }
    if state.nextPoll + 60 < now { return "in progress, due since \(localTime(state.nextPoll))" }
    let poll = "\(state.notifier.isEmpty ? "poll" : "at the next change; poll") \(localTime(state.nextPoll))"
    let full = reads.complete.flatMap { read in
      schedule.map { "; full read by \(localTime(read.startedAt + $0.full.components.seconds))" }
    }
    return poll + (full ?? "")
  }

  private var counts: [(Int, (label: String, rest: String))] {
    [
      (
        state.refusals.count { $0.answer.status != .taken },
        ("Refused by the PBX", "; to list them: \(pbxsyncd) conflicts")
      ),
      (
        state.foreignKeys.count,
        ("Foreign on the PBX", "; to list those with wanted numbers: \(pbxsyncd) conflicts")
      ),
      (backoffs.count, ("In back-off", "; to list them: \(pbxsyncd) plan")),
      (state.allocations.count, ("Numbers allocated from pools", "")),
    ]
  }
}

extension Run {
  /// Whether it ended before its end. Conflicts and held changes are no failure.
  var hasFailed: Bool { end.map { $0.exitStatus >= 64 } ?? false }
}

extension [ObjectKey] {
  /// "3 extensions", "1 contact": the count of each kind that occurs.
  var countsByKind: [String] {
    ObjectKind.allCases.map { kind in (kind, count { $0.kind == kind }) }.filter { $0.1 > 0 }
      .map { counted($0.1, $0.0.rawValue) }
  }
}

/// Objects that are no longer wanted, until the grace period is over.
struct RemovalsWaiting {
  /// In the order of their removal, as far as known.
  let objects: [ManagedObject]
  /// The earliest removal, in seconds since 1970; nil if the grace period isn't known because the configuration is wrong.
  let first: Timestamp?

  func text(at now: Timestamp) -> String {
    let counts = objects.map(\.key).countsByKind.joined(separator: " and ")
    let due =
      first.map { $0 <= now ? ", the first in the next run" : ", the first not before \(localTime($0))" } ?? ""
    let names = objects.map { "\($0.key.number) \($0.item.name)" }.listed(to: 10)
    return "\(counts)\(due): \(names)"
  }
}

extension LedgerState {
  /// Removals that wait only for time and complete reads; nil if there are none.
  func removalsWaiting(beside holds: [HeldSetRecord], _ policy: RemovalPolicy?) -> RemovalsWaiting? {
    let held = holds.removals
    let absent = managed.filter { $0.absence != nil && !held.contains($0.key) }
    if absent.isEmpty { return nil }
    let sorted = absent.sorted { ($0.absence?.since ?? 0, $0.key) < ($1.absence?.since ?? 0, $1.key) }
    return RemovalsWaiting(
      objects: sorted, first: policy.flatMap { policy in sorted[0].absence.map { $0.since + policy.after } })
  }

  /// Permissions to adopt, each number with its latest end.
  var permissionLines: [String] {
    var ends: [String: Timestamp] = [:]
    for adoption in adoptions {
      guard let until = adoption.until else { continue }
      ends[adoption.key.number] = max(until, ends[adoption.key.number] ?? until)
    }
    func sorted(_ numbers: [String]) -> [String] { numbers.map { ObjectKey(.extension, $0) }.sorted().map(\.number) }
    let byEnd = Dictionary(grouping: ends, by: { localTime($0.value) }).sorted {
      ($0.value.map(\.value).min() ?? 0) < ($1.value.map(\.value).min() ?? 0)
    }
    let shown = Array(Set(adoptions.filter { $0.until == nil }.map(\.key.number)))
    return byEnd.map { end, numbers in
      "Permitted to adopt until \(end): \(sorted(numbers.map(\.key)).listed(to: 20))"
    }
      + (shown.isEmpty
        ? []
        : [
          "Adopted by an entry that would have exactly the values of a table: \(sorted(shown).listed(to: 20))"
        ])
  }

  /// Numbers with foreign objects on the PBX, known by a refused add, a probe or a table.
  var foreignKeys: Set<ObjectKey> {
    Set(knownForeign.map(\.key) + refusals.filter { $0.answer.status == .taken }.map(\.item.key))
  }
}

extension String {
  fileprivate var capitalised: String { prefix(1).uppercased() + dropFirst() }
}
