package import Domain
import LDAP
package import Ledger

/// The ledger's entries during a read: unchanged entries are counted, all others are stored.
///
/// Memory holds the digests and a thousand entries, whatever the size of the directory.
package struct EntryStore: Sendable {
  private let ledger: Ledger
  /// The number of this read.
  private let read: Int64
  private let settings: [SourcePlace: UInt64]
  private let now: Timestamp
  private var known: KnownDigests
  /// How many stored entries have no valid digest.
  private let others: Int
  private var batch: [EntryRecord] = []
  /// Entries with another DN than the stored one.
  private var renamed: Set<EntryID> = []
  /// The count of mapped entries.
  private var storedCount = 0
  /// The count of those that are new or have changed: an expired account is mapped at each read.
  private(set) var changedCount = 0
  /// The error that ended the storing; no entry is added after it.
  private(set) var failure: LedgerError?

  private static let batchSize = 1024

  /// - Parameters:
  ///   - settings: the digest of each source's settings.
  ///   - policy: the digest of the policy.
  ///   - now: seconds since 1970 by the wall clock.
  package init(
    _ ledger: Ledger, with settings: [SourcePlace: UInt64], policy: UInt64, at now: Timestamp
  ) async throws(LedgerError) {
    self.ledger = ledger
    self.settings = settings
    self.now = now
    read = Int64.random(in: 1...Int64.max)
    try await ledger.beginRead(with: settings, policy: policy)
    let digests = try await ledger.digests(at: now)
    known = KnownDigests(digests.known)
    others = digests.others
  }

  /// The digest if the entry is unchanged, with the source's decision; nil if it must be mapped.
  mutating func recognise(_ fingerprint: UInt64) -> EntryDigest? { known.recognise(fingerprint) }

  /// Adds an entry. Stores a batch when it is full, and blocks then.
  mutating func append(_ record: EntryRecord) {
    storedCount += 1
    batch.append(record)
    if batch.count >= Self.batchSize { flush() }
  }

  /// Stores the batch. Blocks the thread, which must not be one of the shared pool.
  private mutating func flush() {
    if batch.isEmpty || failure != nil { return }
    do throws(LedgerError) {
      let (records, read) = (batch, read)
      add(try ledger.waiting { ledger throws(LedgerError) in try ledger.store(records, in: read) })
    } catch {
      failure = error
    }
    batch.removeAll(keepingCapacity: true)
  }

  private mutating func add(_ stored: StoredEntries) {
    renamed.formUnion(stored.renamed)
    changedCount += stored.changed
  }

  func digest(of place: SourcePlace) -> UInt64 { settings[place] ?? 0 }

  /// Stores the rest of the entries after all searches. If an entry has another DN than before, its earlier row is removed, unless the read
  /// showed it too.
  ///
  /// - Returns: the entries with several DNs.
  mutating func finish() async throws(LedgerError) -> [(entry: EntryID, kind: ObjectKind, names: [String])] {
    if let failure { throw failure }
    add(try await ledger.store(batch, in: read))
    batch = []
    var twins: [(entry: EntryID, kind: ObjectKind, names: [String])] = []
    for entry in renamed.sorted() {
      let rows = Dictionary(grouping: try await ledger.rows(of: entry), by: \.kind)
      for (kind, rows) in rows.sorted(by: { $0.key < $1.key }) {
        let there = rows.filter(wasSeen)
        var distinct: Set<DN> = []
        let names = there.map(\.dn).filter { distinct.insert(DN($0)).inserted }
        let isTwice = names.count > 1
        if isTwice { twins.append((entry, kind, names)) }
        try await ledger.updateNames(
          removing: rows.filter { !there.contains($0) }, rereading: isTwice ? there : [], in: read)
      }
    }
    return twins
  }

  /// The entries of a kind in this read; empty if the ledger can't be read.
  func entriesSeen(as kind: ObjectKind) async -> Set<EntryID> {
    let rows = (try? await ledger.rows(of: kind)) ?? []
    return Set(rows.lazy.filter(wasSeen).map(\.entry))
  }

  private func wasSeen(_ row: EntryRow) -> Bool {
    row.read == read || row.digest.map(known.contains(seen:)) == true
  }

  /// Removes the missing entries, after a complete read.
  ///
  /// - Returns: how many they are.
  func removeMissing() async throws(LedgerError) -> Int {
    let unseen = known.unseen
    return unseen.isEmpty && others == 0 ? 0 : try await ledger.removeMissing(from: read, unseen: unseen, at: now)
  }

  /// Marks the missing entries as uncertain, after an incomplete read.
  func markMissingUncertain() async throws(LedgerError) {
    try await ledger.markMissingUncertain(from: read, unseen: known.unseen, at: now)
  }

  /// Whether no entry was mapped and none is gone.
  var isUnchanged: Bool { storedCount == 0 && others == 0 && known.seenCount == known.count }

  /// Whether every entry was mapped.
  var mappedAllEntries: Bool { known.seenCount == 0 }
}
