import CallControl
import Configuration
import Directory
import Domain
import Executor
import Ledger

extension SyncRun {
  /// What earlier runs learned about whether the PBX reveals taken numbers.
  ///
  /// Old knowledge, knowledge from before this daemon started, and knowledge that settles a delete in doubt are verified first: the
  /// probe of a managed extension must be answered with "taken". Otherwise nil.
  func presence(
    for changes: [Change], _ pbx: CallControl, _ settings: PlanExecutor.ExecutionSettings, _ ledger: Ledger
  ) async throws(LedgerError) -> PresenceKnowledge? {
    let pbxSection = setup.configuration.pbx
    guard pbxSection.probes, let known = try await ledger.presence(), known.url == pbxSection.url else { return nil }
    let isOfThisProcess = ![Self.poll, Self.change].contains(trigger) || known.learnedAt >= setup.madeAt
    // A single answer settles a delete in doubt, so a probe of an existing extension must verify it at the same time.
    let endsByAnswer = changes.contains { $0.call.action == .delete && !$0.settles.isEmpty }
    let isFresh = known.holds(for: pbxSection.url, at: ledger.now()) && isOfThisProcess
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
    let sight = await PresenceSweep(pbx: pbx, form: form, settings: settings).probe([number])
    try await ledger.record(probesMade: sight.created, by: form, of: [control], on: pbx, pbxSection.url)
    guard sight.isProved(by: [number]) else { return nil }
    let renewed = PresenceKnowledge(
      url: pbxSection.url, server: pbx.serverSoftware ?? "", form: form, learnedAt: ledger.now())
    try await ledger.store(renewed)
    return renewed
  }
}
