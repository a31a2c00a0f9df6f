import Configuration
import Journal
import LDAP
import Ledger
import Platform

/// The daemon's ear at the directory: hears of changes as they happen, where the server tells of them.
///
/// It listens before the directory is read, so that nothing is missed in between. What it hears are hints; a run reads
/// what is true (`DeltaReading`). When the connection is lost it goes on from where it was, if the server can do that, and
/// asks for a complete read else.
actor Doorbell {
  enum Ear: Hashable, Sendable {
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
  /// A complete read costs less than to read so many entries one by one.
  static let most = 500

  private let log: Log
  /// Called when there is something to be taken.
  private let ring: @Sendable () async -> Void

  /// A session of its own: an answer to another question would hide what arrives meanwhile.
  private var ear: Connection?
  private var desk: Desk?
  private var listener: Task<Void, Never>?
  /// Kept when the connection is lost.
  private var position: Position?
  private var hints: [Hint] = []
  /// Only a complete read tells what was missed.
  private var hasGap = true
  /// A server that can't tell of changes isn't asked to at each poll.
  private var deafUntil: ContinuousClock.Instant?
  /// What was told of it last, so that it is told once.
  private var told = ""

  init(log: Log, ring: @escaping @Sendable () async -> Void) {
    self.log = log
    self.ring = ring
  }

  /// The server that is listened to.
  var uri: String? { ear?.uri }

  /// Listens, where it doesn't yet, and makes sure that it still does where it did.
  func attend(_ setup: Setup) async -> Ear {
    if setup.configuration.schedule.changes == "poll" { return .deaf }
    if let deafUntil, deafUntil > .now { return .deaf }
    if let ear, let desk {
      // Keeps connections open that nobody uses, and finds out about those that nobody closed.
      if await ear.isAlive(), await desk.connection.isAlive(), (try? await collect()) != nil { return await state() }
      lose(nil)
    }
    do {
      try await open(setup)
    } catch {
      lose(error)
      if let error = error as? LDAPError, error.isRefusalToListen {
        deafUntil = .now + setup.configuration.schedule.full
      }
      // A position that the server doesn't know any more.
      if position != nil {
        position = nil
        return await attend(setup)
      }
    }
    return await state()
  }

  private func state() async -> Ear {
    if ear == nil { return .deaf }
    if !hints.isEmpty { await ring() }
    return hasGap ? .begun : .listening
  }

  private func open(_ setup: Setup) async throws {
    let last = try await lastServer(setup)
    let desk = try await Desk(setup, at: position?.server ?? last)
    let uri = desk.connection.uri
    let ear = try await Connection.open(try setup.server().alone(uri))
    guard let way = try await ear.listen(over: setup.watched, knowing: desk.identity, from: position) else {
      deafUntil = .now + setup.configuration.schedule.full
      return tell(.notListening, "\(uri) doesn't tell of changes; it is asked at each poll", uri)
    }
    if position?.server != uri { hasGap = true }
    (self.ear, self.desk) = (ear, desk)
    try await collect()
    tell(.listening, "Listens to \(uri), which tells of changes by \(way.rawValue)", uri)
    listener = Task(executorPreference: TaskPool.shared) { await self.listen(to: ear) }
  }

  /// The server of the last complete read: to listen to another would be to read another.
  private func lastServer(_ setup: Setup) async throws -> String? {
    // Where there is no ledger yet, or an older one, there is no such server, and the run says what is wrong with it.
    guard let ledger = try? Ledger(glancingAt: State.ledgerFile(setup.configuration.state.directory)) else {
      return nil
    }
    return try await ledger.lastReads().complete?.server
  }

  /// What has been heard since the last time.
  ///
  /// - Returns: The hints and where to read what they are about; nil where only a complete read will do.
  func take() -> (hints: [Hint], desk: Desk)? {
    if hints.count > Self.most { hasGap = true }
    // A complete read that begins now sees all of it. Without a session the hints wait for the next one.
    if hasGap { hints = [] }
    guard let desk, !hasGap else { return nil }
    defer { hints = [] }
    return (hints, desk)
  }

  /// How far it has been heard by all that was done about it; nil where something is still to be done.
  var settledPosition: Position? { hasGap || !hints.isEmpty ? nil : position }

  /// Goes on from there, as after a lost connection.
  func resume(from position: Position) {
    self.position = position
    hasGap = false
  }

  /// A complete read from `server` that began after `attend` has seen all that was before.
  func filled(from server: String?) {
    if server == uri { hasGap = false } else { close() }
  }

  /// Stops listening, and forgets where it was.
  func close() {
    lose(nil)
    position = nil
    hints = []
    hasGap = true
    deafUntil = nil
  }

  private func listen(to ear: Connection) async {
    do {
      while true {
        await ear.arrival()
        try await collect()
        if hints.isEmpty && !hasGap { continue }
        try await waitForSilence()
        await ring()
      }
    } catch {
      // The next poll finds out what it means.
      if !Task.isCancelled { lose(error) }
    }
  }

  private func waitForSilence() async throws {
    let end = ContinuousClock.now + Self.patience
    var before = -1
    while before != hints.count, hints.count <= Self.most, ContinuousClock.now < end {
      before = hints.count
      try await TaskPool.sleep(for: Self.silence)
      try await collect()
    }
  }

  private func collect() async throws {
    guard let ear else { throw CancellationError() }
    let heard = try await ear.heard()
    hints += heard.hints
    if heard.missesRemovals { hasGap = true }
    position = await ear.position
  }

  private func lose(_ error: (any Error)?) {
    listener?.cancel()
    listener = nil
    (ear, desk) = (nil, nil)
    if position == nil { hasGap = true }
    if let error {
      tell(.notListening, "Doesn't hear of changes, so the directory is asked at each poll: \(error)", nil)
    }
  }

  private func tell(_ id: MessageID, _ text: String, _ server: String?) {
    if text == told { return }
    told = text
    log.write(Event(id, text, [.server: server]))
  }
}
