import CSQLite
public import Domain
public import Platform

/// The result of replacing the ledger with a backup.
public struct Restoration: Sendable {
  /// A change that the PBX accepted after the backup was made, and that the backup doesn't contain.
  public struct Missing: Hashable, Sendable {
    public let action: Call.Action
    public let key: ObjectKey
    public let name: String
    public let at: Timestamp
    /// The contact's number before, if the change gave it another.
    var former: ObjectKey? = nil
  }

  /// The path of the earlier ledger now; nil if there was none.
  public var earlier: String?
  /// When the last run of the copy began; nil if it has none.
  public var lastRunAt: Timestamp?
  /// How many objects are unproven now.
  public var unproven = 0
  /// How many runs the earlier ledger has that the copy doesn't; nil if it can't be read.
  public var missingRuns: Int?
  /// The number of the next run: runs aren't numbered again, as far as the earlier ledger can be read.
  public var nextRun: Int64 = 1
  /// The changes of these runs, in their order.
  public var missing: [Missing] = []
  /// Whether objects exist on the PBX, by a ledger that an earlier restore replaced: the copy doesn't know that either.
  public var forgotten: [ObjectKey: Bool] = [:]
  /// Whether the earlier ledger could be asked for what was rejected since the copy was made.
  public var hasLaterRejections = false
  /// The name of the copied ledger, and its generation.
  public internal(set) var copied = (ledger: "", generation: Int64(0))
}

extension Ledger {
  /// Replaces the ledger at `path` with a copy; the earlier ledger stays in the same folder under another name. All objects
  /// are unproven then: their later changes are unknown.
  ///
  /// At each moment a ledger has the name, and until all is done its anchor says that it must not be used. A crash leaves
  /// the earlier ledger as it was, or one that is refused until a copy is restored.
  ///
  /// - Parameters:
  ///   - copy: may be the ledger itself, if its last transactions are lost.
  ///   - lock: the lock of its folder, held meanwhile.
  public static func restore(
    _ path: String, from copy: String, at time: Timestamp, under lock: borrowing LockFile
  ) throws(LedgerError) -> Restoration { try restore(path, from: copy, at: time) }

  /// Rehearses a restore: all steps but the last, so a copy that can't be restored is refused here too.
  public static func rehearseRestore(
    _ path: String, from copy: String, at time: Timestamp, under lock: borrowing LockFile
  ) throws(LedgerError) -> Restoration {
    let draft = path + ".restored"
    defer { for suffix in draftFiles { removeFile(draft + suffix) } }
    return try makeDraft(draft, of: copy, for: path, at: time).restoration
  }

  private static let draftFiles = ["", "-wal", "-shm", "-journal"]

  private static func makeDraft(
    _ draft: String, of copy: String, for path: String, at time: Timestamp
  ) throws(LedgerError) -> (restoration: Restoration, anchor: Anchor) {
    for suffix in draftFiles { removeFile(draft + suffix) }
    // The copy is verified page by page and not changed.
    do {
      let source = try Database.openingBackup(copy)
      guard try source.inspect() > 0 else {
        throw LedgerError(.corrupt, path: copy, operation: "restoring it", detail: "it holds nothing")
      }
      try source.copy(to: draft)
    }
    giveToFolderOwner(draft)
    var restoration = Restoration()
    let anchor = try prepare(draft, for: path, at: time, &restoration)
    // From here on nothing takes long, and all of it is done.
    if csqlite_are_copies_stopped() != 0 {
      for suffix in draftFiles { removeFile(draft + suffix) }
      throw LedgerError(.stopped, path: copy, operation: "restoring it", detail: "a signal ended it")
    }
    return (restoration, anchor)
  }

