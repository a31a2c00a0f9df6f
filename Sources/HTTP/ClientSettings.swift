/// How a `Client` connects, waits and trusts.
///
/// Over `https` the server is always checked, in one of four ways:
///
/// | `caFile` | `pinnedPublicKey` | the server is trusted when |
/// |---|---|---|
/// | nil | nil | its certificate is signed by a CA of the system and names the host |
/// | set | nil | its certificate is signed by a CA in `caFile`, and names the host |
/// | nil | set | its public key is the pinned one; issuer, name and dates don't matter (a self-signed certificate) |
/// | set | set | both: `caFile` as above, and the pinned key |
public struct ClientSettings: Hashable, Sendable {
  /// The longest wait for a connection: name, TCP and TLS together. At least a millisecond.
  public var connectTimeout: Duration
  /// The longest wait for a request from its first step to the last byte of the answer. At least a millisecond.
  public var requestTimeout: Duration
  /// The most requests in flight, each over a connection of its own. At least one.
  public var maxInFlight: Int
  /// A PEM file with CA certificates to trust instead of the system's.
  public var caFile: String?
  /// `sha256//` and the base64 hash of the server's public key, several joined by `;` (CURLOPT_PINNEDPUBLICKEY).
  public var pinnedPublicKey: String?
  public var userAgent: String
  /// The longest idle time of a connection before reuse, in whole seconds. Apache, with the shortest limit of the common servers,
  /// closes it after 5.
  public var maxIdle: Duration

  public init(
    connectTimeout: Duration, requestTimeout: Duration, maxInFlight: Int = 1, caFile: String? = nil,
    pinnedPublicKey: String? = nil, userAgent: String = "pbxsyncd", maxIdle: Duration = .seconds(4)
  ) {
    self.connectTimeout = connectTimeout
    self.requestTimeout = requestTimeout
    self.maxInFlight = maxInFlight
    self.caFile = caFile
    self.pinnedPublicKey = pinnedPublicKey
    self.userAgent = userAgent
    self.maxIdle = maxIdle
  }
}

extension Duration {
  /// Whole milliseconds, as libcurl counts.
  var milliseconds: Int { Int(self / .milliseconds(1)) }
}
