import Configuration
import Domain
import LDAP
import Ledger

/// How much of the directory is what it was when its imprint was made.
package enum DigestMatch: Hashable, Sendable {
  case whole
  /// All but so many entries, and what follows from these is certain without a look at the others.
  case allBut(Int)
}

extension DirectoryRead {
  /// An imprint without entries yet; nil where a read-out group decides who counts: its members aren't in the entries.
  func makeDigestTable(_ setup: CompiledConfiguration, _ selectors: [EntrySelector], _ context: ReadContext)
    -> DigestTable?
  {
    if selectors.contains(where: { $0.membership != nil }) { return nil }
    let seenThrough =
      [setup.mappingDigest, record.vendor, record.name, record.invocationID, context.identity.name]
      + record.searches.map { "\($0.query)" } + selectors.map(\.filter) + selectors.map { "\($0.switchedOff.digest)" }
    return DigestTable(settingsDigest: digest(seenThrough.joined(separator: "\n")))
  }

  /// Reads everybody and looks into those alone whom the imprint doesn't show. Where that doesn't tell all, all is as it was
  /// before, without a likeness.
  ///
  /// - Parameter isEnough: whether the entries that were looked into lead to nothing that hangs on others.
  mutating func recognise(
    _ earlier: DigestTable, _ selectors: [EntrySelector], _ context: ReadContext, _ isEnough: (ReadResult) async -> Bool
  ) async throws(LDAPError) {
    let before = self
    if try await !resembles(earlier, selectors, context, isEnough) { self = before }
  }

  private mutating func resembles(
    _ earlier: DigestTable, _ selectors: [EntrySelector], _ context: ReadContext, _ isEnough: (ReadResult) async -> Bool
  ) async throws(LDAPError) -> Bool {
    var accumulator = ReadAccumulator(reading, matcher: DigestMatcher(along: earlier))
    for (index, selector) in selectors.enumerated() {
      guard try await read(selector, index, context, &accumulator) else { return false }
    }
    accumulator.matcher?.end()
    guard let matcher = accumulator.matcher, matcher.coversAllChanges, accumulator.reading.isComplete else {
      return false
    }
    reading = accumulator.reading
    digests = matcher.renewed ?? earlier
    digestMatch = matcher.renewed == nil ? .whole : .allBut(matcher.news.count)
    return digestMatch == .whole ? true : await isEnough(reading)
  }
}

extension DigestTable {
  mutating func record(_ entryDigest: EntryDigest, expiringAt expiry: Timestamp?) {
    entryDigests.append(entryDigest)
    if let expiry { expiresAt = min(expiresAt, expiry) }
  }
}
