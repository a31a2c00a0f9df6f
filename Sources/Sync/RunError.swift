import Configuration
package import Directory
package import Domain
import Executor
package import Journal
import LDAP
import Ledger
import Platform

/// Why a run ended early: one sentence, and the remedy.
package struct RunError: Error, Hashable, Sendable {
  package let status: ExitStatus
  /// The event that reports it.
  package let event: MessageID
  package let message: String
  /// Empty if the message contains it.
  package let remedy: String

  package init(_ status: ExitStatus, _ event: MessageID, _ message: String, remedy: String) {
    self.status = status
    self.event = event
    self.message = message
    self.remedy = remedy
  }

  /// A refused command: nothing was done and nothing has changed.
  package init(refusing message: String, _ status: ExitStatus = .refused, remedy: String) {
    self.init(status, .runFailed, message, remedy: remedy)
  }

  package var json: JSON { ["message": .string(message), "remedy": .string(remedy)] }

  package var text: String { remedy.isEmpty ? message : "\(message): \(remedy)" }
}

extension RunError {
  /// The run's error for any error that was thrown.
  package init(_ error: any Error) {
    switch error {
    case let failure as RunError: self = failure
    case let error as ConfigurationError: self.init(error)
    case let error as LDAPError: self.init(error)
    case let error as LedgerError: self.init(error)
    case is CancellationError: self = .stopped
    default: self.init(.partly, .runFailed, "\(error)", remedy: "")
    }
  }

  private init(_ error: ConfigurationError) {
    self.init(.configuration, .configurationRefused, error.description, remedy: "")
  }

  private init(_ error: LDAPError) {
    switch error.kind {
    case .badCredentials, .badKeytab:
      self.init(
        .notAuthorised, .directoryRefusedBind, "the directory refused the bind: \(error)", remedy: error.remedy)
    case .badFilter, .unknownAttribute:
      self.init(
        .configuration, .configurationRefused, "the directory can't be asked: \(error)", remedy: error.remedy)
    case .cancelled: self = .stopped
    default:
      self.init(
        .outOfReach, .directoryUnreachable, "the directory couldn't be read: \(error)", remedy: error.remedy)
    }
  }

  private init(_ error: LedgerError) {
    if error.kind == .stopped {
      self.init(
        .outOfReach, .runFinished, "stopped by a signal, while \(error.operation); nothing was changed", remedy: "")
      return
    }
    let status: ExitStatus =
      switch error.kind {
      case .corrupt, .behind, .newerVersion, .olderVersion: .dataError
      case .notReadable, .notWritable: .stateNotWritable
      case .busy: .busy
      case .notCopied(let isFull): isFull ? .diskFailed : .stateNotWritable
      case .missing, .diskFull, .contradiction, .stopped, .other: .diskFailed
      }
    self.init(status, .runFailed, error.description, remedy: "")
  }

  static let stopped = RunError(.outOfReach, .runFinished, "the run was stopped before its end", remedy: "")

  init(_ failure: LockError, _ directory: String) {
    switch failure {
    case .heldBy(let pid):
      let process = pid.map { " (process \($0))" } ?? ""
      self.init(
        .busy, .runFailed, "another pbxsyncd works on \(directory)\(process)",
        remedy: "wait for it to end, or stop it: systemctl stop pbxsyncd")
    case .notLockFile(let path):
      self.init(
        .stateNotWritable, .runFailed, "\(path) is a link or something else that isn't pbxsyncd's lock file",
        remedy: "see who put it there, and remove it: rm -- \(shellQuoted(path))")
    case .unusable(let reason):
      if let owner = fileOwner(directory), owner != processUser {
        let (ownerName, ownName) = (userName(owner), userName(processUser))
        self.init(
          .stateNotWritable, .runFailed,
          "the state folder \(directory) belongs to \(ownerName), and pbxsyncd runs as \(ownName): \(reason)",
          remedy: "run it as \(ownerName), or give the folder away: chown -R \(ownName) \(shellQuoted(directory))")
        return
      }
      if isOnReadOnlyFileSystem(directory) {
        self.init(
          .stateNotWritable, .runFailed, "the state folder \(directory) can't be used: \(reason)",
          remedy: "mount its file system for writing, or correct [state] directory")
        return
      }
      self.init(
        .stateNotWritable, .runFailed, "the state folder \(directory) can't be used: \(reason)",
        remedy: "create it and give it to the user that runs pbxsyncd: install -d -m 0700 \(shellQuoted(directory))")
    }
  }

  package init(pbx url: String, _ reason: String) {
    self.init(
      .outOfReach, .pbxUnreachable, "the PBX at \(url) can't be reached: \(reason)",
      remedy: "check [pbx] url, the network and the certificate")
  }

  package init(keyIn file: String, _ credentials: Credentials, refusedWith answer: CallResult) {
    self.init(
      .notAuthorised, .keyRefused, "the PBX refused the security key (\(answer.text))",
      remedy:
        "ask the PBX for a valid key and write it to \(credentials.original(of: file))\(credentials.clause(of: file))")
  }

  /// The same error; if the directory refused the bind, with the way to a new password.
  func naming(_ file: String?, _ credentials: Credentials) -> RunError {
    guard event == .directoryRefusedBind, let file, !credentials.clause(of: file).isEmpty else { return self }
    return RunError(
      status, event, message,
      remedy: "\(remedy); a new password goes to \(credentials.original(of: file))\(credentials.clause(of: file))")
  }
}

extension RunError {
  package init(noRun word: String) {
    self.init(
      refusing: "there is no run \(word)", remedy: "\(pbxsyncd) history lists the runs that are remembered")
  }
}
