import Configuration
import Domain
import LDAP
import Ledger
import Mapping
import Platform

extension Invocation {
  /// The whole chain behind a number or a person: what the directory says, what became of it, what was sent, and what
  /// the next run would do.
  public func why(_ who: String) async -> ExitStatus {
    await answer { setup in
      let ledger = try State.ledgerToRead(setup.configuration.state.directory, setup.clock)
      let outlook = try await Outlook(setup, ledger, log: log)
      let inquiry = try await Inquiry(about: who, setup, outlook, ledger)
      return Reply(
        status: inquiry.isFruitless ? .refused : .asWanted, text: paragraph(inquiry.lines),
        json: inquiry.json)
    }
  }
}

/// All that there is about a number, a DN, a uid or a mail address.
private struct Inquiry {
  let who: String
  private let failure: LDAPError?
  private var people: [Person] = []
  /// What was asked of the PBX about the number, for entries that are none of `people`.
  private var others: [Attempt] = []
  private var facts: [String] = []

  var isFruitless: Bool { people.isEmpty && others.isEmpty && facts.isEmpty }

  init(about who: String, _ setup: Setup, _ outlook: Outlook, _ ledger: Ledger?) async throws {
    self.who = who
    failure = outlook.pass.failure
    let desk = failure == nil ? try await Desk(setup, at: outlook.pass.record.server) : nil
    let gone = try await outlook.gone(known: ledger?.acquaintances() ?? [], as: who)
    let names = outlook.names(of: who) + gone.keys.sorted()
    for dn in try await desk?.names(of: who, with: names, in: Set(setup.bases)) ?? names {
      people.append(try await Person(dn, gone[dn], setup, outlook, ledger, desk))
    }
    let entries = Set(people.compactMap(\.entry))
    others = try await ledger?.attempts(about: who).filter { !entries.contains($0.intent.entry) } ?? []
    facts = outlook.facts(about: who, setup)
    if isFruitless, let fact = outlook.vacancy(of: who, setup.configuration.numbers.policy) { facts = [fact] }
  }

