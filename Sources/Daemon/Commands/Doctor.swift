import Configuration
import Platform

extension Invocation {
  /// Tries all that a run needs, without changing anything, and says what to do about each failure.
  public func doctor() async -> ExitStatus {
    await answer { setup in
      var examination = Examination()
      examination.well("configuration", "\(file) is right")
      if othersMayWrite(file) {
        examination.ill(
          "configuration", "others may write to \(file), and so have phones removed",
          remedy: "chmod 0644 \(shellQuoted(file))")
      }
      for hidden in setup.filesHiddenFromService {
        examination.ill("file \(hidden)", setup.hiddenText(hidden), remedy: setup.showing(hidden))
      }
      await examination.examineDirectory(setup, log: log)
      await examination.examinePBX(setup)
      await examination.examineState(setup)
      return Reply(
        status: examination.isWell ? .asWanted : .refused, text: examination.text, json: examination.json)
    }
  }
}
