import CLDAP
import Glibc

extension Handle {
  /// Connects, encrypts and binds. Blocks for twice the connect timeout and twice the idle timeout at most.
  func open(_ uri: String, _ server: ConnectionSettings) throws(LDAPError) {
    // RFC 4513, section 5.1.2: a DN without a password would be treated as an anonymous bind, which succeeds.
    if server.mechanism == nil && !server.bindDN.isEmpty && server.password.isEmpty {
      throw LDAPError(.bind, .badCredentials, code: LDAP_INVALID_CREDENTIALS, detail: "the password is empty")
    }
    try connect(uri, server)
    if server.startTLS { try startTLS(uri, server) }
    if server.mechanism == .gssapi { try bindByKerberos(uri, server) } else { try bind(uri, server) }
  }

  /// Connects, and with `ldaps://` encrypts.
  func connect(_ uri: String, _ server: ConnectionSettings) throws(LDAPError) {
    let connected = socket.within(server.connectTimeout) { unsafe ldap_connect(raw) }
    if connected != LDAP_SUCCESS { throw ldapsError(connected, uri, server) }
  }

  private func startTLS(_ uri: String, _ server: ConnectionSettings) throws(LDAPError) {
    try askForTLS(uri, server)
    let installed = socket.within(server.connectTimeout) { unsafe ldap_install_tls(raw) }
    if socket.isExpired { throw handshakeTimeout(.startTLS, uri) }
    if socket.isCancelled { throw connectError(.startTLS, installed, uri) }
    if installed != LDAP_SUCCESS {
      throw LDAPError(.startTLS, .untrusted, code: installed, detail: "\(uri): \(explanation(installed))")
    }
  }

  /// The handshake begins after the server's consent.
  func askForTLS(_ uri: String, _ server: ConnectionSettings) throws(LDAPError) {
    var id: Int32 = 0
    let sent = unsafe ldap_start_tls(raw, nil, nil, &id)
    if sent != LDAP_SUCCESS { throw connectError(.startTLS, sent, uri) }
    let result = try finish(id, .startTLS, uri, server)
    if result.code != LDAP_SUCCESS {
      throw LDAPError(.startTLS, .untrusted, code: result.code, detail: "\(uri) refuses StartTLS: \(result.text)")
    }
  }

  private func bind(_ uri: String, _ server: ConnectionSettings) throws(LDAPError) {
    var id: Int32 = 0
    // libldap copies the password into its request and doesn't overwrite it; ours lives as long as `server`.
    var password = Array(server.password.text.utf8CString)
    let sent = unsafe password.withUnsafeMutableBufferPointer { buffer in
      var credentials = unsafe berval(bv_len: ber_len_t(buffer.count - 1), bv_val: buffer.baseAddress)
      // A null mechanism is LDAP_SASL_SIMPLE. EXTERNAL is one step too: without an identity from us, the server derives one.
      return unsafe ldap_sasl_bind(raw, server.bindDN, server.mechanism?.rawValue, &credentials, nil, nil, &id)
    }
    if sent != LDAP_SUCCESS { throw connectError(.bind, sent, uri) }
    let result = try finish(id, .bind, uri, server)
    switch result.code {
    case LDAP_SUCCESS: return
    case LDAP_AUTH_METHOD_NOT_SUPPORTED where server.mechanism != nil,
      LDAP_INVALID_CREDENTIALS, LDAP_NO_SUCH_OBJECT, LDAP_INAPPROPRIATE_AUTH, LDAP_UNWILLING_TO_PERFORM,
      LDAP_CONFIDENTIALITY_REQUIRED, LDAP_STRONG_AUTH_REQUIRED, LDAP_INVALID_DN_SYNTAX:
      throw LDAPError(
        .bind, .badCredentials, code: result.code, detail: "\(uri) as \(server.identityText): \(meaning(result))")
    default:
      throw LDAPError(.bind, .other, code: result.code, detail: "\(uri) as \(server.identityText): \(meaning(result))")
    }
  }

