import Configuration
import Directory
import Domain
import Executor
import Journal
import LDAP
import Ledger
import Mapping
import Platform
package import Sync

extension CommandContext {
  /// Explains a number or a person: the directory's values, their mapping, the calls, and the changes of the next run.
  package func why(_ who: String) async -> ExitStatus {
    await answer { setup in
      // Only a read of all entries shows the numbers that entries mean without having them, as for `free`.
      let preview = try await RunPreview(setup, log: log, for: isNumber(who) ? .lint : .inquiry)
      let inquiry = try await WhyReport(about: who, setup, preview)
      return CommandOutput(
        status: inquiry.foundNothing ? .refused : .asWanted, page: inquiry.page,
        json: inquiry.json)
    }
  }
}

/// Everything known about a number, a DN, a uid, a mail address or an ID.
private struct WhyReport {
  let who: String
  private let failure: LDAPError?
  private var people: [EntryReport] = []
  /// Calls with the number for entries that aren't in `people`.
  private var others: [PastCall] = []
  private var facts: [String] = []
  /// Names that may have been meant, if nothing is known.
  private var nearMiss: String?

  var foundNothing: Bool { people.isEmpty && others.isEmpty && facts.isEmpty }

  init(about who: String, _ setup: CompiledConfiguration, _ preview: RunPreview) async throws {
    self.who = who
    failure = preview.read.failure
    let lookup = failure == nil ? try await EntryLookup(setup, at: preview.read.record.server) : nil
    let words = setup.sources.first.map { [who] + $0.dialPlans.readings(of: who).subtracting([who]).sorted() } ?? [who]
    let known = try await preview.ledger.knownEntries().filter { $0.isKnown(as: who) }
    let gone = preview.gone(known)
    let names = words.flatMap(preview.names) + preview.present(known, as: who) + gone.keys.sorted()
    let bases = Set(setup.bases)
    for dn in try await lookup?.names(of: words, with: names, in: bases, includesNames: !isNumber(who)) ?? names {
      let report = try await EntryReport(dn, gone[dn], setup, preview, lookup)
      // The ledger may know an entry by its DN before a rename.
      let isRepeated = people.contains { $0.entry != nil && $0.entry == report.entry && DN($0.dn) == DN(report.dn) }
      if !isRepeated { people.append(report) }
    }
    let entries = Set(people.compactMap(\.entry))
    // Calls shown with a person aren't repeated.
    others = try await preview.ledger.pastCalls(about: who).filter { !entries.contains($0.intent.entry) }
    facts = preview.facts(about: who, setup)
    if preview.mayBeExtension(who, setup) {
      // An adoption or a refusal says more than that the number is kept.
      if let verdict = try await preview.verdict(on: who, setup, lookup, others: facts) { facts.insert(verdict, at: 0) }
    }
    if foundNothing {
      let people = preview.state.objects.map { ($0.item.name, $0.dn) }
      let wanted = preview.read.reading.wanted.map { ($0.item.name, $0.dn) }
      nearMiss = CommandLineTool.nearMiss(to: who, among: people + wanted)
    }
  }

  var page: Page {
    var page = Page()
    if foundNothing {
      page.add(
        failure.map { "The directory can't be read now, and the ledger has nothing about \(who): \($0)" }
          ?? "Nothing is known of \(who): no source has an entry with this number, DN, name, uid, mail address or ID, and the "
          + "ledger has nothing about it")
      if let nearMiss { page.add("Did you mean \(nearMiss)?") }
      if failure == nil {
        page.add("Next step: check the spelling, or whether the entry is below a base of the configuration", indent: 2)
      }
      return page
    }
    let all = "\(pbxsyncd) why \(shellQuoted(who)) | less"
    for line in unread + facts { page.add(line) }
    page.add(parts: people.map { $0.page() }, most: 3, all: all)
    if !others.isEmpty {
      page.add("Earlier, for other entries:")
      page.add(table: others.lines().reversed().map { [$0] }, most: 10, all: all)
    }
    return page
  }

  private var unread: [String] {
    failure.map { ["The directory can't be read now; this is the state of the ledger: \($0)"] } ?? []
  }

