import Configuration
package import Domain
import LDAP
package import Ledger
import Mapping
import Text

// The parts of a read that use the ledger.

extension ReadBaseline {
  /// What the ledger and the notifications show of earlier reads.
  package init(of ledger: Ledger, _ setup: CompiledConfiguration) async throws(LedgerError) {
    reachedMarker = setup.reachedMarker
    earlierMarker = setup.earlierMarker
    lastComplete = try await ledger.lastReads().complete
    markers = try await ledger.markers() + [setup.earlierMarker]
    acceptedDrops = try await ledger.acceptedDrops()
    objectCounts = try await ledger.counts()
    entries = { kind in try? await ledger.entries(of: kind) }
    knownServers = try await ledger.knownServers()
  }
}

extension DirectoryRead {
  /// What was found of entries that were read by themselves.
  package init(of reading: ReadResult, on server: String, at now: Timestamp) {
    self.init(record: ReadReport(server: server, bindDN: "", startedAt: now))
    self.reading = reading
  }

  /// The digests of the settings with which the sources are searched and mapped.
  func settings(
    _ setup: CompiledConfiguration, _ selectors: [EntrySelector], _ context: ReadContext
  ) -> [SourcePlace: UInt64] {
    let values = zip(selectors, record.searches).map { selector, search in
      let texts = [
        setup.mappingDigest, context.identity.name, selector.source.name, "\(search.query)", selector.filter,
        "\(selector.disabledEntries.digest)", selector.membership.map { "\($0.digest)" } ?? "",
      ]
      return (selector.source.place, fnv1a(texts.joined(separator: "\n").utf8.span))
    }
    return Dictionary(values) { first, _ in first }
  }

  /// Adds the counts of all entries: for unchanged entries the ledger has them.
  mutating func addCounts(
    _ selectors: [EntrySelector], _ baseline: ReadBaseline, _ store: EntryStore, _ ledger: Ledger
  ) async throws(LedgerError) {
    mappedAllEntries = store.mappedAllEntries
    disabled = try await ledger.disabledCount()
    for index in sourcesToMapAgain { try await ledger.deleteDigests(of: selectors[index].source.place) }
    for (index, selector) in selectors.enumerated() {
      let search = record.searches[index]
      if store.isUnchanged, let values = baseline.values(of: search) {
        record.searches[index].values = values
      } else {
        let counts = try await ledger.fieldCounts(of: selector.source.place)
        let asked = Set(selector.source.fields.compactMap(\.field))
        record.searches[index].values = ValueCounts(counts.filter { asked.contains($0.key) }, at: record.startedAt)
      }
      if !selector.exclusions.isEmpty {
        let lines = try await ledger.excludedLines(of: selector.source.place)
        unmatched += selector.exclusions.unmatched(lines).map {
          UnmatchedExclusion(source: selector.source.name, line: $0)
        }
      }
    }
  }

  /// Whether the other sources of the kind explain a drop: an entry found there isn't missing.
  func isExplained(
    _ search: SearchReport, from before: Int, _ baseline: ReadBaseline, _ policy: RemovalPolicy, _ store: EntryStore
  ) async -> Bool {
    let kind = search.query.kind
    guard let owners = await baseline.entries(kind) else { return false }
    var reading = reading
    for entry in await store.entriesSeen(as: kind) { reading.record(.mapped, of: entry, as: kind) }
    return baseline.isExplained(search, from: before, owners: owners, by: reading, policy)
  }
}
