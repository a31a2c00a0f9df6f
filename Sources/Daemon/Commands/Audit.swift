import Configuration
import Domain
import Journal
import Ledger
import Platform
import Reconcile

extension Invocation {
  /// Compares what the PBX has with what the ledger remembers: by a table exported from the PBX, or by asking it for each
  /// extension where it was seen to tell. Nothing changes until it is confirmed; then the ledger is corrected and a run brings
  /// the PBX to what the directory wants.
  ///
  /// - Parameters:
  ///   - words: numbers and ranges to look at; none for all.
  ///   - csv: a file as exported from the PBX; nil to ask the PBX.
  ///   - isConfirmed: whether to send again what is missing.
  ///   - acceptsLosses: whether the PBX may lack many of those that are managed.
  public func audit(_ words: [String], csv: String?, isConfirmed: Bool, acceptsLosses: Bool) async -> ExitStatus {
    await answer { setup in
      let ranges = try words.map { word in
        guard let range = NumberRange(word) else {
          throw Failure(
            refusing: "\(word) is neither a number nor a range such as 1000-1999", .dataError,
            remedy: "nothing was sent; give numbers or ranges whose ends have as many digits")
        }
        return range
      }
      guard let ledger = try State.ledgerToRead(setup.configuration.state.directory, setup.clock) else {
        throw Failure(
          refusing: "there is no ledger yet, so nothing is managed", remedy: "nothing was sent; see \(pbxsyncd) adopt")
      }
      let evidence: PBXEvidence =
        if let csv {
          try await table(csv, ranges, ledger, setup.clock.wall)
        } else {
          try await ProbeAudit(setup: setup, ranges: ranges).evidence()
        }
      let audit = try await Audit(evidence, ledger, setup)
      if let csv { try await ProbeAudit(setup: setup, ranges: ranges).contradict(csv, audit) }
      try check(audit, csv ?? "the PBX", acceptsLosses: acceptsLosses)
      if !isConfirmed {
        let options = (csv.map { ["--csv", $0] } ?? []) + (acceptsLosses ? ["--accept-losses"] : []) + ["--yes"]
        let call = ([pbxsyncd, "audit"] + (words + options).map(shellQuoted)).joined(separator: " ")
        let next = audit.isEqual ? "" : "\n\(audit.costText)\nNext step: \(call)\n"
        return Reply(
          status: audit.isEqual ? .asWanted : .refused, text: audit.text + next, json: audit.json)
      }
      if !isJSON { Terminal.print(audit.text + "\n\(audit.costText)\n\n") }
      return await run(setup, "audit", .audit(evidence)).reply
    }
  }

  private func table(_ csv: String, _ ranges: [NumberRange], _ ledger: Ledger, _ wall: Seconds) async throws
    -> PBXEvidence
  {
    let (rows, writtenAt) = try table(csv)
    let export = ExportTable(rows)
    guard export.faults.isEmpty, let kind = export.kind else {
      throw Failure(
        refusing: "\(csv) can't be used: \(export.faults.listed(to: 20, by: "; "))", .dataError,
        remedy: "nothing was sent; mend the table and give it again")
    }
    // What was changed since can't be in it: an extension that was added would seem lost, one that was deleted there again.
    if let last = try await ledger.lastChange(of: kind), last.at > writtenAt, last.at <= wall {
      throw Failure(
        refusing:
          "\(csv) is of \(localTime(writtenAt)), and run \(last.run) has changed \(kind.rawValue)s on the PBX since, at "
          + localTime(last.at),
        .dataError, remedy: "nothing was sent; export the table anew")
    }
    if let restoredAt = try await ledger.restoredAt(), restoredAt >= writtenAt, restoredAt <= wall {
      throw Failure(
        refusing:
          "\(csv) is of \(localTime(writtenAt)), and the ledger was restored at \(localTime(restoredAt)): what was "
          + "changed on the PBX before that isn't known",
        .dataError, remedy: "nothing was sent; export the table anew")
    }
    return PBXEvidence(
      Dictionary(export.rows.map { ($0.key, $0.fields) }, uniquingKeysWith: { first, _ in first }),
      of: .kind(kind), in: ranges)
  }

