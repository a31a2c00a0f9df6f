import Domain

extension ReadReport {
  static let columns =
    "server, vendor, name, invocation_id, marker, bind_dn, canaries, canaries_wanted, incomplete, started_at, ended_at"

  var values: [SQLiteValue] {
    [
      .text(server), .text(vendor), .text(name), .text(invocationID), .text(marker), .text(bindDN), canaries.stored,
      canariesWanted.stored, incomplete.stored, startedAt.stored, endedAt.stored,
    ]
  }

  init(_ row: inout Row) throws(LedgerError) {
    self.init(server: try row.next(), bindDN: "", startedAt: 0)
    vendor = try row.next()
    name = try row.next()
    invocationID = try row.next()
    marker = try row.next()
    bindDN = try row.next()
    canaries = try row.next()
    canariesWanted = try row.next()
    incomplete = try row.next()
    startedAt = try row.next()
    endedAt = try row.next()
  }
}

extension SearchReport.Query {
  static let columns = "kind, base, scope, filter_hash"

  var values: [SQLiteValue] { [kind.stored, .text(base), .text(scope), .text(filterHash)] }

  init(_ row: inout Row) throws(LedgerError) {
    self.init(kind: try row.next(), base: try row.next(), scope: try row.next(), filterHash: try row.next())
  }
}

extension SearchReport {
  static let columns =
    "source, \(Query.columns), entries, pages, referrals, result_code, fell_from, asked, field_values, values_at"

  var row: [SQLiteValue] {
    [.text(source)] + query.values
      + [entries.stored, pages.stored, referrals.stored, resultCode.stored, previousEntries.stored, .text(asked)]
      + [.text(values?.stored ?? ""), values?.at.stored ?? .null]
  }

  init(_ row: inout Row) throws(LedgerError) {
    self.init(source: try row.next(), query: try Query(&row))
    entries = try row.next()
    pages = try row.next()
    referrals = try row.next()
    resultCode = try row.next()
    previousEntries = try row.next()
    asked = try row.next()
    let text: String = try row.next()
    let at: Timestamp? = try row.next()
    values = at.map { ValueCounts(stored: text, at: $0) }
  }
}

extension ValueCounts {
  /// `number=12 email=0`
  fileprivate var stored: String {
    ObjectField.allCases.compactMap { field in entries[field].map { "\(field.rawValue)=\($0)" } }.joined(separator: " ")
  }

  fileprivate init(stored text: String, at: Timestamp) {
    let counts = text.split(separator: " ").compactMap { word -> (ObjectField, Int)? in
      let parts = word.split(separator: "=")
      guard parts.count == 2, let field = ObjectField(rawValue: String(parts[0])), let count = Int(parts[1]) else {
        return nil
      }
      return (field, count)
    }
    self.init(Dictionary(counts, uniquingKeysWith: { first, _ in first }), at: at)
  }
}
