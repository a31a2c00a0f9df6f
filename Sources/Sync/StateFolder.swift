import Configuration
package import Directory
import Journal
package import Ledger
package import Platform

/// The state folder: the lock that keeps two runs apart, and the ledger.
package enum StateFolder {
  package static func ledgerFile(_ directory: String) -> String { "\(directory)/ledger.sqlite" }

  /// Acquires the lock.
  ///
  /// - Throws: `RunError` that names the process with the lock.
  package static func lock(_ directory: String) throws(RunError) -> LockFile {
    do throws(LockError) {
      return try LockFile(path: "\(directory)/lock")
    } catch {
      throw RunError(error, directory)
    }
  }

  /// Acquires the lock, and waits while another run has it.
  ///
  /// - Parameter wait: called once with the reason, if it has to wait.
  package static func lockWhenFree(
    _ directory: String, within limit: Duration = .seconds(60), _ wait: (RunError) -> Void = { _ in }
  ) async throws -> LockFile {
    let deadline = ContinuousClock.now + limit
    var waits = false
    while true {
      do throws(RunError) {
        return try lock(directory)
      } catch {
        guard error.status == .busy, ContinuousClock.now < deadline else { throw error }
        if !waits { wait(error) }
        waits = true
        try await TaskPool.sleep(for: .milliseconds(100))
      }
    }
  }

  /// The lock that a service holds while it runs: only one service works on a state folder, and a concurrent run sees
  /// whether the service has the same configuration. nil if the folder can't be used, which the runs report.
  package static func lockForService(_ setup: CompiledConfiguration) async throws(RunError) -> LockFile? {
    let directory = setup.configuration.state.directory
    let deadline = ContinuousClock.now + .seconds(1)
    while true {
      do throws(LockError) {
        return try LockFile(path: serviceFile(directory), note: setup.configuration.digest)
      } catch {
        guard case .heldBy(let pid) = error else { return nil }
        // A process that looks for a service holds the lock for a moment.
        if ContinuousClock.now < deadline, (try? await TaskPool.sleep(for: .milliseconds(20))) != nil { continue }
        let process = pid.map { " (process \($0))" } ?? ""
        throw RunError(
          .busy, .runFailed, "another pbxsyncd runs as a service on \(directory)\(process)",
          remedy: "stop it, or give this one a [state] directory of its own")
      }
    }
  }

  /// The service that runs on the state folder; nil if there is none.
  ///
  /// - Parameter digest: the digest of the present configuration; nil if the configuration is invalid.
  package static func service(_ directory: String, _ digest: String?) -> RunningService? {
    LockFile.holder(of: serviceFile(directory)).map {
      RunningService(pid: $0.pid, isAlike: $0.note == digest, state: ServiceState($0.details))
    }
  }

  /// The process of a run or a command that has the ledger's lock; nil if there is none.
  package static func worker(_ directory: String) -> Worker? {
    LockFile.holder(of: "\(directory)/lock").map { Worker(pid: $0.pid, command: commandLine(of: $0.pid), since: $0.at) }
  }

  private static func serviceFile(_ directory: String) -> String { "\(directory)/service" }

  /// Checks that no service has another configuration: it would revert the changes of this run, and send the mails again.
  static func checkService(_ setup: CompiledConfiguration) throws(RunError) {
    let configuration = setup.configuration
    guard let service = service(configuration.state.directory, configuration.digest), !service.isAlike else { return }
    throw RunError(
      .busy, .runFailed,
      "nothing is read or sent: the service (process \(service.pid)) has another configuration in force, and would take "
        + "back what this run does",
      remedy: Self.reloading(service.pid) + ", and run this again")
  }

  /// The instruction to reload a service's configuration.
  package static func reloading(_ pid: Int32) -> String {
    "have it read its file again: systemctl reload pbxsyncd, or kill -HUP \(pid)"
  }

  /// Opens the ledger for writing, and creates it if there is none. A new ledger belongs to the configured PBX.
  ///
  /// - Parameter seen: how far this process has seen it get.
  /// - Throws: `RunError` if the ledger belongs to another PBX.
  package static func ledger(
    _ setup: CompiledConfiguration, after seen: Anchor? = nil, under lock: borrowing LockFile
  ) async throws -> Ledger {
    let ledger = try Ledger(
      path: ledgerFile(setup.configuration.state.directory), after: seen, under: lock, clock: setup.clock)
    if try await ledger.pbx().isEmpty { try await ledger.bind(to: setup.configuration.pbx.identity) }
    try await check(ledger, setup)
    return ledger
  }

  /// Opens a ledger again that this process has opened before.
  package static func ledgerAgain(
    _ setup: CompiledConfiguration, after seen: Anchor? = nil, under lock: borrowing LockFile
  ) async throws -> Ledger {
    let ledger = try Ledger(
      reopening: ledgerFile(setup.configuration.state.directory), after: seen, under: lock, clock: setup.clock)
    try await check(ledger, setup)
    return ledger
  }

  /// Opens the ledger for reading, whichever PBX it belongs to; nil before the first run.
  package static func ledgerToRead(_ directory: String, _ clock: Clock = .system) throws(LedgerError) -> Ledger? {
    let path = ledgerFile(directory)
    return Ledger.exists(at: path) ? try Ledger(readingFrom: path, clock: clock) : nil
  }

  /// Opens the ledger for reading; nil before the first run.
  ///
  /// - Throws: `RunError` if the ledger belongs to another PBX.
  package static func ledgerToPlan(_ setup: CompiledConfiguration) async throws -> Ledger? {
    let ledger = try ledgerToRead(setup.configuration.state.directory, setup.clock)
    if let ledger { try await check(ledger, setup) }
    return ledger
  }

  /// A private copy of the ledger for a dry run to write to; empty before the first run.
  static func ledgerCopy(_ setup: CompiledConfiguration) async throws -> Ledger {
    let path = ledgerFile(setup.configuration.state.directory)
    let copy = try Ledger(privateCopyOf: Ledger.exists(at: path) ? path : nil, clock: setup.clock)
    try await check(copy, setup)
    return copy
  }

  private static func check(_ ledger: Ledger, _ setup: CompiledConfiguration) async throws {
    if let pbx = try await otherPBX(ledger, setup) { throw RunError(ledgerOf: pbx, setup) }
  }

  /// The ledger's PBX; nil if it is the configured one or the ledger is new.
  package static func otherPBX(_ ledger: Ledger, _ setup: CompiledConfiguration) async throws(LedgerError) -> String? {
    let pbx = try await ledger.pbx()
    return pbx.isEmpty || pbx == setup.configuration.pbx.identity ? nil : pbx
  }
}

extension RunError {
  /// The ledger belongs to another PBX, so its objects aren't those of the configured one.
  package init(ledgerOf pbx: String, _ setup: CompiledConfiguration) {
    let folder = setup.configuration.state.directory
    self.init(
      .configuration, .configurationRefused,
      "nothing is read or sent: the ledger in \(folder) is of the PBX at \(pbx), and [pbx] url names "
        + setup.configuration.pbx.url,
      remedy:
        "correct the url; give another PBX a ledger of its own ([state] directory); where it is the same PBX under a new "
        + "address, or under the right one after a typo, run \(pbxsyncd) ledger pbx same; if it replaced the other, \(pbxsyncd) ledger pbx replaced"
    )
  }
}