  private func check(_ audit: Audit, _ what: String, acceptsLosses: Bool) throws(Failure) {
    if !audit.lacksMany || acceptsLosses { return }
    let managed = [.lost, .equal, .different, .replaced].map(audit.count).reduce(0, +)
    throw Failure(
      refusing:
        "\(what) lacks \(audit.count(.lost)) of \(managed) managed objects: it looks like another PBX, or a part of one",
      .dataError,
      remedy:
        "nothing was changed; name the numbers that it should have, as in \(pbxsyncd) audit 1000-1999, or if the PBX did lose "
        + "them, add --accept-losses")
  }
}

/// An audit by probes.
private struct ProbeAudit {
  let setup: Setup
  let ranges: [NumberRange]

  /// Asks for each extension that the ledger knows, or knew, in the ranges. Waits for a run that is under way.
  func evidence() async throws -> PBXEvidence {
    guard setup.configuration.pbx.probes else {
      throw Failure(
        refusing: "[pbx] probe = \"never\" lets nothing be asked", .dataError,
        remedy: "nothing was sent; set it to \"auto\", or give a table exported from the PBX: --csv FILE")
    }
    let lock = try await State.lockWhenFree(setup.configuration.state.directory)
    defer { withExtendedLifetime(lock) {} }
    let ledger = try await State.ledger(setup, under: lock)
    guard let form = try await form(ledger) else {
      throw Failure(
        refusing: "this PBX hasn't been seen to tell by a refused call whether a number is taken", .dataError,
        remedy:
          "nothing was sent; give a table exported from the PBX: --csv FILE (whether it tells is found out by the next "
          + "addition)")
    }
    let memory = try await ledger.memory()
    let former = try await ledger.formerObjects()
    let doubted = Set(memory.doubts.map(\.call.key))
    let keys = Set(memory.owned.map(\.key)).union(memory.knownForeign.map(\.key)).union(former.map(\.key))
      .subtracting(doubted)
    let asked = keys.filter { key in
      key.kind == .extension && (ranges.isEmpty || ranges.contains { $0.contains(key.number) })
    }
    let sight = try await sweep(asked, form, memory, former, ledger)
    let answered = sight.taken.union(sight.free).intersection(asked.map(\.number))
    guard answered.count == asked.count else {
      throw Failure(
        pbx: setup.configuration.pbx.url,
        "it answered for \(answered.count) of \(asked.count) extensions\(sight.unknown.map { ", else with \($0.text)" } ?? "")"
      )
    }
    let present = sight.taken.intersection(answered)
    return PBXEvidence(
      Dictionary(uniqueKeysWithValues: present.map { (Key(.extension, $0), [:]) }),
      of: .keys(Set(answered.map { Key(.extension, $0) })), in: ranges)
  }

  /// Asks the PBX, where it tells, for what a table lacks. One that is there shows that the table is old, or a part.
  ///
  /// - Throws: `Failure` that names those that are there; nothing is changed then.
  func contradict(_ table: String, _ audit: Audit) async throws {
    let lost = Set(audit.all(.lost).map(\.key)).filter { $0.kind == .extension }
    guard !lost.isEmpty, setup.configuration.pbx.probes else { return }
    let lock = try await State.lockWhenFree(setup.configuration.state.directory)
    defer { withExtendedLifetime(lock) {} }
    let ledger = try await State.ledger(setup, under: lock)
    guard let form = try await form(ledger) else { return }
    let sight = try await sweep(lost, form, try await ledger.memory(), [], ledger, mayAllBeFree: true)
    let there = sight.taken.intersection(lost.map(\.number)).sorted()
    if there.isEmpty { return }
    throw Failure(
      refusing:
        "\(table) lacks \(there.listed(to: 20)), and the PBX says that it has \(there.count == 1 ? "it" : "them"): the table is "
        + "old, or a part",
      .dataError, remedy: "nothing was changed; export the table anew, all of it")
  }

