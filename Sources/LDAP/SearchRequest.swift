import Platform

/// A search with its parameters.
public struct SearchRequest: Hashable, Sendable {
  /// RFC 4511, section 4.5.1.2, by the names of `ldapsearch -s`.
  public enum Scope: String, Hashable, Sendable { case base, one, sub }

  public var base: String
  public var scope: Scope
  public var filter: String
  public var attributes: [String]
  /// Entries per page (RFC 2696); 0 for a search without paging.
  public var pageSize: Int

  public init(base: String, scope: Scope, filter: String, attributes: [String], pageSize: Int) {
    self.base = base
    self.scope = scope
    self.filter = filter
    self.attributes = attributes
    self.pageSize = pageSize
  }

  /// For one entry by its DN.
  public init(entry dn: String, filter: String = "(objectClass=*)", attributes: [String]) {
    self.init(base: dn, scope: .base, filter: filter, attributes: attributes, pageSize: 0)
  }

  /// The `ldapsearch` line that repeats the search, for a shell. It prompts for the password.
  public func commandLine(uri: String, _ server: ConnectionSettings) -> String {
    var words = ["ldapsearch", "-LLL", "-H", uri]
    if server.startTLS { words.append("-ZZ") }
    if let mechanism = server.mechanism { words += ["-Q", "-Y", mechanism.rawValue] } else { words.append("-x") }
    if !server.bindDN.isEmpty { words += ["-D", server.bindDN, "-W"] }
    words += ["-b", base, "-s", scope.rawValue]
    if pageSize > 0 { words += ["-E", "pr=\(pageSize)/noprompt"] }
    return (words + [filter] + attributes).map(shellQuoted).joined(separator: " ")
  }
}

/// The end of a search, besides its entries.
public struct SearchResult: Hashable, Sendable {
  public var entries = 0
  public var pages = 0
  /// The first few references to parts of the answer on other servers. Recorded, never followed.
  public private(set) var referrals: [String] = []
  /// The number of references.
  public private(set) var referralCount = 0

  public init() {}

  /// The most references that are kept.
  mutating func refer(to uris: [String]) {
    referralCount += uris.count
    for uri in uris.prefix(max(0, Self.maxReferrals - referrals.count)) {
      referrals.append(String(decoding: uri.utf8.prefix(2000), as: UTF8.self))
    }
  }

  private static let maxReferrals = 1000
}
