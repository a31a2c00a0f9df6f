import CCurl

/// A test connection to a server of any protocol: only the TLS handshake is sent.
public struct TLSProbe: Hashable, Sendable {
  /// A certificate of the server's chain.
  public struct Certificate: Hashable, Sendable {
    /// Such as `CN = ldap1.example.com`.
    public let subject: String
    /// When it expires, in seconds since 1970.
    public let notAfter: Int64
  }

  /// The address that answered; empty over a socket that was connected already.
  public let address: String
  /// The server's own first; none without TLS.
  public let certificates: [Certificate]

  /// Resolves the name, connects and, for `https://`, makes the handshake and checks the certificate by `settings`.
  /// Blocks for the connect timeout at most.
  ///
  /// - Parameter socket: a connection over which the handshake may begin, for protocols with StartTLS.
  ///   It is closed here.
  public init(_ url: String, _ settings: ClientSettings, over socket: Int32? = nil) throws(HTTPError) {
    let handle = try EasyHandle(settings)
    (address, certificates) = try handle.probe(url, socket)
  }
}

extension EasyHandle {
  fileprivate borrowing func probe(_ url: String, _ socket: Int32?) throws(HTTPError) -> (
    String, [TLSProbe.Certificate]
  ) {
    let options = unsafe EasyOptions(raw)
    try options.set(CURLOPT_URL, url)
    try options.set(CURLOPT_CONNECT_ONLY, 1)
    try options.set(CURLOPT_CERTINFO, 1)
    // A directory speaks no HTTP.
    try options.set(CURLOPT_SSL_ENABLE_ALPN, 0)
    reset()

    var given = socket ?? -1
    let code = try unsafe withUnsafeMutablePointer(to: &given) { (given) throws(HTTPError) in
      if socket != nil { try options.check(unsafe ccurl_set_socket(raw, given)) }
      return unsafe curl_easy_perform(raw)
    }
    guard code == CURLE_OK else { throw HTTPError(code, detail: errorMessage, mayHaveArrived: false) }
    var address: UnsafePointer<CChar>?
    _ = unsafe ccurl_get_text(raw, CURLINFO_PRIMARY_IP, &address)
    return (unsafe address.map { unsafe String(cString: $0) } ?? "", certificates)
  }

  private var certificates: [TLSProbe.Certificate] {
    var chain: UnsafeMutablePointer<curl_certinfo>?
    guard unsafe ccurl_get_certificates(raw, &chain) == CURLE_OK, let chain = unsafe chain?.pointee else { return [] }
    return (0..<Int(unsafe chain.num_of_certs)).compactMap { index in
      var fields: [String: String] = [:]
      var line = unsafe chain.certinfo[index]
      while let current = unsafe line {
        // "Expire date:Dec 24 14:38:12 2026 GMT" (CURLINFO_CERTINFO(3)).
        let text = unsafe String(cString: current.pointee.data)
        if let colon = text.firstIndex(of: ":") {
          fields[String(text[..<colon])] = String(text[text.index(after: colon)...])
        }
        unsafe line = current.pointee.next
      }
      guard let subject = fields["Subject"], let end = fields["Expire date"] else { return nil }
      return TLSProbe.Certificate(subject: subject, notAfter: Int64(unsafe curl_getdate(end, nil)))
    }
  }
}
