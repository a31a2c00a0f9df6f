import Platform
import Synchronization

/// What somebody asked for who joined.
struct PendingWrite: Sendable {
  let operation: @Sendable () -> String
  /// Does it, and returns what tells the caller once that is committed.
  let work: @Sendable (borrowing Database) throws(LedgerError) -> @Sendable () -> Void
  /// Tells the caller that nothing of it was done.
  let fail: @Sendable (LedgerError) -> Void
}

/// Collects the writes that are requested while a transaction runs. The next transaction executes all of them, because a
/// commit costs one flush to the disk, however many writes it holds.
///
/// The first writer becomes the leader. It runs when the transaction before is done, and until then others join it.
struct GroupCommit: ~Copyable, Sendable {
  /// Guards whether the next transaction has a leader, and the writes that have joined.
  private let state = Mutex((isLed: false, members: [PendingWrite]()))

  var isLed: Bool { state.withLock(\.isLed) }

  /// How many have joined the one who leads.
  var count: Int { state.withLock(\.members.count) }

  /// Whether the caller leads from now on; false where somebody does already.
  func becomeLeader() -> Bool {
    state.withLock { state in
      defer { state.isLed = true }
      return !state.isLed
    }
  }

  /// Whether the member has joined; false where nobody leads.
  func enqueue(_ member: PendingWrite) -> Bool {
    state.withLock { state in
      if state.isLed { state.members.append(member) }
      return state.isLed
    }
  }

  /// Those who have joined, in their order. Who asks from now on is of the next transaction.
  func close() -> [PendingWrite] {
    state.withLock { state in
      defer { (state.isLed, state.members) = (false, []) }
      return state.members
    }
  }
}

extension Ledger {
  /// Does `work` in one transaction with what others ask for at the same time, in the order of asking. What it throws
  /// takes back its own work alone.
  nonisolated func together<Value: Sendable>(
    _ operation: @escaping @Sendable @autoclosure () -> String,
    _ work: @escaping @Sendable (borrowing Database) throws(LedgerError) -> Value
  ) async throws(LedgerError) -> Value {
    while true {
      if gathering.becomeLeader() {
        // Tasks that run on the ledger's own queue would be alone else: they needn't wait for their turn.
        await executor.yieldQueue()
        return try await commit(operation, work)
      }
      let result: Result<Value, LedgerError>? = await withCheckedContinuation { caller in
        let member = PendingWrite(
          operation: operation,
          work: { database throws(LedgerError) in
            let value = try work(database)
            return { caller.resume(returning: .success(value)) }
          },
          fail: { error in caller.resume(returning: .failure(error)) })
        if !gathering.enqueue(member) { caller.resume(returning: nil) }
      }
      if let result { return try result.get() }
    }
  }

  /// Does `work` while the caller's thread waits, which must be none of the shared pool.
  public nonisolated func waiting<Value: Sendable>(
    for work: @Sendable (isolated Ledger) throws(LedgerError) -> Value
  ) throws(LedgerError) -> Value {
    let result: Result<Value, LedgerError> = executor.sync {
      assumeIsolated { ledger in Result { () throws(LedgerError) in try work(ledger) } }
    }
    return try result.get()
  }

  /// The leader's work and that of all who have joined, in one transaction; where that fails, in one for each.
  private func commit<Value>(
    _ operation: () -> String, _ work: (borrowing Database) throws(LedgerError) -> Value
  ) throws(LedgerError) -> Value {
    let members = gathering.close()
    var isBegun = false
    do throws(LedgerError) {
      let (value, tell) = try database.write(operation()) { () throws(LedgerError) in
        isBegun = true
        let value = try work(database)
        var tell: [@Sendable () -> Void] = []
        for member in members { tell.append(try member.work(database)) }
        return (value, tell)
      }
      groupCount += 1
      for tell in tell { tell() }
      return value
    } catch {
      if members.isEmpty { throw error }
      // Nobody's work is to blame where not even a transaction could be begun.
      guard isBegun else {
        for member in members { member.fail(error) }
        throw error
      }
      defer { for member in members { commit(member) } }
      return try database.write(operation()) { () throws(LedgerError) in try work(database) }
    }
  }

  private func commit(_ member: PendingWrite) {
    do throws(LedgerError) {
      let tell = try database.write(member.operation()) { () throws(LedgerError) in try member.work(database) }
      tell()
    } catch {
      member.fail(error)
    }
  }
}