  /// The same for tests, which have a folder of their own.
  static func restore(_ path: String, from copy: String, at time: Timestamp) throws(LedgerError) -> Restoration {
    let draft = path + ".restored"
    var (restoration, anchor) = try makeDraft(draft, of: copy, for: path, at: time)
    CrashPoint.restoreDrafted.pass()

    if fileExists(path) {
      let aside = freeName("\(path).replaced-\(compactTime(time))")
      do throws(FileError) {
        for suffix in ["", "-wal", "-anchor"] where fileExists(path + suffix) {
          try linkFile(path + suffix, as: aside + suffix)
        }
      } catch {
        throw restoreError(path, error)
      }
      restoration.earlier = aside
    }
    CrashPoint.restoreLinked.pass()
    try Anchor(ledger: anchor.ledger, commits: Anchor.beyondAll).save(beside: path)
    CrashPoint.restoreBegun.pass()
    do throws(FileError) {
      // SQLite would use these files with the new ledger.
      for suffix in ["-wal", "-shm"] { removeFile(path + suffix) }
      try flushFolder(of: path)
      CrashPoint.restoreCleared.pass()
      try replaceFile(path, by: draft)
      try flushFolder(of: path)
    } catch {
      throw restoreError(path, error)
    }
    CrashPoint.restorePlaced.pass()
    try anchor.save(beside: path)
    return restoration
  }

  /// Turns the draft into a ledger whose objects are unproven.
  private static func prepare(
    _ draft: String, for path: String, at time: Timestamp, _ restoration: inout Restoration
  ) throws(LedgerError) -> Anchor {
    let database = try Database(draft, for: .writing)
    try database.migrate(from: database.version())
    restoration.lastRunAt = try database.value(of: "SELECT max(started_at) FROM runs")
    restoration.copied = (try database.value(of: "SELECT ledger FROM meta"), try generation(in: database))
    restoration.nextRun = try database.nextRun()
    restoration.readLaterChanges(of: path, after: try database.lastNumbers())
    let foreign = Self.knownForeign(at: path)
    let freeze = Self.freeze(at: path)
    let rejections = Self.rejections(at: path)
    restoration.hasLaterRejections = rejections != nil
    // More commits than any earlier ledger here, so that none of them can replace it unnoticed.
    let before = [try? Anchor(of: path)?.commits, try? Database(path, for: .reading).anchor().commits]
    let most = before.compactMap(\.self).filter { $0 < Anchor.beyondAll }.max() ?? 0
    let commits = max(most, try database.anchor().commits) + 1
    restoration.unproven = try database.write("forgetting its proofs") { () throws(LedgerError) in
      try database.run("UPDATE meta SET commits = ?, generation = generation + 1", [commits.stored])
      // Mails, the journal and notes name runs by their numbers.
      try database.run("DELETE FROM sqlite_sequence WHERE name = 'runs'")
      try database.run("INSERT INTO sqlite_sequence (name, seq) VALUES ('runs', ?)", [(restoration.nextRun - 1).stored])
      // A daemon's checkpoint belongs to the earlier ledger.
      try database.run("DELETE FROM bookmarks")
      let count = try database.unprove("ledger restored", at: time)
      for kind in ObjectKind.allCases {
        try database.run(
          """
          INSERT OR REPLACE INTO restored (kind, since, objects)
          SELECT ?1, ?2, count(*) FROM objects WHERE kind = ?1
          """, [kind.stored, .time(time)])
      }
      try database.run("DELETE FROM later_changes")
      for (key, isThere) in restoration.latest {
        try database.run(
          "INSERT INTO later_changes (kind, number, is_there) VALUES (?, ?, ?)",
          key.values + [.integer(isThere ? 1 : 0)])
      }
      // Permissions of before may have been used or withdrawn since.
      try database.run("DELETE FROM adoptions")
      try database.run("DELETE FROM accepted_falls")
      // Approvals of unproven objects end; changes that are still wanted are held again once the objects are proved. Rejections last,
      // those of the copy and those that were made since.
      try database.run(
        """
        UPDATE holds SET approved_at = NULL, ended_at = coalesce(ended_at, ?) WHERE rejected_at IS NULL
        """, [.time(time)])
      try database.replaceHolds(by: rejections?.sets ?? [])
      for name in rejections?.drops ?? [] {
        try database.run("INSERT OR IGNORE INTO rejected_falls (name) VALUES (?)", [.text(name)])
      }
      // A freeze lasts, whatever the copy knows of it.
      if let freeze { try database.replaceFreeze(with: freeze) }
      // Objects that an admin has released since, or that an audit has shown to be foreign, still are.
      var released = 0
      for known in foreign {
        released += try database.run("DELETE FROM objects WHERE kind = ? AND number = ?", Array(known.prefix(2)))
        try database.run("INSERT OR IGNORE INTO known_foreign (kind, number, since) VALUES (?, ?, ?)", known)
      }
      return count - released
    }
    do throws(FileError) { try flushFile(draft) } catch { throw restoreError(draft, error) }
    return try database.anchor()
  }

