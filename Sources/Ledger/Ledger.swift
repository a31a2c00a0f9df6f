import CSQLite
public import Domain
public import Platform

/// The state of pbxsyncd in one SQLite file: entries, managed objects, intents, outcomes, runs, read reports and held sets.
///
/// Calls block this actor's own queue, never the shared pool. When a method returns, its data are on the disk; when it throws, none of
/// them are. Each is a transaction of its own, except for `recordIntents` and `recordOutcomes`, which share one with simultaneous
/// callers.
public actor Ledger {
  /// The ledger's own queue. Tasks that mostly wait for the ledger should run on it, so that no thread has to wake another at each step.
  public nonisolated let executor = BlockingExecutor(label: "ledger")
  let database: Database
  /// Its file, or the text by which SQLite opened it.
  nonisolated let path: String
  nonisolated let timeline: Timeline
  nonisolated let groupCommit = GroupCommit()
  /// How many shared transactions were committed.
  var groupCount = 0

  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  /// Opens the ledger for its only writer, and creates it if there is none; only its owner may read it.
  ///
  /// Blocks the caller while the file is checked. A file that is damaged, newer or not a ledger is left as it is.
  ///
  /// - Parameters:
  ///   - lock: the lock of its folder, held for longer than the ledger: SQLite up to 3.51.2 can damage a ledger that two
  ///     write to (https://www.sqlite.org/wal.html#the_wal_reset_bug).
  ///   - seen: how far this process has seen it get.
  public init(
    path: String, after seen: Anchor? = nil, under lock: borrowing LockFile, clock: Clock = .system
  ) throws(LedgerError) {
    try self.init(path: path, after: seen, clock: clock)
  }

  /// For tests, which have a folder of their own.
  init(path: String, after seen: Anchor? = nil, clock: Clock = .system) throws(LedgerError) {
    var database = try Database.opening(path, after: seen, clock)
    let timeline = try Timeline(of: database, clock)
    if timeline.isNew {
      try database.write("beginning its time") { () throws(LedgerError) in try database.record(timeline) }
    }
    database.shift = timeline.shift
    self.timeline = timeline
    self.path = database.path
    self.database = database
  }

  /// Opens a ledger again that this process has opened before. Only its version is checked, so the time doesn't depend on its size.
  ///
  /// - Throws: `LedgerError`, also if there is none.
  public init(
    reopening path: String, after seen: Anchor? = nil, under lock: borrowing LockFile, clock: Clock = .system
  ) throws(LedgerError) {
    try self.init(reopening: path, after: seen, clock: clock)
  }

  init(reopening path: String, after seen: Anchor? = nil, clock: Clock = .system) throws(LedgerError) {
    try self.init(opened: try Database.reopening(path, after: seen), clock)
  }

  /// How far the ledger has got.
  public func anchor() throws(LedgerError) -> Anchor { try database.anchor() }

  /// Opens the ledger for a query that can't wait for a full check. Only its version, its anchor and the pages that are read are checked.
  public init(uncheckedAt path: String, clock: Clock = .system) throws(LedgerError) {
    try self.init(opened: try Database.openingUnchecked(path), clock)
  }

  /// Opens the ledger for reading, also while a daemon writes. Every write throws `.notWritable`.
  public init(readingFrom path: String, clock: Clock = .system) throws(LedgerError) {
    try self.init(opened: try Database.openingToRead(path), clock)
  }

  /// Creates a private copy of the ledger at `path`, or an empty ledger. It has no name in the file system and ends with this value.
  public init(privateCopyOf path: String?, clock: Clock = .system) throws(LedgerError) {
    try self.init(opened: try Database.privateCopy(of: path), clock)
  }

  /// Creates a private copy of a backup, which has no file beside it that says how far it got.
  public init(privateCopyOfBackup path: String, clock: Clock = .system) throws(LedgerError) {
    try self.init(opened: try Database.privateCopy(ofBackup: path), clock)
  }

  private init(opened: consuming Database, _ clock: Clock) throws(LedgerError) {
    var database = opened
    let timeline = try Timeline(of: database, clock)
    database.shift = timeline.shift
    self.timeline = timeline
    self.path = database.path
    self.database = database
  }

  /// The data for a plan, as of one moment: objects by key, and calls in doubt in the order of their intents.
  ///
  /// - Parameter now: the present time for the counts of recent changes, which a plan needs; nil to leave them out.
  public func state(at now: Timestamp? = nil) throws(LedgerError) -> LedgerState {
    try database.read("reading what it remembers") { () throws(LedgerError) in
      var state = LedgerState(
        owned: try database.rows(
          """
          SELECT {ManagedObject} FROM objects ORDER BY kind DESC, length(number), number
          """, as: ManagedObject.init),
        inDoubtCalls: try inDoubtCalls())
      state.formerHolders = try database.rows("SELECT {FormerHolder} FROM freed", as: FormerHolder.init)
      state.allocations = try database.rows("SELECT {Allocation} FROM allocations", as: Allocation.init)
      state.sharedMailboxes = try database.sharedMailboxes()
      try addExceptions(to: &state, at: now)
      return state
    }
  }

  /// Adds the exceptional records, of which there are few: refusals, back-offs, decisions and the like.
  func addExceptions(to state: inout LedgerState, at now: Timestamp?) throws(LedgerError) {
    state.refusals = try database.rows(
      """
      SELECT {Refusal} FROM refusals ORDER BY kind DESC, length(number), number
      """, as: Refusal.init)
    state.adoptions = try adoptions()
    state.backoffs = try database.backoffs()
    state.restored = try restored()
    state.freeze = try database.freeze(at: now ?? timeline.now)
    state.disputes = try database.disputes()
    state.lost = try database.losses()
    state.searchChanges = try database.searchChanges()
    try database.addDecisions(to: &state, at: now ?? timeline.now)
    state.loaded = try database.loadedKinds()
    if let now { state.recent = try database.recentChanges(at: now) }
    state.knownForeign = try database.rows("SELECT kind, number, since FROM known_foreign", as: KnownForeign.init)
  }

  /// The kinds with incomplete knowledge since a restore, and its time. This ends when a table has shown all objects of the PBX, or when
  /// each object is proved or adopted.
  func restored() throws(LedgerError) -> [ObjectKind: Timestamp] {
    let rows = try database.rows(
      """
      SELECT kind, since FROM restored WHERE NOT is_over AND (objects = 0 OR EXISTS (
        SELECT 1 FROM objects WHERE objects.kind = restored.kind AND unproven_reason = 'ledger restored'))
      """
    ) { row throws(LedgerError) in (try row.next() as ObjectKind, try row.nextTime()) }
    return Dictionary(rows) { first, _ in first }
  }

  /// When it was last restored from a backup; nil if never.
  public func restoredAt() throws(LedgerError) -> Timestamp? {
    try database.read("reading when it was restored") { () throws(LedgerError) in
      try database.time(of: "SELECT max(since) FROM restored")
    }
  }

  /// Whether objects exist on the PBX, by the ledger that a restore has replaced, as far as this one knows nothing newer.
  public func laterChanges() throws(LedgerError) -> [ObjectKey: Bool] {
    let rows = try database.rows("SELECT kind, number, is_there FROM later_changes") { row throws(LedgerError) in
      (ObjectKey(try row.next(), try row.next()), try row.next() as Int == 1)
    }
    return Dictionary(rows) { first, _ in first }
  }

  func inDoubtCalls() throws(LedgerError) -> [InDoubtCall] {
    try database.rows(
      """
      SELECT {InDoubtCall} FROM intents WHERE state = 'open' ORDER BY id
      """, as: InDoubtCall.init)
  }

  /// The number of objects with a call in doubt.
  public func inDoubtCount() throws(LedgerError) -> Int { try inDoubtCalls().lastOfEachObject.count }

  /// Whether any call is in doubt.
  private static func hasInDoubtCalls(in database: borrowing Database) throws(LedgerError) -> Bool {
    try database.value(of: "SELECT EXISTS (SELECT 1 FROM intents WHERE state = 'open')")
  }

  /// The number of objects by kind, including unproven ones; kinds without objects are left out.
  public func counts() throws(LedgerError) -> [ObjectKind: Int] {
    let rows = try database.rows("SELECT extensions, contacts FROM meta") { row throws(LedgerError) in
      [ObjectKind.extension: try row.next() as Int, .contact: try row.next() as Int]
    }
    return (rows.first ?? [:]).filter { $0.value > 0 }
  }

  /// The kinds with at least one object.
  public func kindsWithObjects() throws(LedgerError) -> Set<ObjectKind> {
    var kinds: Set<ObjectKind> = []
    for kind in ObjectKind.allCases
    where try database.value(of: "SELECT EXISTS (SELECT 1 FROM objects WHERE kind = ?)", [kind.stored]) {
      kinds.insert(kind)
    }
    return kinds
  }

  /// The unproven objects, in the order of their numbers.
  public func unprovenObjects() throws(LedgerError) -> [ManagedObject] {
    try database.rows(
      """
      SELECT {ManagedObject} FROM objects INDEXED BY unproven_objects WHERE unproven_reason IS NOT NULL
      ORDER BY kind DESC, length(number), number
      """, as: ManagedObject.init)
  }

  /// The number of unproven objects by kind; kinds without any are left out.
  public func unprovenCounts() throws(LedgerError) -> [ObjectKind: Int] {
    let rows = try database.rows(
      """
      SELECT kind, count(*) FROM objects INDEXED BY unproven_objects WHERE unproven_reason IS NOT NULL GROUP BY kind
      """
    ) {
      row throws(LedgerError) in (try row.next() as ObjectKind, try row.next() as Int)
    }
    return Dictionary(rows, uniquingKeysWith: +)
  }

  /// Whether there is a ledger at `path`, or must be one, or it can't be seen: opening it reports the reason.
  public static func exists(at path: String) -> Bool {
    mayExist(path) || mayExist(Anchor.file(path)) || !Backup.all(of: path).isEmpty
  }

  /// SQLite's release.
  public static var libraryVersion: String { unsafe String(cString: sqlite3_libversion()) }

  /// The entries with managed objects of a kind.
  public func entries(of kind: ObjectKind) throws(LedgerError) -> Set<EntryID> {
    Set(try database.column(of: "SELECT DISTINCT entry FROM objects WHERE kind = ?", [kind.stored]))
  }

  /// The name that distinguishes this ledger from those of other hosts. Copies have the same name.
  public func name() throws(LedgerError) -> String {
    try database.read("reading its name") { () throws(LedgerError) in
      try database.value(of: "SELECT ledger FROM meta")
    }
  }

  /// A counter that rises with each change to an object, by any process. Read it before `state()`, so that a change in
  /// between makes a plan look too old, never too new.
  public func generation() throws(LedgerError) -> Int64 {
    try database.read("reading its generation") { () throws(LedgerError) in
      try Self.generation(in: database)
    }
  }

  /// The generation of the ledger at `path`, read without a check of the file: at each poll the daemon looks for changes by others. Blocks
  /// while it reads one row.
  ///
  /// - Returns: nil while a call is in doubt, whatever the generation.
  public static func quiescentGeneration(at path: String) throws(LedgerError) -> Int64? {
    let database = try Database.openingUnchecked(path)
    return try hasInDoubtCalls(in: database) ? nil : try generation(in: database)
  }

  static func generation(in database: borrowing Database) throws(LedgerError) -> Int64 {
    try database.value(of: "SELECT generation FROM meta")
  }
}

extension InDoubtCall {
  static let columns = "id, \(Call.columns), entry, dn"

  init(_ row: inout Row) throws(LedgerError) {
    self.init(intent: try row.next(), call: try Call(&row), entry: try row.next(), dn: try row.next())
  }
}
