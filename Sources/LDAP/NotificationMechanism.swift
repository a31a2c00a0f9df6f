import CLDAP
import Platform
import Text

/// How a server sends change notifications.
public enum NotificationMechanism: String, Hashable, Sendable {
  /// RFC 4533: OpenLDAP with slapo-syncprov(5), 389 Directory Server with its plugin.
  case contentSync = "content synchronization"
  /// Active Directory (MS-ADTS 3.1.1.3.4.1.9).
  case notification = "change notification"
  /// The USN query, for Samba, which checks only every five seconds what to notify.
  case changeNumbers = "USN query, twice a second"
  /// draft-ietf-ldapext-psearch-03: 389 Directory Server.
  case persistentSearch = "persistent search"
}

/// The cookies of content synchronization by naming context, for the changes received so far.
public struct SyncCookies: Hashable, Sendable {
  /// The server that issued them; another one's have other meanings.
  public let server: String
  public internal(set) var cookies: [String: [UInt8]]

  public init(server: String, cookies: [String: [UInt8]]) {
    self.server = server
    self.cookies = cookies
  }

  /// The sequence numbers in slapd's cookies, as a `ChangeMarker` has them; empty for other servers'.
  public var marker: String {
    cookies.flatMap { context, cookie in Self.sequenceNumbers(cookie).values.map { "\(context) \($0)" } }
      .sorted().joined(separator: "; ")
  }

  /// The newest of slapd's sequence numbers in each naming context.
  var lastChanges: [String: String] { cookies.compactMapValues { Self.sequenceNumbers($0).values.max() } }

  /// slapd's cookie for a change has the sequence number of that change's provider alone; those of the others hold on, as for
  /// its own consumers (its syncrepl.c).
  mutating func retain(_ cookie: [UInt8], of context: String) {
    let before = cookies[context].map(Self.sequenceNumbers) ?? [:]
    let now = Self.sequenceNumbers(cookie)
    cookies[context] = now.isEmpty ? cookie : Self.cookie(Array(before.merging(now) { $1 }.values))
  }

  /// In slapd's form.
  static func cookie(_ sequenceNumbers: [String]) -> [UInt8] {
    Array("rid=000,csn=\(sequenceNumbers.sorted().joined(separator: ";"))".utf8)
  }

  /// By the provider's id, which is the third of a sequence number's fields; empty for other servers' cookies.
  private static func sequenceNumbers(_ cookie: [UInt8]) -> [Substring: String] {
    let fields = String(decoding: cookie, as: UTF8.self).split(separator: ",")
    let numbers = fields.first { $0.hasPrefix("csn=") }?.dropFirst("csn=".count).split(separator: ";") ?? []
    return Dictionary(numbers.map { ($0.split(separator: "#").dropFirst(2).first ?? "", String($0)) }) { $1 }
  }
}

extension RootDSE {
  static let notification = "1.2.840.113556.1.4.528"

  /// The mechanisms that this server lists, the best first; empty if there are none. Only a try shows what works: slapd lists
  /// content synchronization for all its databases, and ApacheDS without supporting it.
  var notificationMechanisms: [NotificationMechanism] {
    // ApacheDS lists Active Directory's control without supporting it.
    if family == .activeDirectory, supportedControls.contains(Self.notification) {
      return [vendorName?.contains("Samba") == true ? .changeNumbers : .notification]
    }
    let offered: [(NotificationMechanism, control: String)] = [
      (.contentSync, ContentSync.request), (.persistentSearch, LDAP_CONTROL_PERSIST_REQUEST),
    ]
    return offered.filter { supportedControls.contains($0.control) }.map(\.0)
  }
}

extension LDAPError {
  /// Whether the server knows the control and doesn't support it: slapd has the control for all its databases and the overlay for
  /// some. A search that ends successfully is an ordinary one.
  public var isNotificationRefusal: Bool {
    operation == .listen && [LDAP_SUCCESS, LDAP_UNAVAILABLE_CRITICAL_EXTENSION].contains(code)
  }
}

