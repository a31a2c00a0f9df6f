import Configuration
import Directory
import Domain
import Executor
import LDAP
import Ledger
import Mapping
import Platform
package import Sync

extension CommandContext {
  /// The whole chain behind a number or a person: what the directory says, what became of it, what was sent, and what
  /// the next run would do.
  package func why(_ who: String) async -> ExitStatus {
    await answer { setup in
      let ledger = try StateFolder.ledgerToRead(setup.configuration.state.directory, setup.clock)
      let preview = try await RunPreview(setup, ledger, log: log, runsLintChecks: true)
      let inquiry = try await WhyReport(about: who, setup, preview, ledger)
      return CommandOutput(
        status: inquiry.foundNothing ? .refused : .asWanted, text: paragraph(inquiry.lines),
        json: inquiry.json)
    }
  }
}

/// All that there is about a number, a DN, a uid, a mail address or an id.
private struct WhyReport {
  let who: String
  private let failure: LDAPError?
  private var people: [EntryReport] = []
  /// What was asked of the PBX about the number, for entries that are none of `people`.
  private var others: [PastCall] = []
  private var facts: [String] = []

  var foundNothing: Bool { people.isEmpty && others.isEmpty && facts.isEmpty }

  init(about who: String, _ setup: CompiledConfiguration, _ preview: RunPreview, _ ledger: Ledger?) async throws {
    self.who = who
    failure = preview.pass.failure
    let lookup = failure == nil ? try await EntryLookup(setup, at: preview.pass.record.server) : nil
    let words = setup.sources.first.map { [who] + $0.dialPlans.readings(of: who).subtracting([who]).sorted() } ?? [who]
    let known = try await ledger?.acquaintances().filter { $0.isKnown(as: who) } ?? []
    let gone = preview.gone(known)
    let names = words.flatMap(preview.names) + preview.present(known, as: who) + gone.keys.sorted()
    for dn in try await lookup?.names(of: words, with: names, in: Set(setup.bases)) ?? names {
      people.append(try await EntryReport(dn, gone[dn], setup, preview, ledger, lookup))
    }
    let entries = Set(people.compactMap(\.entry))
    // What a person's calls show isn't repeated.
    others = try await ledger?.pastCalls(about: who).filter { !entries.contains($0.intent.entry) } ?? []
    facts = preview.facts(about: who, setup)
    if foundNothing, let fact = preview.vacancy(of: who, setup.configuration.numbers.policy) { facts = [fact] }
  }

  var lines: [String] {
    if foundNothing {
      if let failure {
        return ["The directory can't be read now, and the ledger knows nothing of \(who): \(failure)"]
      }
      return [
        "Nothing is known of \(who): no source's entries have it as their number, name, uid, mail address or id, and the "
          + "ledger knows nothing of it"
      ]
    }
    return unread + facts + people.flatMap(\.lines)
      + (others.isEmpty ? [] : ["Earlier, for other entries:"] + others.map { "  \($0.line)" })
  }

  private var unread: [String] {
    failure.map { ["The directory can't be read now, so this is what the ledger knows: \($0)"] } ?? []
  }

  var json: JSON {
    [
      "who": .string(who), "directory_failure": .optional(failure?.description),
      "facts": .array(facts.map(JSON.string)),
      "people": .array(people.map(\.json)), "other_calls": .array(others.map(\.json)),
    ]
  }
}

extension RunPreview {
  /// The DNs that the ledger and this reading have for it.
  fileprivate func names(of who: String) -> [String] {
    let (word, name) = (who.lowercased(), DN(who))
    let ours = state.objects.filter {
      $0.item.mentions(who) || DN($0.dn) == name || DN($0.dn).namingValue.lowercased() == word
    }.map(\.dn)
    let wanted = pass.reading.wanted.filter { $0.item.mentions(who) }.map(\.dn)
    let given = (state.allocations + plan.allocations).filter { $0.number == who }.map(\.dn)
    let unnumbered = pass.reading.unnumbered.filter { $0.wanted.item.mentions(who) }.map(\.wanted.dn)
    let faulty = pass.reading.problems.filter { $0.value == who }.map(\.dn)
    let leftOut = pass.reading.reserved.filter { $0.number == who }.map(\.dn)
    // The ids of a text are compared without their case, and kept in small letters.
    return ours + wanted + given + unnumbered + faulty + leftOut + [who, word].flatMap { names(of: EntryID($0)) }
  }

  /// The DNs of the entries with an id, and the one that the ledger has for it.
  private func names(of id: EntryID) -> [String] {
    let seen = ObjectKind.allCases.compactMap { pass.reading.name(of: id, as: $0) }.filter { !$0.isEmpty }
    return state.objects.filter { $0.entry == id }.map(\.dn) + seen + pass.reading.twins(of: id)
  }

