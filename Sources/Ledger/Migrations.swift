/// The steps from an empty file to the present schema. `user_version` counts those that were made; a step that was ever
/// released is never changed, the next one mends it.
let migrations = [
  """
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    trigger TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    exit_status INTEGER,
    added INTEGER, updated INTEGER, deleted INTEGER, failed INTEGER,
    parked INTEGER, held INTEGER, in_doubt INTEGER, requests INTEGER,
    summary TEXT
  ) STRICT;

  -- The proof of how complete a read was: without it, nobody is missed.
  CREATE TABLE reads (
    run INTEGER PRIMARY KEY REFERENCES runs (id),
    server TEXT NOT NULL,
    vendor TEXT NOT NULL,
    bind_dn TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    referrals TEXT NOT NULL,
    canaries_seen TEXT NOT NULL,
    incomplete TEXT
  ) STRICT;

  -- What is ours, with the values that the PBX accepted last.
  CREATE TABLE objects (
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    number TEXT NOT NULL,
    first_name TEXT NOT NULL, last_name TEXT NOT NULL,
    email TEXT NOT NULL, caller_id TEXT NOT NULL, company TEXT NOT NULL,
    entry TEXT NOT NULL,
    dn TEXT NOT NULL,
    ownership TEXT NOT NULL CHECK (ownership IN ('created', 'adopted')),
    absence_reason TEXT, absence_since INTEGER, absence_reads INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (kind, number)
  ) STRICT, WITHOUT ROWID;

  -- Each call, written before it is made. Without an outcome it is in doubt.
  CREATE TABLE intents (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (id),
    verb TEXT NOT NULL CHECK (verb IN ('add', 'update', 'delete')),
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    number TEXT NOT NULL,
    registered_number TEXT,
    first_name TEXT NOT NULL, last_name TEXT NOT NULL,
    email TEXT NOT NULL, caller_id TEXT NOT NULL, company TEXT NOT NULL,
    entry TEXT NOT NULL,
    dn TEXT NOT NULL,
    at INTEGER NOT NULL,
    outcome TEXT CHECK (outcome IN ('holds', 'gone', 'refused', 'undone')),
    error_code TEXT,
    message TEXT,
    ended_at INTEGER
  ) STRICT;
  CREATE INDEX intents_in_doubt ON intents (id) WHERE outcome IS NULL;
  CREATE INDEX intents_of_run ON intents (run);

  -- Wishes that the PBX refused: not repeated until they change.
  CREATE TABLE refusals (
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    first_name TEXT NOT NULL, last_name TEXT NOT NULL,
    email TEXT NOT NULL, caller_id TEXT NOT NULL, company TEXT NOT NULL,
    entry TEXT NOT NULL,
    is_taken INTEGER NOT NULL,
    error_code TEXT NOT NULL,
    message TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (kind, number)
  ) STRICT, WITHOUT ROWID;

  -- Counts the changes to objects, so that a plan can tell whether the world has moved.
  CREATE TABLE generation (value INTEGER NOT NULL) STRICT;
  INSERT INTO generation VALUES (0);
  """
]

extension Database {
  /// Brings the schema to the present one, each step in a transaction of its own.
  func migrate() throws(LedgerError) {
    let known = migrations.count
    let found = Int(try integer("PRAGMA user_version"))
    for (index, step) in migrations.enumerated() where index >= found {
      try transaction { () throws(LedgerError) in
        try execute(step)
        try execute("PRAGMA user_version = \(index + 1)")
      }
    }
    precondition(found <= known, "checkVersion comes first")
  }

  /// Refuses a file that isn't a ledger of a version that we know. Changes nothing.
  func checkVersion() throws(LedgerError) {
    let found = Int(try integer("PRAGMA user_version"))
    if found > migrations.count {
      throw LedgerError(kind: .newerVersion(found: found, known: migrations.count), code: 0, path: path, detail: "")
    }
  }

  /// Refuses a damaged file. Reads all of it.
  func checkIntegrity() throws(LedgerError) {
    let statement = try prepare("PRAGMA integrity_check(1)")
    if try statement.step(), statement.text(0) != "ok" {
      throw LedgerError(
        kind: .corrupt, code: 0, path: path, detail: statement.text(0).split(separator: "\n").joined(separator: ", "))
    }
  }
}
