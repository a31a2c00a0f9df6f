import CLDAP
import Platform

/// A directory session with one server. Calls block this actor's own queue, never the shared pool.
public actor Connection {
  /// The server that answered.
  public nonisolated let uri: String

  private let executor: BlockingExecutor
  let handle: Handle
  let server: ConnectionSettings
  /// Asked for once: it stays as it is while a session lasts.
  private var knownRootDSE: RootDSE?
  var knownSchema: Schema?
  /// Names by which attributes are asked for, by the one that the server gives.
  var synonyms: [String: Set<String>] = [:]
  /// By the base that lies in them (`countedContexts`).
  var knownGluedContexts: [String: Set<String>] = [:]
  /// Whether a search was refused for its pages.
  private var hasNoPages = false
  /// The searches that don't end, while it is listened to the server.
  var subscriptions: ChangeSubscriptions?

  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  /// Connects to the first server that answers and binds.
  ///
  /// A server out of reach leads on to the next. A refused bind doesn't: the next server would refuse it too, and
  /// each refusal counts towards a lockout.
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

  /// Connects to a server, asks it for TLS, and lends the socket to `body` at the point at which the handshake would begin
  /// (RFC 4511, section 4.14.1). The session is of no use afterwards.
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
  /// - Throws: `LDAPError` where the answer isn't complete: no state is returned then, so that half an answer can't be
  ///   taken for data.
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

  /// The same, where not every entry is worth a look: `choose` says by an entry's fingerprint what becomes of it.
  ///
  /// - Returns: The state, and what came of the search; nil for that where `choose` ended it.
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

  /// Makes a search as this server can: in one answer, where it has no pages.
  private func inPages<Result>(
    _ request: SearchRequest, _ search: (SearchRequest) throws(LDAPError) -> Result
  ) throws(LDAPError) -> Result {
    var request = inOwnNames(request)
    request.pageSize = pageSize(request.pageSize)
    // It ends such a search after its first page, as if that were all.
    if request.pageSize > 0, request.attributes == ["1.1"], knownRootDSE?.family == .apacheDS {
      request.attributes = ["objectClass"]
    }
    do throws(LDAPError) {
      return try search(request)
    } catch {
      if error.kind != .noPages { throw error.from(knownRootDSE?.family) }
      // Nothing has come yet.
      hasNoPages = true
      request.pageSize = 0
      return try search(request)
    }
  }

  /// How many entries a page may have, where so many are wanted; 0 where the server has no pages, as far as is known by now.
  public func pageSize(_ wanted: Int) -> Int {
    let controls = knownRootDSE?.supportedControls ?? []
    // One that shows none of its controls may have it.
    let isOffered = controls.isEmpty || controls.contains(LDAP_CONTROL_PAGEDRESULTS)
    return isOffered && !hasNoPages ? wanted : 0
  }

  /// What becomes of an entry of which the fingerprint alone is known.
  public enum EntryHandling: Sendable {
    case skip, take
    /// Neither this one nor those that would follow are wanted.
    case end
  }

  /// One entry by its name; nil where there is none, none that this bind may see, or none that matches the filter.
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

  /// What the server says about itself (RFC 4512, section 5.1); one that hides it says nothing.
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

  /// Whether the server still answers on it. What it answers is kept nowhere.
  public func isAlive() -> Bool {
    do throws(LDAPError) {
      _ = try read("", attributes: ["1.1"])
      return true
    } catch {
      // A refusal is an answer.
      return error.code > 0
    }
  }

  /// Where a part of a search's answer lies that may hold people; nil where the answer is whole.
  public func missingPart(of result: SearchResult) throws(LDAPError) -> String? {
    if result.referrals.isEmpty { return nil }
    let rootDSE = try rootDSE()
    return result.referrals.first { !rootDSE.isWithoutPeople($0) }
      ?? (result.referralCount > result.referrals.count ? result.referrals.last : nil)
  }

  /// What time the server has, in seconds since 1970; nil where it doesn't show it to this bind.
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

  /// The id of an Active Directory database, which is another one after a restore from backup (MS-ADTS 3.1.1.1.9); nil
  /// elsewhere.
  public func invocationID() throws(LDAPError) -> String? {
    guard let service = try rootDSE().serviceName else { return nil }
    return try read(service, attributes: ["invocationId"])?.first("invocationId").flatMap { guid($0.bytes) }
  }
}
