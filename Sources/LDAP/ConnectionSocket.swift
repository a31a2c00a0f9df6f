import CLDAP
import Dispatch
import Glibc
import Synchronization

/// The socket below a libldap session, for time limits that libldap lacks.
///
/// - Within a message libldap waits for the rest without a time limit.
/// - In a TLS handshake with GnuTLS it polls for as long as the server is silent (OpenLDAP ITS#8650).
///
/// - It reconnects by itself after a lost connection, and sends requests there without a bind. Here a session has one
///   connection: a second one is refused.
///
/// libldap passes the socket to a callback after connecting and before the handshake (LDAP_OPT_CONNECT_CB in ldap.h).
final class ConnectionSocket: Sendable {
  private struct State {
    /// A duplicate of libldap's descriptor, so that the number can't be reused for another file.
    var descriptor: Int32 = -1
    var isConnected = false
    var isExpired = false
    var isEnded = false
    var isCancelled = false
  }

  /// The longest message of a server that is read: a group of half a million members. A longer one ends the connection.
  static let maxMessageBytes: UInt = 64 << 20

  /// A private queue: the shared ones stop while their threads wait in handshakes.
  private static let timers = DispatchQueue(label: "ldap timers")

  private let stallLimit: Duration
  /// Written by libldap's thread and by the timer.
  private let state = Mutex(State())

  /// No read or write below the session will block for more than `stallLimit`.
  init(stallLimit: Duration) {
    self.stallLimit = stallLimit
    ConnectionGroup.current?.add(self)
  }

  deinit { state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } } }

  /// Whether a time limit of `within` was reached.
  var isExpired: Bool { state.withLock { $0.isExpired } }

  /// Whether no more requests are allowed: the connection has failed, or was ended.
  var isEnded: Bool { state.withLock { $0.isEnded } }

  /// Whether it was ended because an answer is no longer needed.
  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  /// Ends the connection, or a later one: waits return at once, and further requests fail.
  func end(cancelling: Bool = false) {
    state.withLock { state in
      state.isEnded = true
      state.isCancelled = state.isCancelled || cancelling
      shutdown(state.descriptor, Int32(SHUT_RDWR))
    }
  }

  /// A descriptor of the caller's own for the connection; -1 without one.
  func duplicate() -> Int32 { state.withLock { fcntl($0.descriptor, F_DUPFD_CLOEXEC, 0) } }

  /// Runs `body`, and ends the connection under it when it takes longer than `limit`.
  func within<Result: ~Copyable, Failure: Error>(
    _ limit: Duration, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // A cancelled item stays in the queue until its time: it must not keep the connection open.
    let expiry = DispatchWorkItem { [weak self] in self?.expire() }
    Self.timers.asyncAfter(deadline: .now() + .microseconds(Int(limit / .microseconds(1))), execute: expiry)
    defer { expiry.cancel() }
    return try body()
  }

  private func expire() {
    state.withLock { state in
      state.isExpired = true
      state.isEnded = true
      shutdown(state.descriptor, Int32(SHUT_RDWR))
    }
  }

  /// Whether libldap may use its new connection.
  fileprivate func watch(_ descriptor: Int32) -> Bool {
    var limit = stallLimit.timeval
    let size = socklen_t(MemoryLayout<timeval>.size)
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    return state.withLock { state in
      if state.isConnected || state.isEnded { return false }
      state.isConnected = true
      state.descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
      return state.descriptor >= 0
    }
  }
}

extension ConnectionSocket {
  /// To be called before the session connects; the session keeps this object alive. False if libldap refuses.
  @unsafe func attach(to session: OpaquePointer) -> Bool {
    let callbacks = UnsafeMutablePointer<ldap_conncb>.allocate(capacity: 1)
    let owner = unsafe Unmanaged.passRetained(self)
    unsafe callbacks.initialize(to: ldap_conncb(lc_add: connected, lc_del: closed, lc_arg: owner.toOpaque()))
    if unsafe ldap_set_option(session, LDAP_OPT_CONNECT_CB, callbacks) == LDAP_OPT_SUCCESS { return true }
    unsafe closed(session, nil, callbacks)
    return false
  }
}

private func connected(
  _: OpaquePointer?, _ socket: OpaquePointer?, _: UnsafeMutablePointer<LDAPURLDesc>?,
  _: UnsafeMutablePointer<sockaddr>?, _ callbacks: UnsafeMutablePointer<ldap_conncb>?
) -> Int32 {
  var descriptor: Int32 = -1
  var limit: ber_len_t = ConnectionSocket.maxMessageBytes
  guard let owner = unsafe callbacks?.pointee.lc_arg,
    unsafe ber_sockbuf_ctrl(socket, LBER_SB_OPT_GET_FD, &descriptor) == 1,
    unsafe Unmanaged<ConnectionSocket>.fromOpaque(owner).takeUnretainedValue().watch(descriptor),
    // liblber allocates a message's memory by its length; without a limit the server determines it.
    unsafe ber_sockbuf_ctrl(socket, LBER_SB_OPT_SET_MAX_INCOMING, &limit) == 1,
    unsafe read_ahead(socket) == LDAP_SUCCESS
  else {
    // libldap queries the descriptor again, and would keep the number of one that it has closed itself.
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    _ = unsafe ber_sockbuf_ctrl(socket, LBER_SB_OPT_SET_FD, &descriptor)
    // The only value that its callers treat as a failure.
    return LDAP_SERVER_DOWN
  }
  return LDAP_SUCCESS
}

/// Called for each socket that closes, and once without a socket when the session is freed.
private func closed(
  _: OpaquePointer?, _ socket: OpaquePointer?, _ callbacks: UnsafeMutablePointer<ldap_conncb>?
) {
  guard unsafe socket == nil, let callbacks = unsafe callbacks else { return }
  if let owner = unsafe callbacks.pointee.lc_arg { unsafe Unmanaged<ConnectionSocket>.fromOpaque(owner).release() }
  unsafe callbacks.deallocate()
}
