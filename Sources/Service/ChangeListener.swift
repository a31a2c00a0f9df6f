import Configuration
import Directory
import Domain
import Journal
import LDAP
import Ledger
import Platform
import Sync

/// Receives change notifications from the directory, if the server supports them.
///
/// It subscribes before the directory is read, so that no change is missed in between. A notification only names a changed
/// entry; a run reads the entry (`IncrementalReader`). After a lost connection it resumes from its cookies if the server
/// can, and otherwise asks for a complete read.
actor ChangeListener {
  enum ListenerState: Hashable, Sendable {
    /// The server sends no notifications, or they are off.
    case unavailable
    /// Notifications have arrived without a gap since the last complete read.
    case listening
    /// Notifications arrive from now on; only a complete read shows earlier changes.
    case starting
  }

  /// Tools save one attribute after another, and each update sends a mail: a change ends after this long without news…
  static let silence = Duration.milliseconds(150)
  /// …unless the changes never end.
  static let patience = Duration.milliseconds(600)

  private enum State {
    /// The next poll connects.
    case disconnected
    /// The server sends no notifications, and isn't asked again before this moment.
    case refused(until: ContinuousClock.Instant)
    /// The connection that receives notifications and reads the changed entries. Other servers behind the same name may
    /// receive a change later than this one.
    case connected(EntryLookup)
  }

  private let log: Log
  /// Called when there are notifications to drain.
  private let wake: @Sendable () async -> Void

  private var state = State.disconnected
  /// Receives from the connection of `state`.
  private var receiver: Task<Void, Never>?
  /// The server's own host name, because its URI may lead to several servers.
  private var name = ""
  /// Kept when the connection is lost.
  private var position: SyncCookies?
  /// The change marker of the last position, kept even when the position became unusable.
  private var lastMarker = ""
  private var received = NotificationBatch()
  /// Only a complete read finds the changes without a notification.
  private var hasMissedNotifications = true
  /// How long a server that refused isn't asked again.
  private var refusalPause = Duration.zero
  /// The last message, so that it is logged only once.
  private var reported = ""

  init(log: Log, wake: @escaping @Sendable () async -> Void) {
    self.log = log
    self.wake = wake
  }

  private var lookup: EntryLookup? { if case .connected(let lookup) = state { lookup } else { nil } }

  /// The server that sends the notifications.
  var uri: String? { lookup?.connection.uri }

  /// Subscribes if it hasn't yet; otherwise checks that its subscriptions are alive.
  func ensureListening(_ setup: CompiledConfiguration) async -> ListenerState {
    if setup.configuration.schedule.changes == .poll { return .unavailable }
    refusalPause = setup.configuration.schedule.full
    switch state {
    case .refused(let end) where end > .now: return .unavailable
    case .connected(let lookup):
      // Keeps an idle connection open, and notices a dead one.
      if await lookup.connection.isAlive(), (try? await coversAllChanges(setup)) == true { return listenerState() }
      connectionLost(because: nil)
    case .disconnected, .refused: break
    }
    do {
      try await open(setup)
    } catch {
      if Task.isCancelled { return .unavailable }
      connectionLost(because: error)
      // The server no longer knows the position.
      if position != nil, let error = error as? LDAPError, error.operation == .listen, error.code > 0 {
        position = nil
        return await ensureListening(setup)
      }
    }
    return listenerState()
  }

  /// Whether all changes that the server counts were notified: a connection that answers may have stopped sending them.
  /// Subscribing again, from the last cookies, gets the rest.
  private func coversAllChanges(_ setup: CompiledConfiguration) async throws -> Bool {
    let reached = try await lookup?.connection.changeMarker(over: setup.watched)?.text ?? ""
    try await collect()
    // A change is counted a moment before its notification is sent.
    if isBehind(reached) { try await waitForSilence() }
    return !isBehind(reached)
  }

  private func isBehind(_ marker: String) -> Bool {
    position.map { ChangeMarker.lag(of: $0.marker, behind: [marker]) != nil } ?? false
  }

  private func listenerState() -> ListenerState {
    guard case .connected = state else { return .unavailable }
    checkForLostNotifications()
    return hasMissedNotifications ? .starting : .listening
  }

  private func checkForLostNotifications() {
    if received.isTooMuch || received.missesRemovals { hasMissedNotifications = true }
  }

  /// Asks again for the received notifications to be drained.
  func wakeAgain() async { if !received.notifications.isEmpty { await wake() } }

  private func open(_ setup: CompiledConfiguration) async throws {
    let last = try await lastRead(setup)
    let lookup = try await EntryLookup(setup, at: position?.server ?? last?.server, called: last?.name ?? "")
    let connection = lookup.connection
    let uri = connection.uri
    // A directory restored from a backup may have gone on beyond the position without reporting it. A server that can't
    // search for the change, for lack of an index, leaves that unknown.
    if let last = position, last.server == uri, (try? await connection.hasReached(last)) != true { position = nil }
    guard let way = try await connection.listen(over: setup.watched, knowing: lookup.identity, from: position) else {
      state = .refused(until: .now + refusalPause)
      return log(.notListening, "\(uri) sends no change notifications; checking the directory at each poll", uri)
    }
    if position?.server != uri { hasMissedNotifications = true }
    // Another mechanism than before, which can't resume from there.
    if await connection.position == nil { hasMissedNotifications = true }
    name = try await connection.rootDSE().hostName ?? ""
    state = .connected(lookup)
    try await collect()
    log(.listening, "Receiving change notifications from \(uri) (\(way.rawValue))", uri)
    receiver = Task(executorPreference: TaskPool.shared) { await self.listen(to: connection) }
  }

  /// The last complete read: notifications must come from the server that it read.
  private func lastRead(_ setup: CompiledConfiguration) async throws -> ReadReport? {
    // Without a ledger, or with an older one, there is no such server; the run reports the ledger's fault.
    guard let ledger = try? Ledger(uncheckedAt: StateFolder.ledgerFile(setup.configuration.state.directory)) else {
      return nil
    }
    return try await ledger.lastReads().complete
  }

  /// Returns and removes the received notifications.
  ///
  /// - Returns: the notifications with the connection to read their entries; nil if a complete read is needed.
  func drainNotifications() -> (notifications: [ChangeNotification], lookup: EntryLookup)? {
    checkForLostNotifications()
    // A complete read that begins now includes these changes. Without a connection the notifications wait for the next one.
    if hasMissedNotifications { received = NotificationBatch() }
    guard let lookup, !hasMissedNotifications else { return nil }
    defer { received = NotificationBatch() }
    return (received.notifications, lookup)
  }

  /// Collects the notifications that arrived while entries were read on the connection: they don't arrive a second time.
  func listenAgain() async {
    if lookup == nil { return }
    do {
      try await collect()
      if received == NotificationBatch() { return }
      try await waitForSilence()
      await wake()
    } catch {
      if !Task.isCancelled { connectionLost(because: error) }
    }
  }

  /// Prepares a complete read, which includes all changes that were notified before.
  ///
  /// - Returns: the present change marker of the subscribed server, and the marker of the last notification; empty if unknown.
  func prepareRead(_ setup: CompiledConfiguration) async -> (now: String, before: String) {
    received = NotificationBatch()
    let now = try? await lookup?.connection.changeMarker(over: setup.watched)?.text
    return (now ?? "", lastMarker)
  }

  /// The position up to which all notifications have been handled; nil if some haven't.
  var settledPosition: SyncCookies? { hasMissedNotifications || received != NotificationBatch() ? nil : position }

  /// Resumes from a position, as after a lost connection.
  func resume(from position: SyncCookies) {
    self.position = position
    hasMissedNotifications = false
  }

  /// Records that a complete read has finished. If it began after `ensureListening`, it included all earlier changes, except for
  /// notifications that were dropped since.
  func completeReadFinished(on read: ReadReport) {
    // The ledger has the marker of a complete read, even if the directory has gone back.
    if read.incomplete == nil { lastMarker = "" }
    // The connection may have been lost meanwhile, but not its position.
    let server = uri ?? position?.server
    if read.server == server && (read.name.isEmpty || read.name == name) {
      hasMissedNotifications = false
    } else {
      close()
    }
  }

  /// Ends the subscriptions, and drops their position.
  func close() {
    connectionLost(because: nil)
    position = nil
    received = NotificationBatch()
    hasMissedNotifications = true
  }

  private func listen(to connection: Connection) async {
    do {
      while true {
        await connection.waitUntilReadable()
        // If another connection has replaced this one, its own task receives the rest.
        guard lookup?.connection === connection else { return }
        try await collect()
        if received == NotificationBatch() { continue }
        try await waitForSilence()
        await wake()
      }
    } catch {
      // The next poll handles it.
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
    guard let connection = lookup?.connection else { throw CancellationError() }
    let batch = try await connection.receiveNotifications()
    // Another connection may have been opened meanwhile, which receives the same notifications again.
    guard lookup?.connection === connection else { return }
    received.append(batch)
    position = await connection.position
    if let position { lastMarker = position.marker }
  }

  private func connectionLost(because error: (any Error)?) {
    receiver?.cancel()
    receiver = nil
    let isRefused = (error as? LDAPError)?.isNotificationRefusal == true
    state = isRefused ? .refused(until: .now + refusalPause) : .disconnected
    if position == nil { hasMissedNotifications = true }
    // A cancelled connection was closed on purpose.
    if let error, (error as? LDAPError)?.kind != .cancelled {
      log(.notListening, "No change notifications; checking the directory at each poll: \(error)", nil)
    }
  }

  private func log(_ id: MessageID, _ text: String, _ server: String?) {
    if text == reported { return }
    reported = text
    log.write(Event(id, text, [.server: server]))
  }
}
