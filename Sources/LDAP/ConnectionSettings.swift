/// The settings of a connection: servers, trust and bind identity.
public struct ConnectionSettings: Hashable, Sendable {
  /// Ways to bind without a password in LDAP (RFC 4513, section 5.2), by the names that RFC 4422 registers.
  public enum SASLMechanism: String, Hashable, Sendable {
    /// By the client certificate, or by the user of this process over `ldapi://`.
    case external = "EXTERNAL"
    /// By Kerberos: MIT Kerberos handles keytab and tickets (kerberos(7)).
    case gssapi = "GSSAPI"
  }

  /// `ldap://`, `ldaps://` and `ldapi://` URIs, tried in this order until one answers.
  public var uris: [String]
  /// Instead of URIs: the name of SRV records, such as `_ldap._tcp.example.com` (`SRVRecords`).
  public var service: String?
  /// The URI to try first among those with the same priority in DNS.
  public var preferred: String?
  /// Whether an `ldap://` connection is encrypted before the bind (RFC 4511, section 4.14).
  public var startTLS: Bool
  /// A PEM file with CA certificates to trust instead of the system's. Certificates are always verified.
  public var caFile: String?
  /// Empty for an anonymous bind.
  public var bindDN: String
  public var password: Secret
  /// Instead of the two above; nil for a simple bind.
  public var mechanism: SASLMechanism?
  /// PEM files with the client certificate.
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

  /// The servers, for messages.
  public var place: String { service.map { "DNS SRV \($0)" } ?? uris.joined(separator: ", ") }

  /// The same, with a preferred server among its equals, unless there is one already.
  public func preferring(_ uri: String?) -> ConnectionSettings {
    var server = self
    server.preferred = server.preferred ?? uri
    return server
  }

  /// The same, with only one of the servers.
  public func limited(to uri: String) -> ConnectionSettings {
    var server = self
    (server.uris, server.service) = ([uri], nil)
    return server
  }

  /// The bind identity, for messages and the read report.
  public var identity: String { mechanism.map { "SASL \($0.rawValue)" } ?? bindDN }

  /// The same in a sentence: an anonymous bind has no DN.
  var identityText: String { identity.isEmpty ? "anonymous" : identity }
}

/// A client certificate with its key, as file names.
public struct ClientCertificate: Hashable, Sendable {
  let file: String
  let keyFile: String

  public init(file: String, keyFile: String) {
    self.file = file
    self.keyFile = keyFile
  }
}

/// A password. It can only be used: it prints as `***`.
public struct Secret: Hashable, Sendable {
  let text: String

  public init(_ text: String) { self.text = text }

  public var isEmpty: Bool { text.isEmpty }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "***" }
  public var debugDescription: String { "***" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
