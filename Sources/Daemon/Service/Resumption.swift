import Configuration
import Domain
import LDAP
import Ledger
import Platform

extension Settled {
  /// Where it stands, for a daemon that is started later; nil where the directory's way has no position.
  func bookmark(_ position: Position?, _ setup: Setup, now: Seconds) -> Bookmark? {
    guard let position else { return nil }
    // Theirs are text; one that isn't needs a complete read.
    let cookies = position.cookies.compactMapValues { String(validating: $0, as: UTF8.self) }
    guard cookies.count == position.cookies.count else { return nil }
    let age = Int64((ContinuousClock.now - readAt) / .seconds(1))
    return Bookmark(
      server: position.server, cookies: cookies, view: setup.view, generation: generation,
      readAt: now - age, dueAt: dueAt.map { now + Int64(($0 - .now) / .seconds(1)) })
  }

  /// What a daemon left that was stopped and whose bookmark still holds.
  init?(_ bookmark: Bookmark, _ setup: Setup, now: Seconds) {
    guard bookmark.view == setup.view, bookmark.readAt <= now,
      bookmark.generation == Self.generation(setup.configuration)
    else { return nil }
    self.init(
      readAt: ContinuousClock.now - .seconds(now - bookmark.readAt), generation: bookmark.generation,
      dueAt: bookmark.dueAt.map { .now + .seconds($0 - now) })
  }
}

extension Rounds {
  /// Goes on from where the daemon was stopped: a restart reads what has changed meanwhile, and no more.
  ///
  /// Whatever speaks against it makes the first run a complete one, as without a bookmark.
  mutating func resume(_ setup: Setup) async {
    guard
      let ledger = try? Ledger(reopening: State.ledgerFile(setup.configuration.state.directory), clock: setup.clock),
      let bookmark = try? await ledger.takeBookmark(),
      let settled = Settled(bookmark, setup, now: ledger.now())
    else { return }
    let cookies = bookmark.cookies.mapValues { Array($0.utf8) }
    await doorbell.resume(from: Position(server: bookmark.server, cookies: cookies))
    self.settled = settled
  }

  /// Leaves a bookmark, where nothing is left to do, and notes how far the time has come: a reboot would take it back to the
  /// last run.
  func suspend(_ setup: Setup) async {
    guard
      let ledger = try? Ledger(reopening: State.ledgerFile(setup.configuration.state.directory), clock: setup.clock)
    else { return }
    if let bookmark = settled?.bookmark(await doorbell.settledPosition, setup, now: ledger.now()) {
      try? await ledger.lay(bookmark)
    } else {
      try? await ledger.noteTime()
    }
  }
}
