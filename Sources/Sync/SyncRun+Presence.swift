import CallControl
import Configuration
import Directory
import Domain
import Executor
import Ledger

extension SyncRun {
  /// Whether the PBX tells by a probe, as it was learned for it last. What was learned long ago or before this daemon started, and
  /// what a delete in doubt is to end by, is tried on one of our extensions first, which must be taken; nil where that doesn't
  /// show it.
  func presence(
    for changes: [Change], _ pbx: CallControl, _ pace: PlanExecutor.ExecutionSettings, _ ledger: Ledger
  ) async throws(LedgerError) -> PresenceKnowledge? {
    let settings = setup.configuration.pbx
    guard settings.probes, let known = try await ledger.presence(), known.url == settings.url else { return nil }
    let isOfThisProcess = ![Self.poll, Self.change].contains(trigger) || known.learnedAt >= setup.madeAt
    // A delete in doubt ends by the one answer, so it must be asked of something that is there at the same time.
    let endsByAnswer = changes.contains { $0.call.action == .delete && !$0.settles.isEmpty }
    let isFresh = known.holds(for: settings.url, at: ledger.now()) && isOfThisProcess
    if isFresh, !endsByAnswer || known.form == nil { return known }
    let isNeeded = changes.contains { change in
      change.call.key.kind == .extension && (change.call.action == .add || !change.settles.isEmpty)
    }
    let concerned = Set(changes.map(\.call.key))
    guard isNeeded, let form = known.form,
      let control = try await ledger.extensions(after: "", atMost: concerned.count + 1)
        .first(where: { !concerned.contains($0.key) })
    else { return nil }
    let number = control.key.number
    let sight = await PresenceSweep(pbx: pbx, form: form, pace: pace)([number])
    try await ledger.record(probesMade: sight.created, by: form, of: [control], on: pbx, settings.url)
    guard sight.isProved(by: [number]) else { return nil }
    let renewed = PresenceKnowledge(
      url: settings.url, server: pbx.serverSoftware ?? "", form: form, learnedAt: ledger.now())
    try await ledger.store(renewed)
    return renewed
  }
}
