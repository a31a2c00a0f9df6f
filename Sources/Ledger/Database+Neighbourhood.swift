import Domain

// The tables of a neighbourhood, which are this connection's own.

extension Database {
  /// Fills the tables `near_entries` and `near_keys` of this connection. Returns false if there is nothing to begin with.
  ///
  /// Queries join them by CROSS JOIN, which keeps their order: SQLite doesn't know that these tables are small, and would begin with a
  /// scan of a large one (https://www.sqlite.org/optoverview.html#crossjoin).
  func findNeighbourhood(of scope: Neighbourhood.Scope, linksUsers: Bool) throws(LedgerError) -> Bool {
    try execute(
      script: """
        CREATE TEMP TABLE IF NOT EXISTS near_entries (entry TEXT PRIMARY KEY, round INTEGER) WITHOUT ROWID;
        CREATE TEMP TABLE IF NOT EXISTS near_keys (
          kind TEXT, number TEXT, round INTEGER, PRIMARY KEY (kind, number)) WITHOUT ROWID;
        CREATE TEMP TABLE IF NOT EXISTS planned_entries (entry TEXT PRIMARY KEY) WITHOUT ROWID;
        CREATE TEMP TABLE IF NOT EXISTS kinds_in_parts (kind TEXT PRIMARY KEY) WITHOUT ROWID;
        CREATE TEMP VIEW IF NOT EXISTS marked_entries AS SELECT entry,
          NOT EXISTS (SELECT 1 FROM objects WHERE objects.entry = affected.entry)
          AND NOT EXISTS (
            SELECT 1 FROM entries LEFT JOIN wanted ON entry_row = entries.id
            WHERE entries.entry = affected.entry
              AND (attributes IS NOT NULL OR wanted.kind NOT IN (SELECT kind FROM kinds_in_parts)
                OR EXISTS (SELECT 1 FROM objects WHERE objects.kind = wanted.kind AND objects.number = wanted.number)))
          AS only_adds
        FROM affected;
        DELETE FROM near_entries;
        DELETE FROM near_keys;
        """)
    switch scope {
    case .entries(let entries):
      for entry in entries { try run("INSERT INTO near_entries VALUES (?, 0)", [entry.stored]) }
    case .known(leaving: let kinds):
      try execute(script: "DELETE FROM planned_entries; DELETE FROM kinds_in_parts")
      for kind in kinds { try run("INSERT INTO kinds_in_parts VALUES (?)", [kind.stored]) }
      try addUnsettled()
      try run(
        """
        INSERT OR IGNORE INTO near_entries SELECT entry, 0 FROM marked_entries
        WHERE NOT EXISTS (SELECT 1 FROM kinds_in_parts) OR NOT only_adds
        """)
    case .additions(atMost: let limit):
      let count = try run(
        """
        INSERT INTO near_entries SELECT entry, 0 FROM marked_entries
        WHERE entry NOT IN (SELECT entry FROM planned_entries) AND only_adds LIMIT ?
        """, [limit.stored])
      if count == 0 { return false }
    }
    // Which extension has a contact's number, or shows it, no index tells.
    if linksUsers {
      try addAll()
      return true
    }
    var round: Int64 = 0
    while true {
      let (keys, entries) = (try addKeys(round), try addEntries(round))
      if keys + entries == 0 && round > 0 { return true }
      round += 1
    }
  }

  private func addAll() throws(LedgerError) {
    try run(
      """
      INSERT OR IGNORE INTO near_entries
      SELECT entry, 0 FROM entries UNION SELECT entry, 0 FROM objects UNION SELECT entry, 0 FROM losses
      """)
    try run(
      """
      INSERT OR IGNORE INTO near_keys
      SELECT kind, number, 0 FROM wanted UNION SELECT kind, number, 0 FROM objects
      UNION SELECT 'extension', number, 0 FROM allocations
      """)
  }