  private func form(_ ledger: Ledger) async throws(LedgerError) -> ProbeForm? {
    try await ledger.presence().flatMap { $0.url == setup.configuration.pbx.url ? $0.form : nil }
  }

  /// - Parameter mayAllBeFree: whether nothing need show that the form still tells.
  private func sweep(
    _ asked: Set<Key>, _ form: ProbeForm, _ memory: Memory, _ former: [FormerObject], _ ledger: Ledger,
    mayAllBeFree: Bool = false
  ) async throws -> PresenceSweep.Sight {
    let settings = setup.configuration.pbx
    let managed = Set(memory.managed.map(\.key)).filter { $0.kind == .extension }
    // One more of ours tells a form that doesn't tell any more from extensions that are gone.
    let control = managed.subtracting(asked).min()
    let pbx = setup.callControl(with: try setup.securityKey())
    let pace = Applier.Pace(
      maxInFlight: settings.maxInFlight, retries: settings.retries,
      deadline: ContinuousClock.now + setup.configuration.schedule.runLimit)
    let sight = await PresenceSweep(pbx: pbx, form: form, pace: pace)(
      asked.union([control].compactMap(\.self)).sorted().map(\.number))
    try await ledger.note(
      probesMade: sight.created, by: form, of: memory.owned + former.compactMap(\.object), on: pbx, settings.url)
    if let answer = sight.unknown, answer.verdict == .badKey {
      throw Failure(keyIn: settings.securityKeyFile, setup.credentials, refusedWith: answer)
    }
    if let answer = sight.unknown, sight.taken.isEmpty, sight.free.isEmpty, sight.created.isEmpty {
      throw Failure(pbx: settings.url, answer.text)
    }
    if !sight.created.isEmpty {
      throw Failure(
        refusing:
          "this PBX doesn't check any more what it was asked by: the question made extension "
          + sight.created.sorted().listed(to: 20),
        .dataError,
        remedy:
          "the next run gives it its values, or removes it as it removes whoever left: \(pbxsyncd) --sync-now; audit by a table "
          + "then: --csv FILE")
    }
    if mayAllBeFree || managed.isEmpty || sight.isProved(by: Set(managed.map(\.number))) { return sight }
    throw Failure(
      refusing:
        "the PBX says of none of \(managed.intersection(asked).count) extensions of ours that it is taken: either it doesn't tell "
        + "any more, or it has lost them all",
      .dataError, remedy: "nothing was changed; audit by a table exported from the PBX: --csv FILE")
  }
}

extension Audit {
  /// Compares with the ledger as it is now.
  init(_ evidence: PBXEvidence, _ ledger: Ledger, _ setup: Setup) async throws(LedgerError) {
    let (memory, former) = (try await ledger.memory(), try await ledger.formerObjects())
    let (numbers, pools) = (setup.configuration.numbers.policy, setup.pools)
    let audit = Audit(evidence, remembering: memory, former: former, numbers: numbers, pools: pools)
    // Only for those whose values differ it matters what else was sent.
    let keys = (audit.all(.replaced) + audit.all(.different) + audit.all(.unproven)).map(\.key)
    self.init(
      evidence, remembering: memory, former: former, numbers: numbers, pools: pools,
      sent: try await ledger.itemsSent(for: keys))
  }

  /// Each object that isn't as it should be, and the counts of all.
  var text: String {
    let lists = Result.allCases.filter { ![.equal, .knownForeign].contains($0) }.compactMap { result -> String? in
      let all = all(result)
      if all.isEmpty { return nil }
      return "\(result.title) (\(all.count))\n" + paragraph(all.map { "  \($0.text)" })
    }
    return (lists + ["\(summary)\n"]).joined(separator: "\n")
  }

  /// One line of counts.
  var summary: String {
    let counts = Result.allCases.map { (count($0), $0) }.filter { $0.0 > 0 }.map { "\($0) \($1.words)" }
    return "Audit: " + (counts.isEmpty ? "nothing to compare" : counts.joined(separator: ", "))
  }

