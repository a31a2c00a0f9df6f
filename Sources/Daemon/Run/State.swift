import Ledger
import Platform

/// The state folder: the lock that keeps two runs apart, and the ledger.
enum State {
  /// Takes the lock, or says who has it.
  static func lock(_ directory: String) throws(Failure) -> LockFile {
    do throws(LockFile.Failure) {
      return try LockFile(path: "\(directory)/lock")
    } catch {
      throw Failure(error, directory)
    }
  }

  /// Opens the ledger; nil for a dry run before the first real one.
  static func ledger(_ directory: String, readOnly: Bool) throws(LedgerError) -> Ledger? {
    let path = "\(directory)/ledger.sqlite"
    if !readOnly { return try Ledger(path: path) }
    return fileExists(path) ? try Ledger(readingFrom: path) : nil
  }
}
