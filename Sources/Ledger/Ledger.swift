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

  /// The same for a ledger that this process has opened before: nothing is checked but its version, so that the time doesn't
  /// grow with what is in it. Throws where there is none.
  public init(reopening path: String) throws(LedgerError) {
    database = try Database.reopening(path)
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
      memory.allocations = try database.rows("SELECT * FROM allocations", as: Allocation.init)
      memory.approvals = try approvals()
      return memory
    }
  }

  /// Whether the outcome of any call isn't known.
  public func hasDoubts() throws(LedgerError) -> Bool {
    try database.value("found", of: "SELECT EXISTS (SELECT 1 FROM intents WHERE state = 'open') AS found") as Int == 1
  }

  /// How many objects of each kind are ours; none for a kind of which there is none.
  public func counts() throws(LedgerError) -> [Kind: Int] {
    let rows = try database.rows("SELECT kind, count(*) AS count FROM objects GROUP BY kind") {
      row throws(LedgerError) in (try row["kind"] as Kind, try row["count"] as Int)
    }
    return Dictionary(rows, uniquingKeysWith: +)
  }

  /// What of it is about some entries, or about some numbers. All doubts, of which there are few; no approvals.
  public func memory(of entries: Set<EntryID>, _ keys: Set<Key>) throws(LedgerError) -> Memory {
    try database.read("reading what it remembers of \(entries.count) entries") { () throws(LedgerError) in
      var owned: [Key: Owned] = [:]
      var allocations: [Allocation] = []
      for entry in entries {
        let objects = try database.rows("SELECT * FROM objects WHERE entry = :entry", ["entry": entry], as: Owned.init)
        for object in objects { owned[object.key] = object }
        allocations += try database.rows(
          "SELECT * FROM allocations WHERE entry = :entry", ["entry": entry], as: Allocation.init)
      }
      let keys = keys.union(owned.keys).union(allocations.map(\.key)).sorted()
      var memory = Memory(
        doubts: try database.rows("SELECT * FROM intents WHERE state = 'open' ORDER BY id", as: Doubt.init))
      for key in keys {
        if owned[key] == nil { owned[key] = try rows("objects", key, as: Owned.init).first }
        memory.refusals += try rows("refusals", key, as: Refusal.init)
        memory.adoptions += try rows("adoptions", key, as: Adoption.init)
        memory.freed += try rows("freed", key, as: Freed.init)
        memory.setbacks += try rows("setbacks", key, as: Setback.init)
      }
      memory.owned = owned.values.sorted { $0.key < $1.key }
      memory.allocations = allocations
      return memory
    }
  }

  private func rows<Value>(
    _ table: String, _ key: Key, as read: (borrowing Statement) throws(LedgerError) -> Value
  ) throws(LedgerError) -> [Value] {
    try database.rows("SELECT * FROM \(table) WHERE kind = :kind AND number = :number", key.columns, as: read)
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
