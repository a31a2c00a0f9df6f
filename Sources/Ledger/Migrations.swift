/// The steps that bring a ledger from one version to the next; step `n` leads from version `n` to `n + 1`.
///
/// The version is SQLite's `user_version`. A step that was released is never edited: a change is a new step.
///
/// A check by `IN` with more than two values would have SQLite make a temporary table of them for each row that it writes.
let migrations: [String] = migrationsOfFirstRelease + laterMigrations + migrationsOfEntries

private let laterMigrations: [String] = [
  // 6: when the PBX said last that it refuses a wish: that a number is taken is asked again.
  """
  ALTER TABLE refusals ADD COLUMN asked_at INTEGER NOT NULL DEFAULT 0;
  UPDATE refusals SET asked_at = since;
  """,
  // 7: since version 6 pages have checksums (CSQLITE_LAST_UNCHECKED). How many transactions were committed, and which PBX the
  // objects are of; empty until a run has bound the ledger to one.
  """
  ALTER TABLE meta ADD COLUMN commits INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE meta ADD COLUMN pbx TEXT NOT NULL DEFAULT '';
  """,
  // 8: what is proved to be ours, what is known to be foreign, which run undid which, and whether the PBX tells.
  """
  -- Set while nothing proves that the object is ours.
  ALTER TABLE objects ADD COLUMN unproven_reason TEXT CHECK (unproven_reason = 'answer lost'
    OR unproven_reason = 'ledger restored' OR unproven_reason = 'PBX replaced');
  ALTER TABLE objects ADD COLUMN unproven_since INTEGER CHECK ((unproven_reason IS NULL) = (unproven_since IS NULL));

  -- seen_absent: whether the number was seen to be free right before the call. unproven: how an intent ended that found
  -- an object which nothing proves to be ours; its outcome is 'undone' then.
  ALTER TABLE intents ADD COLUMN seen_absent INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE intents ADD COLUMN unproven INTEGER NOT NULL DEFAULT 0;

  -- The run that this one took back.
  ALTER TABLE runs ADD COLUMN undoes INTEGER;

  -- Objects of the PBX that are known to be somebody else's.
  CREATE TABLE known_foreign (
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    number TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (kind, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER foreign_known AFTER INSERT ON known_foreign BEGIN UPDATE meta SET generation = generation + 1; END;
  CREATE TRIGGER foreign_forgotten AFTER DELETE ON known_foreign BEGIN UPDATE meta SET generation = generation + 1; END;

  -- One row: whether a call that must be refused tells if a number is taken, and which; form is NULL where none does.
  CREATE TABLE presence (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    url TEXT NOT NULL,
    server TEXT NOT NULL,
    form TEXT CHECK (form IN ('name', 'email')),
    learned_at INTEGER NOT NULL
  ) STRICT;
  """,
  // 9: whether an older ledger was put back is found without a look at all objects.
  """
  CREATE INDEX restored_objects ON objects (unproven_since) WHERE unproven_reason = 'ledger restored';
  """,
  // 10: the ledger's own time in milliseconds, and what the clocks showed when it was noted. In it, by the second, stand all times
  // that something is decided by; those of what was done are the wall clock's.
  """
  ALTER TABLE meta ADD COLUMN time INTEGER;
  ALTER TABLE meta ADD COLUMN wall INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE meta ADD COLUMN boottime INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE meta ADD COLUMN boot TEXT NOT NULL DEFAULT '';
  -- When the last daily backup was made.
  ALTER TABLE meta ADD COLUMN backed_up_at INTEGER;
  -- When those who left long ago were forgotten last.
  ALTER TABLE meta ADD COLUMN forgot_at INTEGER;
  ALTER TABLE runs ADD COLUMN began_at INTEGER NOT NULL DEFAULT 0;
  """,
  // 11: what of ours the PBX turned out not to have, until an audit shows what it has.
  """
  CREATE TABLE losses (
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    number TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, number)
  ) STRICT, WITHOUT ROWID;
  """,
  // 12: updates and additions are held too, decisions hold for each member, and an earlier set is known for a while.
  """
  -- action: removal, update, addition. cause: what holds them. ended_at: when the set was held no more as it was.
  ALTER TABLE holds ADD COLUMN action TEXT NOT NULL DEFAULT 'removal';
  ALTER TABLE holds ADD COLUMN cause TEXT NOT NULL DEFAULT 'limit';
  ALTER TABLE holds ADD COLUMN dependents INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE holds ADD COLUMN rejected_at INTEGER;
  ALTER TABLE holds ADD COLUMN ended_at INTEGER;

  -- The values that an update or an addition gives; empty for a removal. registered: the number by which the PBX knows
  -- the object; NULL for an addition.
  ALTER TABLE held ADD COLUMN registered TEXT;
  ALTER TABLE held ADD COLUMN first_name TEXT NOT NULL DEFAULT '';
  ALTER TABLE held ADD COLUMN last_name TEXT NOT NULL DEFAULT '';
  ALTER TABLE held ADD COLUMN email TEXT NOT NULL DEFAULT '';
  ALTER TABLE held ADD COLUMN caller_id TEXT NOT NULL DEFAULT '';
  ALTER TABLE held ADD COLUMN company TEXT NOT NULL DEFAULT '';
  UPDATE held SET registered = number;
  CREATE INDEX held_numbers ON held (number);

  -- What is done of a kind counts against the limits if it was done later than this: after the first load, after the
  -- last change that an admin approved. Without a row for additions there has been no first load.
  CREATE TABLE limit_marks (
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    action TEXT NOT NULL CHECK (action IN ('update', 'addition')),
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, action)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO limit_marks
    SELECT kind, 'addition', 0 FROM objects UNION SELECT kind, 'addition', 0 FROM intents WHERE outcome = 'holds';
  """,
  // 13: the search settings: what was asked in words, what changed and when, and who is missed since.
  """
  -- What a source asked: its filter and the like, one a line; empty in reads of before.
  ALTER TABLE searches ADD COLUMN asked TEXT NOT NULL DEFAULT '';
  CREATE TABLE search_changes (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    text TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  -- The change with which the absence began.
  ALTER TABLE objects ADD COLUMN absence_change TEXT;
  ALTER TABLE befores ADD COLUMN absence_change TEXT;
  -- Of how many of its people the entry was looked for by its id, and found.
  ALTER TABLE holds ADD COLUMN looked_for INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE holds ADD COLUMN found INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE holds ADD COLUMN looked_at INTEGER;
  -- Which templates had changed when it was first held, one a line: the field and a clause.
  ALTER TABLE holds ADD COLUMN templates TEXT NOT NULL DEFAULT '';
  """,
  // 14: one row: up to which extension the daemon has asked the PBX for those of ours, when, and whether it asks for all because
  // one was lost.
  """
  CREATE TABLE audit_walk (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last TEXT NOT NULL,
    at INTEGER NOT NULL,
    is_for_loss INTEGER NOT NULL CHECK (is_for_loss IN (0, 1))
  ) STRICT;
  """,
  // 15: since when a restored ledger doesn't know what was made of a kind after its backup; how many objects of it became unproven
  // then; and whether an audit has shown all that the PBX has since.
  """
  CREATE TABLE restored (
    kind TEXT PRIMARY KEY CHECK (kind IN ('extension', 'contact')),
    since INTEGER NOT NULL,
    objects INTEGER NOT NULL,
    is_over INTEGER NOT NULL DEFAULT 0 CHECK (is_over IN (0, 1))
  ) STRICT, WITHOUT ROWID;
  INSERT INTO restored (kind, since, objects)
  SELECT kind, min(unproven_since), count(*) FROM objects WHERE unproven_reason = 'ledger restored' GROUP BY kind;
  """,
  // 16: what is held for an entry that the directory tells of, or was refused to it.
  """
  CREATE INDEX held_entries ON held (entry);
  CREATE INDEX refusals_of_entry ON refusals (entry);
  """,
  // 17: which entries claimed a number that another held, at the last complete read.
  """
  CREATE TABLE disputes (
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    number TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (kind, number, entry)
  ) STRICT, WITHOUT ROWID;
  """,
  // 18: whether a table showed other values under an unproven object's number than those that were sent.
  """
  ALTER TABLE objects ADD COLUMN unproven_otherwise INTEGER NOT NULL DEFAULT 0;
  """,
  // 19: what the PBX took after the copy was made that was put in the ledger's place, by the earlier ledger: what it has, and what
  // it doesn't, until an audit shows all of the kind.
  """
  CREATE TABLE later_changes (
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    number TEXT NOT NULL,
    is_there INTEGER NOT NULL CHECK (is_there IN (0, 1)),
    PRIMARY KEY (kind, number)
  ) STRICT, WITHOUT ROWID;
  """,
  // 20: those who left are found without a look at the others.
  """
  CREATE INDEX absent_objects ON objects (absence_since) WHERE absence_reason IS NOT NULL;
  """,
  // 21: two more reasons why an object is unproven. A column's CHECK is changed by a column in its place alone.
  """
  DROP INDEX restored_objects;
  ALTER TABLE objects RENAME COLUMN unproven_reason TO earlier_reason;
  ALTER TABLE objects RENAME COLUMN unproven_since TO earlier_since;
  ALTER TABLE objects ADD COLUMN unproven_reason TEXT CHECK (unproven_reason IN ('answer lost', 'ledger restored',
    'PBX replaced', 'loss denied', 'not in backup'));
  ALTER TABLE objects ADD COLUMN unproven_since INTEGER CHECK ((unproven_reason IS NULL) = (unproven_since IS NULL));
  UPDATE objects SET unproven_reason = earlier_reason, unproven_since = earlier_since WHERE earlier_reason IS NOT NULL;
  ALTER TABLE objects DROP COLUMN earlier_since;
  ALTER TABLE objects DROP COLUMN earlier_reason;
  CREATE INDEX restored_objects ON objects (unproven_since) WHERE unproven_reason = 'ledger restored';
  """,
  // 22: whether an extension or a contact was removed with no admin's approval: it counts against the limits for a while.
  """
  ALTER TABLE freed ADD COLUMN unasked INTEGER NOT NULL DEFAULT 0 CHECK (unasked IN (0, 1));
  CREATE INDEX removed_unasked ON freed (at) WHERE unasked = 1;
  """,
  // 23: whose an object was that the PBX lost.
  """
  ALTER TABLE losses ADD COLUMN entry TEXT NOT NULL DEFAULT '';
  ALTER TABLE losses ADD COLUMN dn TEXT NOT NULL DEFAULT '';
  """,
  // 24: how many entries of a source had which values, as "number=12 email=0", and when they were counted.
  """
  ALTER TABLE searches ADD COLUMN field_values TEXT NOT NULL DEFAULT '';
  ALTER TABLE searches ADD COLUMN values_at INTEGER;
  """,
]

/// The first version that counts its transactions.
let anchoredVersion = 7

/// "pbxs" in ASCII, as file(1) and we tell a ledger from another program's database by.
let applicationID = 0x7062_7873

extension Database {
  /// Takes every step from `version` on, each in a transaction of its own: a crash leaves a whole version.
  func migrate(from version: Int, through steps: [String] = migrations) throws(LedgerError) {
    for (number, script) in zip(1..., steps).dropFirst(version) {
      try write("bringing it to version \(number)") { () throws(LedgerError) in
        try execute(script: script)
        try execute(script: "PRAGMA user_version = \(number)")
      }
    }
  }
}
