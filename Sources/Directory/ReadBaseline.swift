import Configuration
package import Domain
import LDAP

/// The data with which a read is compared: a bind identity that sees less, another server or a changed filter look like entries that
/// have gone.
package struct ReadBaseline: Sendable {
  /// The number of managed objects by kind.
  package var objectCounts: [ObjectKind: Int] = [:]
  /// The report of the last complete read; nil before the first.
  package var lastComplete: ReadReport?
  /// The change markers of the last reads.
  package var markers: [String] = []
  /// The change marker of the last notification after the last complete read.
  package var earlierMarker = ""
  /// The latest change marker that was seen.
  package var reachedMarker = ""
  /// Drops that an admin accepted.
  package var acceptedDrops: [SearchReport.Query: Int] = [:]
  /// Servers of earlier complete reads.
  package var knownServers: Set<ReadReport.Server> = []

  /// The entries with managed objects of a kind; nil if unknown. Needed only after a drop.
  package var entries: @Sendable (ObjectKind) async -> Set<EntryID>? = { _ in nil }

  package init(
    objectCounts: [ObjectKind: Int] = [:], lastComplete: ReadReport? = nil, markers: [String] = [],
    earlierMarker: String = "",
    reachedMarker: String = "", acceptedDrops: [SearchReport.Query: Int] = [:],
    knownServers: Set<ReadReport.Server> = [],
    entries: @escaping @Sendable (ObjectKind) async -> Set<EntryID>? = { _ in nil }
  ) {
    self.objectCounts = objectCounts
    self.lastComplete = lastComplete
    self.markers = markers
    self.earlierMarker = earlierMarker
    self.reachedMarker = reachedMarker
    self.acceptedDrops = acceptedDrops
    self.knownServers = knownServers
    self.entries = entries
  }

  /// A source with fewer entries than this has no drops: two of three people may well leave on one day.
  private static let smallestCrowd = 20

  /// The earlier count of entries if `search` has so much fewer that the read is incomplete.
  func drop(to search: SearchReport, _ policy: RemovalPolicy) -> Int? {
    let before = acceptedDrops[search.query] ?? lastComplete?.searches.first { $0.query == search.query }?.entries
    if search.entries == 0 {
      // The answer of a bind that sees nothing, and of a filter that matches nothing.
      let atStake = before ?? objectCounts[search.query.kind] ?? 0
      return atStake > 0 && objectCounts[search.query.kind] != nil ? atStake : nil
    }
    guard let before, before >= Self.smallestCrowd else { return nil }
    return search.entries * 100 < before * (100 - policy.maxFall) ? before : nil
  }

  /// The counts of the last read that mapped all the source's entries.
  func values(of search: SearchReport) -> ValueCounts? {
    lastComplete?.searches.first { $0.source == search.source && $0.query == search.query }?.values
  }

  /// Whether the other sources of the kind explain a drop: an entry found there isn't missing.
  ///
  /// - Parameters:
  ///   - before: the earlier count of the source's entries.
  ///   - owners: the entries with managed objects of the kind.
  func isExplained(
    _ search: SearchReport, from before: Int, owners: Set<EntryID>, by reading: ReadResult, _ policy: RemovalPolicy
  ) -> Bool {
    let kind = search.query.kind
    let lost = min(owners.count { reading.sighting(of: $0, as: kind) == nil }, before - search.entries)
    let left = before - lost
    if left <= 0 { return false }
    return before < Self.smallestCrowd || left * 100 >= before * (100 - policy.maxFall)
  }

  /// A server that lags behind an earlier read: a run with its old data would revert later changes.
  struct Lag: Hashable, Sendable {
    let text: String
    /// Whether it may be the same server as before, whose marker may go back: slapd notes it at a clean shutdown, and after a
    /// crash finds the newest entry's, which a delete leaves none of (slapo-syncprov(5)); and it may be restored from a backup.
    let mayBeSame: Bool
  }

  /// nil where it doesn't lag behind, or doesn't say.
  ///
  /// The last marker alone doesn't tell how far the directory has come, for the same reason.
  func lag(of record: ReadReport) -> Lag? {
    // A server that is listened to since then hasn't crashed.
    if let text = lag(of: record, behind: [reachedMarker]) { return Lag(text: text, mayBeSame: false) }
    let mayBeSame = lastComplete.map { $0.server == record.server } ?? true
    return lag(of: record, behind: markers).map { Lag(text: $0, mayBeSame: mayBeSame) }
  }

  private func lag(of record: ReadReport, behind markers: [String]) -> String? {
    ChangeMarker.lag(of: record.marker, behind: markers).map { last, seen in
      "\(record.server) lags behind: its last change is of \(last), and the directory was seen with one of \(seen)"
    }
  }

  /// Whether the server is another one than the last, at the same address.
  func isAnother(_ record: ReadReport) -> Bool {
    guard let lastComplete, record.server == lastComplete.server else { return false }
    return !record.name.isEmpty && !lastComplete.name.isEmpty && record.name != lastComplete.name
  }

  /// A base as it was written at the last complete read: another spelling of the same name asks for the same entries.
  func spelling(ofBase base: String) -> String {
    let name = DN(base)
    return lastComplete?.searches.lazy.map(\.query.base).first { DN($0) == name } ?? base
  }

  /// The changes of the search settings since the last complete read, for each affected kind. A new source or a known server removes no
  /// entry, so these are no changes.
  func searchChanges(of record: ReadReport) -> [SearchChange] {
    guard let before = lastComplete else { return [] }
    let views = Set(record.searches.map(\.query))
    let known = Set(before.searches.map(\.query))
    var both: [String] = []
    let isOtherBind = DN(record.bindDN) != DN(before.bindDN)
    if isOtherBind {
      both.append("the directory is read as \"\(record.bindDN)\", and was as \"\(before.bindDN)\"")
    }
    if !knownServers.contains(record.identity), let change = record.change(from: before) {
      both.append("another directory server answers: \(change)")
    }
    // A server that lags isn't read at all, so this one was probably restored from a copy.
    if let (now, then) = ChangeMarker.lag(of: record.marker, behind: [before.marker, earlierMarker]) {
      both.append("the directory went back in time: its last change was of \(then), and is of \(now)")
    }
    return ObjectKind.allCases.compactMap { kind in
      var texts: [String] = []
      for search in before.searches where search.query.kind == kind {
        let candidates = record.searches.filter { $0.query.kind == kind && !known.contains($0.query) }
        // A source without a name of its own is called by its base.
        let now =
          record.searches.first { $0.query == search.query } ?? candidates.first { $0.source == search.source }
          ?? candidates.first
        if let text = search.change(to: now, isSame: views.contains(search.query)) { texts.append(text) }
      }
      let isConcerned = objectCounts[kind] != nil || before.searches.contains { $0.query.kind == kind }
      let isEdit = isOtherBind || !texts.isEmpty
      texts += isConcerned ? both : []
      return texts.isEmpty
        ? nil : SearchChange(texts.joined(separator: "; "), of: kind, at: record.startedAt, isEdit: isEdit)
    }
  }

  /// The templates that have changed since the last complete read. A source is known by its query, and by its name once that has changed:
  /// sources without a name of their own may have the same one.
  func templateChanges(of record: ReadReport) -> [ObjectKind: [TemplateChange]] {
    var changes: [ObjectKind: [TemplateChange]] = [:]
    let queries = Set(record.searches.map(\.query))
    for now in record.searches where !now.asked.isEmpty {
      let searches = (lastComplete?.searches ?? []).filter { $0.query.kind == now.query.kind }
      let before =
        searches.first { $0.query == now.query }
        ?? searches.first { $0.source == now.source && !queries.contains($0.query) }
      guard let before, !before.asked.isEmpty else { continue }
      let (old, new) = (before.words, now.words)
      for field in ObjectField.allCases where old[field.rawValue] != new[field.rawValue] {
        changes[now.query.kind, default: []].append(
          TemplateChange(
            of: field, in: now.source, from: old[field.rawValue] ?? "none", to: new[field.rawValue] ?? "none"))
      }
    }
    return changes
  }
}

