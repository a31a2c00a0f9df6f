public import Domain
import Platform

/// What the PBX was told and what it accepted, in one SQLite file.
///
/// The API can't be read, so this is the only place that knows what the PBX holds. Every call that changes something
/// is on disk when it returns (WAL with `synchronous = FULL`). Calls block this actor's own queue.
public actor Ledger {
  let database: Database
  private let executor = BlockingExecutor(label: "ledger")

  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  /// Opens the ledger, or makes a new one. A damaged file, or one of a newer version, is refused and left as it is.
  public init(path: String) throws(LedgerError) {
    let database = try Database(path: path, .readWrite)
    try database.checkVersion()
    try database.checkIntegrity()
    try database.execute("PRAGMA journal_mode = WAL")
    try database.execute("PRAGMA synchronous = FULL")
    try database.execute("PRAGMA foreign_keys = ON")
    try database.migrate()
    self.database = database
  }

  /// Opens the ledger to look at it, also while another process writes.
  public init(readingFrom path: String) throws(LedgerError) {
    let database = try Database(path: path, .readOnly)
    try database.checkVersion()
    self.database = database
  }

  /// Counts the changes to what is ours.
  public func generation() throws(LedgerError) -> Int64 { try database.integer("SELECT value FROM generation") }

  /// All that a plan is made from.
  public func memory() throws(LedgerError) -> Memory {
    Memory(owned: try objects(), doubts: try doubts(), refusals: try refusals())
  }

  /// Remembers what needs no call to the PBX.
  public func take(_ notes: [Note], at now: Seconds) throws(LedgerError) {
    if notes.isEmpty { return }
    try database.transaction { () throws(LedgerError) in
      for note in notes {
        switch note {
        case .absence(let key, let absence): try setAbsence(absence, of: key)
        case .holder(let key, let entry, let dn): try setHolder(entry, dn, of: key, at: now)
        case .assume(let object): try put(object, at: now)
        case .forgetRefusal(let key): try forgetRefusal(key)
        }
      }
    }
  }
}
