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
  /// Which templates are others than at the last complete read.
  var templateChanges: [Kind: [Field: String]] = [:]
  /// Sites that no entry of a complete read was of.
  var vacantSites: [Site] = []
  /// Whether a source found no entry though its base has some, or no source any at all.
  var foundNobody: Bool { !emptyHanded.isEmpty }
  private var emptyHanded: Set<Int> = []
  /// Of every entry; nil where one of them can't be told by its fingerprint, or where others have a say.
  var imprint: Imprint?
  /// How far the entries are what they were when the imprint was made: those weren't mapped. nil where all were looked into.
  var likeness: Likeness?

  /// Reads every source from one server, a page at a time; entries are mapped as they arrive and not kept.
  ///
  /// - Parameters:
  ///   - exclusions: of each source, in their order.
  ///   - earlier: what leads to nothing if it is found again; nil where the entries are wanted in any case.
  ///   - isEnough: whether the few that aren't found again lead to nothing that hangs on others.
  static func read(
    _ setup: Setup, _ server: Server, _ exclusions: [ExclusionList], after precedent: Precedent, at now: Seconds,
    surveying: Bool = false, unlike earlier: Imprint? = nil, log: RunLog,
    isEnough: (Reading) async -> Bool = { _ in false }
  ) async -> Self {
    let begun = ContinuousClock.now
    var pass = DirectoryReading(
      record: ReadRecord(
        server: server.place, bindDN: server.identity, startedAt: now))
    if surveying { pass.survey = Survey() }
    do throws(LDAPError) {
      try await pass.read(setup, server, exclusions, precedent, earlier, now, log, isEnough)
    } catch {
      pass.failure = error
      pass.reading = Reading()
      pass.reading.doubt("\(error)")
    }
    pass.record.incomplete = pass.reading.incomplete
    pass.record.endedAt = now + Int64((ContinuousClock.now - begun) / .seconds(1))
    return pass
  }

  private mutating func read(
    _ setup: Setup, _ server: Server, _ exclusions: [ExclusionList], _ precedent: Precedent, _ earlier: Imprint?,
    _ now: Seconds, _ log: RunLog, _ isEnough: (Reading) async -> Bool
  ) async throws(LDAPError) {
    let connection = try await connect(setup, server.preferring(precedent.lastComplete?.server), precedent)
    try await setup.translate(at: connection)
    let visit = try await Visit(
      setup, connection, server, at: now, isFirst: precedent.lastComplete == nil, log: log)
    try await lookForCanaries(setup, connection)
    record.searches = zip(setup.sources, exclusions).map { source, exclusions in
      var record = SearchRecord(source: source.name, view: source.view(exclusions))
      record.view.base = precedent.spelling(ofBase: record.view.base)
      record.asked = source.asked
      return record
    }
    var sieves: [Sieve] = []
    for (index, source) in setup.sources.enumerated() {
      do throws(LDAPError) {
        let note = { @Sendable (request: SearchRequest) in visit.tell(request, of: source) }
        var sieve = try await Sieve(
          source, exclusions[index], among: setup.sources, at: connection, pageSize: visit.pageSize, note: note)
        try await sieve.findSwitchedOff(at: connection, by: visit.identity, pageSize: visit.pageSize, note: note)
        sieves.append(sieve)
      } catch {
        throw failed(index, error)
      }
    }
    imprint = makeImprint(setup, sieves, visit)
    let policy = setup.configuration.removal
    let unread = self
    if let earlier, earlier.view == imprint?.view { try await recognise(earlier, sieves, visit, isEnough) }
    // Whether the other sources explain a fall is seen by a look at all.
    if likeness != nil, record.searches.contains(where: { precedent.fall(to: $0, policy) != nil }) { self = unread }
    if likeness == nil {
      try await read(sieves, visit)
    } else {
      // Nearly all of them weren't looked into.
      for index in record.searches.indices {
        record.searches[index].values = precedent.values(of: record.searches[index])
      }
    }
    for index in record.searches.indices {
      guard let before = precedent.fall(to: record.searches[index], policy) else { continue }
      if await precedent.isExplained(record.searches[index], from: before, by: reading, policy) {
        continue
      }
      record.searches[index].fellFrom = before
      let search = record.searches[index]
      reading.doubt(
        "the source \"\(search.source)\" (\(search.view.base)) gave \(counted(search.entries, "entry", "entries")) and \(before) before; if that is right: "
          + "\(pbxsyncd) approve \(search.fallName ?? "")")
    }
    if !reading.isComplete {
      emptyHanded = []
    } else if record.searches.allSatisfy({ $0.entries == 0 }) {
      emptyHanded = Set(setup.sources.indices)
    }
    reading.problems += emptyHanded.sorted().map { Problem(emptyHanded: setup.sources[$0]) }
    templateChanges = precedent.templateChanges(of: record)
    reading.searchChanges = precedent.searchChanges(of: record)
    // A part of the entries can't tell that a site has none.
    if reading.isComplete && likeness == nil {
      vacantSites = setup.sites.filter { !reading.sites.contains($0.name) }
    }
  }

  mutating func failed(_ index: Int, _ error: LDAPError) -> LDAPError {
    record.searches[index].resultCode = Int(error.code)
    return error.with(detail: "source \"\(record.searches[index].source)\": \(error.detail)")
  }

  /// How often a connection is made where another server answers by the name of the last one, or one that lags behind.
  static let attempts = 8

  /// A connection to a server that doesn't lag behind, and where one name leads to several by turns, to the one that was read
  /// last: the others may know of changes later, and don't all say so.
  private mutating func connect(
    _ setup: Setup, _ server: Server, _ precedent: Precedent
  ) async throws(LDAPError) -> Connection {
    var attempt = 1
    while true {
      let connection = try await Connection.open(server)
      try await identify(connection, setup)
      let lag = precedent.lag(of: record)
      if lag == nil, attempt == Self.attempts || !precedent.isAnother(record) { return connection }
      if attempt == Self.attempts {
        if lag?.mayBeSame == true, await !hasSeveralAddresses(connection.uri) { return connection }
        throw LDAPError(.rootDSE, .outdated, code: 0, detail: lag?.text ?? "")
      }
      attempt += 1
    }
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
        reading.doubt("the canary \(dn) wasn't seen")
      } else {
        record.canaries += 1
      }
    }
  }

  private mutating func read(_ sieves: [Sieve], _ visit: Visit) async throws(LDAPError) {
    var haul = Haul(reading, survey, imprint: imprint)
    haul.looksForAttributes = visit.looksForAttributes
    haul.looksForFruitlessFields = visit.isFirst
    // Nobody else holds them while they grow.
    (reading, survey, imprint) = (Reading(), nil, nil)
    for (index, sieve) in sieves.enumerated() {
      _ = try await read(sieve, index, visit, &haul)
      unmatched += sieve.exclusions.unmatched(haul.listed).map {
        UnmatchedExclusion(source: sieve.source.name, line: $0)
      }
      try await reserve(sieve, index, visit, &haul)
    }
    (reading, survey, imprint) = (haul.reading, haul.survey, haul.imprint)
  }

  /// Where a pool might give it away, or an admin might, the number of an entry that the server leaves out is asked for too.
  private mutating func reserve(
    _ sieve: Sieve, _ index: Int, _ visit: Visit, _ haul: inout Haul
  ) async throws(LDAPError) {
    guard sieve.source.reservesNumbers || haul.survey != nil, let filter = sieve.restFilter else { return }
    let request = visit.request(sieve, filter: filter)
    visit.tell(request, of: sieve.source)
    do throws(LDAPError) {
      let (reserved, _) = try await visit.connection.search(request, into: Reading()) { it, entry in
        it.reserve(entry, visit.identity.id(of: entry), from: sieve.source)
      }
      haul.reading.reserved += reserved.reserved
    } catch {
      throw failed(index, error)
    }
  }

  /// Reads one source; false where the haul wanted no more.
  mutating func read(
    _ sieve: Sieve, _ index: Int, _ visit: Visit, _ haul: inout Haul
  ) async throws(LDAPError) -> Bool {
    let request = visit.request(sieve)
    visit.tell(request, of: sieve.source)
    var next = haul
    haul = Haul(Reading())
    next.begin(sieve.source, at: record.startedAt)
    let result: SearchResult?
    do throws(LDAPError) {
      (haul, result) = try await visit.connection.search(
        request, into: next, choosing: { it, fingerprint in it.choose(fingerprint, from: index) }
      ) { it, entry in it.take(entry, through: sieve, index, visit) }
      guard let result else { return false }
      if let doubt = sieve.doubt { haul.reading.doubt("source \"\(sieve.source.name)\": \(doubt)") }
      record.searches[index].entries = haul.entries
      record.searches[index].values = haul.walk == nil ? haul.values : nil
      try await note(result, sieve, index, visit, &haul)
    } catch {
      throw failed(index, error)
    }
    return true
  }

  /// What a search says about itself.
  private mutating func note(
    _ result: SearchResult, _ sieve: Sieve, _ index: Int, _ visit: Visit, _ haul: inout Haul
  ) async throws(LDAPError) {
    let base = sieve.source.base
    // Every account of Active Directory has it. What isn't shown is unknown, and looks like accounts that are all on.
    if try await visit.connection.rootDSE().family == .activeDirectory, sieve.source.disabled == "auto",
      haul.walk == nil, haul.entries > 0, !haul.showsAccountControl
    {
      haul.reading.problems.append(Problem(hidingSwitchesOf: sieve.source, visit.server.identity))
    }
    haul.reading.problems += haul.fruitless?.problems(of: sieve.source) ?? []
    if haul.entries > 0 { haul.reading.problems += haul.unseen.sorted().map { Problem(unseen: $0, of: sieve.source) } }
    record.searches[index].pages = result.pages
    record.searches[index].referrals = result.referralCount
    if let referral = try await visit.connection.missingPart(of: result) {
      haul.reading.doubt("a part of \(base) lies on another server (\(referral)), and referrals aren't followed")
    }
    if result.entries > 0 { return }
    // Some servers give an empty answer where the base isn't there, so as not to tell (389 Directory Server).
    guard let entry = try await visit.connection.read(base, attributes: ["objectClass"]) else {
      haul.reading.doubt("\(base) gave no entries and isn't seen itself; check the base and the right to read it")
      return
    }
    let classes = Set(entry.values("objectClass").compactMap { $0.text?.lowercased() })
    if sieve.restFilter == nil, await leavesOut(sieve.source, classes, visit) { emptyHanded.insert(index) }
  }

  /// Whether there is anybody in the base of a source that finds none, or what an alias stands for. An empty branch is nobody's
  /// mistake. A server may refuse the question, such as a slapd that searches by indices alone: then nothing is said.
  ///
  /// - Parameter classes: the base's own; none where they aren't shown.
  private func leavesOut(_ source: Source, _ classes: Set<String>, _ visit: Visit) async -> Bool {
    if classes.contains("alias") { return true }
    let request = SearchRequest(
      base: source.base, scope: source.scope, filter: Self.noBranch, attributes: ["1.1"], pageSize: 2)
    let isFoundItself = source.scope == .sub && !classes.isEmpty && classes.isDisjoint(with: Self.branchClasses)
    let least = isFoundItself ? 2 : 1
    let choose = { @Sendable (count: inout Int, _: UInt64?) -> Connection.Choice in
      count += 1
      return count == least ? .end : .skip
    }
    do throws(LDAPError) {
      return try await visit.connection.search(request, into: 0, choosing: choose) { _, _ in }.1 == nil
    } catch {
      return false
    }
  }

  /// A class that a server doesn't know would make the filter match nothing (RFC 4511, section 4.5.1.7); these are in RFC 4519.
  private static let branchClasses: Set = ["organizationalunit", "organization"]
  private static let noBranch = "(!(|\(branchClasses.sorted().map { "(objectClass=\($0))" }.joined())))"
}

/// A line of a source's exclusions that names none of its entries.
struct UnmatchedExclusion: Hashable, Sendable {
  let source: String
  let line: String

  var text: String { "source \"\(source)\" excludes \(line), which names none of its entries" }
}

extension Problem {
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
