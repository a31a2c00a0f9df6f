import Configuration
import Domain
import LDAP
import Ledger
import Platform

extension Settled {
  /// Where it stands, for a daemon that is started later; nil where the directory's way has no position.
  func bookmark(_ position: Position?, _ setup: Setup) -> Bookmark? {
    guard let position else { return nil }
    // Theirs are text; one that isn't needs a complete read.
    let cookies = position.cookies.compactMapValues { String(validating: $0, as: UTF8.self) }
    guard cookies.count == position.cookies.count else { return nil }
    let age = Int64((ContinuousClock.now - readAt) / .seconds(1))
    return Bookmark(
      server: position.server, cookies: cookies, view: setup.view, generation: generation,
      readAt: secondsSince1970() - age, dueAt: dueAt)
  }

  /// What a daemon left that was stopped and whose bookmark still holds.
  init?(_ bookmark: Bookmark, _ setup: Setup, now: Seconds) {
    guard bookmark.view == setup.view, bookmark.readAt <= now,
      bookmark.generation == Self.generation(setup.configuration)
    else { return nil }
    self.init(
      readAt: ContinuousClock.now - .seconds(now - bookmark.readAt), generation: bookmark.generation,
      dueAt: bookmark.dueAt)
  }
}

extension Rounds {
  /// Goes on from where the daemon was stopped: a restart reads what has changed meanwhile, and no more.
  ///
  /// Whatever speaks against it makes the first run a complete one, as without a bookmark.
  mutating func resume(_ setup: Setup) async {
    // Whoever has the lock makes a run, after which no bookmark holds.
    guard let lock = try? State.lock(setup.configuration.state.directory) else { return }
    defer { withExtendedLifetime(lock) {} }
    guard let ledger = try? Ledger(reopening: State.ledgerFile(setup.configuration.state.directory)),
      let bookmark = try? await ledger.takeBookmark(),
      let settled = Settled(bookmark, setup, now: secondsSince1970()),
      let next = try? await ledger.nextTry() as Seconds??
    else { return }
    let cookies = bookmark.cookies.mapValues { Array($0.utf8) }
    await doorbell.resume(from: Position(server: bookmark.server, cookies: cookies))
    // Another process's run may have failed at something since.
    self.settled = settled.due(by: next)
  }

  /// Leaves a bookmark, where nothing is left to do: not after a run that was stopped or failed at anything, nor while there are
  /// hints that no run has followed.
  func suspend(_ setup: Setup) async {
    guard let lock = try? State.lock(setup.configuration.state.directory) else { return }
    defer { withExtendedLifetime(lock) {} }
    guard let bookmark = settled?.bookmark(await doorbell.settledPosition, setup),
      let ledger = try? Ledger(reopening: State.ledgerFile(setup.configuration.state.directory))
    else { return }
    try? await ledger.lay(bookmark)
  }
}
