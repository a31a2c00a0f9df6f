import CLDAP
import Glibc

extension Handle {
  /// Reads a search page by page. The next page is requested before `take` gets the entries of the last, so that the server works
  /// meanwhile.
  func pages(
    of request: SearchRequest, _ server: ConnectionSettings, showingDeleted: Bool = false,
    _ take: (borrowing Message) throws(LDAPError) -> Void
  ) throws(LDAPError) -> SearchResult {
    // The deadline is checked between messages. For a message that arrives byte by byte only this limit applies.
    let end = server.operationTimeout + server.idleTimeout
    return try socket.within(end) { () throws(LDAPError) in
      let deadline = ContinuousClock.now + server.operationTimeout
      var search = SearchResult()
      var awaited: Int32? = try ask(for: request, after: [], server, showingDeleted)
      do throws(LDAPError) {
        while let id = awaited {
          var page = ResultPage(capacity: request.pageSize)
          let result = try receive(id, into: &page, request, server, deadline, &search, take)
          awaited = nil
          search.pages += 1
          try check(result, request, isFirst: search.pages == 1 && search.entries == 0)
          // No control in the answer: the server doesn't page, and this was all.
          if let cookie = result.cookie, !cookie.isEmpty {
            awaited = try ask(for: request, after: cookie, server, showingDeleted)
          }
          try page.drain(take)
        }
      } catch {
        if let awaited { abandon(awaited) }
        throw error
      }
      return search
    }
  }

  private func ask(
    for request: SearchRequest, after cookie: [UInt8], _ server: ConnectionSettings, _ showingDeleted: Bool
  ) throws(LDAPError) -> Int32 {
    var controls = request.pageSize > 0 ? Controls(paging: request.pageSize, cookie, self) : Controls()
    if showingDeleted { controls.add(Controls.showDeleted) }
    return try send(request, controls, limit: server.operationTimeout)
  }

  /// Collects a page's entries. If there are more than fit, as from a server without paging, they are passed on as they arrive.
  private func receive(
    _ id: Int32, into page: inout ResultPage, _ request: SearchRequest, _ server: ConnectionSettings,
    _ deadline: ContinuousClock.Instant, _ search: inout SearchResult,
    _ take: (borrowing Message) throws(LDAPError) -> Void
  ) throws(LDAPError) -> Message.SearchResultDone {
    var isUnderWay = false
    while true {
      if Task.isCancelled {
        throw LDAPError(.search, .cancelled, code: LDAP_USER_CANCELLED, detail: "\(request.text): stopped")
      }
      let message = try next(id, request, server, deadline, isUnderWay: isUnderWay)
      isUnderWay = request.pageSize > 0
      try message.expectPartOfSearch()
      let kind = message.kind
      if kind == LDAP_RES_SEARCH_RESULT { return try message.result(self) }
      if kind == LDAP_RES_SEARCH_REFERENCE { search.refer(to: try message.references(self)) }
      if kind == LDAP_RES_SEARCH_ENTRY {
        search.entries += 1
        try page.append(message, orPassTo: take)
      }
    }
  }

  /// Waits for a message.
  ///
  /// - Parameter isUnderWay: whether the server is sending many. Servers send one entry at a time, and a wake-up for each costs more
  ///   than handling it: entries that arrive within a moment are handled together.
  private func next(
    _ id: Int32, _ request: SearchRequest, _ server: ConnectionSettings, _ deadline: ContinuousClock.Instant,
    isUnderWay: Bool
  ) throws(LDAPError) -> Message {
    let left = ContinuousClock.now.duration(to: deadline)
    // Checked with each message: from a server that sends without end one always arrives.
    if left <= .zero { throw timeout("operation_timeout", request) }
    var isTimeout = true
    if isUnderWay {
      if let message = waitForMessage(of: id, within: Duration.noTimeval, &isTimeout) { return message }
      if isTimeout { usleep(250) }
    }
    if isTimeout {
      let wait = min(server.idleTimeout, max(left, .zero)).timeval
      if let message = waitForMessage(of: id, within: wait, &isTimeout) { return message }
    }
    if isTimeout { throw timeout(left < server.idleTimeout ? "operation_timeout" : "idle_timeout", request) }
    if socket.isExpired { throw timeout("operation_timeout", request) }
    throw failed(.search, .cutOff, code: lastCode, "\(request.text): \(explanation(lastCode))")
  }

  private func timeout(_ which: String, _ request: SearchRequest) -> LDAPError {
    failed(.search, .timedOut, code: LDAP_TIMEOUT, "\(request.text): \(which) is over")
  }

  /// - Parameter isFirst: whether it answers the first request, and no entry has arrived.
  private func check(_ result: Message.SearchResultDone, _ request: SearchRequest, isFirst: Bool) throws(LDAPError) {
    let kind: LDAPError.Kind
    switch result.code {
    case LDAP_SUCCESS: return
    case LDAP_UNAVAILABLE_CRITICAL_EXTENSION where request.pageSize > 0 && isFirst: kind = .noPages
    case LDAP_REFERRAL: kind = .elsewhere
    case LDAP_INSUFFICIENT_ACCESS: kind = .notPermitted
    case LDAP_SIZELIMIT_EXCEEDED, LDAP_TIMELIMIT_EXCEEDED, LDAP_ADMINLIMIT_EXCEEDED: kind = .limitExceeded
    case LDAP_NO_SUCH_OBJECT, LDAP_INVALID_DN_SYNTAX: kind = .noSuchBase
    case LDAP_FILTER_ERROR, LDAP_INAPPROPRIATE_MATCHING: kind = .badFilter
    case LDAP_BUSY, LDAP_UNAVAILABLE: kind = .unreachable
    default: kind = .other
    }
    throw LDAPError(
      .search, kind, code: result.code, detail: "\(request.text): \(meaning(result))\(result.referralClause)")
  }
}

/// Owns the messages of one page, in the order of arrival, until they are drained or it goes out of scope.
@safe private struct ResultPage: ~Copyable {
  private let capacity: Int
  private var messages: [OpaquePointer] = unsafe []
  /// Messages before it have been passed on.
  private var first = 0

  /// With a capacity of 0 it stores none.
  init(capacity: Int) { self.capacity = capacity }

  deinit { for index in unsafe first..<messages.count { _ = unsafe ldap_msgfree(messages[index]) } }

  /// Stores a message while there is space; the first one without space, and all that follow, are passed on.
  mutating func append(
    _ message: consuming Message, orPassTo take: (borrowing Message) throws(LDAPError) -> Void
  ) throws(LDAPError) {
    if unsafe messages.count < capacity {
      unsafe messages.append(message.releasingOwnership())
    } else {
      try drain(take)
      try take(message)
    }
  }

  mutating func drain(_ take: (borrowing Message) throws(LDAPError) -> Void) throws(LDAPError) {
    while unsafe first < messages.count {
      let message = unsafe Message(takingOwnershipOf: messages[first])
      first += 1
      try take(message)
    }
  }
}
