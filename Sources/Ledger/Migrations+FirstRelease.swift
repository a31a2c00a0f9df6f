/// The steps of the ledger of 0.1.0. They were released, so none of them is ever edited.
let migrationsOfFirstRelease: [String] = [
  // 1: objects, intents, refusals, runs and read certificates. Times are seconds since 1970.
  """
  PRAGMA application_id = \(applicationID);

  -- One row. The generation rises with each change to objects, so that a plan can tell whether the world moved.
  CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL
  ) STRICT;
  INSERT INTO meta VALUES (1, 0);

  -- What the PBX accepted last, and what of it the directory no longer wants. Empty text means empty.
  CREATE TABLE objects (
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    number TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    caller_id TEXT NOT NULL,
    company TEXT NOT NULL,
    entry TEXT NOT NULL,
    dn TEXT NOT NULL,
    ownership TEXT NOT NULL CHECK (ownership IN ('created', 'adopted')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    absence_reason TEXT CHECK (absence_reason = 'missing' OR absence_reason = 'disabled' OR absence_reason = 'renumbered'),
    absence_since INTEGER,
    absence_reads INTEGER,
    PRIMARY KEY (kind, number),
    CHECK ((absence_reason IS NULL) = (absence_since IS NULL)),
    CHECK ((absence_reason IS NULL) = (absence_reads IS NULL))
  ) STRICT, WITHOUT ROWID;

  CREATE TRIGGER object_inserted AFTER INSERT ON objects BEGIN UPDATE meta SET generation = generation + 1; END;
  CREATE TRIGGER object_updated AFTER UPDATE ON objects BEGIN UPDATE meta SET generation = generation + 1; END;
  CREATE TRIGGER object_deleted AFTER DELETE ON objects BEGIN UPDATE meta SET generation = generation + 1; END;

  -- The last refusal of a wish for this number.
  CREATE TABLE refusals (
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    number TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    caller_id TEXT NOT NULL,
    company TEXT NOT NULL,
    entry TEXT NOT NULL,
    verdict TEXT NOT NULL,
    error_code TEXT NOT NULL,
    message TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (kind, number)
  ) STRICT, WITHOUT ROWID;

  -- AUTOINCREMENT: the log names runs and intents, so no id is ever given twice.
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    trigger TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    exit_status INTEGER,
    added INTEGER,
    updated INTEGER,
    deleted INTEGER,
    failed INTEGER,
    parked INTEGER,
    held INTEGER,
    in_doubt INTEGER,
    requests INTEGER,
    summary TEXT
  ) STRICT;

  -- Read certificates: incomplete is NULL for a complete read, else the reason why not.
  CREATE TABLE reads (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (id),
    server TEXT NOT NULL,
    vendor TEXT NOT NULL,
    bind_dn TEXT NOT NULL,
    entries INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    referrals INTEGER NOT NULL,
    canaries INTEGER NOT NULL,
    incomplete TEXT,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX reads_of_run ON reads (run);

  -- Committed before the request leaves. Open until its outcome is known; a call in doubt stays open.
  CREATE TABLE intents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES runs (id),
    verb TEXT NOT NULL CHECK (verb = 'add' OR verb = 'update' OR verb = 'delete'),
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    number TEXT NOT NULL,
    registered_number TEXT,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    caller_id TEXT NOT NULL,
    company TEXT NOT NULL,
    entry TEXT NOT NULL,
    dn TEXT NOT NULL,
    at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'settled')),
    outcome TEXT CHECK (outcome = 'holds' OR outcome = 'gone' OR outcome = 'refused' OR outcome = 'undone' OR outcome = 'in doubt'),
    verdict TEXT,
    error_code TEXT,
    message TEXT,
    ended_at INTEGER,
    CHECK (registered_number IS NULL OR kind = 'contact'),
    CHECK ((state = 'settled') = (outcome IS NOT NULL AND outcome <> 'in doubt'))
  ) STRICT;
  CREATE INDEX intents_of_run ON intents (run);
  CREATE INDEX open_intents ON intents (id) WHERE state = 'open';
  """,
  // 2: whose ledger it is, whole certificates, old values for undo, decisions of admins, resting numbers, setbacks.
  """
  -- Tells this ledger from that of another host; copied with it.
  ALTER TABLE meta ADD COLUMN ledger TEXT NOT NULL DEFAULT '';
  UPDATE meta SET ledger = lower(hex(randomblob(8)));

  -- What the server calls itself, and where it stood when the read began.
  ALTER TABLE reads ADD COLUMN name TEXT NOT NULL DEFAULT '';
  ALTER TABLE reads ADD COLUMN invocation_id TEXT NOT NULL DEFAULT '';
  ALTER TABLE reads ADD COLUMN marker TEXT NOT NULL DEFAULT '';
  ALTER TABLE reads ADD COLUMN canaries_wanted INTEGER NOT NULL DEFAULT 0;

  -- One row for each source that a read asked for, in that order. fell_from: how many entries it gave before, where it
  -- gave so few that it wasn't believed.
  CREATE TABLE searches (
    read INTEGER NOT NULL REFERENCES reads (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    source TEXT NOT NULL,
    base TEXT NOT NULL,
    scope TEXT NOT NULL,
    filter_hash TEXT NOT NULL,
    entries INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    referrals INTEGER NOT NULL,
    result_code INTEGER NOT NULL,
    fell_from INTEGER,
    PRIMARY KEY (read, position)
  ) STRICT, WITHOUT ROWID;

  -- A fall that an admin believes: how many entries such a source gives from now on.
  CREATE TABLE accepted_falls (
    kind TEXT NOT NULL,
    base TEXT NOT NULL,
    scope TEXT NOT NULL,
    filter_hash TEXT NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (kind, base, scope, filter_hash)
  ) STRICT, WITHOUT ROWID;

  -- What the object of an intent was before, as in objects; none for an add.
  CREATE TABLE befores (
    intent INTEGER PRIMARY KEY REFERENCES intents (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    caller_id TEXT NOT NULL,
    company TEXT NOT NULL,
    entry TEXT NOT NULL,
    dn TEXT NOT NULL,
    ownership TEXT NOT NULL,
    absence_reason TEXT,
    absence_since INTEGER,
    absence_reads INTEGER
  ) STRICT;

  -- Removals that a limit holds, by the name of the set, and whether an admin approved them.
  CREATE TABLE holds (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    reason TEXT NOT NULL,
    since INTEGER NOT NULL,
    approved_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE held (
    hold TEXT NOT NULL REFERENCES holds (name) ON DELETE CASCADE,
    number TEXT NOT NULL,
    entry TEXT NOT NULL,
    dn TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (hold, number)
  ) STRICT, WITHOUT ROWID;

  -- Foreign objects that may be taken over; known: whether the values are those that the PBX has.
  CREATE TABLE adoptions (
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    number TEXT NOT NULL,
    known INTEGER NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    caller_id TEXT NOT NULL,
    company TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, number)
  ) STRICT, WITHOUT ROWID;

  -- The last removal of each number, for numbers that rest.
  CREATE TABLE freed (
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    entry TEXT NOT NULL,
    dn TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, number)
  ) STRICT, WITHOUT ROWID;

  -- Changes that fail in every run.
  CREATE TABLE setbacks (
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    failures INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (kind, number)
  ) STRICT, WITHOUT ROWID;

  -- What an admin decides makes an earlier plan too old, as a change of an object does.
  CREATE TRIGGER hold_decided AFTER UPDATE ON holds BEGIN UPDATE meta SET generation = generation + 1; END;
  CREATE TRIGGER hold_ended AFTER DELETE ON holds BEGIN UPDATE meta SET generation = generation + 1; END;
  CREATE TRIGGER adoption_allowed AFTER INSERT ON adoptions BEGIN UPDATE meta SET generation = generation + 1; END;
  CREATE TRIGGER fall_accepted AFTER INSERT ON accepted_falls BEGIN UPDATE meta SET generation = generation + 1; END;
  CREATE TRIGGER refusal_forgotten AFTER DELETE ON refusals BEGIN UPDATE meta SET generation = generation + 1; END;
  """,
  // 3: what an entry has is found without a look at all objects.
  """
  CREATE INDEX objects_of_entry ON objects (entry);
  """,
  // 4: where a daemon stood that was stopped, one row for each naming context.
  """
  CREATE TABLE bookmarks (
    context TEXT PRIMARY KEY,
    cookie TEXT NOT NULL,
    server TEXT NOT NULL,
    view TEXT NOT NULL,
    generation INTEGER NOT NULL,
    read_at INTEGER NOT NULL,
    due_at INTEGER
  ) STRICT, WITHOUT ROWID;
  """,
  // 5: numbers given from a pool: each to one entry, and to each entry one.
  """
  CREATE TABLE allocations (
    number TEXT PRIMARY KEY,
    entry TEXT NOT NULL UNIQUE,
    dn TEXT NOT NULL,
    pool TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER number_allocated AFTER INSERT ON allocations BEGIN UPDATE meta SET generation = generation + 1; END;
  """,
]
