import Configuration
import Domain
import LDAP
import Ledger

/// What a read of the directory is compared with: a bind that suddenly sees less, another server or a changed filter
/// look just like people who have left.
struct Precedent: Sendable {
  /// How many objects we own, by kind.
  var owned: [Kind: Int] = [:]
  /// The certificate of the last complete read; nil before the first.
  var lastComplete: ReadRecord?
  /// What the servers showed at the last complete reads: how far the directory has come.
  var markers: [String] = []
  /// How far it has come by what was seen of it right now.
  var reachedMarker = ""
  /// Falls that an admin believes.
  var acceptedFalls: [SearchRecord.View: Int] = [:]

  /// A source with fewer entries than this has no sharp falls: two of three may well leave on one day.
  private static let smallestCrowd = 20

  /// How many entries there were, where `search` gave so much fewer that it can't be believed.
  func fall(to search: SearchRecord, _ policy: RemovalPolicy) -> Int? {
    let before = acceptedFalls[search.view] ?? lastComplete?.searches.first { $0.view == search.view }?.entries
    if search.entries == 0 {
      // The answer of a bind that sees nothing, and of a filter that matches nothing.
      let atStake = before ?? owned[search.view.kind] ?? 0
      return atStake > 0 && owned[search.view.kind] != nil ? atStake : nil
    }
    guard let before, before >= Self.smallestCrowd, policy.maxFall < 100 else { return nil }
    return search.entries * 100 < before * (100 - policy.maxFall) ? before : nil
  }

  /// How a server lags behind what was read before: its data are of yesterday, and to follow them would take back what was
  /// done since.
  struct Lag: Hashable, Sendable {
    let text: String
    /// Whether it may be the same server as before, whose marker may go back: slapd notes it at a clean shutdown, and after a
    /// crash finds the newest entry's, which a delete leaves none of (slapo-syncprov(5)); and it may be restored from a backup.
    let mayBeSame: Bool
  }

  /// nil where it doesn't lag behind, or doesn't say.
  ///
  /// The last marker alone doesn't tell how far the directory has come, for the same reason.
  func lag(of record: ReadRecord) -> Lag? {
    // Whoever listens to it has heard of no crash.
    if let text = lag(of: record, behind: [reachedMarker]) { return Lag(text: text, mayBeSame: false) }
    guard let lastComplete else { return nil }
    return lag(of: record, behind: markers).map { Lag(text: $0, mayBeSame: lastComplete.server == record.server) }
  }

  private func lag(of record: ReadRecord, behind markers: [String]) -> String? {
    let before = markers.map(Self.lastChanges).reduce(into: [:]) { $0.merge($1, uniquingKeysWith: max) }
    for (origin, last) in Self.lastChanges(record.marker).sorted(by: { $0.key < $1.key }) {
      guard let seen = before[origin], last < seen else { continue }
      return
        "\(record.server) lags behind: its last change is of \(last), and the directory was seen with one of \(seen)"
    }
    return nil
  }

  /// The last change of each provider by a marker's text: contextCSNs with their naming contexts. A CSN is a time, a
  /// count, the provider's id and a modifier with `#` between them, made to be compared as text (slapd's lutil_csnstr;
  /// draft-ietf-ldup-model).
  private static func lastChanges(_ marker: String) -> [String: String] {
    let pairs = marker.split(separator: "; ").compactMap { part -> (String, String)? in
      guard let blank = part.lastIndex(of: " ") else { return nil }
      let fields = part[part.index(after: blank)...].split(separator: "#", omittingEmptySubsequences: false)
      guard fields.count == 4 else { return nil }
      return ("\(part[..<blank]) \(fields[2])", "\(fields[0])#\(fields[1])")
    }
    return Dictionary(pairs, uniquingKeysWith: max)
  }

  /// In which way this read sees the directory that the last complete one didn't, as a clause; nil where in none. A
  /// source that is new takes nobody away.
  func changedView(of record: ReadRecord) -> String? {
    guard let before = lastComplete else { return nil }
    let views = Set(record.searches.map(\.view))
    let known = Set(before.searches.map(\.view))
    for search in before.searches where !views.contains(search.view) {
      let candidates = record.searches.filter { $0.view.kind == search.view.kind && !known.contains($0.view) }
      // A source without a name of its own is called by its base.
      return search.change(to: (candidates.first { $0.source == search.source } ?? candidates.first)?.view)
    }
    if record.bindDN != before.bindDN { return "the directory is now read as \"\(record.bindDN)\"" }
    return record.change(from: before).map { "another directory server answers: \($0)" }
  }
}

extension SearchRecord {
  fileprivate func change(to now: View?) -> String {
    guard let now else { return "the source \"\(source)\" isn't what it was or is gone" }
    if now.base != view.base { return "the base of \"\(source)\" was \(view.base) and is now \(now.base)" }
    if now.scope != view.scope { return "the scope of \"\(source)\" was \(view.scope) and is now \(now.scope)" }
    let (before, after) = (view.parts, now.parts)
    if before["filter"] != after["filter"] { return "the filter of \"\(source)\" has changed" }
    if before["group"] != after["group"] { return "the group of \"\(source)\" has changed" }
    if before["exclude"] != after["exclude"] { return "what \"\(source)\" excludes by a filter has changed" }
    return "the list of those whom \"\(source)\" excludes has changed"
  }
}

extension SearchRecord.View {
  /// The digests that `Source.view` puts together, by what each is of.
  fileprivate var parts: [String: Substring] {
    let pairs = filterHash.split(separator: " ").map { part in
      let words = part.split(separator: "=", maxSplits: 1)
      return words.count == 2 ? (String(words[0]), words[1]) : ("filter", part)
    }
    return Dictionary(pairs) { first, _ in first }
  }
}

extension ReadRecord {
  /// What the server is called: by itself, else by the configuration.
  private var host: String { name.isEmpty ? server : name }

  /// What tells that another server, or another database on it, was read before; nil where it was the same.
  fileprivate func change(from before: ReadRecord) -> String? {
    if host != before.host { return "\(host), not \(before.host)" }
    if invocationID != before.invocationID { return "the database of \(host) was restored or made anew" }
    return vendor == before.vendor ? nil : "\(host) is \(vendor), and was \(before.vendor)"
  }
}

extension RootDSE {
  /// What the server says it is, else what it is by its ways; empty where neither tells.
  var product: String {
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
    case .other: ""
    }
  }
}
