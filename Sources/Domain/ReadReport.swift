import Text

/// The report of one read of the directory: whether it was complete, or why it wasn't.
public struct ReadReport: Hashable, Sendable {
  /// The server's URI; one server answers all pages.
  public var server: String
  /// Its product, such as "OpenLDAP"; empty if unknown.
  public var vendor = ""
  /// The server's own name, such as Active Directory's `dnsHostName`; empty without one.
  public var name = ""
  /// The invocation ID of an Active Directory database, which changes with a restore; otherwise empty.
  public var invocationID = ""
  /// Its change marker before the first search; empty without one.
  public var marker = ""
  public var bindDN: String
  /// How many of the configured canaries were found.
  public var canaries = 0
  public var canariesWanted = 0
  /// One for each source, in order; the last one of a failed read has failed.
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

  /// The identity of a server and its database.
  public struct Server: Hashable, Sendable {
    /// The server's own name, otherwise its URI in the configuration.
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

/// The search of one source: its settings and its result.
public struct SearchReport: Hashable, Sendable {
  /// The search settings: searches with other settings can't be compared.
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
  /// The earlier number of entries, if the number has dropped so far that the read is incomplete.
  public var previousEntries: Int?
  /// The search settings in words, such as `filter (objectClass=person)`, one a line; empty if unknown.
  public var asked = ""
  /// The number of entries with a value, by field; nil if they weren't counted.
  public var values: ValueCounts?

  public init(source: String, query: Query) {
    self.source = source
    self.query = query
  }

  /// The name of the drop, for its approval; nil without a drop.
  public var dropName: String? {
    guard previousEntries != nil else { return nil }
    return "fall-\(digest("\(query.kind) \(query.base) \(query.scope) \(query.filterHash) \(entries)").prefix(8))"
  }
}

/// How many entries of a source had a value for each field, in a read that mapped all of them.
public struct ValueCounts: Hashable, Sendable {
  /// The count for each field of the source.
  public private(set) var entries: [ObjectField: Int]
  /// When they were counted, by the wall clock: a read without changes keeps the counts.
  public let at: Timestamp

  public init(_ entries: [ObjectField: Int], at: Timestamp) {
    (self.entries, self.at) = (entries, at)
  }

  /// Counts an entry that has values for these fields, even if it can't be mapped.
  public mutating func add(_ fields: Set<ObjectField>) {
    for field in fields { entries[field]? += 1 }
  }
}
