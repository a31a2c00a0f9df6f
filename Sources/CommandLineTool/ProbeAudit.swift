import Configuration
import Directory
import Domain
import Executor
import Ledger
import Platform
import Reconcile
import Sync

/// An audit by probes.
struct ProbeAudit {
  let setup: CompiledConfiguration
  let ranges: [NumberRange]

  /// Probes each extension that the ledger has, or had, in the ranges. Waits for a run in progress.
  func evidence() async throws -> PBXEvidence {
    guard setup.configuration.pbx.probes else {
      throw RunError(
        refusing: "[pbx] probe = \"never\" allows no probes", .dataError,
        remedy: "nothing was sent; set it to \"auto\", or give a table exported from the PBX: --csv FILE")
    }
    let lock = try await StateFolder.lockWhenFree(setup.configuration.state.directory)
    defer { withExtendedLifetime(lock) {} }
    let ledger = try await StateFolder.ledger(setup, under: lock)
    guard let form = try await form(ledger) else {
      throw RunError(
        refusing: "this PBX isn't known to reveal by a refused call whether a number is taken", .dataError,
        remedy:
          "nothing was sent; give a table exported from the PBX: --csv FILE (the next addition finds out whether it "
          + "reveals taken numbers)")
    }
    let state = try await ledger.state()
    let former = try await ledger.formerObjects()
    let inDoubtKeys = Set(state.inDoubt.map(\.call.key))
    let keys = Set(state.objects.map(\.key)).union(state.knownForeign.map(\.key)).union(former.map(\.key))
      .subtracting(inDoubtKeys)
    let asked = keys.filter { key in
      key.kind == .extension && (ranges.isEmpty || ranges.contains { $0.contains(key.number) })
    }
    let sight = try await sweep(asked, form, state, former, ledger)
    let answered = sight.taken.union(sight.free).intersection(asked.map(\.number))
    guard answered.count == asked.count else {
      throw RunError(
        pbx: setup.configuration.pbx.url,
        "it answered for \(answered.count) of \(counted(asked.count, "extension"))\(sight.unknown.map { ", otherwise with \($0.text)" } ?? "")"
      )
    }
    let present = sight.taken.intersection(answered)
    return PBXEvidence(
      Dictionary(uniqueKeysWithValues: present.map { (ObjectKey(.extension, $0), [:]) }),
      of: .keys(Set(answered.map { ObjectKey(.extension, $0) })), in: ranges)
  }

  /// Probes, if the PBX reveals taken numbers, extensions that a table lacks, and those that it shows again after their removal. A
  /// contradiction shows that the table is outdated or incomplete.
  ///
  /// - Returns: whether the PBX confirms each of them, and there are any.
  /// - Throws: `RunError` that names them; nothing is changed then.
  func confirm(_ table: String, _ audit: Audit) async throws -> Bool {
    let lost = Set(audit.all(.lost).map(\.key)).filter { $0.kind == .extension }
    let revived = Set(audit.all(.revived).map(\.key)).filter { $0.kind == .extension }
    guard !lost.isEmpty || !revived.isEmpty, setup.configuration.pbx.probes else { return false }
    let lock = try await StateFolder.lockWhenFree(setup.configuration.state.directory)
    defer { withExtendedLifetime(lock) {} }
    let ledger = try await StateFolder.ledger(setup, under: lock)
    guard let form = try await form(ledger) else { return false }
    let state = try await ledger.state()
    let former = try await ledger.formerObjects().filter { revived.contains($0.key) }
    let sight = try await sweep(lost.union(revived), form, state, former, ledger, mayAllBeFree: true)
    let there = sight.taken.intersection(lost.map(\.number)).sorted()
    // "Free" is reliable if the same form says "taken" for another number.
    let isProved = sight.isProved(by: Set(state.managed.map(\.key.number)))
    let gone =
      isProved
      ? sight.free.intersection(revived.map(\.number)).sorted() : []
    let contradictions = [("lacks", there, "has"), ("shows", gone, "doesn't have")].filter { !$0.1.isEmpty }.map {
      "\($0) \($1.listed(to: 20)), and the PBX says that it \($2) \($1.count == 1 ? "it" : "them")"
    }
    if contradictions.isEmpty {
      return isProved && sight.free.isSuperset(of: lost.map(\.number))
        && sight.taken.isSuperset(of: revived.map(\.number))
    }
    throw RunError(
      refusing: "\(table) \(contradictions.joined(separator: "; it ")): the table is outdated or incomplete",
      .dataError,
      remedy: "nothing was changed; export the whole table again")
  }

