import Configuration
import Directory
import Domain
import Platform
package import Sync

extension CommandContext {
  /// Shows what needs an admin, then the service, the directory, the PBX, the last run and managed objects. If the configuration is
  /// wrong its errors come first, then the ledger's state.
  package func status() async -> ExitStatus {
    await answer { setup in
      let folder = setup.configuration.state.directory
      guard let ledger = try StateFolder.ledgerToRead(folder, setup.clock) else {
        return CommandOutput(
          text: "No run yet: there is no ledger in \(folder).\nNext step: see what a run would do: \(pbxsyncd) plan\n",
          json: ["ledger": .null])
      }
      let report = try await StatusReport(ledger, in: folder, setup)
      return CommandOutput(page: report.page, json: report.json)
    } knowing: { error in
      guard let folder = error.stateDirectory, let ledger = try StateFolder.ledgerToRead(folder) else { return nil }
      let report = try await StatusReport(ledger, in: folder, nil)
      return CommandOutput(page: report.page, json: report.json)
    }
  }

  /// The same for a monitoring system: one line, and the exit status of a Nagios plugin.
  package func checkStatus() async -> ExitStatus {
    let check: StatusCheck
    do {
      let setup = try CompiledConfiguration(file: file)
      let folder = setup.configuration.state.directory
      if let ledger = try StateFolder.ledgerToRead(folder, setup.clock) {
        check = StatusCheck(try await StatusReport(ledger, in: folder, setup), setup.configuration.schedule)
      } else {
        check = StatusCheck(unknown: "no run yet: there is no ledger in \(folder)")
      }
    } catch let error as ConfigurationError {
      check = StatusCheck(unknown: "configuration: \(error.description)")
    } catch {
      check = StatusCheck(RunError(error))
    }
    Terminal.print((isJSON ? check.json.answer(check.result.exitStatus).text : check.line) + "\n")
    return check.result.exitStatus
  }
}