  var json: JSON {
    [
      "who": .string(who), "near_misses": .strings([nearMiss].compactMap(\.self)),
      "directory_failure": .optional(failure?.description),
      "facts": .strings(facts),
      "people": .array(people.map(\.json)), "other_calls": others.json,
    ]
  }
}

extension RunPreview {
  /// How many entries with the same number are named.
  private static let mostClaimants = 3

  /// Its DNs in the ledger and in this read.
  fileprivate func names(of who: String) -> [String] {
    let (word, name) = (who.lowercased(), DN(who))
    let ours = state.objects.filter {
      $0.item.mentions(who) || DN($0.dn) == name || DN($0.dn).namingValue.lowercased() == word
    }.map(\.dn)
    let wanted = read.reading.wanted.filter { $0.item.mentions(who) }.map(\.dn)
    let given = (state.allocations + plan.allocations).filter { $0.number == who }.map(\.dn)
    let unnumbered = read.reading.unnumbered.filter { $0.wanted.item.mentions(who) }.map(\.wanted.dn)
    let faulty = read.reading.problems.filter { $0.value == who }.map(\.dn)
    let leftOut = read.reading.reserved.filter { $0.number == who }.map(\.dn)
    // IDs of text syntax are compared without case, and stored in lower case.
    return ours + wanted + given + unnumbered + faulty + leftOut + [who, word].flatMap { names(of: EntryID($0)) }
  }

  /// The DNs of the entries with an ID, and the one in the ledger.
  private func names(of id: EntryID) -> [String] {
    let seen = ObjectKind.allCases.compactMap { read.reading.name(of: id, as: $0) }.filter { !$0.isEmpty }
    return state.objects.filter { $0.entry == id }.map(\.dn) + seen + read.reading.twins(of: id)
  }

