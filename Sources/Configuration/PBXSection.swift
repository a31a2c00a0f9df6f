public import Domain

extension Configuration {
  /// The PBX.
  public struct PBXSection: Sendable, Hashable {
    /// The place of a call's parameters: the query of the URL, or a form in the body.
    public enum Parameters: String, CaseIterable, Sendable { case query, form }

    /// The endpoint of the API, `https://` or `http://`.
    public var address: Address
    public var securityKeyFile: String
    /// The certificates to trust instead of the system's.
    public var caFile: String?
    /// Hashes of the public keys to accept, in the form of curl's `CURLOPT_PINNEDPUBLICKEY`.
    public var tlsPin: String?
    /// Whether the key may cross a network unencrypted.
    public var allowPlaintext: Bool
    public var connectTimeout: Duration
    public var requestTimeout: Duration
    /// The most concurrent requests.
    public var maxInFlight: Int
    /// Whether the file has `http_version`, which has no effect.
    public var hasHTTPVersion: Bool
    /// The longest query string that the PBX accepts, after percent-encoding.
    public var maxQueryBytes: Int
    /// The most contacts that the phonebook may hold; nil for any number.
    public var maxContacts: Int?
    /// How often a request is repeated in one run after a transient failure.
    public var retries: Int
    public var parameters: Parameters
    /// The handling of foreign objects with wanted numbers.
    public var existing: ExistingPolicy
    /// Whether numbers are probed by calls that must be refused, if this PBX is known to reveal taken ones.
    public var probes: Bool
    /// The number of managed extensions an hour that the daemon probes; 0 for none.
    public var auditRate: Int
    /// The names of actions and envelopes.
    public var `protocol`: CallProtocol

    public var url: String { address.text }
  }
}

extension Configuration.PBXSection {
  /// The PBX's identity: its normalized URL. Contains no secret.
  public var identity: String {
    var host = address.host.lowercased()
    while host.hasSuffix(".") { host.removeLast() }
    if host.contains(":") { host = "[\(host)]" }
    let usual = address.scheme == .https ? "443" : "80"
    let port = address.port.flatMap { UInt16($0) }.map { "\($0)" } ?? usual
    var path = url.dropFirst(address.scheme.rawValue.count + 3).drop { $0 != "/" }
    while path.hasSuffix("/") { path.removeLast() }
    return "\(address.scheme.rawValue)://\(host)\(port == usual ? "" : ":\(port)")\(path)"
  }

  init(_ table: TOMLTable) {
    address =
      table.text("url", example: "https://192.0.2.4:8000/api.aspx") { text throws(ValueError) in
        try Address(text, schemes: [.https, .http])
      }?.value ?? .missing
    securityKeyFile = table.secretFile("security_key_file", example: "pbx-key") ?? ""
    caFile = table.readableFile("ca_file")
    tlsPin = table.text("tls_pin", checkPin)?.value
    allowPlaintext = table.flag("allow_plaintext")
    connectTimeout = table.duration("connect_timeout", default: .seconds(10), in: .seconds(1) ... .hours(1))
    requestTimeout = table.duration("request_timeout", default: .seconds(30), in: .seconds(1) ... .hours(1))
    maxInFlight = table.integer("max_in_flight", default: 4, in: 1...64)
    _ = table.choice("http_version", default: HTTPVersion.auto)
    hasHTTPVersion = !table.lacks("http_version")
    maxQueryBytes = table.integer("max_query_bytes", default: 2048, in: 256...65_536)
    let maxContacts = table.integer("max_contacts", default: 0, in: 0...10_000_000)
    self.maxContacts = maxContacts == 0 ? nil : maxContacts
    retries = table.integer("retries", default: 3, in: 0...10)
    parameters = table.choice("parameters", default: .query)
    existing = table.choice("existing", default: .report)
    probes = table.automatic("probe")
    auditRate =
      table.text("audit") { text throws(ValueError) in
        guard let rate = Int(text), (0...100_000).contains(rate) else {
          throw ValueError(
            "'audit' isn't a number of objects an hour", "write one from \"0\" to \"100000\"; 0 is never")
        }
        return rate
      }?.value ?? 0
    `protocol` = table.section("protocol") { names in
      var calls = CallProtocol.default
      for (key, path) in CallProtocol.keys {
        if let name = names.text(key) { calls[keyPath: path] = name }
      }
      return calls
    }
    if address.scheme == .http && !allowPlaintext && !address.isLoopback {
      table.report(
        "the security key would go to \(address.text) unencrypted",
        "use https://, or allow_plaintext = true if you accept sending it in clear text", at: "url")
    }
  }
}

/// The accepted values of a key that no longer has an effect.
private enum HTTPVersion: String, CaseIterable {
  case auto
  case one = "1.1"
}

/// The form of CURLOPT_PINNEDPUBLICKEY(3): `sha256//` and 32 bytes in base64, several with `;` between them.
private func checkPin(_ text: String) throws(ValueError) -> String {
  for pin in text.split(separator: ";", omittingEmptySubsequences: false) {
    let hash = pin.dropFirst(8)
    let isBase64 = hash.dropLast().utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
        true
      default: false
      }
    }
    guard pin.hasPrefix("sha256//"), hash.utf8.count == 44, hash.last == "=", isBase64 else {
      throw ValueError(
        "'tls_pin' isn't the hash of a public key",
        "write \"sha256//\" and 44 characters of base64; several with ; between them")
    }
  }
  return text
}
