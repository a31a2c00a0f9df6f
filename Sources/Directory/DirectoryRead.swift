import Configuration
package import Domain
import Journal
package import LDAP
package import Ledger
package import Mapping
import Platform
import Text

/// One pass over the directory: what it wants, and the certificate of how complete the read was.
package struct DirectoryRead: Sendable {
  package var reading = ReadResult()
  /// Filled as the read goes on, so that one that fails has its certificate too.
  package var record: ReadReport
  /// From before the first search; nil where the server keeps none.
  package var marker: ChangeMarker?
  /// Exclusions that name nobody in their source.
  package var unmatched: [UnmatchedExclusion] = []
  /// What ended the read before its time. There are no data then: half an answer looks like half of the people having
  /// left.
  package var failure: LDAPError?
  /// What a run doesn't need to know; nil where nobody asked.
  package var lintChecks: LintChecks?
  /// Which templates are others than at the last complete read.
  package var templateChanges: [ObjectKind: [ObjectField: String]] = [:]
  /// Sites that no entry of a complete read was of.
  package var vacantSites: [Site] = []
  /// Whether a source found no entry though its base has some, or no source any at all.
  package var foundNobody: Bool { !emptyHanded.isEmpty }
  private var emptyHanded: Set<Int> = []
  /// The sources of which a part of the entries can't tell whether a problem of theirs is over.
  private(set) var lookedAtAgain: Set<Int> = []
  /// The count of entries that were mapped, because they are new or changed, and of those that are gone.
  package var changed = 0
  /// The count of entries with disabled accounts; nil if not all entries were mapped.
  package var disabled: Int?
  /// Whether no entry was known to be as it was.
  package var sawAll = true

  /// Reads every source from one server, a page at a time; entries are mapped as they arrive.
  ///
  /// - Parameters:
  ///   - exclusions: of each source, in their order.
  ///   - ledger: keeps the entries that aren't as it has them.
  /// - Throws: `LedgerError`. What the directory fails by is in the result.
  package static func read(
    _ setup: CompiledConfiguration, _ server: ConnectionSettings, _ exclusions: [ExclusionList],
    after baseline: ReadBaseline, at now: Timestamp,
    runsLintChecks: Bool = false, into ledger: Ledger, log: RunLog
  ) async throws -> Self {
    let begun = ContinuousClock.now
    var pass = DirectoryRead(
      record: ReadReport(
        server: server.place, bindDN: server.identity, startedAt: now))
    if runsLintChecks { pass.lintChecks = LintChecks() }
    do {
      try await pass.read(setup, server, exclusions, baseline, ledger, now, log)
    } catch let error as LDAPError {
      pass.failure = error
      pass.reading = ReadResult()
      pass.reading.markIncomplete(because: "\(error)")
    }
    pass.record.incomplete = pass.reading.incomplete
    pass.record.endedAt = now + Int64((ContinuousClock.now - begun) / .seconds(1))
    return pass
  }

  private mutating func read(
    _ setup: CompiledConfiguration, _ server: ConnectionSettings, _ exclusions: [ExclusionList],
    _ baseline: ReadBaseline, _ ledger: Ledger, _ now: Timestamp, _ log: RunLog
  ) async throws {
    let connection = try await connect(setup, server.preferring(baseline.lastComplete?.server), baseline)
    try await setup.translate(at: connection)
    let context = try await ReadContext(
      setup, connection, server, at: now, isFirst: baseline.lastComplete == nil, log: log)
    try await lookForCanaries(setup, connection)
    record.searches = zip(setup.sources, exclusions).map { source, exclusions in
      var record = SearchReport(source: source.name, query: source.query(exclusions))
      record.query.base = baseline.spelling(ofBase: record.query.base)
      record.asked = source.asked
      return record
    }
    var selectors: [EntrySelector] = []
    for (index, source) in setup.sources.enumerated() {
      do throws(LDAPError) {
        let note = { @Sendable (request: SearchRequest) in context.log(request, of: source) }
        var selector = try await EntrySelector(
          source, exclusions[index], among: setup.sources, at: connection, pageSize: context.pageSize, note: note)
        try await selector.findDisabledEntries(
          at: connection, by: context.identity, pageSize: context.pageSize, note: note)
        selectors.append(selector)
      } catch {
        throw failed(index, error)
      }
    }
    let policy = setup.configuration.removal
    let store = try await read(
      selectors, context,
      EntryStore(
        ledger, with: settings(setup, selectors, context), policy: fnv1a(setup.mappingDigest.utf8.span),
        at: setup.clock.wall))
    for index in record.searches.indices {
      guard let before = baseline.drop(to: record.searches[index], policy) else { continue }
      if await isExplained(record.searches[index], from: before, baseline, policy, store) { continue }
      record.searches[index].fellFrom = before
      let search = record.searches[index]
      reading.markIncomplete(
        because:
          "the source \"\(search.source)\" (\(search.query.base)) gave \(counted(search.entries, "entry", "entries")) and \(before) before; if that is right: "
          + "\(pbxsyncd) approve \(search.fallName ?? "")")
    }
    if !reading.isComplete {
      emptyHanded = []
    } else if record.searches.allSatisfy({ $0.entries == 0 }) {
      emptyHanded = Set(setup.sources.indices)
    }
    reading.problems += emptyHanded.sorted().map { MappingProblem(emptyHanded: setup.sources[$0]) }
    templateChanges = baseline.templateChanges(of: record)
    reading.searchChanges = baseline.searchChanges(of: record)
    changed = store.storedCount
    if reading.isComplete {
      changed += try await store.removeMissing()
    } else {
      try await store.doubtMissing()
    }
    try await count(selectors, baseline, store, ledger)
    if reading.isComplete, !setup.sites.isEmpty {
      let sites = try await ledger.sites()
      vacantSites = setup.sites.filter { !sites.contains($0.name) }
    }
  }

  mutating func note(_ unmatchedLines: [String], of source: Source) {
    unmatched += unmatchedLines.map { UnmatchedExclusion(source: source.name, line: $0) }
  }

  mutating func failed(_ index: Int, _ error: LDAPError) -> LDAPError {
    record.searches[index].resultCode = Int(error.code)
    return error.replacing(detail: "source \"\(record.searches[index].source)\": \(error.detail)")
  }

  /// How often a connection is made where another server answers by the name of the last one, or one that lags behind.
  static let maxAttempts = 8

  /// A connection to a server that doesn't lag behind, and where one name leads to several by turns, to the one that was read
  /// last: the others may know of changes later, and don't all say so.
  private mutating func connect(
    _ setup: CompiledConfiguration, _ server: ConnectionSettings, _ baseline: ReadBaseline
  ) async throws(LDAPError) -> Connection {
    var attempt = 1
    while true {
      let connection = try await Connection.open(server)
      try await identify(connection, setup)
      let lag = baseline.lag(of: record)
      if lag == nil, attempt == Self.maxAttempts || !baseline.isAnother(record) { return connection }
      if attempt == Self.maxAttempts {
        if lag?.mayBeSame == true, await !hasSeveralAddresses(connection.uri) { return connection }
        throw LDAPError(.rootDSE, .outdated, code: 0, detail: lag?.text ?? "")
      }
      attempt += 1
    }
  }

  /// Who answers, and where it stands.
  private mutating func identify(_ connection: Connection, _ setup: CompiledConfiguration) async throws(LDAPError) {
    let rootDSE = try await connection.rootDSE()
    record.server = connection.uri
    record.vendor = rootDSE.product
    record.name = rootDSE.hostName ?? ""
    record.invocationID = try await connection.invocationID() ?? ""
    marker = try await connection.changeMarker(over: setup.watched)
    record.marker = marker?.text ?? rootDSE.highestCommittedUSN ?? ""
  }

  /// A canary that can't be seen tells that this bind sees less than it should.
  private mutating func lookForCanaries(_ setup: CompiledConfiguration, _ connection: Connection)
    async throws(LDAPError)
  {
    let canaries = setup.configuration.directory.canaries
    record.canariesWanted = canaries.count
    for dn in canaries {
      if try await connection.read(dn, attributes: ["1.1"]) == nil {
        reading.markIncomplete(because: "the canary \(dn) wasn't seen")
      } else {
        record.canaries += 1
      }
    }
  }

  private mutating func read(
    _ selectors: [EntrySelector], _ context: ReadContext, _ store: EntryStore
  ) async throws -> EntryStore {
    var accumulator = ReadAccumulator(reading, lintChecks, storing: store)
    accumulator.looksForAttributes = context.looksForAttributes
    accumulator.looksForFruitlessFields = context.isFirst
    // Nobody else holds them while they grow.
    (reading, lintChecks) = (ReadResult(), nil)
    for (index, selector) in selectors.enumerated() {
      try await read(selector, index, context, &accumulator)
      try await reserve(selector, index, context, &accumulator)
    }
    var store = accumulator.store ?? store
    for twins in try await store.finish() {
      accumulator.reading.refuse(twins.names, with: twins.entry, context.identity.name)
    }
    (reading, lintChecks) = (accumulator.reading, accumulator.lintChecks)
    return store
  }

  /// Where a pool might give it away, or an admin might, the number of an entry that the server leaves out is asked for too.
  private mutating func reserve(
    _ selector: EntrySelector, _ index: Int, _ context: ReadContext, _ accumulator: inout ReadAccumulator
  ) async throws(LDAPError) {
    guard selector.source.reservesNumbers || accumulator.lintChecks != nil, let filter = selector.restFilter else {
      return
    }
    let request = context.request(selector, filter: filter)
    context.log(request, of: selector.source)
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

  /// Reads one source.
  private mutating func read(
    _ selector: EntrySelector, _ index: Int, _ context: ReadContext, _ accumulator: inout ReadAccumulator
  ) async throws {
    let request = context.request(selector)
    context.log(request, of: selector.source)
    var next = accumulator
    accumulator = ReadAccumulator(ReadResult())
    next.begin(selector.source, at: record.startedAt)
    do throws(LDAPError) {
      let result: SearchResult?
      (accumulator, result) = try await context.connection.search(
        request, into: next, choosing: { it, fingerprint in it.choose(fingerprint, from: index) }
      ) { it, entry in it.add(entry, through: selector, index, context) }
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

  /// What a search says about itself.
  private mutating func recordReferrals(
    of result: SearchResult, _ selector: EntrySelector, _ index: Int, _ context: ReadContext,
    _ accumulator: inout ReadAccumulator
  ) async throws(LDAPError) {
    let base = selector.source.base
    // Every account of Active Directory has it. What isn't shown is unknown, and looks like accounts that are all on.
    if try await context.connection.rootDSE().family == .activeDirectory, selector.source.disabled == .auto,
      accumulator.recognised == 0, accumulator.entries > 0, !accumulator.showsAccountControl
    {
      accumulator.reading.problems.append(MappingProblem(hidingSwitchesOf: selector.source, context.server.identity))
      lookedAtAgain.insert(index)
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
    // Some servers give an empty answer where the base isn't there, so as not to tell (389 Directory Server).
    guard let entry = try await context.connection.read(base, attributes: ["objectClass"]) else {
      accumulator.reading.markIncomplete(
        because: "\(base) gave no entries and isn't visible itself; check the base and the right to read it")
      return
    }
    let classes = Set(entry.values("objectClass").compactMap { $0.text?.lowercased() })
    if selector.restFilter == nil, await excludes(selector.source, classes, context) { emptyHanded.insert(index) }
  }

  /// Checks that the base of a source without results exists, and that aliases are resolved. An empty branch is fine. A
  /// server may refuse the question, such as a slapd that searches by indices only: then nothing is reported.
  ///
  /// - Parameter classes: the base's own; none where they aren't shown.
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

/// A line of a source's exclusions that names none of its entries.
package struct UnmatchedExclusion: Hashable, Sendable {
  package let source: String
  package let line: String

  package var text: String { "source \"\(source)\" excludes \(line), which names none of its entries" }
}

extension MappingProblem {
  /// A source of Active Directory of which no account shows whether it is off.
  fileprivate init(hidingSwitchesOf source: Source, _ identity: String) {
    self.init(
      dn: source.base, entry: nil,
      reason: "no entry of \"\(source.name)\" shows userAccountControl, so nobody there counts as disabled",
      remedy:
        "Give \(identity.isEmpty ? "the bind identity" : identity) the right to read it, or set disabled = \"never\".")
  }

  /// A source that has no entries, where no other has any either.
  fileprivate init(emptyHanded source: Source) {
    let groups = source.selection.groups
    self.init(
      dn: source.base, entry: nil,
      reason: "the source \"\(source.name)\" finds no entry by the filter \(source.filter)"
        + (groups.isEmpty ? "" : " among the members of \(groups.joined(separator: ", "))"),
      remedy:
        "Check its base, scope and filter\(groups.isEmpty ? "" : ", the group's members"), and what the bind identity may read. Aliases are never followed: name the "
        + "base that they lead to.")
  }
}
