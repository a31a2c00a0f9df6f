public import Domain
import Platform

/// An entry in the ledger or its history, with one of its objects.
public struct KnownEntry: Hashable, Sendable {
  public let entry: EntryID
  public let dn: String
  /// With empty values if only the number is known.
  public let item: PBXObject
  /// Why its data must stay, as a clause; nil if it is only in the history.
  public let reasonToStay: String?
}

/// The number of records of one entry that were cleared.
public struct Forgotten: Hashable, Sendable {
  /// Past calls whose values were removed.
  public let calls: Int
  /// Earlier values that were removed, to which an undo would have reverted.
  public let earlierValues: Int
}

extension Ledger {
  /// Removes the names, addresses and DNs of leavers without a query or change for so long; numbers, times and outcomes
  /// stay. Runs once a day, by the ledger's own time.
  ///
  /// Returns their count.
  @discardableResult
  public func forgetLeavers(after keep: Timestamp, at time: Timestamp) throws(LedgerError) -> Int {
    let count = try database.write("forgetting who left") { () throws(LedgerError) in
      if let last = try database.time(of: "SELECT forgot_at FROM meta"), time - last < 86_400 { return 0 }
      // That the number is taken must stay, but not who wanted it.
      try database.run(
        """
        UPDATE refusals SET first_name = '', last_name = '', email = '', caller_id = '', company = '', entry = '',
          message = ''
        WHERE max(since, asked_at) < ? AND entry NOT IN (SELECT entry FROM entries)
          AND entry NOT IN (SELECT entry FROM objects)
        """, [.time(time - keep)])
      let gone: [EntryID] = try database.column(
        of: """
          SELECT entry FROM (
            SELECT intents.entry AS entry, began_at FROM intents JOIN runs ON runs.id = run
            UNION ALL
            SELECT befores.entry, began_at FROM befores JOIN intents ON intents.id = intent JOIN runs ON runs.id = run
          )
          WHERE entry <> '' GROUP BY entry HAVING max(began_at) < ?
          EXCEPT SELECT entry FROM objects EXCEPT SELECT entry FROM intents WHERE state = 'open'
          EXCEPT SELECT entry FROM refusals
          """, [.time(time - keep)])
      for entry in gone { _ = try database.forget(entry) }
      try database.run("UPDATE meta SET forgot_at = ?", [.time(time)])
      return gone.count
    }
    // The pages of before are in the log until it is taken in and cut.
    Backup.removeAside(of: database.path, before: now() - keep, at: now())
    if count > 0 { try database.execute(script: "PRAGMA wal_checkpoint(TRUNCATE)") }
    return count
  }

  /// All entries in the ledger and its history. It reads the whole history, so only commands use it.
  public func knownEntries() throws(LedgerError) -> [KnownEntry] {
    try database.read("looking for people") { () throws(LedgerError) in
      let managed: Set<EntryID> = Set(try database.column(of: "SELECT entry FROM objects"))
      let inDoubt = Set(try inDoubtCalls().map(\.entry))
      let present: Set<EntryID> = Set(try database.column(of: "SELECT entry FROM entries"))
      return try database.rows(
        """
        SELECT DISTINCT {PBXObject}, entry, dn FROM (
          SELECT {PBXObject}, entry, dn FROM intents
          UNION ALL
          SELECT {PBXObject}, entry, dn FROM befores
          UNION ALL
          SELECT {PBXObject}, entry, dn FROM objects
          UNION ALL
          SELECT {PBXObject}, entry, '' FROM refusals
          UNION ALL
          SELECT {PBXObject}, entry, dn FROM freed
          UNION ALL
          SELECT 'extension', number, '', '', '', '', '', entry, dn FROM allocations
          UNION ALL
          SELECT {PBXObject}, entry, dn FROM losses
          UNION ALL
          SELECT kind, '', '', '', '', '', '', entry, dn FROM entries
          UNION ALL
          SELECT {PBXObject}, entry, dn
          FROM (SELECT wanted.*, entries.entry, entries.dn FROM wanted JOIN entries ON entries.id = entry_row)
          UNION ALL
          SELECT {PBXObject}, entry, dn
          FROM (SELECT partial.*, entries.entry, entries.dn FROM partial JOIN entries ON entries.id = entry_row)
          UNION ALL
          SELECT {PBXObject}, entry, dn
          FROM (SELECT held.*, holds.kind FROM held JOIN holds ON holds.name = hold)
        ) WHERE entry <> ''
        """
      ) { row throws(LedgerError) in
        let item = try PBXObject(&row)
        let entry: EntryID = try row.next()
        let reason: String? =
          managed.contains(entry)
          ? "it has an extension or a contact on the PBX"
          : inDoubt.contains(entry)
            ? "a call for it is in doubt"
            : present.contains(entry) ? "a source found its entry when the directory was last read" : nil
        return KnownEntry(entry: entry, dn: try row.next(), item: item, reasonToStay: reason)
      }
    }
  }

