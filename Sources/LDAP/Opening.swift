import CLDAP
import Glibc

extension Handle {
  /// Connects, encrypts and binds. Blocks for twice the connect timeout and twice the idle timeout at most.
  func open(_ uri: String, _ server: Server) throws(LDAPError) {
    // RFC 4513, section 5.1.2: a DN without a password would be taken for an anonymous bind that succeeds.
    if !server.bindDN.isEmpty && server.password.isEmpty {
      throw LDAPError(.bind, .badCredentials, code: LDAP_INVALID_CREDENTIALS, detail: "the password is empty")
    }
    try connect(uri, server)
    if server.startTLS { try startTLS(uri, server) }
    try bind(uri, server)
  }

  /// Connects, and with `ldaps://` encrypts.
  func connect(_ uri: String, _ server: Server) throws(LDAPError) {
    let connected = socket.within(server.connectTimeout) { unsafe ldap_connect(raw) }
    if connected != LDAP_SUCCESS { throw ldapsError(connected, uri, server) }
  }

  private func startTLS(_ uri: String, _ server: Server) throws(LDAPError) {
    try askForTLS(uri, server)
    let installed = socket.within(server.connectTimeout) { unsafe ldap_install_tls(raw) }
    if socket.isExpired { throw handshakeTimeout(.startTLS, uri) }
    if installed != LDAP_SUCCESS {
      throw LDAPError(.startTLS, .untrusted, code: installed, detail: "\(uri): \(explanation(installed))")
    }
  }

  /// The handshake may begin when the server has agreed.
  func askForTLS(_ uri: String, _ server: Server) throws(LDAPError) {
    var id: Int32 = 0
    let sent = unsafe ldap_start_tls(raw, nil, nil, &id)
    if sent != LDAP_SUCCESS { throw connectError(.startTLS, sent, uri) }
    let result = try finish(id, .startTLS, uri, server)
    if result.code != LDAP_SUCCESS {
      throw LDAPError(.startTLS, .untrusted, code: result.code, detail: "\(uri) refuses StartTLS: \(result.text)")
    }
  }

  private func bind(_ uri: String, _ server: Server) throws(LDAPError) {
    var id: Int32 = 0
    // libldap copies the password into its request and overwrites nothing; ours lives as long as `server` does.
    var password = Array(server.password.text.utf8CString)
    let sent = unsafe password.withUnsafeMutableBufferPointer { buffer in
      var credentials = unsafe berval(bv_len: ber_len_t(buffer.count - 1), bv_val: buffer.baseAddress)
      // A null mechanism is LDAP_SASL_SIMPLE.
      return unsafe ldap_sasl_bind(raw, server.bindDN, nil, &credentials, nil, nil, &id)
    }
    if sent != LDAP_SUCCESS { throw connectError(.bind, sent, uri) }
    let result = try finish(id, .bind, uri, server)
    switch result.code {
    case LDAP_SUCCESS: return
    case LDAP_INVALID_CREDENTIALS, LDAP_NO_SUCH_OBJECT, LDAP_INAPPROPRIATE_AUTH, LDAP_UNWILLING_TO_PERFORM,
      LDAP_CONFIDENTIALITY_REQUIRED, LDAP_STRONG_AUTH_REQUIRED:
      throw LDAPError(
        .bind, .badCredentials, code: result.code, detail: "\(uri) as \(server.bindDN): \(meaning(result))")
    default:
      throw LDAPError(.bind, .other, code: result.code, detail: "\(uri) as \(server.bindDN): \(meaning(result))")
    }
  }

  private func finish(
    _ id: Int32, _ operation: LDAPError.Operation, _ uri: String, _ server: Server
  ) throws(LDAPError) -> Message.Result {
    var wait = server.idleTimeout.timeval
    var raw: OpaquePointer?
    let kind = unsafe ldap_result(self.raw, id, LDAP_MSG_ALL, &wait, &raw)
    guard kind > 0, let raw = unsafe raw else {
      if kind == 0 { throw LDAPError(operation, .timedOut, code: LDAP_TIMEOUT, detail: "\(uri) doesn't answer") }
      throw connectError(operation, lastCode, uri)
    }
    return unsafe Message(takingOwnershipOf: raw).result(self)
  }

  private func connectError(_ operation: LDAPError.Operation, _ code: Int32, _ uri: String) -> LDAPError {
    LDAPError(operation, .unreachable, code: code, detail: "\(uri): \(explanation(code))")
  }

  private func handshakeTimeout(_ operation: LDAPError.Operation, _ uri: String) -> LDAPError {
    LDAPError(operation, .timedOut, code: LDAP_TIMEOUT, detail: "\(uri) doesn't finish the TLS handshake")
  }

  /// libldap says "can't contact" for a refused certificate too. Where a plain connection to the same port succeeds,
  /// it is TLS that failed.
  private func ldapsError(_ code: Int32, _ uri: String, _ server: Server) -> LDAPError {
    if socket.isExpired && uri.hasPrefix("ldaps://") { return handshakeTimeout(.connect, uri) }
    guard uri.hasPrefix("ldaps://"), let plain = try? Handle("ldap://\(uri.dropFirst("ldaps://".count))", server),
      unsafe ldap_connect(plain.raw) == LDAP_SUCCESS
    else { return connectError(.connect, code, uri) }
    return LDAPError(
      .connect, .untrusted, code: code, detail: "\(uri): the server answers, but its certificate isn't trusted")
  }
}

/// A result's code in words, with what the server added.
func meaning(_ result: Message.Result) -> String {
  let meaning = unsafe String(cString: ldap_err2string(result.code))
  let reason = refusalReason(result.text).map { "\($0): " } ?? ""
  return result.text.isEmpty ? meaning : "\(meaning): \(reason)\(result.text)"
}
