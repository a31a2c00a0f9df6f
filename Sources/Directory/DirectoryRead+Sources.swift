import Configuration
import Domain
import LDAP
import Ledger
import Mapping

extension DirectoryRead {
  mutating func read(
    _ selectors: [EntrySelector], _ context: ReadContext, _ store: EntryStore
  ) async throws -> EntryStore {
    var accumulator = ReadAccumulator(reading, lintChecks, storing: store)
    accumulator.looksForAttributes = context.looksForAttributes
    accumulator.looksForFruitlessFields = context.isFirst
    // The accumulator must be their only owner, so that they aren't copied while they grow.
    (reading, lintChecks) = (ReadResult(), nil)
    for (index, selector) in selectors.enumerated() {
      try await read(selector, index, context, &accumulator)
      try await reserve(selector, index, context, &accumulator)
      try await addNumbersMeant(besides: selector, index, context, &accumulator)
    }
    var store = accumulator.store ?? store
    for twins in try await store.finish() {
      accumulator.reading.refuse(twins.names, with: twins.entry, context.identity.name)
    }
    (reading, lintChecks) = (accumulator.reading, accumulator.lintChecks)
    await addNumbersElsewhere(selectors.map(\.source), context)
    return store
  }

  /// Reads the numbers of entries that the filter excludes, if a pool or an admin might allocate them.
  mutating func reserve(
    _ selector: EntrySelector, _ index: Int, _ context: ReadContext, _ accumulator: inout ReadAccumulator
  ) async throws(LDAPError) {
    guard selector.source.reservesNumbers || [.inquiry, .lint].contains(purpose), let filter = selector.restFilter
    else { return }
    let request = context.request(selector, filter: filter)
    context.log(request, of: selector.source.name)
    do throws(LDAPError) {
      let (reserved, _) = try await context.connection.search(request, into: [ReservedNumber]()) { numbers, entry in
        let (id, dn) = (EntryID(context.identity.id(of: entry) ?? ""), entry.dn)
        numbers += selector.source.numbersReserved(by: entry).map { ReservedNumber($0, of: id, dn: dn) }
      }
      accumulator.reading.reserved += reserved
    } catch {
      throw failed(index, error)
    }
  }

  /// Reads the entries in the source's base that its own filter doesn't select: an admin who looks for a free number must not give
  /// theirs away.
  private mutating func addNumbersMeant(
    besides selector: EntrySelector, _ index: Int, _ context: ReadContext, _ accumulator: inout ReadAccumulator
  ) async throws(LDAPError) {
    guard purpose == .lint, let filter = selector.source.unselectedFilter else { return }
    var request = context.request(selector, filter: filter)
    request.attributes.append("objectClass")
    context.log(request, of: selector.source.name)
    var checks = accumulator.lintChecks ?? LintChecks()
    do throws(LDAPError) {
      (checks, _) = try await context.connection.search(request, into: checks) { checks, entry in
        checks.add(unselected: entry, context.identity.id(of: entry), from: selector.source)
      }
    } catch {
      throw failed(index, error)
    }
    accumulator.lintChecks = checks
  }

  /// Reads one source.
  mutating func read(
    _ selector: EntrySelector, _ index: Int, _ context: ReadContext, _ accumulator: inout ReadAccumulator
  ) async throws {
    let request = context.request(selector)
    context.log(request, of: selector.source.name)
    var next = accumulator
    accumulator = ReadAccumulator(ReadResult())
    next.begin(selector.source, at: record.startedAt)
    do throws(LDAPError) {
      let result: SearchResult?
      (accumulator, result) = try await context.connection.search(
        request, into: next, choosing: { accumulator, fingerprint in accumulator.choose(fingerprint, from: index) }
      ) { accumulator, entry in accumulator.add(entry, through: selector, index, context) }
      if let incompleteReason = selector.incompleteReason {
        accumulator.reading.markIncomplete(because: "source \"\(selector.source.name)\": \(incompleteReason)")
      }
      record.searches[index].entries = accumulator.entries
      record.searches[index].values = accumulator.values
      if let result { try await recordReferrals(of: result, selector, index, context, &accumulator) }
    } catch {
      throw failed(index, error)
    }
    if let failure = accumulator.store?.failure { throw failure }
  }

