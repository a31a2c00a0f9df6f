import Domain
import Platform

extension ReadReport {
  /// The read report as one line: the server, the bind identity, the searches with their results, and whether the read was
  /// complete.
  package var text: String {
    let identity = [vendor, name, invocationID, marker].filter { !$0.isEmpty }.joined(separator: ", ")
    let from = identity.isEmpty ? server : "\(server) (\(identity))"
    let searched = searches.map(\.text)
    let canary = canariesWanted == 0 ? [] : ["canaries \(canaries) of \(canariesWanted)"]
    return "\(from) as \"\(bindDN)\", \(localTime(startedAt)), \(endedAt - startedAt) s: "
      + (searched + canary + [verdict]).joined(separator: "; ")
  }

  /// The server, with its product and its own name.
  package var identityText: String {
    let identity = [vendor, name].filter { !$0.isEmpty }.joined(separator: ", ")
    return identity.isEmpty ? server : "\(server) (\(identity))"
  }

  /// The counts, the time and the result, for places with little room.
  package var brief: String {
    let count = counted(entries, "entry", "entries")
    return "\(localTime(startedAt)), \(count) in \(endedAt - startedAt) s, \(verdict)"
  }

  private var verdict: String { incomplete.map { "incomplete: \($0)" } ?? "complete" }

  package var json: JSON {
    [
      "complete": .bool(incomplete == nil), "incomplete_because": .optional(incomplete), "server": .string(server),
      "vendor": .string(vendor), "name": .string(name), "invocation_id": .string(invocationID),
      "marker": .string(marker), "bind_dn": .string(bindDN), "entries": .count(entries), "pages": .count(pages),
      "referrals": .count(referrals), "canaries_seen": .count(canaries), "canaries_wanted": .count(canariesWanted),
      "started_at": .number(startedAt), "ended_at": .number(endedAt), "searches": .array(searches.map(\.json)),
    ]
  }
}

extension ReadReport {
  /// For each source a line with the number of entries that had a value, by field.
  package var valueLines: [String] {
    searches.compactMap { search in
      guard let values = search.values else { return nil }
      let time = values.at == startedAt ? "" : ", as counted at \(localTime(values.at))"
      return
        "Values in \"\(search.source)\", of \(counted(search.entries, "entry", "entries")), disabled ones not counted: "
        + "\(values.text)\(time)"
    }
  }
}

extension ValueCounts {
  /// "number 205, first_name 205, email 180"
  package var text: String {
    ObjectField.allCases.compactMap { field in entries[field].map { "\(field.rawValue) \($0)" } }.joined(
      separator: ", ")
  }

  fileprivate var json: JSON {
    .object(ObjectField.allCases.compactMap { field in entries[field].map { (field.rawValue, .count($0)) } })
  }
}

extension SearchReport {
  fileprivate var text: String {
    let referred = referrals == 0 ? "" : ", \(counted(referrals, "referral"))"
    return
      "\(source) (\(query.base), \(query.scope), filter \(query.filterHash)) gave "
      + "\(counted(entries, "entry", "entries")) in \(counted(pages, "page"))"
      + "\(referred), result \(resultCode)"
  }

  fileprivate var json: JSON {
    [
      "source": .string(source), "kind": .string(query.kind.rawValue), "base": .string(query.base),
      "scope": .string(query.scope), "filter_hash": .string(query.filterHash), "entries": .count(entries),
      "pages": .count(pages), "referrals": .count(referrals), "result_code": .count(resultCode),
      "fell_from": .optional(previousEntries), "values": values?.json ?? .null,
      "values_counted_at": .optional(values?.at),
    ]
  }
}