  var lines: [String] {
    if isFruitless {
      return [
        "Nothing is known of \(who): no source's entries have it as their number, name, uid or mail address, and the "
          + "ledger has never seen it"
      ] + unread
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

extension Outlook {
  /// The DNs that the ledger and this reading have for it.
  fileprivate func names(of who: String) -> [String] {
    let word = who.lowercased()
    let ours = memory.owned.filter {
      $0.item.says(who) || $0.dn.lowercased() == word || firstNamingValue(ofDN: $0.dn).lowercased() == word
    }.map(\.dn)
    let wanted = pass.reading.wanted.filter { $0.item.says(who) }.map(\.dn)
    let given = (memory.allocations + plan.allocations).filter { $0.number == who }.map(\.dn)
    let numberless = pass.reading.numberless.filter { $0.wish.item.says(who) }.map(\.wish.dn)
    let faulty = pass.reading.problems.filter { $0.value == who }.map(\.dn)
    return ours + wanted + given + numberless + faulty
  }

  /// Whoever was known by that and has nothing any more, by DN.
  fileprivate func gone(known: [Acquaintance], as who: String) -> [String: EntryID] {
    let here = Set(memory.owned.map(\.entry) + pass.reading.wanted.map(\.entry))
    let gone = known.filter { !$0.dn.isEmpty && !here.contains($0.entry) && $0.isKnown(as: who) }
    return Dictionary(gone.map { ($0.dn, $0.entry) }) { $1 }
  }

  /// That nobody has a number that an extension could have; nil for all else.
  fileprivate func vacancy(of number: String, _ policy: NumberPolicy) -> String? {
    let ranges = policy.extensionRanges
    let lengths = Set(
      (ranges.isEmpty ? memory.owned.map(\.key) + pass.reading.wanted.map(\.item.key) : [])
        .filter { $0.kind == .extension }.map(\.number.utf8.count) + ranges.map(\.first.utf8.count))
    guard isNumber(number), lengths.contains(number.utf8.count) else { return nil }
    if policy.isOutOfRange(Key(.extension, number)) {
      return "\(number) lies outside [numbers] extension_ranges, so nobody is given it"
    }
    let unsure = pass.failure == nil ? "" : ", and whether anybody in the directory wants it can't be asked now"
    return
      "\(number) is free by all that is known: \(pbxsyncd) has made nothing there and knows of nobody who has it\(unsure)"
  }

  /// What holds for a number, whoever has it.
  fileprivate func facts(about number: String, _ setup: Setup) -> [String] {
    var facts: [String] = []
    if setup.configuration.numbers.policy.isProtected(number) {
      facts.append("\(number) is protected: it is never touched")
    }
    for freed in memory.freed where freed.key.number == number {
      facts.append("\(freed.key) was \(freed.dn.isEmpty ? "somebody" : freed.dn)'s until \(localTime(freed.at))")
    }
    for it in memory.allocations where it.number == number {
      let whom = it.dn.isEmpty ? "somebody" : it.dn
      facts.append("\(number) was allocated to \(whom) at \(localTime(it.at)), from the pool of \"\(it.pool)\"")
    }
    for object in memory.unproven where object.key.number == number {
      facts.append(
        "\(object.key) is unproven: \(object.unproven?.text(of: object.key) ?? ""); \(object.unprovenRemedy)")
    }
    for foreign in memory.knownForeign where foreign.key.number == number {
      facts.append("\(foreign.key) has been known to be foreign since \(localTime(foreign.since)): it is never touched")
    }
    for adoption in memory.adoptions where adoption.key.number == number {
      let end = adoption.until.map { " until \(localTime($0))" } ?? " by whoever would have its very values"
      facts.append("\(adoption.key) may be taken over\(end)")
    }
    for refusal in memory.refusals where refusal.item.number == number {
      facts.append("the PBX refused \(refusal.item.key) at \(localTime(refusal.since)): \(refusal.answer.text)")
    }
    return facts
  }
}

extension Item {
  fileprivate func says(_ word: String) -> Bool {
    // A caller id is sent without the plus that people write.
    let bare = word.hasPrefix("+") ? String(word.dropFirst()) : word
    return fields.contains { $0.value == word || $0.value == bare } || name.lowercased() == word.lowercased()
  }
}

extension Desk {
  /// The DNs of the entries that are meant, each once: those that are known already, those that have the word in an attribute
  /// that people are known by, and the DN itself.
  fileprivate func names(of who: String, with known: [String], in bases: Set<String>) async throws -> [String] {
    // The directory compares telephone numbers without their blanks and hyphens (telephoneNumberMatch, RFC 4517).
    let attributes = ["uid", "mail", "cn", "sAMAccountName", "userPrincipalName", "telephoneNumber", "mobile"]
    let filter = "(|" + attributes.map { "(\($0)=\(filterText(who)))" }.joined() + ")"
    var names = known
    for base in bases.sorted() {
      let request = SearchRequest(base: base, scope: .sub, filter: filter, attributes: ["1.1"], pageSize: 0)
      names = try await connection.search(request, into: names) { names, entry in names.append(entry.dn) }.0
    }
    if who.contains("="), let entry = try await connection.read(who, attributes: ["1.1"]) { names.append(entry.dn) }
    var seen: Set<String> = []
    return names.filter { seen.insert($0.lowercased()).inserted }
  }
}

/// One entry, from its attributes to what the next run does about it.
private struct Person {
  let dn: String
  private(set) var entry: EntryID?
  /// nil where the directory can't be asked.
  private var isThere: Bool?
  private var traces: [SourceTrace] = []
  private var owned: [Owned] = []
  private var attempts: [Attempt] = []
  private var next: [String] = []

  /// - Parameter gone: the entry, where the ledger alone knows it.
  init(
    _ dn: String, _ gone: EntryID?, _ setup: Setup, _ outlook: Outlook, _ ledger: Ledger?, _ desk: Desk?
  ) async throws {
    let known = outlook.memory.owned.first { $0.dn.lowercased() == dn.lowercased() }?.entry
    var (name, shown) = (dn, try await desk?.read(dn, for: setup.sources))
    // It may have another name by now.
    if shown == nil, let desk, let id = known ?? gone, let found = try await desk.name(of: id, setup) {
      (name, shown) = (found, try await desk.read(found, for: setup.sources))
    }
    self.dn = name
    isThere = desk.map { _ in shown != nil }
    let entry = shown.flatMap { desk?.identity.id(of: $0) }.map(EntryID.init) ?? known ?? gone
    self.entry = entry
    if let shown, let desk, let entry {
      for source in setup.sources {
        let outside = try await desk.reason(source, leavesOut: shown, entry)
        let present = outlook.memory.owned.filter { $0.entry == entry && $0.key.kind == source.kind }
        traces.append(
          SourceTrace(
            source, shown, entry, present, outside: outside, isOff: try await desk.isOff(dn, by: source.disabledFilter),
            now: ledger?.now() ?? setup.clock.wall))
      }
    }
    owned = outlook.memory.owned.filter { $0.entry == entry }
    if let entry { attempts = try await ledger?.attempts(for: entry) ?? [] }
    next = outlook.next(for: entry, name, setup.configuration.removal)
  }

  var lines: [String] {
    ["\(dn)" + (entry.map { " (entry \($0))" } ?? "")]
      + (isThere == false ? ["  The directory doesn't show this entry"] : [])
      + traces.flatMap(\.lines).map { "  \($0)" }
      + owned.map {
        $0.isManaged
          ? "  Ours: \($0.key), \($0.ownership.rawValue), \($0.item.name)" : "  Unproven: \($0.unprovenText())"
      }
      + attempts.map { "  Sent: \($0.line)" }
      + next.map { "  Next run: \($0)" }
  }

  var json: JSON {
    [
      "dn": .string(dn), "entry": .optional(entry?.text), "in_directory": isThere.map(JSON.bool) ?? .null,
      "sources": .array(traces.map(\.json)), "owned": .array(owned.map(\.json)), "calls": .array(attempts.map(\.json)),
      "next_run": .array(next.map(JSON.string)),
    ]
  }
}

extension Outlook {
  /// What the plan has for an entry, and why.
  fileprivate func next(for entry: EntryID?, _ dn: String, _ policy: RemovalPolicy) -> [String] {
    guard pass.failure == nil else { return [] }
    var lines = plan.changes.filter { $0.entry == entry }.map { "\($0.actionWord) \($0.call.key): \($0.causeText)" }
    lines += plan.parked.filter { $0.wanted.entry == entry }.map {
      "leave \($0.wanted.item.key) out: \($0.reasonText); \($0.remedy)"
    }
    lines += plan.waiting.filter { $0.entry == entry }.map {
      "\($0.key) waits for its removal: \($0.absence.map { "\($0.reason.text), \($0.dueText(policy))" } ?? "")"
    }
    lines += plan.unproven.filter { $0.entry == entry }.map { "leave \($0.key) alone, unproven: \($0.unprovenRemedy)" }
    for held in plan.held where held.objects.contains(where: { $0.entry == entry }) {
      lines.append(
        "its \(held.action.rawValue) is held: \(held.limit); \(pbxsyncd) approve \(held.name) or reject \(held.name)")
    }
    lines += plan.rejected.filter { $0.entry == entry }.map {
      "leave \($0.key) as it is: an admin rejected \($0.deed)"
    }
    lines += plan.alsoUsers.filter { $0.entry == entry }.map {
      "leave \($0.item.key) out: it is a user's too, and the source says also_users = \"skip\""
    }
    if let surplus = plan.surplus {
      lines += surplus.wishes.filter { $0.entry == entry }.map {
        "leave \($0.item.key) out: \(surplus.text); \(surplus.remedy)"
      }
    }
    lines += pass.reading.problems.filter { $0.dn == dn }.map {
      "leave \($0.keptField == nil ? "it out" : "a field as it is"): \($0.text); \($0.remedy)"
    }
    return lines.isEmpty ? ["nothing to do for it"] : lines
  }
}