  /// Records the counts and referrals of a search, and the problems that it shows.
  mutating func recordReferrals(
    of result: SearchResult, _ selector: EntrySelector, _ index: Int, _ context: ReadContext,
    _ accumulator: inout ReadAccumulator
  ) async throws(LDAPError) {
    let base = selector.source.base
    // Every account of Active Directory has userAccountControl. Without it all accounts would look enabled.
    if try await context.connection.rootDSE().family == .activeDirectory, selector.source.disabled == .auto,
      accumulator.recognised == 0, accumulator.entries > 0, !accumulator.showsAccountControl
    {
      accumulator.reading.problems.append(MappingProblem(hidingSwitchesOf: selector.source, context.server.identity))
      sourcesToMapAgain.insert(index)
    }
    accumulator.reading.problems += accumulator.fruitless?.problems(of: selector.source) ?? []
    if accumulator.entries > 0 {
      accumulator.reading.problems += accumulator.unseen.sorted().map {
        MappingProblem(unseen: $0, of: selector.source)
      }
    }
    record.searches[index].pages = result.pages
    record.searches[index].referrals = result.referralCount
    if let referral = try await context.connection.missingPart(of: result) {
      accumulator.reading.markIncomplete(
        because: "a part of \(base) lies on another server (\(referral)), and referrals aren't followed")
    }
    if result.entries > 0 { return }
    // Some servers hide a missing base behind an empty result (389 Directory Server).
    guard let entry = try await context.connection.read(base, attributes: ["objectClass"]) else {
      accumulator.reading.markIncomplete(
        because: "\(base) gave no entries and isn't visible itself; check the base and the right to read it")
      return
    }
    let classes = Set(entry.values("objectClass").compactMap { $0.text?.lowercased() })
    if selector.restFilter == nil, await excludes(selector.source, classes, context) { withoutEntries.insert(index) }
  }

  /// Checks that the base of a source without results exists, and that aliases are resolved. An empty branch is fine. A
  /// server may refuse the question, such as a slapd that searches by indices only: then nothing is reported.
  ///
  /// - Parameter classes: the classes of the base; empty if they aren't visible.
  private func excludes(_ source: Source, _ classes: Set<String>, _ context: ReadContext) async -> Bool {
    if classes.contains("alias") { return true }
    let request = SearchRequest(
      base: source.base, scope: source.scope, filter: Self.noBranch, attributes: ["1.1"], pageSize: 2)
    let isFoundItself = source.scope == .sub && !classes.isEmpty && classes.isDisjoint(with: Self.branchClasses)
    let least = isFoundItself ? 2 : 1
    let choose = { @Sendable (count: inout Int, _: UInt64?) -> Connection.EntryHandling in
      count += 1
      return count == least ? .end : .skip
    }
    do throws(LDAPError) {
      return try await context.connection.search(request, into: 0, choosing: choose) { _, _ in }.1 == nil
    } catch {
      return false
    }
  }

  /// A class that a server doesn't know would make the filter match nothing (RFC 4511, section 4.5.1.7); these are in RFC 4519.
  private static let branchClasses: Set = ["organizationalunit", "organization"]
  private static let noBranch = "(!(|\(branchClasses.sorted().map { "(objectClass=\($0))" }.joined())))"
}

extension MappingProblem {
  /// A source of Active Directory whose entries don't show whether their accounts are disabled.
  fileprivate init(hidingSwitchesOf source: Source, _ identity: String) {
    self.init(
      dn: source.base, entry: nil,
      reason: "no entry of \"\(source.name)\" shows userAccountControl, so nobody there counts as disabled",
      remedy:
        "Give \(identity.isEmpty ? "the bind identity" : identity) the right to read it, or set disabled = \"never\".")
  }
}