extension SearchReport {
  /// The search settings by their names: `filter`, `group`, `exclude`, `number`, `rules`, `pool`, `disabled`.
  fileprivate var words: [String: String] {
    let pairs = asked.split(separator: "\n").compactMap { line -> (String, String)? in
      let parts = line.split(separator: " ", maxSplits: 1)
      return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
    }
    return Dictionary(pairs) { first, _ in first }
  }

  /// The change of the settings as a clause; nil without one.
  ///
  /// - Parameter isSame: whether the query is the same, so that only the mapping may differ.
  fileprivate func change(to now: SearchReport?, isSame: Bool) -> String? {
    guard let now else { return "the source \"\(source)\" isn't what it was or is gone" }
    func phrase(_ subject: String, _ word: String, verb: String = "") -> String {
      guard let old = words[word] ?? (asked.isEmpty ? nil : "none"),
        let new = now.words[word] ?? (now.asked.isEmpty ? nil : "none")
      else { return "\(subject) of \"\(source)\" has changed" }
      return "\(subject) of \"\(source)\" \(verb)was \(old) and is now \(new)"
    }
    if isSame {
      guard !asked.isEmpty, !now.asked.isEmpty else { return nil }
      if words["number"] != now.words["number"] { return phrase("the template of the number", "number") }
      if let rules = words["rules"], rules != now.words["rules"] {
        return phrase("how the numbers", "rules", verb: "are read ")
      }
      if let pool = words["pool"], pool != now.words["pool"] { return phrase("the pool", "pool") }
      return words["disabled"] == now.words["disabled"] ? nil : phrase("the check for disabled accounts", "disabled")
    }
    if now.query.base != query.base {
      return "the base of \"\(source)\" was \(query.base) and is now \(now.query.base)"
    }
    if now.query.scope != query.scope {
      return "the scope of \"\(source)\" was \(query.scope) and is now \(now.query.scope)"
    }
    let (before, after) = (query.parts, now.query.parts)
    if before["filter"] != after["filter"] { return phrase("the filter", "filter") }
    if before["group"] != after["group"] { return phrase("the group", "group") }
    if before["exclude"] != after["exclude"] { return phrase("the exclude filter", "exclude") }
    return "the exclusion list of \"\(source)\" has changed"
  }
}

