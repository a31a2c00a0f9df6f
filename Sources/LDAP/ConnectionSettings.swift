/// How to reach the directory, whom to trust and who to be.
public struct ConnectionSettings: Hashable, Sendable {
  /// Ways to bind without a password in LDAP (RFC 4513, section 5.2), by the names that RFC 4422 registers.
  public enum SASLMechanism: String, Hashable, Sendable {
    /// By the client's certificate, or by the user of this process over `ldapi://`.
    case external = "EXTERNAL"
    /// By Kerberos: the keytab and the tickets are MIT Kerberos' own affair (kerberos(7)).
    case gssapi = "GSSAPI"
  }

  /// `ldap://`, `ldaps://` and `ldapi://` URIs, tried in this order until one answers.
  public var uris: [String]
  /// Instead of URIs: the name by which DNS lists the servers, such as `_ldap._tcp.example.com` (`SRVRecords`).
  public var service: String?
  /// The URI to try first among those that DNS lists with the same priority.
  public var preferred: String?
  /// Whether an `ldap://` connection is encrypted before the bind (RFC 4511, section 4.14).
  public var startTLS: Bool
  /// A PEM file with the authorities to trust instead of the system's. Certificates are always verified.
  public var caFile: String?
  /// Empty for an anonymous bind.
  public var bindDN: String
  public var password: Secret
  /// Instead of the two above; nil for a simple bind.
  public var mechanism: SASLMechanism?
  /// PEM files with what this client shows to the server.
  public var clientCertificate: ClientCertificate?
  /// The longest wait for a connection.
  public var connectTimeout: Duration
  /// The longest time for one search with all its pages.
  public var operationTimeout: Duration
  /// The longest silence between two messages of the server.
  public var idleTimeout: Duration

  public init(
    uris: [String], service: String? = nil, preferred: String? = nil, startTLS: Bool = false, caFile: String? = nil,
    bindDN: String = "",
    password: Secret = Secret(""),
    mechanism: SASLMechanism? = nil, clientCertificate: ClientCertificate? = nil,
    connectTimeout: Duration, operationTimeout: Duration, idleTimeout: Duration
  ) {
    self.uris = uris
    self.service = service
    self.preferred = preferred
    self.startTLS = startTLS
    self.caFile = caFile
    self.bindDN = bindDN
    self.password = password
    self.mechanism = mechanism
    self.clientCertificate = clientCertificate
    self.connectTimeout = connectTimeout
    self.operationTimeout = operationTimeout
    self.idleTimeout = idleTimeout
  }

  /// Where it is, for people.
  public var place: String { service.map { "DNS SRV \($0)" } ?? uris.joined(separator: ", ") }

  /// The same, with a server that is tried before its equals, unless there is one already.
  public func preferring(_ uri: String?) -> ConnectionSettings {
    var server = self
    server.preferred = server.preferred ?? uri
    return server
  }

  /// The same, with one server of them all.
  public func limited(to uri: String) -> ConnectionSettings {
    var server = self
    (server.uris, server.service) = ([uri], nil)
    return server
  }

  /// Who binds, for people and for the read certificate.
  public var identity: String { mechanism.map { "SASL \($0.rawValue)" } ?? bindDN }
}

/// A certificate with its key, by the names of their files.
public struct ClientCertificate: Hashable, Sendable {
  let file: String
  let keyFile: String

  public init(file: String, keyFile: String) {
    self.file = file
    self.keyFile = keyFile
  }
}
