import Platform
import Synchronization

/// A write that waits for the next transaction.
struct PendingWrite: Sendable {
  let operation: @Sendable () -> String
  /// Does the work, and returns the closure that resumes the caller after the commit.
  let work: @Sendable (borrowing Database) throws(LedgerError) -> @Sendable () -> Void
  /// Resumes the caller with an error: nothing was done.
  let fail: @Sendable (LedgerError) -> Void
}

/// Collects the writes that are requested while a transaction runs. The next transaction executes all of them, because a
/// commit costs one flush to the disk, however many writes it holds.
///
/// The first writer becomes the leader. It runs when the transaction before is done; until then others can join.
struct GroupCommit: ~Copyable, Sendable {
  /// Guards whether the next transaction has a leader, and the writes that have joined.
  private let state = Mutex((isLed: false, writes: [PendingWrite]()))

  var isLed: Bool { state.withLock(\.isLed) }

  /// How many writes have joined the leader's.
  var count: Int { state.withLock(\.writes.count) }

  /// Makes the caller the leader.
  ///
  /// - Returns: false if there is a leader already.
  func becomeLeader() -> Bool {
    state.withLock { state in
      defer { state.isLed = true }
      return !state.isLed
    }
  }

  /// Adds a write to the leader's transaction.
  ///
  /// - Returns: false if there is no leader.
  func enqueue(_ write: PendingWrite) -> Bool {
    state.withLock { state in
      if state.isLed { state.writes.append(write) }
      return state.isLed
    }
  }

  /// Returns the writes that have joined, in order. Later writes belong to the next transaction.
  func close() -> [PendingWrite] {
    state.withLock { state in
      defer { (state.isLed, state.writes) = (false, []) }
      return state.writes
    }
  }
}

extension Ledger {
  /// Does `work` in one transaction with writes that are requested at the same time, in the order of the requests. If it throws, only
  /// its own work is reverted.
  nonisolated func inSharedTransaction<Value: Sendable>(
    _ operation: @escaping @Sendable @autoclosure () -> String,
    _ work: @escaping @Sendable (borrowing Database) throws(LedgerError) -> Value
  ) async throws(LedgerError) -> Value {
    while true {
      if groupCommit.becomeLeader() {
        // Let other tasks on this queue join first, for as long as any does; otherwise every group has one member.
        var joined = -1
        while groupCommit.count > joined {
          joined = groupCommit.count
          await executor.yieldQueue()
        }
        return try await commit(operation, work)
      }
      let result: Result<Value, LedgerError>? = await withCheckedContinuation { caller in
        let write = PendingWrite(
          operation: operation,
          work: { database throws(LedgerError) in
            let value = try work(database)
            return { caller.resume(returning: .success(value)) }
          },
          fail: { error in caller.resume(returning: .failure(error)) })
        if !groupCommit.enqueue(write) { caller.resume(returning: nil) }
      }
      if let result { return try result.get() }
    }
  }

  /// Does `work` while the caller's thread blocks; it must not be a thread of the shared pool.
  public nonisolated func waiting<Value: Sendable>(
    for work: @Sendable (isolated Ledger) throws(LedgerError) -> Value
  ) throws(LedgerError) -> Value {
    let result: Result<Value, LedgerError> = executor.sync {
      assumeIsolated { ledger in Result { () throws(LedgerError) in try work(ledger) } }
    }
    return try result.get()
  }

  /// Does the leader's work and the writes that have joined in one transaction; if it fails, each in a transaction of its own.
  private func commit<Value>(
    _ operation: () -> String, _ work: (borrowing Database) throws(LedgerError) -> Value
  ) throws(LedgerError) -> Value {
    let writes = groupCommit.close()
    var isBegun = false
    do throws(LedgerError) {
      let (value, notifications) = try database.write(operation()) { () throws(LedgerError) in
        isBegun = true
        let value = try work(database)
        var notifications: [@Sendable () -> Void] = []
        for write in writes { notifications.append(try write.work(database)) }
        return (value, notifications)
      }
      groupCount += 1
      for resume in notifications { resume() }
      return value
    } catch {
      if writes.isEmpty { throw error }
      // If no transaction could be begun, the work isn't at fault.
      guard isBegun else {
        for write in writes { write.fail(error) }
        throw error
      }
      defer { for write in writes { commit(write) } }
      return try database.write(operation()) { () throws(LedgerError) in try work(database) }
    }
  }

  private func commit(_ write: PendingWrite) {
    do throws(LedgerError) {
      let notify = try database.write(write.operation()) { () throws(LedgerError) in try write.work(database) }
      notify()
    } catch {
      write.fail(error)
    }
  }
}