extension Connection {
  /// Subscribes to changes from now on, in every naming context with one of `bases`: moves out of a base and removals are reported
  /// only there.
  ///
  /// Blocks until the server has sent the changes since `position`, which are in the first batch. Without a position of this server
  /// it begins at its `contextCSN`, so earlier changes must be read.
  ///
  /// - Returns: The server's mechanism; nil if it has none.
  public func listen(
    over bases: [String], knowing identity: IdentityAttribute, from position: SyncCookies? = nil
  ) throws(LDAPError) -> NotificationMechanism? {
    let rootDSE = try rootDSE()
    guard let contexts = try countedContexts(of: bases) else { return nil }
    let goesOn = position?.server == uri
    var refusal: LDAPError?
    for way in rootDSE.notificationMechanisms {
      do throws(LDAPError) {
        try listen(by: way, to: contexts.sorted(), knowing: identity, from: position)
        return way
      } catch {
        // An outdated position is no reason to use another mechanism. ApacheDS refuses its own contextCSN, too.
        if error.operation != .listen || error.code < 0 || error.kind == .outdated && goesOn { throw error }
        stopListening()
        refusal = refusal ?? error
      }
    }
    if let refusal { throw refusal }
    return nil
  }

  private func listen(
    by way: NotificationMechanism, to contexts: [String], knowing identity: IdentityAttribute,
    from position: SyncCookies?
  ) throws(LDAPError) {
    var subscriptions = ChangeSubscriptions(
      way: way, identity: identity, family: try rootDSE().family, position: SyncCookies(server: uri, cookies: [:]))
    for context in contexts {
      var cookie = way == .contentSync && position?.server == uri ? position?.cookies[context] : nil
      if cookie == nil, way == .contentSync { cookie = try currentCookie(of: context) }
      let request = SearchRequest(
        base: context, scope: .sub, filter: "(objectClass=*)",
        attributes: way == .contentSync ? ["objectClass"] : ["objectClass", "isDeleted", identity.name], pageSize: 0
      )
      let id = try way == .changeNumbers ? Int32(subscriptions.contexts.count) : send(request, way, cookie)
      subscriptions.contexts[id] = context
      subscriptions.position.cookies[context] = cookie
      if cookie == nil { subscriptions.unknown.insert(id) }
    }
    self.subscriptions = subscriptions
    switch way {
    case .changeNumbers: self.subscriptions?.changeNumber = try highestChangeNumber()
    case .contentSync: try waitUntilCurrent()
    case .notification, .persistentSearch:
      // A server refuses at once: before it answers the next request.
      if !isAlive() { throw handle.failed(.listen, .cutOff, code: LDAP_SERVER_DOWN, "\(uri) doesn't respond") }
      while try receive(within: .zero) {}
    }
  }

  private func stopListening() {
    if let subscriptions { for id in subscriptions.contexts.keys { handle.abandon(id) } }
    subscriptions = nil
  }

  /// Whether the directory still has the last change of `position`. One that was restored from a backup doesn't, even with later
  /// changes; nor does one in which that change was a removal, or the entry has changed again.
  ///
  /// - Returns: true also if the server's cookies don't show it.
  public func hasReached(_ position: SyncCookies) throws(LDAPError) -> Bool {
    for (context, number) in position.lastChanges {
      var isThere = false
      let request = SearchRequest(
        base: context, scope: .sub, filter: "(entryCSN=\(number))", attributes: ["1.1"], pageSize: 0)
      _ = try handle.search(request, server) { _ in isThere = true }
      if !isThere { return false }
    }
    return true
  }

  /// The notifications since the last call. Doesn't wait, except for one short answer.
  ///
  /// - Throws: if the server has ended the subscription, or the connection is lost.
  public func receiveNotifications() throws(LDAPError) -> NotificationBatch {
    try handle.check(.listen, uri)
    if subscriptions?.way == .changeNumbers { try lookForChanges() } else { while try receive(within: .zero) {} }
    defer { subscriptions?.heard = NotificationBatch() }
    return subscriptions?.heard ?? NotificationBatch()
  }

  /// Returns when there may be a notification, when the connection has ended, or when the task is cancelled. Blocks no thread
  /// meanwhile.
  ///
  /// Not for messages that arrive during another request on this connection: `heard` has these without another arrival.
  public nonisolated func waitUntilReadable() async {
    if let arrivals = await arrivals { return await arrivals.next() }
    try? await TaskPool.sleep(for: .milliseconds(500))
  }

  /// nil if no messages arrive by themselves, and if there is no file descriptor left.
  private var arrivals: SocketReadiness? {
    if subscriptions?.way == .changeNumbers { return nil }
    let descriptor = handle.socket.duplicate()
    return descriptor >= 0 ? SocketReadiness(takingOwnershipOf: descriptor) : nil
  }

