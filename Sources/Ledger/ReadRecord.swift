public import Domain

/// The certificate of one read of the directory: the proof that it was complete, or why it wasn't.
public struct ReadRecord: Hashable, Sendable {
  /// The server's URI; one server answers all pages.
  public var server: String
  /// Its product, such as "OpenLDAP"; empty where it doesn't say.
  public var vendor = ""
  /// What it calls itself, such as Active Directory's `dnsHostName`; empty where it doesn't.
  public var name = ""
  /// Of an Active Directory database: another after a restore. Empty elsewhere.
  public var invocationID = ""
  /// Its `contextCSN` from before the first search; empty where it has none.
  public var marker = ""
  public var bindDN: String
  /// How many of the configured canaries were seen, of how many.
  public var canaries = 0
  public var canariesWanted = 0
  /// One for each source, in the order of asking; the last of a failed read is the one that failed.
  public var searches: [SearchRecord] = []
  /// Why the read doesn't count towards removals; nil for a complete one.
  public var incomplete: String?
  public var startedAt: Seconds
  public var endedAt: Seconds

  public init(server: String, bindDN: String, startedAt: Seconds) {
    self.server = server
    self.bindDN = bindDN
    self.startedAt = startedAt
    endedAt = startedAt
  }

  public var entries: Int { searches.reduce(0) { $0 + $1.entries } }
  public var pages: Int { searches.reduce(0) { $0 + $1.pages } }
  public var referrals: Int { searches.reduce(0) { $0 + $1.referrals } }
}

/// What one source of a read asked and was told.
public struct SearchRecord: Hashable, Sendable {
  /// What was asked: another question can't be compared with it.
  public struct View: Hashable, Sendable {
    public var kind: Kind
    public var base: String
    public var scope: String
    /// `digest` of the filter.
    public var filterHash: String

    public init(kind: Kind, base: String, scope: String, filterHash: String) {
      self.kind = kind
      self.base = base
      self.scope = scope
      self.filterHash = filterHash
    }
  }

  /// The source's name in the configuration.
  public var source: String
  public var view: View
  public var entries = 0
  public var pages = 0
  public var referrals = 0
  /// The last result code (RFC 4511), or libldap's own, negative one.
  public var resultCode = 0
  /// How many entries it gave before, where it gave so few that it wasn't believed.
  public var fellFrom: Int?

  public init(source: String, view: View) {
    self.source = source
    self.view = view
  }

  /// What the approval of a fall names; nil where there is none.
  public var fallName: String? {
    guard fellFrom != nil else { return nil }
    return "fall-\(digest("\(view.kind) \(view.base) \(view.scope) \(view.filterHash) \(entries)").prefix(8))"
  }
}

extension ReadRecord {
  var columns: Columns {
    [
      "server": server, "vendor": vendor, "name": name, "invocation_id": invocationID, "marker": marker,
      "bind_dn": bindDN, "entries": entries, "pages": pages, "referrals": referrals, "canaries": canaries,
      "canaries_wanted": canariesWanted, "incomplete": incomplete, "started_at": startedAt, "ended_at": endedAt,
    ]
  }

  init(_ row: borrowing Statement) throws(LedgerError) {
    self.init(server: try row["server"], bindDN: try row["bind_dn"], startedAt: try row["started_at"])
    vendor = try row["vendor"]
    name = try row["name"]
    invocationID = try row["invocation_id"]
    marker = try row["marker"]
    canaries = try row["canaries"]
    canariesWanted = try row["canaries_wanted"]
    incomplete = try row["incomplete"]
    endedAt = try row["ended_at"]
  }
}

extension SearchRecord.View {
  var columns: Columns { ["kind": kind, "base": base, "scope": scope, "filter_hash": filterHash] }

  init(_ row: borrowing Statement) throws(LedgerError) {
    self.init(
      kind: try row["kind"], base: try row["base"], scope: try row["scope"], filterHash: try row["filter_hash"])
  }
}

extension SearchRecord {
  var columns: Columns {
    view.columns.with([
      "source": source, "entries": entries, "pages": pages, "referrals": referrals, "result_code": resultCode,
      "fell_from": fellFrom,
    ])
  }

  init(_ row: borrowing Statement) throws(LedgerError) {
    self.init(source: try row["source"], view: try View(row))
    entries = try row["entries"]
    pages = try row["pages"]
    referrals = try row["referrals"]
    resultCode = try row["result_code"]
    fellFrom = try row["fell_from"]
  }
}
