package import Domain
import LDAP
package import Ledger

/// The ledger's entries while a read goes over all of them: those that come as they were are counted, the others are stored.
///
/// Memory holds the digests and some hundred entries, whatever the size of the directory.
package struct EntryStore: Sendable {
  private let ledger: Ledger
  /// Tells this read from others.
  private let read: Int64
  private let settings: [SourcePlace: UInt64]
  private let now: Timestamp
  private var known: KnownDigests
  /// How many stored entries have no digest that holds.
  private let others: Int
  private var batch: [EntryRecord] = []
  /// Entries that came under another DN than one that is stored.
  private var renamed: Set<EntryID> = []
  /// The count of mapped entries.
  private(set) var storedCount = 0
  /// The error that ended the storing; no entry is added after it.
  private(set) var failure: LedgerError?

  private static let batchSize = 256

  /// - Parameters:
  ///   - settings: what each source is searched and mapped with.
  ///   - policy: tells the rules of planning from others.
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

  /// Takes an entry, and stores it with others before long. Blocks then.
  mutating func append(_ record: EntryRecord) {
    storedCount += 1
    batch.append(record)
    if batch.count >= Self.batchSize { flush() }
  }

  /// Stores what was taken. Blocks the thread, which must be none of the shared pool.
  private mutating func flush() {
    if batch.isEmpty || failure != nil { return }
    do throws(LedgerError) {
      let (records, read) = (batch, read)
      renamed.formUnion(try ledger.waiting { ledger throws(LedgerError) in try ledger.store(records, in: read) })
    } catch {
      failure = error
    }
    batch.removeAll(keepingCapacity: true)
  }

  func digest(of place: SourcePlace) -> UInt64 { settings[place] ?? 0 }

  /// Stores the rest of the entries, once all searches have come to their end. Of an entry that came under another DN than before the
  /// former one is gone, unless it came too.
  ///
  /// - Returns: The entries that there are under several names, with these.
  mutating func finish() async throws(LedgerError) -> [(entry: EntryID, kind: ObjectKind, names: [String])] {
    if let failure { throw failure }
    renamed.formUnion(try await ledger.store(batch, in: read))
    batch = []
    var twins: [(entry: EntryID, kind: ObjectKind, names: [String])] = []
    for entry in renamed.sorted() {
      let rows = Dictionary(grouping: try await ledger.rows(of: entry), by: \.kind)
      for (kind, rows) in rows.sorted(by: { $0.key < $1.key }) {
        let there = rows.filter(came)
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

  /// The entries of a kind that came; none where the ledger doesn't tell.
  func entriesSeen(as kind: ObjectKind) async -> Set<EntryID> {
    let rows = (try? await ledger.rows(of: kind)) ?? []
    return Set(rows.lazy.filter(came).map(\.entry))
  }

  private func came(_ row: EntryRow) -> Bool {
    row.read == read || row.digest.map(known.contains(seen:)) == true
  }

  /// Takes out those who weren't there. For a read that is complete.
  ///
  /// - Returns: How many they are.
  func removeMissing() async throws(LedgerError) -> Int {
    let unseen = known.unseen
    return unseen.isEmpty && others == 0 ? 0 : try await ledger.removeMissing(from: read, unseen: unseen, at: now)
  }

  /// Doesn't count those who weren't there until they are read again. For a read that isn't complete.
  func markMissingUncertain() async throws(LedgerError) {
    try await ledger.markMissingUncertain(from: read, unseen: known.unseen, at: now)
  }

  /// Whether no entry was mapped and none is gone.
  var isUnchanged: Bool { storedCount == 0 && others == 0 && known.seenCount == known.count }

  /// Whether every entry was mapped.
  var hasRecognisedNone: Bool { known.seenCount == 0 }
}