  /// The position of the last change received; nil if the mechanism has none.
  public var position: SyncCookies? { subscriptions.flatMap { $0.position.cookies.isEmpty ? nil : $0.position } }

  private func waitUntilCurrent() throws(LDAPError) {
    let deadline = ContinuousClock.now + server.operationTimeout
    while subscriptions?.isCurrent == false {
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero, try receive(within: min(server.idleTimeout, left)) else {
        throw LDAPError(.listen, .timedOut, code: LDAP_TIMEOUT, detail: "\(uri) doesn't send its changes")
      }
    }
  }

  /// The cookie for changes from now on, in slapd's form; nil if the server shows no contextCSN.
  private func currentCookie(of context: String) throws(LDAPError) -> [UInt8]? {
    let numbers = try read(context, attributes: ["contextCSN"])?.values("contextCSN").compactMap(\.text) ?? []
    return numbers.isEmpty ? nil : SyncCookies.cookie(numbers)
  }

  private func send(_ request: SearchRequest, _ way: NotificationMechanism, _ cookie: [UInt8]?) throws(LDAPError)
    -> Int32
  {
    switch way {
    case .contentSync: try handle.send(request, Controls(synchronizingFrom: cookie), limit: nil)
    case .notification, .changeNumbers: try handle.send(request, Controls.notification(), limit: nil)
    case .persistentSearch: try handle.send(request, Controls(persistentSearchOn: handle), limit: nil)
    }
  }

  /// Active Directory's count of its changes (MS-ADTS 3.1.1.3.2.14).
  ///
  /// - Throws: if the server shows none, or one that can't be followed by another: later changes would go unnoticed.
  private func highestChangeNumber() throws(LDAPError) -> Int64 {
    let text = try read("", attributes: ["highestCommittedUSN"])?.first("highestCommittedUSN")?.text
    if let number = text.flatMap({ Int64($0) }), number >= 0, number < .max { return number }
    throw handle.failed(
      .listen, .other, code: LDAP_DECODING_ERROR,
      "\(uri): highestCommittedUSN is \(text.map { visible($0) } ?? "missing")")
  }

  /// Entries with a newer USN than the last one seen.
  private func lookForChanges() throws(LDAPError) {
    guard let before = subscriptions?.changeNumber, let contexts = subscriptions?.contexts else { return }
    let now = try highestChangeNumber()
    if now == before { return }
    for (id, context) in contexts {
      let request = SearchRequest(
        base: context, scope: .sub, filter: "(uSNChanged>=\(before + 1))",
        attributes: ["objectClass", "isDeleted", "objectGUID"],
        pageSize: 500)
      _ = try handle.search(request, server, showingDeleted: true) { entry in
        subscriptions?.handle(copy entry, [:], from: id)
      }
    }
    subscriptions?.changeNumber = now
  }

  /// Handles one message of the searches; false if none arrives.
  private func receive(within limit: Duration) throws(LDAPError) -> Bool {
    guard let message = try handle.nextMessage(within: limit, uri) else { return false }
    guard let context = subscriptions?.contexts[message.id] else { return true }
    try message.expectPartOfSearch()
    switch message.kind {
    case Int32(LDAP_RES_SEARCH_ENTRY):
      let controls = try message.controls(handle)
      subscriptions?.handle(try message.entry(handle), controls, from: message.id)
    case Int32(LDAP_RES_INTERMEDIATE):
      guard let state = try message.information(handle).flatMap(SyncState.init(information:)) else { return true }
      subscriptions?.handle(state, from: message.id)
    case Int32(LDAP_RES_SEARCH_RESULT):
      let result = try message.result(handle)
      // RFC 4533, section 2.2: the position is too old, or another database's.
      if result.code == LDAP_SYNC_REFRESH_REQUIRED { subscriptions?.position.cookies[context] = nil }
      throw LDAPError(
        .listen, result.code == LDAP_SYNC_REFRESH_REQUIRED ? .outdated : .cutOff, code: result.code,
        detail: "\(uri), \(context): "
          + (result.code == LDAP_SUCCESS ? "the server ended the endless search for changes" : meaning(result)))
    default: break
    }
    return true
  }
}
