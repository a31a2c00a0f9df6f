import Configuration
import Domain
import LDAP
import Ledger

/// How much of the directory is what it was when its imprint was made.
enum Likeness: Hashable, Sendable {
  case whole
  /// All but so many entries, and what follows from these is certain without a look at the others.
  case allBut(Int)
}

extension DirectoryReading {
  /// An imprint without entries yet; nil where a read-out group decides who counts: its members aren't in the entries.
  func makeImprint(_ setup: Setup, _ sieves: [Sieve], _ visit: Visit) -> Imprint? {
    if sieves.contains(where: { $0.membership != nil }) { return nil }
    let seenThrough =
      [setup.view, record.vendor, record.name, record.invocationID, visit.identity.name]
      + record.searches.map { "\($0.view)" } + sieves.map(\.filter) + sieves.map { "\($0.switchedOff.digest)" }
    return Imprint(view: digest(seenThrough.joined(separator: "\n")))
  }

  /// Reads everybody and looks into those alone whom the imprint doesn't show. Where that doesn't tell all, all is as it was
  /// before, without a likeness.
  ///
  /// - Parameter isEnough: whether the entries that were looked into lead to nothing that hangs on others.
  mutating func recognise(
    _ earlier: Imprint, _ sieves: [Sieve], _ visit: Visit, _ isEnough: (Reading) async -> Bool
  ) async throws(LDAPError) {
    let before = self
    if try await !resembles(earlier, sieves, visit, isEnough) { self = before }
  }

  private mutating func resembles(
    _ earlier: Imprint, _ sieves: [Sieve], _ visit: Visit, _ isEnough: (Reading) async -> Bool
  ) async throws(LDAPError) -> Bool {
    var haul = Haul(reading, walk: ImprintWalk(along: earlier))
    for (index, sieve) in sieves.enumerated() {
      guard try await read(sieve, index, visit, &haul) else { return false }
    }
    haul.walk?.end()
    guard let walk = haul.walk, walk.tellsAll, haul.reading.isComplete else { return false }
    reading = haul.reading
    imprint = walk.renewed ?? earlier
    likeness = walk.renewed == nil ? .whole : .allBut(walk.news.count)
    return likeness == .whole ? true : await isEnough(reading)
  }
}

extension Imprint {
  mutating func note(_ mark: Mark, expiringAt expiry: Seconds?) {
    marks.append(mark)
    if let expiry { expiresAt = min(expiresAt, expiry) }
  }
}