  /// What sending it again would cost at most: what the directory doesn't want any more isn't sent.
  var costText: String {
    let (lost, different) = (all(.lost), all(.different))
    let mails = (lost + different).count { finding in
      if case .extension(let it)? = finding.object?.item { !it.email.isEmpty } else { false }
    }
    let revived = count(.revived)
    return "Sent again: at most \(lost.count) additions and \(different.count) updates, with at most \(mails) mails"
      + (revived == 0 ? "" : "; removed by the ordinary way: at most \(revived)")
  }

  var json: JSON {
    .object(
      [("equal", .count(count(.equal))), ("known_foreign", .count(count(.knownForeign)))]
        + Result.allCases.filter { ![.equal, .knownForeign].contains($0) }.map { result in
          (result.name, .array(all(result).map(\.json)))
        })
  }
}

extension Audit.Finding {
  fileprivate var text: String {
    let changes = (object?.item.differences(from: fields) ?? []).map {
      "\($0.field.rawValue) \"\($0.old)\" instead of \"\($0.new)\""
    }
    let dn = object.map { ", \($0.dn)" } ?? ""
    return "\(key)\(name.isEmpty ? "" : " \(name)")\(dn)"
      + (changes.isEmpty ? "" : ": " + changes.joined(separator: ", "))
  }

  private var name: String {
    if let object { return object.item.name }
    return [fields[.firstName], fields[.lastName]].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " ")
  }

  fileprivate var json: JSON {
    [
      "kind": .string(key.kind.rawValue), "number": .string(key.number), "name": .string(name),
      "dn": .optional(object?.dn), "remembered": object?.item.json ?? .null,
      "on_the_pbx": .object(
        Field.allCases.compactMap { field in fields[field].map { (field.rawValue, .string($0)) } }),
    ]
  }
}

extension Audit.Result {
  /// As JSON names it.
  fileprivate var name: String {
    switch self {
    case .equal: "equal"
    case .occupied: "occupied"
    case .lost: "lost"
    case .different: "different"
    case .replaced: "replaced"
    case .revived: "revived"
    case .proved: "proved"
    case .unproven: "unproven"
    case .foreign: "foreign"
    case .forgotten: "forgotten"
    case .knownForeign: "known_foreign"
    case .foreignGone: "foreign_gone"
    case .inDoubt: "in_doubt"
    }
  }

  fileprivate var words: String {
    switch self {
    case .equal: "as they should be"
    case .occupied: "taken that were ours"
    case .lost: "lost"
    case .different: "with other values"
    case .replaced: "replaced"
    case .revived: "there again"
    case .proved: "proved to be ours"
    case .unproven: "unproven"
    case .foreign: "foreign"
    case .forgotten: "of a pool and not known"
    case .knownForeign: "known to be foreign"
    case .foreignGone: "foreign and gone"
    case .inDoubt: "in doubt"
    }
  }

  fileprivate var title: String {
    switch self {
    case .equal: "As they should be"
    case .occupied:
      "Taken, and ours until they were removed: there again, or somebody else's (look at them on the PBX)"
    case .lost: "Lost: the PBX doesn't have them any more"
    case .different: "With other values on the PBX"
    case .replaced:
      "Replaced: what the PBX has there is nothing that was sent; it becomes unproven and isn't touched (\(pbxsyncd) adopt NUMBER)"
    case .revived: "There again: they were ours and had been removed; they leave again by the ordinary way"
    case .proved: "Unproven until now: the PBX has what we sent, so they are ours"
    case .unproven: "Unproven: the PBX has other values, or nobody knows what we sent (\(pbxsyncd) adopt NUMBER)"
    case .foreign: "Foreign: the PBX has them, and they aren't ours; they are never touched (\(pbxsyncd) adopt NUMBER)"
    case .forgotten:
      "In a pool, and the restored ledger knows nothing of them: each becomes that of the one person who would have its very values and has no number"
    case .knownForeign: "Known to be foreign"
    case .foreignGone: "Foreign until now, and not on the PBX any more"
    case .inDoubt: "In doubt: \(pbxsyncd) status says when that is found out"
    }
  }
}
