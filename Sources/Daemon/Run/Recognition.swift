import Configuration
import Domain
import LDAP
import Ledger

/// Whether the directory is what it was when its imprint was made.
extension DirectoryReading {
  /// An imprint without entries yet; nil where a read-out group decides who counts: its members aren't in the entries.
  func makeImprint(_ setup: Setup, _ sieves: [Sieve], _ identity: IdentityAttribute) -> Imprint? {
    if sieves.contains(where: { $0.membership != nil }) { return nil }
    let seenThrough =
      [setup.view, record.vendor, record.name, record.invocationID, identity.rawValue]
      + record.searches.map { "\($0.view)" } + sieves.map(\.filter)
    return Imprint(view: digest(seenThrough.joined(separator: "\n")))
  }

  /// Whether every entry of every source is as it was. Ends at the first that isn't.
  mutating func matches(
    _ earlier: Imprint, _ sieves: [Sieve], _ visit: Visit
  ) async throws(LDAPError) -> Bool {
    var walk = ImprintWalk(along: earlier)
    for (index, sieve) in sieves.enumerated() {
      let result: SearchResult?
      let request = visit.request(sieve)
      visit.tell(request, of: sieve.source)
      do throws(LDAPError) {
        (walk, result) = try await visit.connection.compare(request, with: walk) { walk, fingerprint in
          fingerprint.map { walk.meets($0.of(source: index)) } ?? false
        }
      } catch {
        throw failed(index, error)
      }
      guard let result else { return false }
      record.searches[index].entries = earlier.entries[index]
      try await note(result, sieve, index, visit)
    }
    guard walk.isComplete, reading.isComplete else { return false }
    imprint = earlier
    return true
  }
}

extension Imprint {
  mutating func note(_ entry: borrowing Entry, of source: Int, expiringAt expiry: Seconds?) {
    if let fingerprint = entry.fingerprint { fingerprints.append(fingerprint.of(source: source)) }
    if let expiry { expiresAt = min(expiresAt, expiry) }
  }
}

extension UInt64 {
  /// An entry in two sources is two things: other attributes were asked for.
  func of(source: Int) -> UInt64 { (self ^ UInt64(source)) &* 0x100_0000_01b3 }
}
