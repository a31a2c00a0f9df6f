import Configuration
import Domain
import Journal
import LDAP
import Ledger
import Mapping
import Platform

/// One pass over the directory: what it wants, and the certificate of how complete the read was.
struct DirectoryReading: Sendable {
  var reading = Reading()
  /// Filled as the read goes on, so that one that fails has its certificate too.
  var record: ReadRecord
  /// From before the first search; nil where the server keeps none.
  var marker: ChangeMarker?
  /// Exclusions that name nobody in their source.
  var unmatched: [UnmatchedExclusion] = []
  /// What ended the read before its time. There are no data then: half an answer looks like half of the people having
  /// left.
  var failure: LDAPError?
  /// What a run doesn't need to know; nil where nobody asked.
  var survey: Survey?
  /// Sites that no entry of a complete read was of.
  var vacantSites: [Site] = []

  /// Reads every source from one server, a page at a time; entries are mapped as they arrive and not kept.
  ///
  /// - Parameter exclusions: of each source, in their order.
  static func read(
    _ setup: Setup, _ server: Server, _ exclusions: [ExclusionList], after precedent: Precedent, at now: Seconds,
    surveying: Bool = false, log: RunLog
  ) async -> Self {
    var pass = DirectoryReading(
      record: ReadRecord(
        server: server.place, bindDN: server.identity, startedAt: now))
    if surveying { pass.survey = Survey() }
    do throws(LDAPError) {
      try await pass.read(setup, server, exclusions, precedent, now, log)
    } catch {
      pass.failure = error
      pass.reading = Reading()
      pass.doubtCompleteness("\(error)")
    }
    pass.record.incomplete = pass.reading.incomplete
    pass.record.endedAt = secondsSince1970()
    return pass
  }

  private mutating func read(
    _ setup: Setup, _ server: Server, _ exclusions: [ExclusionList], _ precedent: Precedent, _ now: Seconds,
    _ log: RunLog
  ) async throws(LDAPError) {
    let connection = try await Connection.open(server.preferring(precedent.lastComplete?.server))
    try await identify(connection, setup)
    if let lag = precedent.lag(of: record) { throw LDAPError(.rootDSE, .outdated, code: 0, detail: lag) }
    let identity = try await setup.identity(of: connection)
    try await lookForCanaries(setup, connection)
    for (source, exclusions) in zip(setup.sources, exclusions) {
      record.searches.append(SearchRecord(source: source.name, view: source.view(exclusions)))
      do throws(LDAPError) {
        let sieve = try await Sieve(
          source, exclusions, among: setup.sources, at: connection, pageSize: setup.configuration.directory.pageSize
        ) { log.searched($0.commandLine(uri: connection.uri, server), source.name) }
        try await read(sieve, setup, server, connection, identity, now, log)
      } catch {
        record.searches[record.searches.count - 1].resultCode = Int(error.code)
        throw LDAPError(
          error.operation, error.kind, code: error.code, detail: "source \"\(source.name)\": \(error.detail)")
      }
    }
    for index in record.searches.indices {
      guard let before = precedent.fall(to: record.searches[index], setup.configuration.removal) else { continue }
      record.searches[index].fellFrom = before
      let search = record.searches[index]
      doubtCompleteness(
        "\(search.view.base) gave \(search.entries) entries and \(before) before; if that is right: "
          + "pbxsyncd approve \(search.fallName ?? "")")
    }
    reading.changedView = precedent.changedView(of: record)
    // A part of the entries can't tell that a site has none.
    if reading.isComplete { vacantSites = setup.sites.filter { !reading.sites.contains($0.name) } }
  }

  /// Who answers, and where it stands.
  private mutating func identify(_ connection: Connection, _ setup: Setup) async throws(LDAPError) {
    let rootDSE = try await connection.rootDSE()
    record.server = connection.uri
    record.vendor = rootDSE.product
    record.name = rootDSE.hostName ?? ""
    record.invocationID = try await connection.invocationID() ?? ""
    marker = try await connection.changeMarker(over: setup.watched)
    record.marker = marker?.text ?? rootDSE.highestCommittedUSN ?? ""
  }

  /// A canary that can't be seen tells that this bind sees less than it should.
  private mutating func lookForCanaries(_ setup: Setup, _ connection: Connection) async throws(LDAPError) {
    let canaries = setup.configuration.directory.canaries
    record.canariesWanted = canaries.count
    for dn in canaries {
      if try await connection.read(dn, attributes: ["1.1"]) == nil {
        doubtCompleteness("the canary \(dn) wasn't seen")
      } else {
        record.canaries += 1
      }
    }
  }