  /// The objects that the ledger at `path` knows to be foreign, as its rows; empty if it can't be read.
  private static func knownForeign(at path: String) -> [[SQLiteValue]] {
    guard let earlier = Database.replaced(at: path) else { return [] }
    let rows = try? earlier.rows("SELECT kind, number, since FROM known_foreign") { row throws(LedgerError) in
      [(try row.next() as ObjectKind).stored, SQLiteValue.text(try row.next()), SQLiteValue.integer(try row.next())]
    }
    return rows ?? []
  }

  /// The freeze of the ledger at `path`, or that it has none; nil if it can't be read.
  private static func freeze(at path: String) -> Freeze?? {
    guard let earlier = Database.replaced(at: path) else { return nil }
    return try? earlier.anyFreeze() as Freeze??
  }

  /// What an admin rejected by the ledger at `path`: sets, and drops of sources; nil if it can't be read.
  private static func rejections(at path: String) -> (sets: [HeldSetRecord], drops: [String])? {
    guard let earlier = Database.replaced(at: path), let holds = try? earlier.holds(),
      let drops = try? earlier.rejectedDrops()
    else { return nil }
    return (holds.filter { $0.rejectedAt != nil && $0.endedAt == nil }, drops.sorted())
  }

  private static func freeName(_ name: String) -> String {
    var (free, number) = (name, 1)
    while fileExists(free) {
      number += 1
      free = "\(name)-\(number)"
    }
    return free
  }

  private static func restoreError(_ path: String, _ error: FileError) -> LedgerError {
    LedgerError(.notWritable, path: path, operation: "restoring it", detail: error.reason)
  }
}

extension Restoration {
  /// Whether each number's object exists by its last known change.
  fileprivate var latest: [ObjectKey: Bool] {
    var latest: [ObjectKey: Bool] = [:]
    for change in missing {
      if let former = change.former { latest[former] = false }
      latest[change.key] = change.action != .delete
    }
    return latest.merging(forgotten) { $1 }
  }

  /// Reads the changes that the earlier ledger has and the copy doesn't, as far as it can be read.
  fileprivate mutating func readLaterChanges(of path: String, after last: (run: Int64, intent: Int64)) {
    guard let earlier = Database.replaced(at: path) else { return }
    missingRuns = try? earlier.value(of: "SELECT count(*) FROM runs WHERE id > ?", [last.run.stored])
    nextRun = max(nextRun, (try? earlier.nextRun()) ?? 0)
    let later = try? earlier.rows("SELECT kind, number, is_there FROM later_changes") { row throws(LedgerError) in
      (ObjectKey(try row.next(), try row.next()), try row.next() as Int == 1)
    }
    forgotten = Dictionary(later ?? []) { first, _ in first }
    missing =
      (try? earlier.rows(
        """
        SELECT {Call}, ended_at FROM intents
        WHERE id > ? AND (outcome = 'holds' OR outcome = 'gone') ORDER BY id
        """, [last.intent.stored]
      ) { row throws(LedgerError) in
        let call = try Call(&row)
        var change = Missing(action: call.action, key: call.key, name: call.item?.name ?? "", at: try row.next())
        if case .updateContact(let contact, let number) = call, number != contact.number {
          change.former = ObjectKey(.contact, number)
        }
        return change
      }) ?? []
  }
}

extension Database {
  /// The ledger at `path`, which a copy will replace; nil if it can't be read.
  fileprivate static func replaced(at path: String) -> Database? {
    guard let earlier = try? Database(path, for: .reading), (try? earlier.inspect()) ?? 0 > 1 else { return nil }
    return earlier
  }

  /// The number of the next run. A restore may have raised it.
  fileprivate func nextRun() throws(LedgerError) -> Int64 {
    try value(of: "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'runs'")
  }

  /// The numbers of the last run and of the last intent; 0 without one.
  fileprivate func lastNumbers() throws(LedgerError) -> (run: Int64, intent: Int64) {
    (
      try value(of: "SELECT coalesce(max(id), 0) FROM runs"),
      try value(of: "SELECT coalesce(max(id), 0) FROM intents")
    )
  }
}
