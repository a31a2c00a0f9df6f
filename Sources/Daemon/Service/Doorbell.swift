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

  private let log: Log
  /// Called when there is something to be taken.
  private let ring: @Sendable () async -> Void

  /// The session on which it listens, and reads what it hears of: behind one name there may be servers that are told of a change
  /// later than this one.
  private var desk: Desk?
  /// What the server calls itself, where its URI may lead to several.
  private var name = ""
  private var listener: Task<Void, Never>?
  /// Kept when the connection is lost.
  private var position: Position?
  /// How far the directory had come by the last position, also after that was of no use any more.
  private var lastMarker = ""
  private var heard = Heard()
  /// Only a complete read tells what was missed.
  private var hasGap = true
  /// A server that can't tell of changes isn't asked to at each poll.
  private var deafUntil: ContinuousClock.Instant?
  private var deafFor = Duration.zero
  /// What was told of it last, so that it is told once.
  private var told = ""

  init(log: Log, ring: @escaping @Sendable () async -> Void) {
    self.log = log
    self.ring = ring
  }

  /// The server that is listened to.
  var uri: String? { desk?.connection.uri }

  /// Listens, where it doesn't yet, and makes sure that it still does where it did.
  func attend(_ setup: Setup) async -> Ear {
    if setup.configuration.schedule.changes == "poll" { return .deaf }
    if let deafUntil, deafUntil > .now { return .deaf }
    deafFor = setup.configuration.schedule.full
    if let desk {
      // Keeps a connection open that nobody uses, and finds out about one that nobody closed.
      if await desk.connection.isAlive(), (try? await hasToldAll(setup)) == true { return state() }
      lose(nil)
    }
    do {
      try await open(setup)
    } catch {
      if Task.isCancelled { return .deaf }
      lose(error)
      // A position that the server doesn't know any more.
      if position != nil, let error = error as? LDAPError, error.operation == .listen, error.code > 0 {
        position = nil
        return await attend(setup)
      }
    }
    return state()
  }

  /// Whether the session has told of all that the server counts as changed: one that answers may have fallen silent. To listen
  /// anew, from where it was, tells the rest.
  private func hasToldAll(_ setup: Setup) async throws -> Bool {
    let reached = try await desk?.connection.changeMarker(over: setup.watched)?.text ?? ""
    try await collect()
    // A change is counted a moment before it is told.
    if isBehind(reached) { try await waitForSilence() }
    return !isBehind(reached)
  }

  private func isBehind(_ marker: String) -> Bool {
    position.map { ChangeMarker.lag(of: $0.marker, behind: [marker]) != nil } ?? false
  }

  private func state() -> Ear {
    if desk == nil { return .deaf }
    if heard.isTooMuch || heard.missesRemovals { hasGap = true }
    return hasGap ? .begun : .listening
  }

  /// Calls for what has been heard to be taken.
  func ringAgain() async { if !heard.hints.isEmpty { await ring() } }

  private func open(_ setup: Setup) async throws {
    let last = try await lastRead(setup)
    let desk = try await Desk(setup, at: position?.server ?? last?.server, called: last?.name ?? "")
    let ear = desk.connection
    let uri = ear.uri
    // What was restored from a backup may have gone on beyond the position, and doesn't say so. Where the server won't look for
    // the change, as one that searches by indices alone, nobody knows.
    if let last = position, last.server == uri, (try? await ear.has(last)) != true { position = nil }
    guard let way = try await ear.listen(over: setup.watched, knowing: desk.identity, from: position) else {
      deafUntil = .now + setup.configuration.schedule.full
      return tell(.notListening, "\(uri) doesn't tell of changes; it is asked at each poll", uri)
    }
    if position?.server != uri { hasGap = true }
    // Another way than before, which can't go on from there.
    if await ear.position == nil { hasGap = true }
    name = try await ear.rootDSE().hostName ?? ""
    self.desk = desk
    try await collect()
    tell(.listening, "Listens to \(uri), which tells of changes by \(way.rawValue)", uri)
    listener = Task(executorPreference: TaskPool.shared) { await self.listen(to: ear) }
  }

  /// The last complete read: to listen to another server than its would be to read another.
  private func lastRead(_ setup: Setup) async throws -> ReadRecord? {
    // Where there is no ledger yet, or an older one, there is no such server, and the run says what is wrong with it.
    guard let ledger = try? Ledger(glancingAt: State.ledgerFile(setup.configuration.state.directory)) else {
      return nil
    }
    return try await ledger.lastReads().complete
  }

  /// What has been heard since the last time.
  ///
  /// - Returns: The hints and where to read what they are about; nil where only a complete read will do.
  func take() -> (hints: [Hint], desk: Desk)? {
    if heard.isTooMuch || heard.missesRemovals { hasGap = true }
    // A complete read that begins now sees all of it. Without a session the hints wait for the next one.
    if hasGap { heard = Heard() }
    guard let desk, !hasGap else { return nil }
    defer { heard = Heard() }
    return (heard.hints, desk)
  }

  /// What was told while entries were read on the session: it doesn't arrive a second time.
  func listenAgain() async {
    if desk == nil { return }
    do {
      try await collect()
      if heard != Heard() { await ring() }
    } catch {
      if !Task.isCancelled { lose(error) }
    }
  }

  /// To be called before a complete read, which sees all that has been heard by then.
  ///
  /// - Returns: How far the server that is listened to has come, and how far the directory had when something was heard last; each
  ///   empty where nobody says.
  func prepareRead(_ setup: Setup) async -> (now: String, before: String) {
    heard = Heard()
    let now = try? await desk?.connection.changeMarker(over: setup.watched)?.text
    return (now ?? "", lastMarker)
  }

  /// How far it has been heard by all that was done about it; nil where something is still to be done.
  var settledPosition: Position? { hasGap || heard != Heard() ? nil : position }

  /// Goes on from there, as after a lost connection.
  func resume(from position: Position) {
    self.position = position
    hasGap = false
  }

  /// A complete read that began after `attend` has seen all that was before. What was too much to be kept since then isn't
  /// among it.
  func filled(from read: ReadRecord) {
    // How far the directory is by a read that was believed the ledger knows, be it back.
    if read.incomplete == nil { lastMarker = "" }
    // The session may have been lost meanwhile. Where it was isn't.
    let server = uri ?? position?.server
    if read.server == server && (read.name.isEmpty || read.name == name) { hasGap = false } else { close() }
  }

  /// Stops listening, and forgets where it was.
  func close() {
    lose(nil)
    position = nil
    heard = Heard()
    hasGap = true
    deafUntil = nil
  }

  private func listen(to ear: Connection) async {
    do {
      while true {
        await ear.arrival()
        // Where another session has taken this one's place, its own listener hears the rest.
        guard desk?.connection === ear else { return }
        try await collect()
        if heard == Heard() { continue }
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
    while before != heard.hints.count, !heard.isTooMuch, ContinuousClock.now < end {
      before = heard.hints.count
      try await TaskPool.sleep(for: Self.silence)
      try await collect()
    }
  }

  private func collect() async throws {
    guard let ear = desk?.connection else { throw CancellationError() }
    let news = try await ear.heard()
    // Another session may have begun meanwhile, which tells it again.
    guard desk?.connection === ear else { return }
    heard.append(news)
    position = await ear.position
    if let position { lastMarker = position.marker }
  }

  private func lose(_ error: (any Error)?) {
    listener?.cancel()
    listener = nil
    desk = nil
    if let error = error as? LDAPError, error.isRefusalToListen { deafUntil = .now + deafFor }
    if position == nil { hasGap = true }
    // Whoever ends its sessions knows.
    if let error, (error as? LDAPError)?.kind != .cancelled {
      tell(.notListening, "Doesn't hear of changes, so the directory is asked at each poll: \(error)", nil)
    }
  }

  private func tell(_ id: MessageID, _ text: String, _ server: String?) {
    if text == told { return }
    told = text
    log.write(Event(id, text, [.server: server]))
  }
}
