public import Domain

extension Ledger {
  /// Adds the counts of all entries that a plan needs if values or numbers are missing.
  public func addTotals(to totals: inout LedgerState.Totals) throws(LedgerError) {
    try database.read("counting entries") { () throws(LedgerError) in
      totals.numbered = try database.numberedEntries()
      totals.valued = try database.entriesWithValues()
      totals.severalContacts = try database.value(
        of: """
          SELECT count(*) FROM (SELECT entry FROM objects WHERE kind = 'contact' GROUP BY entry HAVING count(*) > 1) AS several
          WHERE EXISTS (SELECT 1 FROM entries JOIN wanted ON entry_row = entries.id
            WHERE entries.entry = several.entry AND wanted.kind = 'contact')
          """)
    }
  }
}

extension Database {
  fileprivate func numberedEntries() throws(LedgerError) -> [ObjectKind: [Int: Int]] {
    var counts: [ObjectKind: [Int: Int]] = [:]
    try forEachRow(
      """
      SELECT kind, source, count(*) FROM leading_entries WHERE sighting = 'mapped' AND attributes IS NULL
      GROUP BY kind, source
      """
    ) { row throws(LedgerError) in
      let (kind, source): (ObjectKind, Int) = (try row.next(), try row.next())
      counts[kind, default: [:]][source] = try row.next()
    }
    return counts
  }

  /// The number of objects with a value, by source and field: for each entry the object with the wanted number, otherwise with its lowest.
  fileprivate func entriesWithValues() throws(LedgerError) -> [ObjectKind: [Int: [ObjectField: Int]]] {
    var counts: [ObjectKind: [Int: [ObjectField: Int]]] = [:]
    try forEachRow(
      """
      SELECT entries.kind, entries.source, sum(objects.last_name <> ''), sum(objects.email <> ''),
        sum(objects.caller_id <> ''), sum(objects.company <> '')
      FROM leading_entries AS entries
        LEFT JOIN wanted ON entry_row = entries.id
        JOIN objects ON objects.kind = entries.kind AND objects.number = coalesce(
          (SELECT number FROM objects AS own WHERE own.kind = entries.kind AND own.number = wanted.number
            AND own.entry = entries.entry AND own.unproven_reason IS NULL),
          (SELECT number FROM objects AS other WHERE other.kind = entries.kind AND other.entry = entries.entry
            AND other.unproven_reason IS NULL ORDER BY length(number), number LIMIT 1))
      WHERE sighting IS NOT NULL AND (wanted.number IS NOT NULL OR attributes IS NOT NULL)
      GROUP BY entries.kind, entries.source
      """
    ) { row throws(LedgerError) in
      let (kind, source): (ObjectKind, Int) = (try row.next(), try row.next())
      counts[kind, default: [:]][source] = [
        .lastName: try row.next(), .email: try row.next(), .callerID: try row.next(), .company: try row.next(),
      ]
    }
    return counts
  }
}