  /// The DNs of today, by entry.
  private var namesToday: [EntryID: String] {
    Dictionary(
      pass.reading.wanted.map { ($0.entry, $0.dn) } + state.objects.map { ($0.entry, $0.dn) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Whoever has nothing any more, by DN.
  fileprivate func gone(_ known: [Acquaintance]) -> [String: EntryID] {
    let here = namesToday
    let gone = known.filter { !$0.dn.isEmpty && here[$0.entry] == nil }
    return Dictionary(gone.map { ($0.dn, $0.entry) }) { $1 }
  }

  /// Today's DNs of those who had another DN, name or address; who had the number before is told with the calls about it.
  fileprivate func present(_ known: [Acquaintance], as who: String) -> [String] {
    if isNumber(who) { return [] }
    let here = namesToday
    return known.compactMap { here[$0.entry] }
  }

  /// That nobody has a number that an extension could have; nil for all else. Whoever is left out of the run, and has the number in
  /// the directory, isn't nobody.
  fileprivate func vacancy(of number: String, _ policy: NumberPolicy) -> String? {
    let ranges = policy.extensionRanges
    let lengths = Set(
      (ranges.isEmpty ? state.objects.map(\.key) + pass.reading.wanted.map(\.item.key) : [])
        .filter { $0.kind == .extension }.map(\.number.utf8.count) + ranges.map(\.first.utf8.count))
    guard isNumber(number), lengths.contains(number.utf8.count) else { return nil }
    if policy.isOutOfRange(ObjectKey(.extension, number)) {
      return "\(number) lies outside [numbers] extension_ranges, so nobody is given it"
    }
    let unsure = pass.failure == nil ? "" : ", and whether anybody in the directory wants it can't be asked now"
    return
      "\(number) is free by all that is known: \(pbxsyncd) has made nothing there and knows of nobody who has it\(unsure)"
  }

  /// What holds for a number, whoever has it.
  fileprivate func facts(about number: String, _ setup: CompiledConfiguration) -> [String] {
    var facts: [String] = []
    if setup.configuration.numbers.policy.isProtected(number) {
      facts.append("\(number) is protected: it is never touched")
    }
    for formerHolders in state.formerHolders where formerHolders.key.number == number {
      facts.append(
        "\(formerHolders.key) was \(formerHolders.dn.isEmpty ? "somebody" : formerHolders.dn)'s until \(localTime(formerHolders.at))"
      )
    }
    for it in state.allocations where it.number == number {
      let whom = it.dn.isEmpty ? "somebody" : it.dn
      facts.append("\(number) was allocated to \(whom) at \(localTime(it.at)), from the pool of \"\(it.pool)\"")
    }
    for object in state.unproven where object.key.number == number {
      facts.append(
        "\(object.key) is unproven: \(object.unproven?.text(of: object.key) ?? ""); \(object.unprovenRemedy)")
    }
    for foreign in state.knownForeign where foreign.key.number == number {
      facts.append("\(foreign.key) has been known to be foreign since \(localTime(foreign.since)): it is never touched")
    }
    for adoption in state.adoptions where adoption.key.number == number {
      let end = adoption.until.map { " until \(localTime($0))" } ?? " by whoever would have its very values"
      facts.append("\(adoption.key) may be taken over\(end)")
    }
    for refusal in state.refusals where refusal.item.number == number {
      facts.append("the PBX refused \(refusal.item.key) at \(localTime(refusal.since)): \(refusal.answer.text)")
    }
    return facts
  }
}

extension PBXObject {
  fileprivate func mentions(_ word: String) -> Bool {
    // A caller id is sent without the plus that people write.
    let bare = word.hasPrefix("+") ? String(word.dropFirst()) : word
    let small = word.lowercased()
    return fields.contains { $0.value.lowercased() == small || $0.value == bare } || name.lowercased() == small
  }
}

extension EntryLookup {
  /// The DNs of the entries that are meant, each once: those that are known already, those that have the word in an attribute
  /// that people are known by, and the DN itself.
  fileprivate func names(of words: [String], with known: [String], in bases: Set<String>) async throws -> [String] {
    let who = words[0]
    // The directory compares telephone numbers without their blanks and hyphens (telephoneNumberMatch, RFC 4517).
    let attributes = ["uid", "mail", "cn", "sAMAccountName", "userPrincipalName", "telephoneNumber", "mobile"]
    let terms = attributes.map { ($0, who) } + words.dropFirst().map { ("telephoneNumber", $0) }
    let filter = "(|" + terms.map { "(\($0)=\(filterText($1)))" }.joined() + ")"
    var names = known
    for base in bases.sorted() {
      let request = SearchRequest(base: base, scope: .sub, filter: filter, attributes: ["1.1"], pageSize: 0)
      names = try await connection.search(request, into: names) { names, entry in names.append(entry.dn) }.0
    }
    if who.contains("="), let entry = try await connection.read(who, attributes: ["1.1"]) { names.append(entry.dn) }
    var seen: Set<DN> = []
    return names.filter { seen.insert(DN($0)).inserted }
  }
}
