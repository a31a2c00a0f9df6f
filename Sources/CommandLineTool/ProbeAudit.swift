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

  /// Asks for each extension that the ledger knows, or knew, in the ranges. Waits for a run that is under way.
  func evidence() async throws -> PBXEvidence {
    guard setup.configuration.pbx.probes else {
      throw RunError(
        refusing: "[pbx] probe = \"never\" lets nothing be asked", .dataError,
        remedy: "nothing was sent; set it to \"auto\", or give a table exported from the PBX: --csv FILE")
    }
    let lock = try await StateFolder.lockWhenFree(setup.configuration.state.directory)
    defer { withExtendedLifetime(lock) {} }
    let ledger = try await StateFolder.ledger(setup, under: lock)
    guard let form = try await form(ledger) else {
      throw RunError(
        refusing: "this PBX hasn't been seen to tell by a refused call whether a number is taken", .dataError,
        remedy:
          "nothing was sent; give a table exported from the PBX: --csv FILE (whether it tells is found out by the next "
          + "addition)")
    }
    let state = try await ledger.state()
    let former = try await ledger.formerObjects()
    let doubted = Set(state.inDoubt.map(\.call.key))
    let keys = Set(state.objects.map(\.key)).union(state.knownForeign.map(\.key)).union(former.map(\.key))
      .subtracting(doubted)
    let asked = keys.filter { key in
      key.kind == .extension && (ranges.isEmpty || ranges.contains { $0.contains(key.number) })
    }
    let sight = try await sweep(asked, form, state, former, ledger)
    let answered = sight.taken.union(sight.free).intersection(asked.map(\.number))
    guard answered.count == asked.count else {
      throw RunError(
        pbx: setup.configuration.pbx.url,
        "it answered for \(answered.count) of \(counted(asked.count, "extension"))\(sight.unknown.map { ", else with \($0.text)" } ?? "")"
      )
    }
    let present = sight.taken.intersection(answered)
    return PBXEvidence(
      Dictionary(uniqueKeysWithValues: present.map { (ObjectKey(.extension, $0), [:]) }),
      of: .keys(Set(answered.map { ObjectKey(.extension, $0) })), in: ranges)
  }

  /// Asks the PBX, where it tells, for what a table lacks, and for what it shows again though it had been removed. One that is there
  /// after all, or isn't, shows that the table is old, or a part.
  ///
  /// - Throws: `RunError` that names them; nothing is changed then.
  func contradict(_ table: String, _ audit: Audit) async throws {
    let lost = Set(audit.all(.lost).map(\.key)).filter { $0.kind == .extension }
    let revived = Set(audit.all(.revived).map(\.key)).filter { $0.kind == .extension }
    guard !lost.isEmpty || !revived.isEmpty, setup.configuration.pbx.probes else { return }
    let lock = try await StateFolder.lockWhenFree(setup.configuration.state.directory)
    defer { withExtendedLifetime(lock) {} }
    let ledger = try await StateFolder.ledger(setup, under: lock)
    guard let form = try await form(ledger) else { return }
    let state = try await ledger.state()
    let former = try await ledger.formerObjects().filter { revived.contains($0.key) }
    let sight = try await sweep(lost.union(revived), form, state, former, ledger, mayAllBeFree: true)
    let there = sight.taken.intersection(lost.map(\.number)).sorted()
    // That one is free is believed of a form that says "taken" of another.
    let gone =
      sight.isProved(by: Set(state.managed.map(\.key.number)))
      ? sight.free.intersection(revived.map(\.number)).sorted() : []
    let contradictions = [("lacks", there, "has"), ("shows", gone, "doesn't have")].filter { !$0.1.isEmpty }.map {
      "\($0) \($1.listed(to: 20)), and the PBX says that it \($2) \($1.count == 1 ? "it" : "them")"
    }
    if contradictions.isEmpty { return }
    throw RunError(
      refusing: "\(table) \(contradictions.joined(separator: "; it ")): the table is old, or a part", .dataError,
      remedy: "nothing was changed; export the table anew, all of it")
  }

  /// Asks which of these extensions are taken, where the PBX tells, under the lock that the caller has. One that isn't asked about in
  /// time is in neither set.
  ///
  /// - Returns: nil where the PBX doesn't tell, can't be reached or isn't to be asked, or its key can't be read.
  /// - Throws: `RunError` where the question made an extension.
  func presence(of asked: Set<ObjectKey>, _ ledger: Ledger) async throws -> PresenceSweep.Sight? {
    guard setup.configuration.pbx.probes, !asked.isEmpty, let form = try await form(ledger),
      (try? setup.securityKey()) != nil
    else { return nil }
    let sight = try await ask(asked, form, try await ledger.state(), [], ledger)
    // That one is free is believed of a form that says "taken" of another, which is one of ours or one of these.
    return sight.taken.isEmpty ? nil : sight
  }

  private func form(_ ledger: Ledger) async throws(LedgerError) -> ProbeForm? {
    try await ledger.presence().flatMap { $0.url == setup.configuration.pbx.url ? $0.form : nil }
  }

  /// Asks for these, and for one more of ours.
  ///
  /// - Throws: `RunError` where the question made an extension.
  private func ask(
    _ asked: Set<ObjectKey>, _ form: ProbeForm, _ state: LedgerState, _ former: [FormerObject], _ ledger: Ledger
  ) async throws -> PresenceSweep.Sight {
    let settings = setup.configuration.pbx
    let managed = Set(state.managed.map(\.key)).filter { $0.kind == .extension }
    // One more of ours tells a form that doesn't tell any more from extensions that are gone.
    let control = managed.subtracting(asked).min()
    let pbx = setup.callControl(with: try setup.securityKey())
    let pace = PlanExecutor.ExecutionSettings(
      maxInFlight: settings.maxInFlight, retries: settings.retries,
      deadline: ContinuousClock.now + setup.configuration.schedule.runLimit)
    let sight = await PresenceSweep(pbx: pbx, form: form, pace: pace)(
      asked.union([control].compactMap(\.self)).sorted().map(\.number))
    try await ledger.record(
      probesMade: sight.created, by: form, of: state.objects + former.compactMap(\.object), on: pbx, settings.url)
    if !sight.created.isEmpty {
      throw RunError(
        refusing:
          "this PBX doesn't check any more what it was asked by: the question made extension "
          + sight.created.sorted().listed(to: 20),
        .dataError,
        remedy:
          "the next run gives it its values, or removes it as it removes whoever left: \(pbxsyncd) --sync-now; audit by a table "
          + "then: --csv FILE")
    }
    return sight
  }

  /// - Parameter mayAllBeFree: whether nothing need show that the form still tells.
  private func sweep(
    _ asked: Set<ObjectKey>, _ form: ProbeForm, _ state: LedgerState, _ former: [FormerObject], _ ledger: Ledger,
    mayAllBeFree: Bool = false
  ) async throws -> PresenceSweep.Sight {
    let settings = setup.configuration.pbx
    let managed = Set(state.managed.map(\.key)).filter { $0.kind == .extension }
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
        "the PBX says of none of \(counted(managed.intersection(asked).count, "extension")) of ours that it is taken: either it "
        + "doesn't tell "
        + "any more, or it has lost them all",
      .dataError,
      remedy:
        "nothing was changed; audit by a table exported from the PBX (--csv FILE); if it has lost them all, by a file with the "
        + "line ExtentionNumber alone: --csv FILE --accept-losses --yes")
  }
}
