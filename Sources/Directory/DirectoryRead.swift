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
  /// What it is for.
  var purpose = Purpose.run
  /// The findings of lint checks; nil for other purposes.
  package var lintChecks: LintChecks?
  /// Which templates are others than at the last complete read.
  package var templateChanges: [ObjectKind: [ObjectField: String]] = [:]
  /// Sites that no entry of a complete read was of.
  package var vacantSites: [Site] = []
  /// Whether a source found no entry though its base has some, or no source any at all.
  package var foundNobody: Bool { !emptyHanded.isEmpty }
  var emptyHanded: Set<Int> = []
  /// The sources of which a part of the entries can't tell whether a problem of theirs is over.
  var lookedAtAgain: Set<Int> = []
  /// The count of entries that were mapped, because they are new or changed, and of those that are gone.
  package var changed = 0
  /// The count of entries with disabled accounts; nil if not all entries were mapped.
  package var disabled: Int?
  /// Whether no entry was known to be as it was.
  package var sawAll = true

  package enum Purpose: Sendable {
    /// A run: the entries that have changed.
    case run
    /// An admin's question: also the numbers of the entries that filters and exclusions leave out.
    case inquiry
    /// Lint checks: every entry, besides.
    case lint
  }

  /// Reads every source from one server, a page at a time; entries are mapped as they arrive.
  ///
  /// - Parameters:
  ///   - exclusions: of each source, in their order.
  ///   - ledger: keeps the entries that aren't as it has them.
  /// - Throws: `LedgerError`. What the directory fails by is in the result.
  package static func read(
    _ setup: CompiledConfiguration, _ server: ConnectionSettings, _ exclusions: [ExclusionList],
    after baseline: ReadBaseline, at now: Timestamp,
    for purpose: Purpose = .run, into ledger: Ledger, log: RunLog
  ) async throws -> Self {
    let begun = ContinuousClock.now
    var pass = DirectoryRead(
      record: ReadReport(
        server: server.place, bindDN: server.identity, startedAt: now))
    pass.purpose = purpose
    if purpose == .lint { pass.lintChecks = LintChecks() }
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
      try await store.markMissingUncertain()
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
}

/// A line of a source's exclusions that names none of its entries.
package struct UnmatchedExclusion: Hashable, Sendable {
  package let source: String
  package let line: String

  package var text: String { "source \"\(source)\" excludes \(line), which names none of its entries" }
}

extension MappingProblem {
  /// A source without entries, while no other source has any either.
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
