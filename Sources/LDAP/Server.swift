/// How to reach the directory, whom to trust and who to be.
public struct Server: Hashable, Sendable {
  /// `ldap://` and `ldaps://` URIs, tried in this order until one answers.
  public var uris: [String]
  /// Whether an `ldap://` connection is encrypted before the bind (RFC 4511, section 4.14).
  public var startTLS: Bool
  /// A PEM file with the authorities to trust instead of the system's. Certificates are always verified.
  public var caFile: String?
  /// Empty for an anonymous bind.
  public var bindDN: String
  public var password: Secret
  /// The longest wait for a connection.
  public var connectTimeout: Duration
  /// The longest time for one search with all its pages.
  public var operationTimeout: Duration
  /// The longest silence between two messages of the server.
  public var idleTimeout: Duration

  public init(
    uris: [String], startTLS: Bool = false, caFile: String? = nil, bindDN: String = "", password: Secret = Secret(""),
    connectTimeout: Duration, operationTimeout: Duration, idleTimeout: Duration
  ) {
    self.uris = uris
    self.startTLS = startTLS
    self.caFile = caFile
    self.bindDN = bindDN
    self.password = password
    self.connectTimeout = connectTimeout
    self.operationTimeout = operationTimeout
    self.idleTimeout = idleTimeout
  }
}