  private mutating func read(
    _ sieve: Sieve, _ setup: Setup, _ server: Server, _ connection: Connection, _ identity: IdentityAttribute,
    _ now: Seconds, _ log: RunLog
  ) async throws(LDAPError) {
    let source = sieve.source
    if let doubt = sieve.doubt { doubtCompleteness("source \"\(source.name)\": \(doubt)") }
    let request = SearchRequest(
      base: source.base, scope: source.scope, filter: sieve.filter,
      attributes: source.attributes.union(sieve.attributes).union([identity.rawValue]).sorted(),
      pageSize: setup.configuration.directory.pageSize)
    log.searched(
      request.commandLine(uri: connection.uri, server), source.name)
    let (haul, result) = try await connection.search(request, into: Haul(reading, survey)) { it, entry in
      switch sieve.verdict(on: entry, identity.id(of: entry)) {
      case .taken:
        it.entries += 1
        if let id = it.reading.take(entry, from: source, identity, now) { it.survey?.take(entry, id, from: source) }
      case .listed(let line): it.listed.insert(line)
      case .notMember: break
      }
    }
    (reading, survey) = (haul.reading, haul.survey)
    unmatched += sieve.exclusions.unmatched(haul.listed).map { UnmatchedExclusion(source: source.name, line: $0) }
    let last = record.searches.count - 1
    record.searches[last].entries = haul.entries
    record.searches[last].pages = result.pages
    record.searches[last].referrals = result.referrals.count
    if let referral = try await connection.missingPart(of: result) {
      doubtCompleteness("a part of \(source.base) lies on another server (\(referral)), and referrals aren't followed")
    }
    // Some servers give an empty answer where the base isn't there, so as not to tell (389 Directory Server).
    if result.entries == 0, try await connection.read(source.base, attributes: ["1.1"]) == nil {
      doubtCompleteness("\(source.base) gave no entries and isn't seen itself; check the base and the right to read it")
    }
  }

  private mutating func doubtCompleteness(_ reason: String) {
    if reading.incomplete == nil { reading.incomplete = reason }
  }
}

/// A line of a source's exclusions that names none of its entries.
struct UnmatchedExclusion: Hashable, Sendable {
  let source: String
  let line: String

  var text: String { "source \"\(source)\" excludes \(line), which names none of its entries" }
}

/// What is made of a search's entries while they come.
private struct Haul: Sendable {
  var reading: Reading
  var survey: Survey?
  /// Those that the sieve let through.
  var entries = 0
  /// The exclusions that named somebody.
  var listed: Set<Int> = []

  init(_ reading: Reading, _ survey: Survey?) {
    self.reading = reading
    self.survey = survey
  }
}

extension Reading {
  /// Maps an entry and keeps what becomes of it; its id where it became something.
  @discardableResult
  mutating func take(
    _ entry: borrowing Entry, from source: Source, _ identity: IdentityAttribute, _ now: Seconds
  ) -> EntryID? {
    if let site = source.numbering.site(of: entry) { sites.insert(site.name) }
    guard let text = identity.id(of: entry) else {
      problems.append(
        Problem(
          dn: entry.dn, entry: nil, attribute: identity.rawValue, reason: "the entry shows no \(identity.rawValue)",
          remedy: "let the bind identity read \(identity.rawValue)"))
      // An entry that can't be told apart may be anybody's: nobody can be called missing.
      incomplete = incomplete ?? "\(entry.dn) shows no \(identity.rawValue)"
      return nil
    }
    let id = EntryID(text)
    // In two sources of a kind: the first in the file has it.
    if sighting(of: id, as: source.kind) != nil { return nil }
    switch source.map(entry, id, now) {
    case .wanted(let wanted, let problems):
      self.wanted += wanted.map { $0.from(source: source.position) }
      self.problems += problems
      // Half mapped is not mapped: what the unusable value stood for must stay.
      note(problems.isEmpty ? .mapped : .unmappable, of: id, as: source.kind)
      return id
    case .numberless(let it):
      numberless.append(it)
      note(.mapped, of: id, as: source.kind)
    case .disabled:
      note(.disabled, of: id, as: source.kind)
    case .unmappable(let problems):
      self.problems += problems
      note(.unmappable, of: id, as: source.kind)
    }
    return nil
  }
}
