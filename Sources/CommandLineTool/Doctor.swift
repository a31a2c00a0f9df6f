import Configuration
import Directory
import Platform
package import Sync

extension CommandContext {
  /// Tries all that a run needs, without changing anything, and says what to do about each failure.
  package func doctor() async -> ExitStatus {
    await answer { setup in
      var report = DoctorReport()
      report.pass("configuration", "\(file) is right")
      if othersMayWrite(file) {
        report.fail(
          "configuration", "others may write to \(file), and so have phones removed",
          remedy: "chmod 0644 \(shellQuoted(file))")
      }
      for hidden in setup.filesHiddenFromService {
        report.fail("file \(hidden)", setup.hiddenText(hidden), remedy: setup.showing(hidden))
      }
      await report.checkDirectory(setup, log: log)
      await report.checkPBX(setup)
      await report.checkState(setup)
      return CommandOutput(
        status: report.isWell ? .asWanted : .refused, text: report.text, json: report.json)
    }
  }
}
