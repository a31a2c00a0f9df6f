import LDAP
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

extension Failure {
  fileprivate init(_ failure: LockFile.Failure, _ directory: String) {
    switch failure {
    case .heldBy(let pid):
      let who = pid.map { " (process \($0))" } ?? ""
      self.init(
        .busy, "another pbxsyncd works on \(directory)\(who)",
        remedy: "wait for it to end, or stop it: systemctl stop pbxsyncd")
    case .unusable(let reason):
      self.init(
        .stateNotWritable, "the state folder \(directory) can't be used: \(reason)",
        remedy: "create it and give it to the user that runs pbxsyncd: install -d -m 0700 \(directory)")
    }
  }

  init(_ error: LDAPError) {
    switch error.kind {
    case .badCredentials:
      self.init(.notAuthorised, "the directory refused the bind: \(error)", remedy: error.remedy)
    case .badFilter: self.init(.configuration, "the directory can't be asked: \(error)", remedy: error.remedy)
    default: self.init(.outOfReach, "the directory couldn't be read: \(error)", remedy: error.remedy)
    }
  }

  init(_ error: LedgerError) {
    let status: ExitStatus =
      switch error.kind {
      case .corrupt, .newerVersion, .olderVersion: .ledgerUnusable
      case .notReadable, .notWritable: .stateNotWritable
      case .busy: .busy
      case .missing, .diskFull, .contradiction, .other: .diskFailed
      }
    // Its description ends with the remedy.
    self.init(status, error.description, remedy: "")
  }

  init(pbx url: String, _ reason: String) {
    self.init(
      .outOfReach, "the PBX at \(url) can't be reached: \(reason)",
      remedy: "check [pbx] url, the network and the certificate")
  }
}