  /// Removes all data of an entry except numbers, times and outcomes, from the file itself too. The entry may have no managed object and
  /// no call in doubt.
  public func forget(_ entry: EntryID) throws(LedgerError) -> Forgotten {
    let forgotten = try database.write("forgetting an entry") { () throws(LedgerError) in
      guard
        try database.value(
          of: """
            SELECT EXISTS (SELECT 1 FROM objects WHERE entry = ?1)
              OR EXISTS (SELECT 1 FROM intents WHERE entry = ?1 AND state = 'open')
            """, [entry.stored]) as Int == 0
      else { throw database.contradiction("an entry that is managed can't be forgotten") }
      try database.run("DELETE FROM refusals WHERE entry = ?", [entry.stored])
      try database.run("DELETE FROM allocations WHERE entry = ?", [entry.stored])
      return try database.forget(entry)
    }
    // The log has the earlier pages until a checkpoint truncates it.
    try database.execute(script: "PRAGMA wal_checkpoint(TRUNCATE)")
    return forgotten
  }

  /// Whether a copy of a ledger has data of an entry. Blocks while it reads.
  public static func knows(_ entry: EntryID, copy path: String) throws(LedgerError) -> Bool {
    let database = try Database(path, for: .reading)
    let version = try database.inspect()
    if version >= 25,
      try database.value(of: "SELECT EXISTS (SELECT 1 FROM entries WHERE entry = ?)", [entry.stored]) as Bool
    {
      return true
    }
    if version < 2 {
      return try database.value(
        of: """
          SELECT EXISTS (SELECT 1 FROM intents WHERE entry = ?1) OR EXISTS (SELECT 1 FROM objects WHERE entry = ?1)
            OR EXISTS (SELECT 1 FROM refusals WHERE entry = ?1)
          """, [entry.stored])
    }
    return try database.value(
      of: """
        SELECT EXISTS (SELECT 1 FROM intents WHERE entry = ?1) OR EXISTS (SELECT 1 FROM objects WHERE entry = ?1)
          OR EXISTS (SELECT 1 FROM refusals WHERE entry = ?1) OR EXISTS (SELECT 1 FROM befores WHERE entry = ?1)
          OR EXISTS (SELECT 1 FROM freed WHERE entry = ?1) OR EXISTS (SELECT 1 FROM held WHERE entry = ?1)
        """, [entry.stored])
  }
}

extension Database {
  /// Removes the data of an entry. Rows without an entry ID belong to forgotten entries.
  fileprivate func forget(_ entry: EntryID) throws(LedgerError) -> Forgotten {
    let known = try personalData(of: entry)
    let earlier = try run(
      """
      UPDATE befores SET first_name = '', last_name = '', email = '', caller_id = '', company = '', entry = '', dn = ''
      WHERE entry = ?
      """, [entry.stored])
    // What the PBX said of a change that failed may quote its values.
    try run(
      """
      UPDATE setbacks SET message = '' WHERE (kind, number) IN (SELECT kind, number FROM intents WHERE entry = ?)
        AND (kind, number) NOT IN (SELECT kind, number FROM objects)
      """, [entry.stored])
    let calls = try run(
      """
      UPDATE intents SET first_name = '', last_name = '', email = '', caller_id = '', company = '', entry = '', dn = '',
        message = iif(message IS NULL, NULL, '')
      WHERE entry = ? AND state = 'settled'
      """, [entry.stored])
    try deleteEntries(of: entry)
    try run("DELETE FROM held WHERE entry = ?", [entry.stored])
    try run("DELETE FROM holds WHERE NOT EXISTS (SELECT 1 FROM held WHERE hold = holds.name)")
    try run("UPDATE allocations SET dn = '' WHERE entry = ?", [entry.stored])
    for statement in Self.withoutHolder { try run(statement, [entry.stored]) }
    try run("DELETE FROM disputes WHERE entry = ?", [entry.stored])
    try run("DELETE FROM conflicts WHERE entry = ?", [entry.stored])
    try redact(known)
    return Forgotten(calls: calls, earlierValues: earlier)
  }

