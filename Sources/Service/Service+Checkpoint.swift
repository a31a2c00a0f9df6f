import Configuration
import Directory
import Domain
import LDAP
import Ledger
import Platform
import Sync

extension QuiescentState {
  /// Where it stands, for a daemon that is started later; nil where the directory's way has no position.
  func makeCheckpoint(_ position: SyncCookies?, _ setup: CompiledConfiguration, now: Timestamp) -> Checkpoint? {
    guard let position else { return nil }
    // Theirs are text; one that isn't needs a complete read.
    let cookies = position.cookies.compactMapValues { String(validating: $0, as: UTF8.self) }
    guard cookies.count == position.cookies.count else { return nil }
    let age = Int64((ContinuousClock.now - readAt) / .seconds(1))
    return Checkpoint(
      server: position.server, cookies: cookies, mappingDigest: setup.mappingDigest, generation: generation,
      readAt: now - age, dueAt: dueAt.map { now + Int64(($0 - .now) / .seconds(1)) })
  }

  /// What a daemon left that was stopped and whose bookmark still holds.
  init?(_ checkpoint: Checkpoint, _ setup: CompiledConfiguration, now: Timestamp) {
    guard checkpoint.mappingDigest == setup.mappingDigest, checkpoint.readAt <= now,
      checkpoint.generation == Self.generation(setup.configuration)
    else { return nil }
    self.init(
      readAt: ContinuousClock.now - .seconds(now - checkpoint.readAt), generation: checkpoint.generation,
      dueAt: checkpoint.dueAt.map { .now + .seconds($0 - now) })
  }
}

extension RunScheduler {
  /// Goes on from where the daemon was stopped: a restart reads what has changed meanwhile, and no more.
  ///
  /// Whatever speaks against it makes the first run a complete one, as without a bookmark.
  mutating func resume(_ setup: CompiledConfiguration) async {
    // Whoever has the lock makes a run, after which no bookmark holds.
    guard let lock = try? StateFolder.lock(setup.configuration.state.directory) else { return }
    defer { withExtendedLifetime(lock) {} }
    guard let ledger = try? await StateFolder.ledgerAgain(setup, under: lock),
      let checkpoint = try? await ledger.consumeCheckpoint(),
      let settled = QuiescentState(checkpoint, setup, now: ledger.now()),
      let next = try? await ledger.nextTry() as Timestamp??
    else { return }
    let cookies = checkpoint.cookies.mapValues { Array($0.utf8) }
    await listener.resume(from: SyncCookies(server: checkpoint.server, cookies: cookies))
    // Another process's run may have failed at something since.
    self.settled = settled.due(by: next.map { .now + .seconds($0 - ledger.now()) })
  }

  /// Leaves a bookmark, where nothing is left to do: not after a run that was stopped or failed at anything, nor while there are
  /// hints that no run has followed. Notes in any case how far the time has come: a reboot would take it back to the last run.
  func suspend(_ setup: CompiledConfiguration) async {
    guard let lock = try? StateFolder.lock(setup.configuration.state.directory) else { return }
    defer { withExtendedLifetime(lock) {} }
    guard let ledger = try? await StateFolder.ledgerAgain(setup, under: lock) else { return }
    if let checkpoint = settled?.makeCheckpoint(await listener.settledPosition, setup, now: ledger.now()) {
      try? await ledger.save(checkpoint)
    } else {
      try? await ledger.recordTime()
    }
  }
}
