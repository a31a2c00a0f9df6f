-- The ledger of 0.1.0 (version 5), with a row in each table. Two of its times are of a clock that was ahead.
PRAGMA application_id = 1885501555;
PRAGMA user_version = 5;
BEGIN TRANSACTION;
CREATE TABLE accepted_falls (
  kind TEXT NOT NULL,
  base TEXT NOT NULL,
  scope TEXT NOT NULL,
  filter_hash TEXT NOT NULL,
  entries INTEGER NOT NULL,
  PRIMARY KEY (kind, base, scope, filter_hash)
) STRICT, WITHOUT ROWID;
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
INSERT INTO "adoptions" VALUES('extension','1900',0,'','','','','',1795000007);
CREATE TABLE allocations (
  number TEXT PRIMARY KEY,
  entry TEXT NOT NULL UNIQUE,
  dn TEXT NOT NULL,
  pool TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "allocations" VALUES('2000','entry-2000','uid=2000','people',1795000008);
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
INSERT INTO "befores" VALUES(12,'extension','1816','Eve','Alt','','','','entry-1816','uid=1816','created',NULL,NULL,NULL);
CREATE TABLE bookmarks (
  context TEXT PRIMARY KEY,
  cookie TEXT NOT NULL,
  server TEXT NOT NULL,
  view TEXT NOT NULL,
  generation INTEGER NOT NULL,
  read_at INTEGER NOT NULL,
  due_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO "bookmarks" VALUES('dc=example,dc=com','rid=000','ldaps://ldap1.example.com','view',41,1795000000,NULL);
CREATE TABLE freed (
  kind TEXT NOT NULL,
  number TEXT NOT NULL,
  entry TEXT NOT NULL,
  dn TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (kind, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "freed" VALUES('extension','1800','entry-1800','uid=1800',4000000000);
CREATE TABLE held (
  hold TEXT NOT NULL REFERENCES holds (name) ON DELETE CASCADE,
  number TEXT NOT NULL,
  entry TEXT NOT NULL,
  dn TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (hold, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "held" VALUES('0a1b2c3d','+4930901','entry-+4930901','uid=+4930901','Bob Bau');
CREATE TABLE holds (
  name TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('extension', 'contact')),
  reason TEXT NOT NULL,
  since INTEGER NOT NULL,
  approved_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO "holds" VALUES('0a1b2c3d','contact','1 of 1 contacts',4000000000,NULL);
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
INSERT INTO "intents" VALUES(11,7,'add','extension','1815',NULL,'Ada','Lovelace','ada@example.com','+441815','','entry-1815','uid=1815',1795000002,'settled','holds','accepted','','',1795000003);
INSERT INTO "intents" VALUES(12,7,'update','extension','1816',NULL,'Eve','Neu','','','','entry-1816','uid=1816',1795000004,'open','in doubt','unanswered','','',1795000005);
CREATE TABLE meta (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  generation INTEGER NOT NULL
, ledger TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO "meta" VALUES(1,45,'0123456789abcdef');
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
INSERT INTO "objects" VALUES('contact','+4930901','Bob','Bau','','','Bau GmbH','entry-+4930901','uid=+4930901','adopted',1795000000,1795000001,'missing',4000000000,1);
INSERT INTO "objects" VALUES('extension','1815','Ada','Lovelace','ada@example.com','+441815','','entry-1815','uid=1815','created',1795000000,1795000001,NULL,NULL,NULL);
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
, name TEXT NOT NULL DEFAULT '', invocation_id TEXT NOT NULL DEFAULT '', marker TEXT NOT NULL DEFAULT '', canaries_wanted INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "reads" VALUES(3,7,'ldaps://ldap1.example.com','OpenLDAP','cn=pbxsyncd',2,1,0,0,NULL,1795000000,1795000001,'ldap1','','dc=example,dc=com 20261118110640.000000Z#000000#000#000000',0);
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
INSERT INTO "refusals" VALUES('extension','1817','','No','','','','entry-1817','refused','FNAME_INVALID','First name is invalid',1795000006);
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
INSERT INTO "runs" VALUES(7,'sync-now',4711,1795000000,1795000009,3,1,0,0,1,0,0,1,4,'1 added, 1 failed, 1 in doubt');
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
INSERT INTO "searches" VALUES(3,0,'extension','users','ou=people','sub','hash',2,1,0,0,NULL);
CREATE TABLE setbacks (
  kind TEXT NOT NULL,
  number TEXT NOT NULL,
  failures INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (kind, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "setbacks" VALUES('extension','1818',3,4000000000,'500 busy');
CREATE TRIGGER object_inserted AFTER INSERT ON objects BEGIN UPDATE meta SET generation = generation + 1; END;
CREATE TRIGGER object_updated AFTER UPDATE ON objects BEGIN UPDATE meta SET generation = generation + 1; END;
CREATE TRIGGER object_deleted AFTER DELETE ON objects BEGIN UPDATE meta SET generation = generation + 1; END;
CREATE INDEX reads_of_run ON reads (run);
CREATE INDEX intents_of_run ON intents (run);
CREATE INDEX open_intents ON intents (id) WHERE state = 'open';
CREATE TRIGGER hold_decided AFTER UPDATE ON holds BEGIN UPDATE meta SET generation = generation + 1; END;
CREATE TRIGGER hold_ended AFTER DELETE ON holds BEGIN UPDATE meta SET generation = generation + 1; END;
CREATE TRIGGER adoption_allowed AFTER INSERT ON adoptions BEGIN UPDATE meta SET generation = generation + 1; END;
CREATE TRIGGER fall_accepted AFTER INSERT ON accepted_falls BEGIN UPDATE meta SET generation = generation + 1; END;
CREATE TRIGGER refusal_forgotten AFTER DELETE ON refusals BEGIN UPDATE meta SET generation = generation + 1; END;
CREATE INDEX objects_of_entry ON objects (entry);
CREATE TRIGGER number_allocated AFTER INSERT ON allocations BEGIN UPDATE meta SET generation = generation + 1; END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('runs',7);
INSERT INTO "sqlite_sequence" VALUES('intents',12);
COMMIT;