  /// Today's DNs by entry.
  private var namesToday: [EntryID: String] {
    Dictionary(
      read.reading.wanted.map { ($0.entry, $0.dn) } + state.objects.map { ($0.entry, $0.dn) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Former holders, by DN.
  fileprivate func gone(_ known: [KnownEntry]) -> [String: EntryID] {
    let here = namesToday
    let gone = known.filter { !$0.dn.isEmpty && here[$0.entry] == nil }
    return Dictionary(gone.map { ($0.dn, $0.entry) }) { $1 }
  }

  /// Today's DNs of entries that had another DN, name or address; former holders of the number are shown with its calls.
  fileprivate func present(_ known: [KnownEntry], as who: String) -> [String] {
    if isNumber(who) { return [] }
    let here = namesToday
    // An entry with another's ID has a DN of its own today.
    return known.filter { !read.reading.twins(of: $0.entry).contains($0.dn) }.compactMap { here[$0.entry] }
  }

  /// Whether it has as many digits as extensions have here.
  fileprivate func mayBeExtension(_ number: String, _ setup: CompiledConfiguration) -> Bool {
    let ranges = setup.extensionRanges
    let lengths = Set(
      (ranges.isEmpty ? state.objects.map(\.key) + read.reading.wanted.map(\.item.key) : [])
        .filter { $0.kind == .extension }.map(\.number.utf8.count) + ranges.map(\.first.utf8.count))
    return isNumber(number) && lengths.contains(number.utf8.count)
  }

  /// Whether an extension number is free, or why not, by the same decision as for `free`.
  ///
  /// - Parameters:
  ///   - lookup: nil if the directory can't be read.
  ///   - others: the other facts, which follow.
  fileprivate func verdict(
    on number: String, _ setup: CompiledConfiguration, _ lookup: EntryLookup?, others: [String]
  ) async throws -> String? {
    let policy = setup.configuration.numbers.policy
    guard let range = NumberRange(number) else { return nil }
    let plan = NumberPlan(policy, state, claimed: claimedNumbers(setup), in: [range], at: ledger.now())
    let holder = state.objects.first { $0.key == ObjectKey(.extension, number) }
    // One that was created again has the same DN.
    let present = holder.flatMap { read.reading.presentEntries(named: [$0.dn], as: .extension)[$0.dn] }
    let holderName =
      holder.map { (present == nil || present == $0.entry ? "" : "an earlier entry ") + $0.dn } ?? "an entry"
    var claimants: [String] = []
    for id in read.lintChecks?.meant.owners(of: number) ?? [] where id != holder?.entry && id != present {
      if claimants.count == Self.mostClaimants {
        claimants.append("others")
        break
      }
      claimants.append(try await lookup?.name(of: id, setup) ?? id.text)
    }
    let verb = claimants.count == 1 ? "has it" : "have it"
    let also = claimants.isEmpty ? "" : "; \(claimants.listed(to: 9)) \(verb) too, or may mean it"
    let reason: String
    switch plan.sections.first?.cells.first?.use {
    case .managed:
      let leaver = holder.flatMap { object in
        object.absence.map { "it was \(holderName)'s and \(removalText(of: object.key)): \($0.reason.text)" }
      }
      reason = (leaver ?? "\(holderName) has it") + also
    case .unproven: reason = "it is unproven whose extension the PBX has there"
    case .foreign: reason = "the PBX has a foreign extension with it"
    case .quarantined: reason = "it is in quarantine"
    case .protected: reason = "it is protected"
    case .emergency: reason = "it is dialled in an emergency"
    case .claimed:
      reason =
        !claimants.isEmpty
        ? "\(claimants.listed(to: 9)) \(verb) or may mean it"
        : others.isEmpty ? "an entry may mean it, or a call is in doubt" : "more is known about it, as follows"
    case .free where policy.isOutOfRange(ObjectKey(.extension, number)):
      reason = "it is outside [numbers] extension_ranges"
    case .free:
      let unsure =
        read.failure == nil
        ? read.lintChecks?.blindSpot.map { "; numbers of entries outside the sources aren't known: \($0)" } ?? ""
        : "; the directory can't be read now"
      return
        "\(number) is free as far as known: pbxsyncd manages no object with it, and no entry has it\(unsure); "
        + "a number that only the PBX has isn't known"
    case nil: return nil
    }
    return "\(number) isn't free, because \(reason)"
  }

  /// The state of an unwanted object, to follow its name.
  private func removalText(of key: ObjectKey) -> String {
    if plan.held.contains(where: { $0.action == .removal && $0.objects.contains { $0.key == key } }) {
      return "its removal is held"
    }
    return plan.rejected.contains { $0.key == key } ? "an admin rejected its removal" : "is pending removal"
  }

  /// Facts about a number, with or without a holder.
  fileprivate func facts(about number: String, _ setup: CompiledConfiguration) -> [String] {
    var facts: [String] = []
    if setup.configuration.numbers.policy.isProtected(number) {
      facts.append("\(number) is protected: it is never changed")
    }
    for formerHolders in state.formerHolders where formerHolders.key.number == number {
      facts.append(
        "\(formerHolders.key) was \(formerHolders.dn.isEmpty ? "somebody" : formerHolders.dn)'s until \(localTime(formerHolders.at))"
      )
    }
    for it in state.allocations where it.number == number {
      let holder = it.dn.isEmpty ? "somebody" : it.dn
      facts.append("\(number) was allocated to \(holder) at \(localTime(it.at)), from the pool of \"\(it.pool)\"")
    }
    for object in state.unproven where object.key.number == number {
      facts.append(
        "\(object.key) is unproven: \(object.unproven?.text(of: object.key) ?? ""); \(object.unprovenRemedy)")
    }
    for foreign in state.knownForeign where foreign.key.number == number {
      let form = foreign.form.map { " as \($0), the same number in another form," } ?? ""
      facts.append(
        "\(foreign.key) has been known\(form) to be foreign since \(localTime(foreign.since)): it is never changed")
    }
    for adoption in state.adoptions where adoption.key.number == number {
      let end = adoption.until.map { " until \(localTime($0))" } ?? " by an entry that would have exactly its values"
      facts.append("\(adoption.key) may be adopted\(end)")
    }
    for refusal in state.refusals where refusal.item.number == number {
      facts.append("the PBX refused \(refusal.item.key) at \(localTime(refusal.since)): \(refusal.answer.text)")
    }
    return facts
  }
}