  /// Begins with all that isn't settled.
  private func addUnsettled() throws(LedgerError) {
    try run(
      """
      INSERT OR IGNORE INTO near_entries
      SELECT entry, 0 FROM (
        SELECT entry FROM objects WHERE absence_reason IS NOT NULL
        UNION ALL SELECT entry FROM objects WHERE unproven_reason IS NOT NULL
        UNION ALL SELECT entry FROM intents WHERE state = 'open'
        UNION ALL SELECT entry FROM refusals
        UNION ALL SELECT entry FROM losses
        UNION ALL SELECT entry FROM held JOIN holds ON hold = holds.name WHERE ended_at IS NULL
        UNION ALL SELECT entry FROM entries WHERE sighting <> 'mapped' AND sighting = 'without number'
          AND (entry IN (SELECT entry FROM objects) OR entry IN (SELECT entry FROM losses))
      )
      """)
    try addRecreated()
    try run(
      """
      INSERT OR IGNORE INTO near_keys
      SELECT kind, number, 0 FROM (
        SELECT kind, number FROM intents WHERE state = 'open'
        UNION ALL SELECT kind, registered_number FROM intents WHERE state = 'open' AND registered_number IS NOT NULL
        UNION ALL SELECT kind, number FROM refusals
        UNION ALL SELECT kind, number FROM adoptions
        UNION ALL SELECT kind, number FROM setbacks
        UNION ALL SELECT kind, number FROM losses
        UNION ALL SELECT kind, number FROM objects WHERE unproven_reason IS NOT NULL
        UNION ALL SELECT kind, number FROM objects WHERE absence_reason IS NOT NULL
      )
      """)
  }

  /// Adds the entries without an object that have a sign of one that is missing or disabled: they were perhaps created again. Such an entry
  /// is affected, unless it wants nothing.
  private func addRecreated() throws(LedgerError) {
    var signs: [ObjectKind: Set<EntrySign>] = [:]
    try forEachRow(
      """
      SELECT dn, {PBXObject} FROM objects WHERE absence_reason IS NOT NULL
      UNION ALL SELECT dn, {PBXObject} FROM affected CROSS JOIN objects USING (entry)
      WHERE NOT EXISTS (
        SELECT 1 FROM entries
        WHERE entries.entry = objects.entry AND entries.kind = objects.kind AND sighting IS NOT 'disabled')
      """
    ) { row throws(LedgerError) in
      let dn: String = try row.next()
      let item = try PBXObject(&row)
      signs[item.kind, default: []].formUnion(EntrySign.all(of: item, dn))
    }
    if signs.isEmpty { return }
    let alike = try rows(
      """
      SELECT entry, dn, {PBXObject} FROM partial CROSS JOIN (SELECT id, entry, dn FROM entries) ON id = entry_row
      UNION ALL
      SELECT entry, dn, {PBXObject} FROM affected CROSS JOIN (SELECT id, entry, dn FROM entries) USING (entry)
        CROSS JOIN wanted ON id = entry_row
      """
    ) { row throws(LedgerError) in
      let (entry, dn): (EntryID, String) = (try row.next(), try row.next())
      let item = try PBXObject(&row)
      return signs[item.kind]?.isDisjoint(with: EntrySign.all(of: item, dn)) == false ? entry : nil
    }
    for entry in alike.compactMap(\.self) {
      try run("INSERT OR IGNORE INTO near_entries VALUES (?, 0)", [entry.stored])
    }
  }

  /// Adds the numbers that the entries of a round want, have, had allocated or were refused.
  private func addKeys(_ round: Int64) throws(LedgerError) -> Int {
    try run(
      """
      INSERT OR IGNORE INTO near_keys
      SELECT kind, number, ?1 FROM (
        SELECT wanted.kind, number FROM near_entries CROSS JOIN entries USING (entry)
          CROSS JOIN wanted ON entry_row = entries.id
        WHERE round = ?1
        UNION ALL SELECT kind, number FROM near_entries CROSS JOIN objects USING (entry) WHERE round = ?1
        UNION ALL SELECT 'extension', number FROM near_entries CROSS JOIN allocations USING (entry) WHERE round = ?1
        UNION ALL SELECT kind, number FROM near_entries CROSS JOIN refusals USING (entry) WHERE round = ?1
        UNION ALL SELECT intents.kind, number FROM near_entries JOIN intents USING (entry)
        WHERE state = 'open' AND round = ?1
      )
      """, [round.stored])
  }