extension SearchReport.Query {
  /// The digests that `Source.query` joins, by their names.
  fileprivate var parts: [String: Substring] {
    let pairs = filterHash.split(separator: " ").map { part in
      let words = part.split(separator: "=", maxSplits: 1)
      return words.count == 2 ? (String(words[0]), words[1]) : ("filter", part)
    }
    return Dictionary(pairs) { first, _ in first }
  }
}

extension ReadReport {
  /// The difference if another server, or another database on it, was read before; nil if it is the same.
  fileprivate func change(from before: ReadReport) -> String? {
    // A server that shows its name now and didn't before is the same.
    let areNamed = !name.isEmpty && !before.name.isEmpty
    let (host, earlier) = areNamed ? (name, before.name) : (server, before.server)
    if host != earlier {
      let remedy =
        areNamed && server == before.server ? " (one name for several: name each in [directory] servers)" : ""
      return "\(host), not \(earlier)\(remedy)"
    }
    if invocationID != before.invocationID { return "the database of \(host) was restored or recreated" }
    if vendor == before.vendor { return nil }
    return "\(host) \(vendor.isEmpty ? "no longer shows its vendor" : "is \(vendor)"), and was \(before.vendor)"
  }
}

extension RootDSE {
  /// The product by the server's own vendor name, otherwise by its family; empty if both are unknown.
  package var product: String {
    let said = [vendorName, vendorVersion].compactMap(\.self).joined(separator: " ")
    return said.isEmpty ? family.name : said
  }
}

extension RootDSE.Family {
  fileprivate var name: String {
    switch self {
    case .openLDAP: "OpenLDAP"
    case .activeDirectory: "Active Directory"
    case .directoryServer389: "389 Directory Server"
    case .apacheDS: "ApacheDS"
    case .other: ""
    }
  }
}
