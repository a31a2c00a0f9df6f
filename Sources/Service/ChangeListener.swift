import Configuration
import Directory
import Journal
import LDAP
import Ledger
import Platform
import Sync

/// The daemon's ear at the directory: hears of changes as they happen, where the server tells of them.
///
/// It listens before the directory is read, so that nothing is missed in between. What it hears are hints; a run reads
/// what is true (`IncrementalReader`). When the connection is lost it goes on from where it was, if the server can do that, and
/// asks for a complete read else.
actor ChangeListener {
  enum ListenerState: Hashable, Sendable {
    /// The server isn't listened to.
    case deaf
    /// It has been listened to all the time since the last complete read.
    case listening
    /// It is listened to from now on; only a complete read tells what was before.
    case begun
  }

  /// Tools save one attribute after the other, and each update mails a person: so long a silence ends a change…
  static let silence = Duration.milliseconds(150)
  /// …unless the changes never end.
  static let patience = Duration.milliseconds(600)

  private let log: Log
  /// Called when there is something to be taken.
  private let ring: @Sendable () async -> Void

  /// The session on which it listens, and reads what it hears of: behind one name there may be servers that are told of a change
  /// later than this one.
  private var lookup: EntryLookup?
  /// What the server calls itself, where its URI may lead to several.
  private var name = ""
  private var listener: Task<Void, Never>?
  /// Kept when the connection is lost.
  private var position: SyncCookies?
  /// How far the directory had come by the last position, also after that was of no use any more.
  private var lastMarker = ""
  private var received = NotificationBatch()
  /// Only a complete read tells what was missed.
  private var hasMissedNotifications = true
  /// A server that can't tell of changes isn't asked to at each poll.
  private var deafUntil: ContinuousClock.Instant?
  private var deafFor = Duration.zero
  /// What was told of it last, so that it is told once.
  private var reported = ""

  init(log: Log, ring: @escaping @Sendable () async -> Void) {
    self.log = log
    self.ring = ring
  }

  /// The server that is listened to.
  var uri: String? { lookup?.connection.uri }

  /// Listens, where it doesn't yet, and makes sure that it still does where it did.
  func ensureListening(_ setup: CompiledConfiguration) async -> ListenerState {
    if setup.configuration.schedule.changes == .poll { return .deaf }
    if let deafUntil, deafUntil > .now { return .deaf }
    deafFor = setup.configuration.schedule.full
    if let lookup {
      // Keeps a connection open that nobody uses, and finds out about one that nobody closed.
      if await lookup.connection.isAlive(), (try? await coversAllChanges(setup)) == true { return state() }
      connectionLost(because: nil)
    }
    do {
      try await open(setup)
    } catch {
      if Task.isCancelled { return .deaf }
      connectionLost(because: error)
      // A position that the server doesn't know any more.
      if position != nil, let error = error as? LDAPError, error.operation == .listen, error.code > 0 {
        position = nil
        return await ensureListening(setup)
      }
    }
    return state()
  }

  /// Whether the session has told of all that the server counts as changed: one that answers may have fallen silent. To listen
  /// anew, from where it was, tells the rest.
  private func coversAllChanges(_ setup: CompiledConfiguration) async throws -> Bool {
    let reached = try await lookup?.connection.changeMarker(over: setup.watched)?.text ?? ""
    try await collect()
    // A change is counted a moment before it is told.
    if isBehind(reached) { try await waitForSilence() }
    return !isBehind(reached)
  }

  private func isBehind(_ marker: String) -> Bool {
    position.map { ChangeMarker.lag(of: $0.marker, behind: [marker]) != nil } ?? false
  }

  private func state() -> ListenerState {
    if lookup == nil { return .deaf }
    if received.isTooMuch || received.missesRemovals { hasMissedNotifications = true }
    return hasMissedNotifications ? .begun : .listening
  }

  /// Calls for what has been heard to be taken.
  func wakeAgain() async { if !received.notifications.isEmpty { await ring() } }

  private func open(_ setup: CompiledConfiguration) async throws {
    let last = try await lastRead(setup)
    let lookup = try await EntryLookup(setup, at: position?.server ?? last?.server, called: last?.name ?? "")
    let ear = lookup.connection
    let uri = ear.uri
    // What was restored from a backup may have gone on beyond the position, and doesn't say so. Where the server won't look for
    // the change, as one that searches by indices alone, nobody knows.
    if let last = position, last.server == uri, (try? await ear.hasReached(last)) != true { position = nil }
    guard let way = try await ear.listen(over: setup.watched, knowing: lookup.identity, from: position) else {
      deafUntil = .now + setup.configuration.schedule.full
      return log(.notListening, "\(uri) doesn't tell of changes; it is asked at each poll", uri)
    }
    if position?.server != uri { hasMissedNotifications = true }
    // Another way than before, which can't go on from there.
    if await ear.position == nil { hasMissedNotifications = true }
    name = try await ear.rootDSE().hostName ?? ""
    self.lookup = lookup
    try await collect()
    log(.listening, "Listens to \(uri), which tells of changes by \(way.rawValue)", uri)
    listener = Task(executorPreference: TaskPool.shared) { await self.listen(to: ear) }
  }

  /// The last complete read: to listen to another server than its would be to read another.
  private func lastRead(_ setup: CompiledConfiguration) async throws -> ReadReport? {
    // Where there is no ledger yet, or an older one, there is no such server, and the run says what is wrong with it.
    guard let ledger = try? Ledger(glancingAt: StateFolder.ledgerFile(setup.configuration.state.directory)) else {
      return nil
    }
    return try await ledger.lastReads().complete
  }

  /// What has been heard since the last time.
  ///
  /// - Returns: The hints and where to read what they are about; nil where only a complete read will do.
  func drainNotifications() -> (notifications: [ChangeNotification], lookup: EntryLookup)? {
    if received.isTooMuch || received.missesRemovals { hasMissedNotifications = true }
    // A complete read that begins now sees all of it. Without a session the hints wait for the next one.
    if hasMissedNotifications { received = NotificationBatch() }
    guard let lookup, !hasMissedNotifications else { return nil }
    defer { received = NotificationBatch() }
    return (received.notifications, lookup)
  }

  /// What was told while entries were read on the session: it doesn't arrive a second time.
  func listenAgain() async {
    if lookup == nil { return }
    do {
      try await collect()
      if received != NotificationBatch() { await ring() }
    } catch {
      if !Task.isCancelled { connectionLost(because: error) }
    }
  }

  /// To be called before a complete read, which sees all that has been heard by then.
  ///
  /// - Returns: How far the server that is listened to has come, and how far the directory had when something was heard last; each
  ///   empty where nobody says.
  func prepareRead(_ setup: CompiledConfiguration) async -> (now: String, before: String) {
    received = NotificationBatch()
    let now = try? await lookup?.connection.changeMarker(over: setup.watched)?.text
    return (now ?? "", lastMarker)
  }

  /// How far it has been heard by all that was done about it; nil where something is still to be done.
  var settledPosition: SyncCookies? { hasMissedNotifications || received != NotificationBatch() ? nil : position }

  /// Goes on from there, as after a lost connection.
  func resume(from position: SyncCookies) {
    self.position = position
    hasMissedNotifications = false
  }

  /// A complete read that began after `attend` has seen all that was before. What was too much to be kept since then isn't
  /// among it.
  func completeReadFinished(on read: ReadReport) {
    // How far the directory is by a read that was believed the ledger knows, be it back.
    if read.incomplete == nil { lastMarker = "" }
    // The session may have been lost meanwhile. Where it was isn't.
    let server = uri ?? position?.server
    if read.server == server && (read.name.isEmpty || read.name == name) {
      hasMissedNotifications = false
    } else {
      close()
    }
  }

  /// Stops listening, and forgets where it was.
  func close() {
    connectionLost(because: nil)
    position = nil
    received = NotificationBatch()
    hasMissedNotifications = true
    deafUntil = nil
  }

  private func listen(to ear: Connection) async {
    do {
      while true {
        await ear.waitUntilReadable()
        // Where another session has taken this one's place, its own listener hears the rest.
        guard lookup?.connection === ear else { return }
        try await collect()
        if received == NotificationBatch() { continue }
        try await waitForSilence()
        await ring()
      }
    } catch {
      // The next poll finds out what it means.
      if !Task.isCancelled { connectionLost(because: error) }
    }
  }

  private func waitForSilence() async throws {
    let end = ContinuousClock.now + Self.patience
    var before = -1
    while before != received.notifications.count, !received.isTooMuch, ContinuousClock.now < end {
      before = received.notifications.count
      try await TaskPool.sleep(for: Self.silence)
      try await collect()
    }
  }

  private func collect() async throws {
    guard let ear = lookup?.connection else { throw CancellationError() }
    let news = try await ear.receiveNotifications()
    // Another session may have begun meanwhile, which tells it again.
    guard lookup?.connection === ear else { return }
    received.append(news)
    position = await ear.position
    if let position { lastMarker = position.marker }
  }

  private func connectionLost(because error: (any Error)?) {
    listener?.cancel()
    listener = nil
    lookup = nil
    if let error = error as? LDAPError, error.isNotificationRefusal { deafUntil = .now + deafFor }
    if position == nil { hasMissedNotifications = true }
    // Whoever ends its sessions knows.
    if let error, (error as? LDAPError)?.kind != .cancelled {
      log(.notListening, "Doesn't hear of changes, so the directory is asked at each poll: \(error)", nil)
    }
  }

  private func log(_ id: MessageID, _ text: String, _ server: String?) {
    if text == reported { return }
    reported = text
    log.write(Event(id, text, [.server: server]))
  }
}
