import CLDAP
import Glibc
import Text

/// Owns one libldap session; unbound when the value goes out of scope.
@safe struct Handle: ~Copyable {
  let raw: OpaquePointer
  let socket: ConnectionSocket

  /// Prepares a session with `uri`. Nothing is sent yet (ldap_initialize(3)).
  init(_ uri: String, _ server: ConnectionSettings) throws(LDAPError) {
    var raw: OpaquePointer?
    let code = unsafe ldap_initialize(&raw, uri)
    guard code == LDAP_SUCCESS, let raw = unsafe raw else {
      throw LDAPError(.connect, .other, code: code, detail: "\(uri) isn't an LDAP URI")
    }
    let socket = ConnectionSocket(stallLimit: server.idleTimeout)
    guard unsafe configure(raw, server) && socket.attach(to: raw) else {
      unsafe ldap_unbind_ext_s(raw, nil, nil)
      let files = [server.caFile, server.clientCertificate?.file, server.clientCertificate?.keyFile]
      let file = files.compactMap(\.self).map { " or \($0)" }.joined()
      throw LDAPError(
        .connect, .untrusted, code: LDAP_LOCAL_ERROR, detail: "\(uri): libldap refuses its settings\(file)")
    }
    unsafe self.raw = raw
    self.socket = socket
  }

  deinit { _ = unsafe ldap_unbind_ext_s(raw, nil, nil) }

  /// The result code of the last call on this session.
  var lastCode: Int32 {
    var code: Int32 = 0
    unsafe ldap_get_option(raw, LDAP_OPT_RESULT_CODE, &code)
    return code
  }

  /// Refuses requests on a failed connection: a late answer would be treated as another's.
  func check(_ operation: LDAPError.Operation, _ detail: String) throws(LDAPError) {
    if socket.isEnded {
      throw failed(operation, .cutOff, code: LDAP_SERVER_DOWN, "\(detail): the connection has ended")
    }
  }

  /// The error of a failed connection, which is ended.
  func failed(_ operation: LDAPError.Operation, _ kind: LDAPError.Kind, code: Int32, _ detail: String) -> LDAPError {
    socket.end()
    if socket.isCancelled { return LDAPError(operation, .cancelled, code: LDAP_USER_CANCELLED, detail: "stopped") }
    return LDAPError(operation, kind, code: code, detail: detail)
  }

  /// The message of the server or the TLS library about the last failure; otherwise the code's meaning.
  func explanation(_ code: Int32) -> String {
    var text: UnsafeMutablePointer<CChar>?
    unsafe ldap_get_option(raw, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text)
    defer { unsafe ldap_memfree(text) }
    let diagnostic = visible(unsafe text.map { unsafe String(cString: $0) } ?? "")
    let meaning = unsafe String(cString: ldap_err2string(code))
    return diagnostic.isEmpty ? meaning : "\(meaning): \(diagnostic)"
  }
}

private func configure(_ raw: OpaquePointer, _ server: ConnectionSettings) -> Bool {
  func set(_ option: Int32, _ value: Int32) -> Bool {
    var value = value
    return unsafe ldap_set_option(raw, option, &value) == LDAP_OPT_SUCCESS
  }
  var connect = server.connectTimeout.timeval
  guard set(LDAP_OPT_PROTOCOL_VERSION, LDAP_VERSION3),
    // Chased referrals would mix in answers of servers that aren't configured.
    // LDAP_OPT_OFF is the null pointer.
    unsafe ldap_set_option(raw, LDAP_OPT_REFERRALS, nil) == LDAP_OPT_SUCCESS,
    unsafe ldap_set_option(raw, LDAP_OPT_NETWORK_TIMEOUT, &connect) == LDAP_OPT_SUCCESS,
    set(LDAP_OPT_X_KEEPALIVE_IDLE, 60),
    set(LDAP_OPT_X_TLS_REQUIRE_CERT, LDAP_OPT_X_TLS_DEMAND),
    set(LDAP_OPT_X_TLS_PROTOCOL_MIN, 0x303)
  else { return false }
  if let file = server.caFile {
    guard unsafe ldap_set_option(raw, LDAP_OPT_X_TLS_CACERTFILE, file) == LDAP_OPT_SUCCESS else { return false }
  }
  if let client = server.clientCertificate {
    guard unsafe ldap_set_option(raw, LDAP_OPT_X_TLS_CERTFILE, client.file) == LDAP_OPT_SUCCESS,
      unsafe ldap_set_option(raw, LDAP_OPT_X_TLS_KEYFILE, client.keyFile) == LDAP_OPT_SUCCESS
    else { return false }
  }
  // The settings above apply only to a new context (ldap_set_option(3)).
  return set(LDAP_OPT_X_TLS_NEWCTX, 0)
}

extension Duration {
  /// libldap doesn't wait at all.
  static var noTimeval: Glibc.timeval { Glibc.timeval(tv_sec: 0, tv_usec: 0) }

  /// At least a millisecond: for libldap zero means "don't wait".
  var timeval: Glibc.timeval {
    let microseconds = Swift.max(1000, Int64(self / .microseconds(1)))
    return Glibc.timeval(tv_sec: Int(microseconds / 1_000_000), tv_usec: Int(microseconds % 1_000_000))
  }
}
