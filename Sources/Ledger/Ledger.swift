public import Domain
import Platform

/// What pbxsyncd remembers: the objects that it made or adopted, what it was about to do, and what it did.
///
/// One SQLite file. Calls block this actor's own queue, never the shared pool. Every method is one transaction:
/// when it returns, all of it is on the disk; when it throws, nothing of it is.
public actor Ledger {
  private let executor = BlockingExecutor(label: "ledger")
  let database: Database

  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  /// Opens the ledger for its one writer, and makes it, readable to its owner alone, when there is none.
  /// Blocks the caller while the file is checked. A file that is damaged, newer or not a ledger is left as it is.
  public init(path: String) throws(LedgerError) {
    database = try Database.opening(path)
  }

  /// Opens the ledger to look at it, also while a daemon writes. Every write through it throws `.notWritable`.
  public init(readingFrom path: String) throws(LedgerError) {
    database = try Database.openingToRead(path)
  }

  /// All that a plan is made from, as of one moment: objects by key, open doubts in the order of their intents.
  public func memory() throws(LedgerError) -> Memory {
    try database.read("reading what it remembers") { () throws(LedgerError) in
      var memory = Memory(
        owned: try database.rows(
          "SELECT * FROM objects ORDER BY kind DESC, length(number), number", as: Owned.init),
        doubts: try database.rows("SELECT * FROM intents WHERE state = 'open' ORDER BY id", as: Doubt.init),
        refusals: try database.rows(
          "SELECT * FROM refusals ORDER BY kind DESC, length(number), number", as: Refusal.init))
      memory.adoptions = try database.rows("SELECT * FROM adoptions", as: Adoption.init)
      memory.freed = try database.rows("SELECT * FROM freed", as: Freed.init)
      memory.setbacks = try database.rows("SELECT * FROM setbacks", as: Setback.init)
      memory.approvals = try approvals()
      return memory
    }
  }

  /// What tells this ledger from that of another host. Copies have the same.
  public func name() throws(LedgerError) -> String {
    try database.read("reading its name") { () throws(LedgerError) in
      try database.value("ledger", of: "SELECT ledger FROM meta")
    }
  }

  /// A counter that rises with each change to an object, whoever makes it. Ask before `memory()`, so that a
  /// change in between makes a plan look too old, never too new.
  public func generation() throws(LedgerError) -> Int64 {
    try database.read("reading its generation") { () throws(LedgerError) in
      try Self.generation(in: database)
    }
  }

  /// The same of the ledger at `path`, which isn't looked at further: for the daemon's question, at each poll, whether
  /// anybody was here since. Blocks for the time of reading one row.
  public static func generation(at path: String) throws(LedgerError) -> Int64 {
    try generation(in: try Database(path, for: .reading))
  }

  private static func generation(in database: borrowing Database) throws(LedgerError) -> Int64 {
    try database.value("generation", of: "SELECT generation FROM meta")
  }
}

extension Doubt {
  init(_ row: borrowing Statement) throws(LedgerError) {
    self.init(intent: try row["id"], call: try Call(row), entry: try row["entry"], dn: try row["dn"])
  }
}
