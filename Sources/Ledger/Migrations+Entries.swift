/// The steps by which the ledger knows what the directory's entries want; new steps come at the end.
let migrationsOfEntries: [String] = [
  // 25: what the directory says, as each source shows it and as it was mapped; and whose neighbourhood is to be planned.
  """
  -- sighting: NULL where the source leaves the entry out. digest: of the entry as it came; NULL where it is mapped at each read.
  -- settings: of what it was searched and mapped with. result: a digest of what became of it. seen: the read that mapped it.
  -- fields: a bit for each field that it has a value for. excluded_line: the line of the exclusions that names it.
  -- attributes: what the entry shows, where its number comes from a pool.
  CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    entry TEXT NOT NULL,
    source INTEGER NOT NULL,
    dn TEXT NOT NULL,
    sighting TEXT,
    digest INTEGER,
    settings INTEGER NOT NULL,
    result INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    expires_at INTEGER,
    site TEXT,
    excluded_line INTEGER,
    fields INTEGER NOT NULL,
    attributes TEXT
  ) STRICT;
  CREATE INDEX entries_of_entry ON entries (entry, kind, source);
  CREATE INDEX unmapped_entries ON entries (sighting) WHERE sighting <> 'mapped';
  CREATE TABLE wanted (
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    number TEXT NOT NULL,
    entry_row INTEGER NOT NULL,
    -- Among what the entry wants.
    position INTEGER NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    caller_id TEXT NOT NULL,
    company TEXT NOT NULL,
    -- Fields of which only the object that the entry has decides.
    open TEXT,
    PRIMARY KEY (kind, number, entry_row)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX wanted_of_entry ON wanted (entry_row);
  -- Numbers that the entry has and doesn't want as things are, or might want.
  CREATE TABLE reserved (
    number TEXT NOT NULL,
    entry_row INTEGER NOT NULL,
    PRIMARY KEY (number, entry_row)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX reserved_of_entry ON reserved (entry_row);
  CREATE TABLE problems (
    entry_row INTEGER NOT NULL,
    position INTEGER NOT NULL,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    reason TEXT NOT NULL,
    remedy TEXT NOT NULL,
    is_missing_number INTEGER NOT NULL,
    kept_field TEXT,
    PRIMARY KEY (entry_row, position)
  ) STRICT, WITHOUT ROWID;
  -- What the sources of the configuration in force are searched and mapped with: rows of other settings don't count.
  CREATE TABLE settings (
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
    source INTEGER NOT NULL,
    digest INTEGER NOT NULL,
    PRIMARY KEY (kind, source)
  ) STRICT, WITHOUT ROWID;
  -- Those of the configuration in force, which were there when they were read last.
  CREATE VIEW certain_entries AS SELECT entries.* FROM entries
    JOIN settings ON settings.kind = entries.kind AND settings.source = entries.source
      AND settings.digest = entries.settings;
  -- Of several sources of a kind the first has an entry.
  CREATE VIEW leading_entries AS SELECT * FROM certain_entries AS own WHERE NOT EXISTS (
    SELECT 1 FROM certain_entries AS first
    WHERE first.entry = own.entry AND first.kind = own.kind AND first.source < own.source
      AND first.sighting IS NOT NULL);
  -- Entries whose neighbourhood is to be planned: they changed, or something stands in their way.
  CREATE TABLE affected (entry TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  INSERT OR IGNORE INTO affected SELECT entry FROM objects;
  -- Markers of changes that notifications showed: a server that shows an earlier one lags behind.
  CREATE TABLE markers (marker TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  -- An object that changed is compared with what its entry wants, and so are the entries that want or were allocated a freed number.
  -- A trigger has the conflict clause of the statement that fires it (https://www.sqlite.org/lang_createtrigger.html), so none here
  -- says OR IGNORE.
  CREATE TRIGGER object_made AFTER INSERT ON objects BEGIN
    INSERT INTO affected SELECT NEW.entry WHERE NEW.entry NOT IN (SELECT entry FROM affected);
  END;
  CREATE TRIGGER object_changed AFTER UPDATE OF number, first_name, last_name, email, caller_id, company, entry,
    unproven_reason ON objects
  BEGIN
    INSERT INTO affected SELECT NEW.entry WHERE NEW.entry NOT IN (SELECT entry FROM affected);
  END;
  CREATE TRIGGER object_gone AFTER DELETE ON objects BEGIN
    INSERT INTO affected SELECT entry FROM (
        SELECT OLD.entry AS entry
        UNION SELECT entry FROM wanted JOIN entries ON entries.id = entry_row
          WHERE wanted.kind = OLD.kind AND number = OLD.number
        UNION SELECT entry FROM allocations WHERE OLD.kind = 'extension' AND number = OLD.number)
      WHERE entry NOT IN (SELECT entry FROM affected);
  END;
  CREATE INDEX freed_of_entry ON freed (entry);
  -- What isn't settled is found without a look at the others.
  CREATE INDEX unproven_objects ON objects (entry) WHERE unproven_reason IS NOT NULL;
  """,
  // 26: an admin's order to send nothing, by the wall clock; until is NULL where it has no end.
  """
  CREATE TABLE freeze (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    since INTEGER NOT NULL,
    until INTEGER,
    reason TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER frozen AFTER INSERT ON freeze BEGIN UPDATE meta SET generation = generation + 1; END;
  CREATE TRIGGER thawed AFTER DELETE ON freeze BEGIN UPDATE meta SET generation = generation + 1; END;
  """,
  // 27: what admins were told, by each way to tell them, until it is over. It holds no name, address or DN.
  """
  CREATE TABLE alerts (
    way TEXT NOT NULL,
    key TEXT NOT NULL,
    -- Tells it from another one of its key, such as a held set with other members.
    detail TEXT NOT NULL,
    title TEXT NOT NULL,
    since INTEGER NOT NULL,
    -- NULL until it was told.
    told_at INTEGER,
    PRIMARY KEY (way, key)
  ) STRICT, WITHOUT ROWID;
  -- Ways that failed in each of the last tries, and when each is tried again.
  CREATE TABLE alert_failures (
    way TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    next_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  """,
  // 28: an object is written without temporary tables, which SQLite makes for a CHECK by IN with more than two values, and for an INSERT
  // that reads the table that it writes.
  """
  DROP INDEX restored_objects;
  DROP INDEX unproven_objects;
  DROP TRIGGER object_made;
  DROP TRIGGER object_changed;
  ALTER TABLE objects RENAME COLUMN unproven_reason TO earlier_reason;
  ALTER TABLE objects RENAME COLUMN unproven_since TO earlier_since;
  ALTER TABLE objects ADD COLUMN unproven_reason TEXT CHECK (unproven_reason = 'answer lost'
    OR unproven_reason = 'ledger restored' OR unproven_reason = 'PBX replaced' OR unproven_reason = 'loss denied'
    OR unproven_reason = 'not in backup');
  ALTER TABLE objects ADD COLUMN unproven_since INTEGER CHECK ((unproven_reason IS NULL) = (unproven_since IS NULL));
  UPDATE objects SET unproven_reason = earlier_reason, unproven_since = earlier_since WHERE earlier_reason IS NOT NULL;
  ALTER TABLE objects DROP COLUMN earlier_since;
  ALTER TABLE objects DROP COLUMN earlier_reason;
  CREATE INDEX restored_objects ON objects (unproven_since) WHERE unproven_reason = 'ledger restored';
  CREATE INDEX unproven_objects ON objects (entry) WHERE unproven_reason IS NOT NULL;
  CREATE TRIGGER object_made AFTER INSERT ON objects WHEN NEW.entry NOT IN (SELECT entry FROM affected) BEGIN
    INSERT INTO affected VALUES (NEW.entry);
  END;
  CREATE TRIGGER object_changed AFTER UPDATE OF number, first_name, last_name, email, caller_id, company, entry,
    unproven_reason ON objects WHEN NEW.entry NOT IN (SELECT entry FROM affected)
  BEGIN
    INSERT INTO affected VALUES (NEW.entry);
  END;
  """,
  // 29: alerts that are over are known for a day, and how an admin ended one; rejected drops; the conflicts that runs found.
  """
  -- When it was last over; it lasts again if it began later. NULL if its end was never told.
  ALTER TABLE alerts ADD COLUMN over_at INTEGER;
  -- An admin's decision; empty without one.
  ALTER TABLE alerts ADD COLUMN decision TEXT NOT NULL DEFAULT '';
  -- Drops in a source's entries, by name, that an admin doesn't accept.
  CREATE TABLE rejected_falls (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  -- What an entry wants and can't have, as the last run that planned it found.
  CREATE TABLE conflicts (
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (kind, number, entry)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX conflicts_entry ON conflicts (entry);
  """,
  // 30: the later run that recorded the outcome of an intent; NULL where the intent's own run did.
  """
  ALTER TABLE intents ADD COLUMN settled_by INTEGER;
  CREATE INDEX intents_settled_later ON intents (settled_by) WHERE settled_by IS NOT NULL;
  """,
  // 31: the calls of a run after a time are found without the others, such as those of a first load, and objects are counted as they come
  // and go: the limits need both for each changed entry.
  """
  DROP INDEX intents_of_run;
  CREATE INDEX intents_of_run ON intents (run, verb, kind, at);
  ALTER TABLE meta ADD COLUMN extensions INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE meta ADD COLUMN contacts INTEGER NOT NULL DEFAULT 0;
  UPDATE meta SET extensions = (SELECT count(*) FROM objects WHERE kind = 'extension'),
    contacts = (SELECT count(*) FROM objects WHERE kind = 'contact');
  DROP TRIGGER object_inserted;
  DROP TRIGGER object_deleted;
  CREATE TRIGGER object_inserted AFTER INSERT ON objects BEGIN
    UPDATE meta SET generation = generation + 1,
      extensions = extensions + (NEW.kind = 'extension'), contacts = contacts + (NEW.kind = 'contact');
  END;
  CREATE TRIGGER object_deleted AFTER DELETE ON objects BEGIN
    UPDATE meta SET generation = generation + 1,
      extensions = extensions - (OLD.kind = 'extension'), contacts = contacts - (OLD.kind = 'contact');
  END;
  """,
  // 32: the last values of a former holder's object. A person whose entry was created again gets the number back.
  """
  ALTER TABLE freed ADD COLUMN first_name TEXT NOT NULL DEFAULT '';
  ALTER TABLE freed ADD COLUMN last_name TEXT NOT NULL DEFAULT '';
  ALTER TABLE freed ADD COLUMN email TEXT NOT NULL DEFAULT '';
  ALTER TABLE freed ADD COLUMN caller_id TEXT NOT NULL DEFAULT '';
  ALTER TABLE freed ADD COLUMN company TEXT NOT NULL DEFAULT '';
  ALTER TABLE losses ADD COLUMN first_name TEXT NOT NULL DEFAULT '';
  ALTER TABLE losses ADD COLUMN last_name TEXT NOT NULL DEFAULT '';
  ALTER TABLE losses ADD COLUMN email TEXT NOT NULL DEFAULT '';
  ALTER TABLE losses ADD COLUMN caller_id TEXT NOT NULL DEFAULT '';
  ALTER TABLE losses ADD COLUMN company TEXT NOT NULL DEFAULT '';
  """,
  // 33: the removals of the last day that no admin decided on. They count against the limit also if their numbers are used again.
  """
  CREATE TABLE removals (
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  INSERT INTO removals SELECT kind, number, at FROM freed WHERE unasked = 1;
  DROP INDEX removed_unasked;
  ALTER TABLE freed DROP COLUMN unasked;
  """,
  // 34: the templates behind a held set, each with its earlier and its later text; and why no source selects entries that are there.
  """
  CREATE TABLE hold_templates (
    hold TEXT NOT NULL REFERENCES holds (name) ON DELETE CASCADE,
    -- Its name; empty if it isn't known.
    source TEXT NOT NULL,
    field TEXT NOT NULL,
    earlier TEXT NOT NULL,
    later TEXT NOT NULL,
    PRIMARY KEY (hold, source, field)
  ) STRICT, WITHOUT ROWID;
  -- One line for each field, as "last_name was {sn} and is now {sn | upper}".
  WITH RECURSIVE lines (hold, line, rest) AS (
    SELECT name, '', templates || char(10) FROM holds WHERE templates <> ''
    UNION ALL
    SELECT hold, substr(rest, 1, instr(rest, char(10)) - 1), substr(rest, instr(rest, char(10)) + 1) FROM lines
    WHERE rest <> ''
  )
  INSERT OR IGNORE INTO hold_templates
    SELECT hold, '', substr(line, 1, instr(line, ' was ') - 1),
      substr(line, instr(line, ' was ') + 5, instr(line, ' and is now ') - instr(line, ' was ') - 5),
      substr(line, instr(line, ' and is now ') + 12)
    FROM lines WHERE instr(line, ' was ') > 1 AND instr(line, ' and is now ') > instr(line, ' was ');
  ALTER TABLE holds DROP COLUMN templates;
  ALTER TABLE holds ADD COLUMN unselected TEXT NOT NULL DEFAULT '';
  """,
  // 35: what can be mapped of entries that want nothing: they may be those of people whose entries are missing. The next read maps them.
  """
  CREATE TABLE partial (
    entry_row INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    caller_id TEXT NOT NULL,
    company TEXT NOT NULL
  ) STRICT;
  UPDATE entries SET digest = NULL WHERE sighting = 'unmappable' OR sighting = 'without number';
  """,
]
