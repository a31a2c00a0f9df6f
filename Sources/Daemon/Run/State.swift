import Ledger
import Platform

/// The state folder: the lock that keeps two runs apart, and the ledger.
enum State {
  static func ledgerFile(_ directory: String) -> String { "\(directory)/ledger.sqlite" }

  /// Takes the lock, or says who has it.
  static func lock(_ directory: String) throws(Failure) -> LockFile {
    do throws(LockFile.Failure) {
      return try LockFile(path: "\(directory)/lock")
    } catch {
      throw Failure(error, directory)
    }
  }

  /// The same, after a run that is under way: an admin's decision can wait for a minute.
  ///
  /// - Parameter wait: is called with the reason, once, where it must be waited for.
  static func lockWhenFree(
    _ directory: String, within limit: Duration = .seconds(60), _ wait: (Failure) -> Void = { _ in }
  ) async throws -> LockFile {
    let deadline = ContinuousClock.now + limit
    var waits = false
    while true {
      do throws(Failure) {
        return try lock(directory)
      } catch {
        guard error.status == .busy, ContinuousClock.now < deadline else { throw error }
        if !waits { wait(error) }
        waits = true
        try await TaskPool.sleep(for: .milliseconds(100))
      }
    }
  }

  /// Opens the ledger to write, and makes it where there is none.
  static func ledger(_ directory: String) throws(LedgerError) -> Ledger { try Ledger(path: ledgerFile(directory)) }

  /// Opens the ledger to look at it; nil before the first run.
  static func ledgerToRead(_ directory: String) throws(LedgerError) -> Ledger? {
    let path = ledgerFile(directory)
    return fileExists(path) ? try Ledger(readingFrom: path) : nil
  }
}