  /// Several steps, which libldap makes with Cyrus SASL. Without TLS, Kerberos encrypts the session; with TLS it must not, because
  /// Active Directory accepts only one layer.
  private func bindByKerberos(_ uri: String, _ server: ConnectionSettings) throws(LDAPError) {
    let isTLS = server.startTLS || isLDAPS(uri)
    var strength: ber_len_t = isTLS ? 0 : 56
    _ = unsafe ldap_set_option(raw, isTLS ? LDAP_OPT_X_SASL_SSF_MAX : LDAP_OPT_X_SASL_SSF_MIN, &strength)
    if isTLS {
      // Channel binding with the server's certificate, which domain controllers may require (RFC 5929, section 4).
      var binding = LDAP_OPT_X_SASL_CBINDING_TLS_ENDPOINT
      _ = unsafe ldap_set_option(raw, LDAP_OPT_X_SASL_CBINDING, &binding)
    }
    // The name in the configuration is trusted, not that of reverse DNS.
    unsafe withUnsafePointer(to: Int32(1)) { _ = unsafe ldap_set_option(raw, LDAP_OPT_X_SASL_NOCANON, $0) }
    let code = socket.within(server.idleTimeout) {
      unsafe ldap_sasl_interactive_bind_s(raw, nil, "GSSAPI", nil, nil, LDAP_SASL_QUIET, answer_by_default, nil)
    }
    if code == LDAP_SUCCESS { return }
    if socket.isExpired {
      throw LDAPError(.bind, .timedOut, code: LDAP_TIMEOUT, detail: "\(uri) or the KDC doesn't respond")
    }
    if code == LDAP_SERVER_DOWN || socket.isCancelled { throw connectError(.bind, code, uri) }
    // A local error is one of Kerberos: no keytab, no KDC, a wrong clock.
    let said = explanation(code)
    let failure = KerberosError(said, code: code)
    let refusal = failure.reason.isEmpty ? refusalReason(said) ?? "" : failure.reason
    let reason = refusal.isEmpty ? "" : "\(refusal): "
    throw LDAPError(
      .bind, failure.kind, code: code, detail: "\(uri) as \(server.identityText): \(reason)\(said)")
  }

  func finish(
    _ id: Int32, _ operation: LDAPError.Operation, _ uri: String, _ server: ConnectionSettings
  ) throws(LDAPError) -> Message.SearchResultDone {
    try check(operation, uri)
    let deadline = ContinuousClock.now + server.idleTimeout
    while true {
      let wait = max(.zero, ContinuousClock.now.duration(to: deadline)).timeval
      var isTimeout = false
      // One message at a time: a server may send any number of intermediate ones before the result.
      guard
        let message = socket.within(server.idleTimeout * 2, { waitForMessage(of: id, within: wait, &isTimeout) })
      else {
        if isTimeout || socket.isExpired {
          throw failed(operation, .timedOut, code: LDAP_TIMEOUT, "\(uri) doesn't answer")
        }
        throw connectError(operation, lastCode, uri)
      }
      if message.kind != LDAP_RES_INTERMEDIATE { return try message.result(self) }
      if ContinuousClock.now >= deadline {
        throw failed(operation, .timedOut, code: LDAP_TIMEOUT, "\(uri) doesn't come to a result")
      }
    }
  }

  private func connectError(_ operation: LDAPError.Operation, _ code: Int32, _ uri: String) -> LDAPError {
    failed(operation, .unreachable, code: code, "\(uri): \(explanation(code))")
  }

  private func handshakeTimeout(_ operation: LDAPError.Operation, _ uri: String) -> LDAPError {
    LDAPError(operation, .timedOut, code: LDAP_TIMEOUT, detail: "\(uri) doesn't finish the TLS handshake")
  }

  /// libldap reports "can't contact" for a refused certificate too. If a plain connection to the same port succeeds, TLS failed.
  private func ldapsError(_ code: Int32, _ uri: String, _ server: ConnectionSettings) -> LDAPError {
    if socket.isExpired && isLDAPS(uri) { return handshakeTimeout(.connect, uri) }
    guard isLDAPS(uri), !socket.isEnded, let plain = try? Handle("ldap://\(uri.dropFirst("ldaps://".count))", server),
      unsafe ldap_connect(plain.raw) == LDAP_SUCCESS
    else { return connectError(.connect, code, uri) }
    return LDAPError(
      .connect, .untrusted, code: code, detail: "\(uri): the server answers, but its certificate isn't trusted")
  }
}

/// A URI's scheme is case-insensitive (RFC 3986, section 3.1).
private func isLDAPS(_ uri: String) -> Bool { uri.lowercased().hasPrefix("ldaps://") }

/// A result's code as text, with the server's message.
func meaning(_ result: Message.SearchResultDone) -> String {
  let meaning = unsafe String(cString: ldap_err2string(result.code))
  let reason = refusalReason(result.text).map { "\($0): " } ?? ""
  return result.text.isEmpty ? meaning : "\(meaning): \(reason)\(result.text)"
}
