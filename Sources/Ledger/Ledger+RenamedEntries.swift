public import Domain

/// An entry that no source selects and whose object has another DN: it was renamed since a source selected it.
public struct RenamedEntry: Hashable, Sendable {
  /// Its row.
  let id: Int64
  public let entry: EntryID
  public let dn: String
  public let formerDN: String
  public let place: SourcePlace
}

extension Ledger {
  /// The renamed entries that were selected under their former DNs. An excluded entry isn't one.
  public func renamedEntries() throws(LedgerError) -> [RenamedEntry] {
    // Most entries are selected, and most others have no object.
    try database.rows(
      """
      SELECT own.id, own.entry, own.dn, objects.dn, own.kind, own.source
      FROM entries AS own CROSS JOIN objects ON objects.entry = own.entry AND objects.kind = own.kind
      WHERE own.sighting IS NULL AND own.excluded_line IS NULL AND own.dn <> objects.dn
        AND NOT EXISTS (
          SELECT 1 FROM entries AS other
          WHERE other.entry = own.entry AND other.kind = own.kind AND other.sighting IS NOT NULL)
      GROUP BY own.id ORDER BY own.kind DESC, own.source, own.id
      """
    ) { row throws(LedgerError) in
      RenamedEntry(
        id: try row.next(), entry: try row.next(), dn: try row.next(), formerDN: try row.next(),
        place: SourcePlace(try row.next(), try row.next()))
    }
  }

  /// Marks entries as unmappable, so that their objects stay as they are, until a read maps them again.
  public func store(_ problems: [(entry: RenamedEntry, problem: MappingProblem)]) throws(LedgerError) {
    if problems.isEmpty { return }
    try database.write("storing \(problems.count) renamed entries") { () throws(LedgerError) in
      for (entry, problem) in problems {
        // A result of 0 is that of no mapping.
        try database.run(
          "UPDATE entries SET sighting = ?, result = 0 WHERE id = ?", [Sighting.unmappable.stored, entry.id.stored])
        try database.run(
          """
          INSERT OR REPLACE INTO problems
            (entry_row, position, attribute, value, reason, remedy, is_missing_number, kept_field)
          VALUES (?, 0, ?, ?, ?, ?, ?, ?)
          """, [entry.id.stored] + problem.values)
        try database.mark(entry.entry)
      }
    }
  }
}