  /// The DNs, full names and mail addresses of an entry, in each spelling that the ledger has.
  private func personalData(of entry: EntryID) throws(LedgerError) -> Set<String> {
    let rows = try rows(
      """
      SELECT first_name, last_name, email, dn FROM (
        SELECT first_name, last_name, email, entry, dn FROM intents
        UNION SELECT first_name, last_name, email, entry, dn FROM befores
        UNION SELECT first_name, last_name, email, entry, '' FROM refusals
        UNION SELECT first_name, last_name, email, entry, dn FROM held
        UNION SELECT first_name, last_name, email, entries.entry, dn FROM wanted JOIN entries ON entries.id = entry_row
        UNION SELECT '', '', '', entry, dn FROM entries
        UNION SELECT first_name, last_name, email, entry, dn FROM freed
        UNION SELECT first_name, last_name, email, entry, dn FROM losses
        UNION SELECT '', '', '', entry, dn FROM allocations
      ) WHERE entry = ?
      """, [entry.stored]
    ) { row throws(LedgerError) in [try row.next(), try row.next(), try row.next(), try row.next()] as [String] }
    return rows.reduce(into: []) { known, row in
      let (first, last) = (row[0], row[1])
      if !first.isEmpty && !last.isEmpty {
        known.formUnion(["\(first) \(last)", "\(last) \(first)", "\(last), \(first)"])
      }
      known.formUnion([row[2], row[3]].filter { !$0.isEmpty })
    }
  }

  /// Former holders of numbers: the number and the time stay.
  private static let withoutHolder: [StaticString] = [
    """
    UPDATE freed SET first_name = '', last_name = '', email = '', caller_id = '', company = '', entry = '', dn = ''
    WHERE entry = ?
    """,
    """
    UPDATE losses SET first_name = '', last_name = '', email = '', caller_id = '', company = '', entry = '', dn = ''
    WHERE entry = ?
    """,
  ]

  /// Takes a value out of a text for people in which it may be quoted.
  private static let redactions: [StaticString] = [
    "UPDATE runs SET summary = replace(summary, ?1, '…') WHERE instr(summary, ?1) > 0",
    "UPDATE reads SET incomplete = replace(incomplete, ?1, '…') WHERE instr(incomplete, ?1) > 0",
    "UPDATE search_changes SET text = replace(text, ?1, '…') WHERE instr(text, ?1) > 0",
    "UPDATE holds SET reason = replace(reason, ?1, '…') WHERE instr(reason, ?1) > 0",
    "UPDATE setbacks SET message = replace(message, ?1, '…') WHERE instr(message, ?1) > 0",
    "UPDATE intents SET message = replace(message, ?1, '…') WHERE instr(message, ?1) > 0",
    "UPDATE refusals SET message = replace(message, ?1, '…') WHERE instr(message, ?1) > 0",
    "UPDATE alerts SET title = replace(title, ?1, '…') WHERE instr(title, ?1) > 0",
    // A table of the PBX that an admin gave.
    "DELETE FROM adoptions WHERE email = ?1 OR first_name || ' ' || last_name = ?1",
  ]

  private func redact(_ values: Set<String>) throws(LedgerError) {
    for value in values.sorted() { for statement in Self.redactions { try run(statement, [.text(value)]) } }
  }
}

extension PastCall {
  /// Whether the values of this call, or the values before it, were removed because the person left.
  public var isForgotten: Bool { intent.entry.text.isEmpty || intent.before?.entry.text.isEmpty == true }
}
