public import Domain

// Queries of the stored entries.

extension Ledger {
  /// The rows of an entry, one for each source that shows it.
  public func rows(of entry: EntryID) throws(LedgerError) -> [EntryRow] {
    try database.rows(
      "SELECT id, entry, kind, dn, digest, seen FROM entries WHERE entry = ? ORDER BY kind DESC, source, id",
      [entry.stored], as: EntryRow.init)
  }

  /// The entries that want a number, or whose values may mean it.
  public func claimants(of number: String) throws(LedgerError) -> [ReservedNumber] {
    try database.rows(
      """
      SELECT number, entry, dn FROM wanted JOIN entries ON entries.id = entry_row WHERE number = ?1
      UNION SELECT number, entry, dn FROM reserved JOIN entries ON entries.id = entry_row WHERE number = ?1
      """, [.text(number)], as: ReservedNumber.init)
  }

  /// The sources that showed an entry when it was last read, and the kinds of its objects.
  public func places(of entry: EntryID) throws(LedgerError) -> Set<SourcePlace> {
    Set(
      try database.rows(
        """
        SELECT kind, source FROM entries WHERE entry = ?1
        UNION SELECT kind, -1 FROM objects WHERE entry = ?1 AND kind NOT IN (SELECT kind FROM entries WHERE entry = ?1)
        """, [entry.stored]
      ) { row throws(LedgerError) in SourcePlace(try row.next(), try row.next()) })
  }

  /// The rows of a kind, without excluded entries.
  public func rows(of kind: ObjectKind) throws(LedgerError) -> [EntryRow] {
    try database.rows(
      "SELECT id, entry, kind, dn, digest, seen FROM entries WHERE kind = ? AND sighting IS NOT NULL", [kind.stored],
      as: EntryRow.init)
  }

  /// The numbers of all objects of a kind that entries want.
  public func wantedNumbers(of kind: ObjectKind) throws(LedgerError) -> Set<String> {
    Set(try database.column(of: "SELECT DISTINCT number FROM wanted WHERE kind = ?", [kind.stored]))
  }

  /// Whether an affected entry has neither a number in the directory nor an extension, so that a pool may allocate one.
  public func awaitsNumber() throws(LedgerError) -> Bool {
    try database.value(
      of: """
        SELECT EXISTS (
          SELECT 1 FROM affected CROSS JOIN certain_entries AS own USING (entry)
          WHERE attributes IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM objects WHERE objects.entry = own.entry AND objects.kind = own.kind))
        """)
  }

  /// The names of the sites that have an entry.
  public func sites() throws(LedgerError) -> Set<String> {
    Set(try database.column(of: "SELECT DISTINCT site FROM certain_entries WHERE site IS NOT NULL"))
  }

  /// The count of entries with disabled accounts.
  public func disabledCount() throws(LedgerError) -> Int {
    try database.value(of: "SELECT count(*) FROM certain_entries WHERE sighting <> 'mapped' AND sighting = 'disabled'")
  }

  /// The lines of a source's exclusions that match an entry.
  public func excludedLines(of place: SourcePlace) throws(LedgerError) -> Set<Int> {
    Set(
      try database.column(
        of:
          "SELECT DISTINCT excluded_line FROM certain_entries WHERE kind = ? AND source = ? AND excluded_line IS NOT NULL",
        [place.kind.stored, place.position.stored]))
  }

  /// The number of a source's entries with a value, by field.
  public func fieldCounts(of place: SourcePlace) throws(LedgerError) -> [ObjectField: Int] {
    let counts = try database.rows(
      "SELECT fields, count(*) FROM certain_entries WHERE kind = ? AND source = ? AND sighting IS NOT NULL GROUP BY fields",
      [place.kind.stored, place.position.stored]
    ) { row throws(LedgerError) in (bits: try row.next() as Int, count: try row.next() as Int) }
    var result: [ObjectField: Int] = [:]
    for (index, field) in ObjectField.allCases.enumerated() {
      result[field] = counts.reduce(0) { $1.bits & 1 << index == 0 ? $0 : $0 + $1.count }
    }
    return result
  }

  /// The mapping problems, in the order of the sources. A problem of a value with a number that another entry has by now says so.
  public func problems() throws(LedgerError) -> [MappingProblem] {
    try database.read("reading what can't be mapped") { () throws(LedgerError) in
      var claimants: [Int64: [ReservedNumber]] = [:]
      try database.forEachRow(
        """
        SELECT own.id, number, other.entry, other.dn
        FROM (SELECT DISTINCT entry_row AS id FROM problems WHERE kept_field IS NULL AND value <> '') AS own
          CROSS JOIN reserved ON reserved.entry_row = own.id
          CROSS JOIN wanted USING (number)
          CROSS JOIN entries AS other ON other.id = wanted.entry_row
        WHERE wanted.kind = 'extension' AND other.entry <> (SELECT entry FROM entries WHERE entries.id = own.id)
        ORDER BY own.id, number, other.entry
        """
      ) { row throws(LedgerError) in
        claimants[try row.next(), default: []].append(try ReservedNumber(&row))
      }
      return try database.rows(
        """
        SELECT id, entry, dn, attribute, value, reason, remedy, is_missing_number, kept_field
        FROM problems JOIN leading_entries ON id = entry_row
        ORDER BY kind DESC, source, id, position
        """
      ) { row throws(LedgerError) in
        let id: Int64 = try row.next()
        return try MappingProblem(&row).naming(claimants[id] ?? [])
      }
    }
  }
}

extension EntryRow {
  /// id, entry, kind, dn, digest, seen
  init(_ row: inout Row) throws(LedgerError) {
    self.init(
      id: try row.next(), entry: try row.next(), kind: try row.next(), dn: try row.next(), digest: try row.next(),
      read: try row.next())
  }
}

extension MappingProblem {
  /// The same problem, with the first entry that has a number of its value.
  fileprivate func naming(_ claimants: [ReservedNumber]) -> MappingProblem {
    let runs = Set(value.split { !("0"..."9").contains($0) }.map(String.init))
    guard keptField == nil, let claimant = claimants.first(where: { runs.contains($0.number) }) else { return self }
    return MappingProblem(
      dn: dn, entry: entry, attribute: attribute, value: value,
      reason: "\(reason), and \(claimant.dn) has the number \(claimant.number)", remedy: remedy,
      isMissingNumber: isMissingNumber)
  }

  /// attribute, value, reason, remedy, is_missing_number, kept_field
  var values: [SQLiteValue] {
    [.text(attribute), .text(value), .text(reason), .text(remedy), isMissingNumber.stored, keptField.stored]
  }

  /// entry, dn, and the columns of `values`
  init(_ row: inout Row) throws(LedgerError) {
    let (entry, dn): (EntryID, String) = (try row.next(), try row.next())
    self.init(
      dn: dn, entry: entry, attribute: try row.next(), value: try row.next(), reason: try row.next(),
      remedy: try row.next(), isMissingNumber: try row.next(), keptField: try row.next())
  }
}