  /// Probes which of these extensions are taken, if the PBX reveals it, under the caller's lock. An extension that isn't probed in
  /// time is in neither set.
  ///
  /// - Returns: nil if the PBX doesn't reveal it, is unreachable or must not be probed, or its key can't be read.
  /// - Throws: `RunError` if the probe created an extension.
  func presence(of asked: Set<ObjectKey>, _ ledger: Ledger) async throws -> PresenceSweep.Sight? {
    guard setup.configuration.pbx.probes, !asked.isEmpty, let form = try await form(ledger),
      (try? setup.securityKey()) != nil
    else { return nil }
    let sight = try await ask(asked, form, try await ledger.state(), [], ledger)
    // "Free" is reliable if the same form says "taken" for another number, which is managed or one of these.
    return sight.taken.isEmpty ? nil : sight
  }

  private func form(_ ledger: Ledger) async throws(LedgerError) -> ProbeForm? {
    try await ledger.presence().flatMap { $0.url == setup.configuration.pbx.url ? $0.form : nil }
  }

  /// Probes these, and one more managed extension.
  ///
  /// - Throws: `RunError` if the probe created an extension.
  private func ask(
    _ asked: Set<ObjectKey>, _ form: ProbeForm, _ state: LedgerState, _ former: [FormerObject], _ ledger: Ledger
  ) async throws -> PresenceSweep.Sight {
    let settings = setup.configuration.pbx
    let managed = Set(state.managed.map(\.key)).filter { $0.kind == .extension }
    // One more managed extension distinguishes an unreliable form from lost extensions.
    let control = managed.subtracting(asked).min()
    let pbx = setup.callControl(with: try setup.securityKey())
    let executionSettings = PlanExecutor.ExecutionSettings(
      settings, until: ContinuousClock.now + setup.configuration.schedule.runLimit)
    let sight = await PresenceSweep(pbx: pbx, form: form, settings: executionSettings).probe(
      asked.union([control].compactMap(\.self)).sorted().map(\.number))
    try await ledger.record(
      probesMade: sight.created, by: form, of: state.objects + former.compactMap(\.object), on: pbx, settings.url)
    if !sight.created.isEmpty {
      throw RunError(
        refusing:
          "this PBX no longer checks the probe's value: the probe created extension "
          + sight.created.sorted().listed(to: 20),
        .dataError,
        remedy:
          "the next run gives it its values, or removes it like a leaver's: \(pbxsyncd) --sync-now; then audit with a table: "
          + "--csv FILE")
    }
    return sight
  }

  /// - Parameter mayAllBeFree: whether no number needs to prove that the form is still reliable.
  private func sweep(
    _ asked: Set<ObjectKey>, _ form: ProbeForm, _ state: LedgerState, _ former: [FormerObject], _ ledger: Ledger,
    mayAllBeFree: Bool = false
  ) async throws -> PresenceSweep.Sight {
    let settings = setup.configuration.pbx
    // After a restore no object is proved, and those that are there still show that the form is reliable.
    let areManaged = state.managed.contains { $0.key.kind == .extension }
    let known = areManaged ? state.managed : state.unproven
    let managed = Set(known.map(\.key)).filter { $0.kind == .extension }
    let sight = try await ask(asked, form, state, former, ledger)
    if let answer = sight.unknown, answer.status == .badKey {
      throw RunError(keyIn: settings.securityKeyFile, setup.credentials, refusedWith: answer)
    }
    if let answer = sight.unknown, sight.taken.isEmpty, sight.free.isEmpty {
      throw RunError(pbx: settings.url, answer.text)
    }
    if mayAllBeFree || managed.isEmpty || sight.isProved(by: Set(managed.map(\.number))) { return sight }
    throw RunError(
      refusing:
        "the PBX reports none of \(counted(managed.intersection(asked).count, areManaged ? "managed extension" : "unproven extension")) as taken: either it no "
        + "longer reveals taken numbers, or it has lost them all",
      .dataError,
      remedy:
        "nothing was changed; audit with a table exported from the PBX (--csv FILE); if it has lost them all, with a file with "
        + "only the line ExtentionNumber: --csv FILE --accept-losses --yes")
  }
}
