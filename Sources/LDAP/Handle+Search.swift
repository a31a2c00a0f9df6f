import CLDAP
import Glibc

extension Handle {
  /// Reads every page of a search, one message at a time, and hands each entry to `take`.
  ///
  /// Any result but success is thrown: after a size, time or admin limit the answer isn't complete.
  ///
  /// - Parameters:
  ///   - inParts: leaves an attribute unchanged of which the server returns only a part (`RangedAttribute`).
  ///   - showingDeleted: includes Active Directory's deleted objects.
  func search(
    _ request: SearchRequest, _ server: ConnectionSettings, inParts: Bool = false, showingDeleted: Bool = false,
    _ take: (borrowing Entry) -> Void
  ) throws(LDAPError) -> SearchResult {
    try pages(of: request, server, showingDeleted: showingDeleted) { message throws(LDAPError) in
      let entry = try message.entry(self)
      if inParts { take(entry) } else { take(try complete(entry, server)) }
    }
  }

  /// The same for entries that `choose` selects by their fingerprint; the others aren't decoded.
  ///
  /// - Returns: nil if `choose` ended it.
  func search(
    _ request: SearchRequest, _ server: ConnectionSettings, choosing choose: (UInt64?) -> Connection.EntryHandling,
    _ take: (borrowing Entry) -> Void
  ) throws(LDAPError) -> SearchResult? {
    var isEnded = false
    do throws(LDAPError) {
      return try pages(of: request, server) { message throws(LDAPError) in
        let fingerprint = message.fingerprint(self)
        switch choose(fingerprint) {
        case .skip: return
        case .read:
          var entry = try message.entry(self)
          entry.fingerprint = fingerprint
          take(try complete(entry, server))
        case .end:
          isEnded = true
          throw LDAPError(.search, .cancelled, code: LDAP_USER_CANCELLED, detail: request.text)
        }
      }
    } catch {
      if isEnded { return nil }
      throw error
    }
  }

  /// Sends a search and returns its message ID.
  ///
  /// - Parameter limit: the server's time limit; nil for an endless search.
  func send(
    _ request: SearchRequest, _ controls: borrowing Controls, limit: Duration?
  ) throws(LDAPError) -> Int32 {
    try check(.search, request.text)
    var id: Int32 = 0
    let code = unsafe withCStrings(request.attributes) { attributes in
      unsafe controls.withArray { controls in
        guard var limit = limit?.timeval else {
          return unsafe ldap_search_ext(
            raw, request.base, request.scope.code, request.filter, attributes, 0, controls, nil, nil, 0, &id)
        }
        return unsafe ldap_search_ext(
          raw, request.base, request.scope.code, request.filter, attributes, 0, controls, nil, &limit, 0, &id)
      }
    }
    if code == LDAP_SUCCESS { return id }
    let detail = "\(request.text): \(explanation(code))"
    if code == LDAP_SERVER_DOWN { throw failed(.search, .cutOff, code: code, detail) }
    throw LDAPError(.search, code == LDAP_FILTER_ERROR ? .badFilter : .other, code: code, detail: detail)
  }

  /// Abandons a request.
  func abandon(_ id: Int32) {
    if !socket.isEnded { unsafe ldap_abandon_ext(raw, id, nil, nil) }
  }

  /// Waits for one message of a request.
  ///
  /// libldap returns the tag of the message, which the server chooses: it may be the 0 of a timeout or the -1 of a failure.
  ///
  /// - Parameter isTimeout: set to whether none arrived in time.
  /// - Returns: nil also after a failure of the connection.
  func waitForMessage(of id: Int32, within limit: timeval, _ isTimeout: inout Bool) -> Message? {
    var limit = limit
    var raw: OpaquePointer?
    let tag = unsafe ldap_result(self.raw, id, LDAP_MSG_ONE, &limit, &raw)
    if let raw = unsafe raw { return unsafe Message(takingOwnershipOf: raw) }
    isTimeout = tag == 0
    return nil
  }

  /// The next message of any search; nil if none arrives in time.
  func nextMessage(within limit: Duration, _ uri: String) throws(LDAPError) -> Message? {
    try check(.listen, uri)
    var isTimeout = false
    let wait = limit == .zero ? Duration.noTimeval : limit.timeval
    if let message = waitForMessage(of: LDAP_RES_ANY, within: wait, &isTimeout) { return message }
    if isTimeout { return nil }
    throw failed(.listen, .cutOff, code: lastCode, "\(uri): \(explanation(lastCode))")
  }
}

/// Lends C copies of some strings, with the null at the end that C expects.
private func withCStrings<R>(
  _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> R
) -> R {
  var copies = unsafe strings.map { unsafe strdup($0) } + [nil]
  defer { _ = unsafe copies.map { unsafe free($0) } }
  return unsafe copies.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress) }
}

extension SearchRequest {
  /// Base and filter, for messages.
  var text: String { "base \"\(base)\", filter \(filter)" }
}

extension SearchRequest.Scope {
  fileprivate var code: Int32 {
    switch self {
    case .base: Int32(LDAP_SCOPE_BASE)
    case .one: Int32(LDAP_SCOPE_ONE)
    case .sub: Int32(LDAP_SCOPE_SUB)
    }
  }
}
