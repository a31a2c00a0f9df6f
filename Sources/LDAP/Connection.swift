import CLDAP
import Platform

/// A connection to one directory server. Calls block this actor's own queue, never the shared pool.
public actor Connection {
  /// The server that answered.
  public nonisolated let uri: String

  private let executor: BlockingExecutor
  let handle: Handle
  let server: ConnectionSettings
  /// Read once: it stays the same for a connection.
  private var knownRootDSE: RootDSE?
  var knownSchema: Schema?
  /// Requested names of attributes, by the server's own name.
  var synonyms: [String: Set<String>] = [:]
  /// By the base in them (`countedContexts`).
  var knownGluedContexts: [String: Set<String>] = [:]
  /// Whether a search was refused because of paging.
  private var hasNoPages = false
  /// The endless searches, while this connection receives notifications.
  var subscriptions: ChangeSubscriptions?

  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  /// Connects to the first server that answers and binds.
  ///
  /// If a server is unreachable, the next is tried. After a refused bind none is: the next server would refuse it too, and each
  /// refusal counts towards a lockout.
  public static func open(_ server: ConnectionSettings) async throws(LDAPError) -> Connection {
    outliveBrokenPipes()
    var failures: [LDAPError] = []
    for uri in try await server.addresses() {
      if Task.isCancelled {
        throw LDAPError(.connect, .cancelled, code: LDAP_USER_CANCELLED, detail: "\(uri): stopped")
      }
      do throws(LDAPError) {
        let connection = try Connection(uri, server)
        try await connection.open()
        return connection
      } catch {
        if [.badCredentials, .badKeytab, .cancelled].contains(error.kind) { throw error }
        failures.append(error)
      }
    }
    guard let first = failures.first else {
      throw LDAPError(.connect, .unreachable, code: LDAP_PARAM_ERROR, detail: "no server is configured")
    }
    throw LDAPError(
      first.operation, failures.contains { $0.kind == .untrusted } ? .untrusted : first.kind, code: first.code,
      detail: failures.map(\.detail).joined(separator: "; "))
  }

  private init(_ uri: String, _ server: ConnectionSettings) throws(LDAPError) {
    executor = BlockingExecutor(label: "ldap")
    self.uri = uri
    self.server = server
    handle = try Handle(uri, server)
  }

  /// Connects to a server, requests StartTLS, and lends the socket to `body` before the handshake (RFC 4511, section 4.14.1). The
  /// connection can't be used afterwards.
  ///
  /// - Parameter body: closes the socket. It may block.
  public static func beforeTLS<Result: Sendable>(
    with uri: String, _ server: ConnectionSettings, _ body: @Sendable (_ socket: Int32) -> Result
  ) async throws(LDAPError) -> Result {
    try await Connection(uri, server).beforeTLS(body)
  }

  private func beforeTLS<Result>(_ body: (Int32) -> Result) throws(LDAPError) -> Result {
    try handle.connect(uri, server)
    try handle.askForTLS(uri, server)
    return body(handle.socket.duplicate())
  }

  /// Not in `init`, which runs on its caller's thread.
  private func open() throws(LDAPError) { try handle.open(uri, server) }

  /// Reads a page at a time and folds each entry into `state`, in the server's order (RFC 2696).
  ///
  /// Cancelling the task abandons the search.
  ///
  /// - Throws: `LDAPError` if the answer isn't complete: no state is returned then, so that an incomplete answer can't be
  ///   used as data.
  public func search<State: Sendable>(
    _ request: SearchRequest, into state: State, _ fold: @Sendable (inout State, borrowing Entry) -> Void
  ) throws(LDAPError) -> (State, SearchResult) {
    var state = state
    let synonyms = synonyms
    let result = try inPages(request) { request throws(LDAPError) in
      try handle.search(request, server) { entry in
        if synonyms.isEmpty { fold(&state, entry) } else { fold(&state, entry.known(by: synonyms)) }
      }
    }
    return (state, result)
  }

  /// The same, for selected entries: `choose` decides by an entry's fingerprint.
  ///
  /// - Returns: The state, and the search's end; nil for that if `choose` ended it.
  public func search<State: Sendable>(
    _ request: SearchRequest, into state: State, choosing choose: @Sendable (inout State, UInt64?) -> EntryHandling,
    _ fold: @Sendable (inout State, borrowing Entry) -> Void
  ) throws(LDAPError) -> (State, SearchResult?) {
    var state = state
    let synonyms = synonyms
    let result = try inPages(request) { request throws(LDAPError) in
      try handle.search(
        request, server, choosing: { fingerprint in choose(&state, fingerprint) },
        { entry in if synonyms.isEmpty { fold(&state, entry) } else { fold(&state, entry.known(by: synonyms)) } })
    }
    return (state, result)
  }

  /// Makes a search in one answer if the server has no paging.
  private func inPages<Result>(
    _ request: SearchRequest, _ search: (SearchRequest) throws(LDAPError) -> Result
  ) throws(LDAPError) -> Result {
    var request = inOwnNames(request)
    request.pageSize = pageSize(request.pageSize)
    // It ends such a search after its first page, as if it were complete.
    if request.pageSize > 0, request.attributes == ["1.1"], knownRootDSE?.family == .apacheDS {
      request.attributes = ["objectClass"]
    }
    do throws(LDAPError) {
      return try search(request)
    } catch {
      if error.kind != .noPages { throw error.from(knownRootDSE?.family) }
      // Nothing has arrived yet.
      hasNoPages = true
      request.pageSize = 0
      return try search(request)
    }
  }

  /// The page size for a requested one; 0 if the server has no paging, as far as known.
  public func pageSize(_ wanted: Int) -> Int {
    let controls = knownRootDSE?.supportedControls ?? []
    // A server that lists no controls may have it.
    let isOffered = controls.isEmpty || controls.contains(LDAP_CONTROL_PAGEDRESULTS)
    return isOffered && !hasNoPages ? wanted : 0
  }

  /// The handling of an entry, by its fingerprint.
  public enum EntryHandling: Sendable {
    case skip, read
    /// Neither this entry nor the following ones are needed.
    case end
  }

  /// One entry by its DN; nil if there is none, none visible to this bind, or none that matches the filter.
  public func read(
    _ dn: String, filter: String = "(objectClass=*)", attributes: [String]
  ) throws(LDAPError) -> Entry? {
    let request = SearchRequest(entry: dn, filter: filter, attributes: attributes)
    do throws(LDAPError) {
      return try search(request, into: nil as Entry?) { found, entry in found = copy entry }.0
    } catch {
      if error.kind == .noSuchBase { return nil }
      throw error
    }
  }

  /// The server's root DSE (RFC 4512, section 5.1); empty if the server hides it.
  public func rootDSE() throws(LDAPError) -> RootDSE {
    if let knownRootDSE { return knownRootDSE }
    var entry: Entry?
    do throws(LDAPError) {
      entry = try read("", attributes: RootDSE.attributes)
    } catch {
      let refusals = [LDAP_INSUFFICIENT_ACCESS, LDAP_UNWILLING_TO_PERFORM, LDAP_REFERRAL]
      if !refusals.contains(error.code) { throw error }
    }
    let rootDSE = entry.map { RootDSE($0) } ?? .hidden
    knownRootDSE = rootDSE
    return rootDSE
  }

  /// Whether the server still answers on it.
  public func isAlive() -> Bool {
    do throws(LDAPError) {
      _ = try read("", attributes: ["1.1"])
      return true
    } catch {
      // A refusal is an answer.
      return error.code > 0
    }
  }

  /// A reference to a part of a search's answer that may contain people; nil if the answer is complete.
  public func missingPart(of result: SearchResult) throws(LDAPError) -> String? {
    if result.referrals.isEmpty { return nil }
    let rootDSE = try rootDSE()
    return result.referrals.first { !rootDSE.isWithoutPeople($0) }
      ?? (result.referralCount > result.referrals.count ? result.referrals.last : nil)
  }

  /// The server's time, in seconds since 1970; nil if it isn't visible to this bind.
  public func clock() throws(LDAPError) -> Int64? {
    let (dn, attribute) =
      switch try rootDSE().family {
      case .activeDirectory: ("", "currentTime")
      case .directoryServer389: ("cn=monitor", "currentTime")
      // slapd-monitor(5).
      case .openLDAP, .apacheDS, .other: ("cn=Current,cn=Time,cn=Monitor", "monitorTimestamp")
      }
    return try? read(dn, attributes: [attribute])?.first(attribute)?.text.flatMap(seconds(ofGeneralizedTime:))
  }

  /// The ID of an Active Directory database, which changes with a restore from backup (MS-ADTS 3.1.1.1.9); nil for other servers.
  public func invocationID() throws(LDAPError) -> String? {
    guard let service = try rootDSE().serviceName else { return nil }
    return try read(service, attributes: ["invocationId"])?.first("invocationId").flatMap { guid($0.bytes) }
  }
}
