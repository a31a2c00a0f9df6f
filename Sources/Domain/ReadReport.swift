import Text

/// The certificate of one read of the directory: the proof that it was complete, or why it wasn't.
public struct ReadReport: Hashable, Sendable {
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
  public var searches: [SearchReport] = []
  /// Why the read doesn't count towards removals; nil for a complete one.
  public var incomplete: String?
  public var startedAt: Timestamp
  public var endedAt: Timestamp

  public init(server: String, bindDN: String, startedAt: Timestamp) {
    self.server = server
    self.bindDN = bindDN
    self.startedAt = startedAt
    endedAt = startedAt
  }

  /// What tells one server, and one database on it, from another.
  public struct Server: Hashable, Sendable {
    /// What it is called: by itself, else by the configuration.
    public let host: String
    public let invocationID: String
    public let vendor: String

    public init(host: String, invocationID: String, vendor: String) {
      self.host = host
      self.invocationID = invocationID
      self.vendor = vendor
    }
  }

  public var identity: Server {
    Server(host: name.isEmpty ? server : name, invocationID: invocationID, vendor: vendor)
  }

  public var entries: Int { searches.reduce(0) { $0 + $1.entries } }
  public var pages: Int { searches.reduce(0) { $0 + $1.pages } }
  public var referrals: Int { searches.reduce(0) { $0 + $1.referrals } }
}

/// What one source of a read asked and was told.
public struct SearchReport: Hashable, Sendable {
  /// What was asked: another question can't be compared with it.
  public struct Query: Hashable, Sendable {
    public var kind: ObjectKind
    public var base: String
    public var scope: String
    /// `digest` of the filter.
    public var filterHash: String

    public init(kind: ObjectKind, base: String, scope: String, filterHash: String) {
      self.kind = kind
      self.base = base
      self.scope = scope
      self.filterHash = filterHash
    }
  }

  /// The source's name in the configuration.
  public var source: String
  public var query: Query
  public var entries = 0
  public var pages = 0
  public var referrals = 0
  /// The last result code (RFC 4511), or libldap's own, negative one.
  public var resultCode = 0
  /// How many entries it gave before, where it gave so few that it wasn't believed.
  public var fellFrom: Int?
  /// What was asked in words: `filter (objectClass=person)` and the like, one a line; empty where nobody noted it.
  public var asked = ""
  /// How many of its entries had which values; nil where nobody counted.
  public var values: ValueCounts?

  public init(source: String, query: Query) {
    self.source = source
    self.query = query
  }

  /// What the approval of a fall names; nil where there is none.
  public var fallName: String? {
    guard fellFrom != nil else { return nil }
    return "fall-\(digest("\(query.kind) \(query.base) \(query.scope) \(query.filterHash) \(entries)").prefix(8))"
  }
}
