import CallControl
import Configuration
import Domain
import Executor
import Ledger
import Platform

/// Probes some managed extensions in each of the daemon's runs if the PBX reveals taken numbers: `[pbx] audit` an hour, and all of
/// them once the PBX has lost one. It only finds losses; `pbxsyncd audit --yes` adds the lost extensions again.
struct SlowAudit: Sendable {
  let pbxSection: Configuration.PBXSection
  let ledger: Ledger
  /// Called only if something is to be probed: most runs send nothing, and keep libcurl out of memory.
  let connect: @Sendable () -> CallControl
  let settings: PlanExecutor.ExecutionSettings

  /// The largest number of extensions that one run probes.
  static let maxCount = 100

  struct Round: Sendable, Hashable {
    var lost: [ManagedObject] = []
    /// Whether all extensions have been probed since a loss.
    var isThrough = false
  }

  /// Probes the extensions that are due, and records the losses.
  ///
  /// - Parameter hasLost: whether this run found a loss.
  func auditDue(hasLost: Bool) async throws(LedgerError) -> Round {
    let now = ledger.now()
    let earlier = try await ledger.auditWalk()
    // The rate counts from this time on; with a rate of 0 no time is stored.
    let isNew = earlier == nil && pbxSection.auditRate > 0
    var walk = earlier ?? AuditWalk(at: now)
    if hasLost, !walk.isForLoss { walk = AuditWalk(at: now, isForLoss: true) }
    let due =
      walk.isForLoss ? Self.maxCount : min(Self.maxCount, Int((now - walk.at) * Int64(pbxSection.auditRate) / 3600))
    if hasLost || isNew { try await ledger.store(walk) }
    guard pbxSection.probes, due > 0, let known = try await ledger.presence(), known.url == pbxSection.url,
      let form = known.form
    else { return Round() }
    let objects = try await ledger.extensions(after: walk.last, atMost: due)
    // A missing extension may be lost, or the PBX may no longer reveal taken numbers: a probe of another extension shows which.
    let others = try await ledger.extensions(after: "", atMost: due + 2)
    let control = others.last { other in !objects.contains { $0.key == other.key } }
    let pbx = connect()
    let sight = await PresenceSweep(pbx: pbx, form: form, settings: settings)
      .probe((objects + [control].compactMap(\.self)).map(\.key.number))
    try await ledger.record(probesMade: sight.created, by: form, of: objects + others, on: pbx, pbxSection.url)
    var round = Round()
    let managed = Set((objects + others).map(\.key.number))
    if sight.isProved(by: managed) {
      round.lost = objects.filter { sight.free.contains($0.key.number) }
      try await ledger.record(losses: Set(round.lost.map(\.key)), at: now)
    }
    // Numbers without an answer are probed again by the next walk.
    let isEnd = objects.count < due
    round.isThrough = isEnd && walk.isForLoss
    try await ledger.store(
      AuditWalk(
        last: isEnd ? "" : objects.last?.key.number ?? "", at: now, isForLoss: walk.isForLoss && !isEnd))
    return round
  }
}
