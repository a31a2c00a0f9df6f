import CallControl
import Configuration
import Domain
import Executor
import Ledger
import Platform

/// Asks for some of our extensions in each of the daemon's runs, where the PBX tells: `[pbx] audit` an hour, and all of them
/// once the PBX has turned out to have lost one. It only finds out; what is lost is sent again by `pbxsyncd audit --yes`.
struct SlowAudit: Sendable {
  let settings: Configuration.PBXSection
  let ledger: Ledger
  /// Made only where something is to be asked: most runs send nothing, and keep libcurl out of memory.
  let connect: @Sendable () -> CallControl
  let pace: PlanExecutor.ExecutionSettings

  /// The most that are asked for in one run.
  static let most = 100

  struct Round: Sendable, Hashable {
    var lost: [ManagedObject] = []
    /// Whether all that there are have been asked for since a loss.
    var isThrough = false
  }

  /// - Parameter hasLost: whether this run met a loss.
  func callAsFunction(hasLost: Bool) async throws(LedgerError) -> Round {
    let now = ledger.now()
    let earlier = try await ledger.auditWalk()
    // The time from which an hour's share is counted; without any share there is nothing to remember.
    let isNew = earlier == nil && settings.auditRate > 0
    var walk = earlier ?? AuditWalk(at: now)
    if hasLost, !walk.isForLoss { walk = AuditWalk(at: now, isForLoss: true) }
    let due = walk.isForLoss ? Self.most : min(Self.most, Int((now - walk.at) * Int64(settings.auditRate) / 3600))
    if hasLost || isNew { try await ledger.store(walk) }
    guard settings.probes, due > 0, let known = try await ledger.presence(), known.url == settings.url,
      let form = known.form
    else { return Round() }
    let objects = try await ledger.extensions(after: walk.last, atMost: due)
    // One that isn't there may be lost, or the PBX may have ceased to tell: another that is there shows which.
    let others = try await ledger.extensions(after: "", atMost: due + 2)
    let control = others.last { other in !objects.contains { $0.key == other.key } }
    let pbx = connect()
    let sight = await PresenceSweep(pbx: pbx, form: form, pace: pace)(
      (objects + [control].compactMap(\.self)).map(\.key.number))
    try await ledger.record(probesMade: sight.created, by: form, of: objects + others, on: pbx, settings.url)
    var round = Round()
    let managed = Set((objects + others).map(\.key.number))
    if sight.isProved(by: managed) {
      round.lost = objects.filter { sight.free.contains($0.key.number) }
      try await ledger.record(losses: Set(round.lost.map(\.key)), at: now)
    }
    // What wasn't answered comes again with the next walk.
    let isEnd = objects.count < due
    round.isThrough = isEnd && walk.isForLoss
    try await ledger.store(
      AuditWalk(
        last: isEnd ? "" : objects.last?.key.number ?? "", at: now, isForLoss: walk.isForLoss && !isEnd))
    return round
  }
}