  /// Adds the entries that want or have the numbers of a round, or had them until the PBX lost the object.
  private func addEntries(_ round: Int64) throws(LedgerError) -> Int {
    try run(
      """
      INSERT OR IGNORE INTO near_entries
      SELECT entry, ?1 + 1 FROM (
        SELECT entry FROM near_keys CROSS JOIN wanted USING (kind, number) CROSS JOIN entries ON entries.id = entry_row
        WHERE round = ?1
        UNION ALL SELECT entry FROM near_keys CROSS JOIN objects USING (kind, number) WHERE round = ?1
        UNION ALL SELECT entry FROM near_keys CROSS JOIN losses USING (kind, number) WHERE round = ?1
        UNION ALL SELECT entry FROM near_keys JOIN allocations USING (number) WHERE kind = 'extension' AND round = ?1
      )
      """, [round.stored])
  }

  func keysNearby() throws(LedgerError) -> Set<ObjectKey> {
    Set(
      try rows("SELECT kind, number FROM near_keys") { row throws(LedgerError) in
        ObjectKey(try row.next(), try row.next())
      })
  }

  /// The entries of `near_entries`, as the sources of the configuration in force show them.
  func entriesNearby() throws(LedgerError) -> [EntryRecord] {
    var places: [Int64: Int] = [:]
    var records: [EntryRecord] = []
    try forEachRow(
      """
      SELECT id, entry, dn, kind, source, sighting, digest, settings, expires_at, site, excluded_line, attributes
      FROM near_entries CROSS JOIN certain_entries USING (entry) ORDER BY kind DESC, source, id
      """
    ) { row throws(LedgerError) in
      places[try row.next()] = records.count
      var mapped = MappedEntry(
        try row.next(), dn: try row.next(), kind: try row.next(), source: try row.next(), try row.next())
      let (digest, settings): (UInt64?, UInt64) = (try row.next(), try row.next())
      let expiry: Timestamp? = try row.next()
      mapped.site = try row.next()
      var record = EntryRecord(mapped, digest: digest, settings: settings, expiresAt: expiry)
      record.excludedLine = try row.next()
      record.attributes = try row.next()
      records.append(record)
    }
    try forEachRow(
      """
      SELECT entry_row, open, {PBXObject}
      FROM near_entries CROSS JOIN (SELECT id, entry FROM entries) AS stored USING (entry)
        CROSS JOIN wanted ON entry_row = stored.id
      ORDER BY entry_row, position
      """
    ) { row throws(LedgerError) in
      let (id, open): (Int64, String?) = (try row.next(), try row.next())
      let item = try PBXObject(&row)
      guard let place = places[id] else { return }
      let mapped = records[place].mapped
      records[place].mapped.wanted.append(
        WantedObject(
          item, entry: mapped.entry, dn: mapped.dn, source: mapped.source, open: open.flatMap(OpenFields.init(stored:)))
      )
    }
    try forEachRow(
      """
      SELECT entry_row, {PBXObject} FROM near_entries CROSS JOIN (SELECT id, entry FROM entries) AS stored USING (entry)
        CROSS JOIN partial ON entry_row = stored.id
      """
    ) { row throws(LedgerError) in
      let id: Int64 = try row.next()
      let item = try PBXObject(&row)
      if let place = places[id] { records[place].mapped.partial = item }
    }
    try forEachRow(
      """
      SELECT reserved.entry_row, number FROM near_entries CROSS JOIN entries USING (entry)
        CROSS JOIN reserved ON entry_row = entries.id ORDER BY reserved.entry_row, number
      """
    ) { row throws(LedgerError) in
      let (id, number): (Int64, String) = (try row.next(), try row.next())
      // The numbers of a mapped entry are choices, which are stored with its wanted object.
      guard let place = places[id], records[place].mapped.wanted.isEmpty else { return }
      records[place].mapped.reserved.append(number)
    }
    return records
  }
}
