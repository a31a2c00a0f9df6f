import Configuration
package import Domain
import Journal
package import LDAP
package import Ledger
package import Mapping
import Platform
import Text

/// A full read of the directory: its result and its report.
package struct DirectoryRead: Sendable {
  package var reading = ReadResult()
  /// The report, filled during the read, so that a failed read has one too.
  package var record: ReadReport
  /// The change marker before the first search; nil if the server has none.
  package var marker: ChangeMarker?
  /// Exclusions that match no entry of their source.
  package var unmatched: [UnmatchedExclusion] = []
  /// The error that ended the read early. Its data are discarded then: a partial result would look like missing entries.
  package var failure: LDAPError?
  package var isComplete: Bool { failure == nil && record.incomplete == nil }
  /// The purpose of the read.
  var purpose = Purpose.run
  /// The findings of lint checks; nil for other purposes.
  package var lintChecks: LintChecks?
  /// The templates that have changed since the last complete read.
  package var templateChanges: [ObjectKind: [TemplateChange]] = [:]
  /// Sites without entries in a complete read.
  package var vacantSites: [Site] = []
  /// Whether a source found no entry although its base has some, or no source found any.
  package var foundNobody: Bool { !withoutEntries.isEmpty }
  var withoutEntries: Set<Int> = []
  /// The sources with a problem that only a read of all entries can show as solved.
  var sourcesToMapAgain: Set<Int> = []
  /// For a first load: the numbers of wanted extensions, with each entry that shows one, in whatever attribute.
  package var wantedElsewhere: [ReservedNumber] = []
  /// Why those entries aren't known, as a clause; nil if they are.
  package var elsewhereGap: String?
  /// The count of entries that are new or have changed, and of those that are gone.
  package var changed = 0
  /// The count of entries with disabled accounts; nil if the read failed.
  package var disabled: Int?
  /// Whether all entries were mapped, because none was known.
  package var mappedAllEntries = true

  package enum Purpose: Sendable {
    /// A run: the entries that have changed.
    case run
    /// The dry run of a first load: includes the entries that show wanted numbers too.
    case firstLoad
    /// A query by an admin: includes the numbers of excluded entries.
    case inquiry
    /// Lint checks: includes every entry.
    case lint
  }
}

extension DirectoryRead {
  /// Reads every source from one server, a page at a time; entries are mapped as they arrive.
  ///
  /// - Parameters:
  ///   - ledger: stores the changed entries.
  ///   - baseline: earlier reads, with which this one is compared.
  /// - Throws: `ConfigurationError`, `LedgerError`. An error of the directory is in the result.
  package init(
    _ setup: CompiledConfiguration, into ledger: Ledger, after baseline: ReadBaseline, at now: Timestamp,
    for purpose: Purpose = .run, log: RunLog
  ) async throws {
    let server = try setup.server()
    let exclusions = try setup.sources.map { try ExclusionList(of: $0.selection) }
    let begun = ContinuousClock.now
    self.init(record: ReadReport(server: server.place, bindDN: server.identity, startedAt: now))
    self.purpose = purpose
    if purpose == .lint { lintChecks = LintChecks() }
    do {
      try await read(setup, server, exclusions, baseline, ledger, now, log)
    } catch let error as LDAPError {
      failure = error
      reading = ReadResult()
      reading.markIncomplete(because: "\(error)")
    }
    record.incomplete = reading.incomplete
    record.endedAt = now + Int64((ContinuousClock.now - begun) / .seconds(1))
  }

  private mutating func read(
    _ setup: CompiledConfiguration, _ server: ConnectionSettings, _ exclusions: [ExclusionList],
    _ baseline: ReadBaseline, _ ledger: Ledger, _ now: Timestamp, _ log: RunLog
  ) async throws {
    let connection = try await connect(setup, server.preferring(baseline.lastComplete?.server), baseline)
    try await setup.translate(at: connection)
    let context = try await ReadContext(
      setup, connection, server, at: now, isFirst: baseline.lastComplete == nil, log: log)
    try await findCanaries(setup, connection)
    record.searches = zip(setup.sources, exclusions).map { source, exclusions in
      var record = SearchReport(source: source.name, query: source.query(exclusions))
      record.query.base = baseline.spelling(ofBase: record.query.base)
      record.asked = source.asked
      return record
    }
    var selectors: [EntrySelector] = []
    for (index, source) in setup.sources.enumerated() {
      do throws(LDAPError) {
        let willSearch = { @Sendable (request: SearchRequest) in context.log(request, of: source.name) }
        var selector = try await EntrySelector(
          source, exclusions[index], among: setup.sources, at: connection, pageSize: context.pageSize,
          willSearch: willSearch)
        try await selector.findDisabledEntries(
          at: connection, by: context.identity, pageSize: context.pageSize, willSearch: willSearch)
        selectors.append(selector)
      } catch {
        throw failed(index, error)
      }
    }
    let policy = setup.configuration.removal
    let store = try await read(
      selectors, context,
      EntryStore(
        ledger, with: settings(setup, selectors, context), policy: setup.policyDigest,
        at: setup.clock.wall))
    try await keepRenamedMembers(selectors, ledger)
    for index in record.searches.indices {
      guard let before = baseline.drop(to: record.searches[index], policy) else { continue }
      if await isExplained(record.searches[index], from: before, baseline, policy, store) { continue }
      record.searches[index].previousEntries = before
      let search = record.searches[index]
      reading.markIncomplete(
        because:
          "the source \"\(search.source)\" (\(search.query.base)) gave \(counted(search.entries, "entry", "entries")) and \(before) before; if that is right: "
          + "\(pbxsyncd) approve \(search.dropName ?? "")")
    }
    if !reading.isComplete {
      withoutEntries = []
    } else if record.searches.allSatisfy({ $0.entries == 0 }) {
      withoutEntries = Set(setup.sources.indices)
    }
    reading.problems += withoutEntries.sorted().map { MappingProblem(withoutEntries: setup.sources[$0]) }
    templateChanges = baseline.templateChanges(of: record)
    reading.searchChanges = baseline.searchChanges(of: record)
    changed = store.changedCount
    if reading.isComplete {
      changed += try await store.removeMissing()
    } else {
      try await store.markMissingUncertain()
    }
    try await reserveNumbersElsewhere(setup.sources, context, setup.pools, ledger)
    try await findWantedNumbersElsewhere(setup.sources, context, ledger)
    try await addCounts(selectors, baseline, store, ledger)
    if reading.isComplete, !setup.sites.isEmpty {
      let sites = try await ledger.sites()
      vacantSites = setup.sites.filter { !sites.contains($0.name) }
    }
  }

  mutating func failed(_ index: Int, _ error: LDAPError) -> LDAPError {
    record.searches[index].resultCode = Int(error.code)
    return error.replacing(detail: "source \"\(record.searches[index].source)\": \(error.detail)")
  }
}

/// A line of a source's exclusions that matches none of its entries.
package struct UnmatchedExclusion: Hashable, Sendable {
  package let source: String
  package let line: String

  package var text: String { "source \"\(source)\" excludes \(line), which names none of its entries" }
}

extension MappingProblem {
  /// A source without entries, while no other source has any either.
  fileprivate init(withoutEntries source: Source) {
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
