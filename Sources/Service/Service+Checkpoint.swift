import Configuration
import Directory
import Domain
import LDAP
import Ledger
import Platform
import Sync

extension QuiescentState {
  /// The checkpoint for a daemon that is started later; nil if the notification mechanism has no position.
  func makeCheckpoint(_ position: SyncCookies?, _ setup: CompiledConfiguration, now: Timestamp) -> Checkpoint? {
    guard let position else { return nil }
    // Only cookies that are text can be stored; others need a complete read.
    let cookies = position.cookies.compactMapValues { String(validating: $0, as: UTF8.self) }
    guard cookies.count == position.cookies.count else { return nil }
    let age = Int64((ContinuousClock.now - readAt) / .seconds(1))
    return Checkpoint(
      server: position.server, cookies: cookies, mappingDigest: setup.mappingDigest, generation: generation,
      readAt: now - age, dueAt: dueAt.map { now + Int64(($0 - .now) / .seconds(1)) })
  }

  /// The state of a stopped daemon whose checkpoint is still valid.
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
  /// Resumes where the daemon was stopped: a restart reads only the changes since then.
  ///
  /// If the checkpoint can't be used, the first run is a complete one.
  mutating func resume(_ setup: CompiledConfiguration) async {
    // The holder of the lock makes a run, which invalidates the checkpoint.
    guard let lock = try? StateFolder.lock(setup.configuration.state.directory) else { return }
    defer { withExtendedLifetime(lock) {} }
    guard let ledger = try? await StateFolder.ledgerAgain(setup, under: lock),
      let checkpoint = try? await ledger.consumeCheckpoint(),
      let quiescent = QuiescentState(checkpoint, setup, now: ledger.now()),
      let next = try? await ledger.nextTry() as Timestamp??
    else { return }
    let cookies = checkpoint.cookies.mapValues { Array($0.utf8) }
    await listener.resume(from: SyncCookies(server: checkpoint.server, cookies: cookies))
    // Another process's run may have failed at something since.
    self.quiescent = quiescent.due(by: next.map { .now + .seconds($0 - ledger.now()) })
  }

  /// Saves a checkpoint if no work is left: not after a run that was stopped or failed, nor before all notifications are
  /// handled. Always saves the current time, because the clock of a rebooted machine may be behind the last run.
  func suspend(_ setup: CompiledConfiguration) async {
    guard let lock = try? StateFolder.lock(setup.configuration.state.directory) else { return }
    defer { withExtendedLifetime(lock) {} }
    guard let ledger = try? await StateFolder.ledgerAgain(setup, after: anchor, under: lock) else { return }
    // The next run tells that a refused configuration was accepted.
    if refusal == nil,
      let checkpoint = quiescent?.makeCheckpoint(await listener.settledPosition, setup, now: ledger.now())
    {
      try? await ledger.save(checkpoint)
    } else {
      try? await ledger.recordTime()
    }
  }
}
