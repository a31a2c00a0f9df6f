import Configuration
import Directory
import Platform
package import Sync

extension CommandContext {
  /// Checks everything that a run depends on, changes nothing, and prints a next step for each failure.
  package func doctor() async -> ExitStatus {
    await answer { setup in
      var report = DoctorReport()
      let examples = setup.configuration.exampleHosts
      if examples.isEmpty { report.pass("configuration", "\(file): configuration OK") }
      for example in examples {
        report.fail("configuration", "\(file): \(example.text)", remedy: Configuration.ExampleHost.remedy)
      }
      if othersMayWrite(file) {
        report.fail(
          "configuration", "other users can write to \(file), and so remove phones",
          remedy: "chmod 0644 \(shellQuoted(file))")
      }
      for hidden in setup.filesHiddenFromService {
        report.fail("file \(hidden)", setup.hiddenText(hidden), remedy: setup.showing(hidden))
      }
      await report.checkDirectory(setup, log: log)
      await report.checkPBX(setup)
      await report.checkState(setup)
      report.checkAlerts(setup)
      return CommandOutput(
        status: report.isOK ? .asWanted : .refused, page: report.page, json: report.json)
    }
  }
}
