import Configuration
import Platform

extension Invocation {
  /// Tries all that a run needs, without changing anything, and says what to do about each failure.
  public func doctor() async -> ExitStatus {
    await answer { setup in
      var examination = Examination()
      examination.well("configuration", "\(file) is right")
      if let mode = permissions(of: file), mode & 0o002 != 0 {
        examination.ill(
          "configuration", "everybody may write to \(file)", remedy: "chmod 0644 \(shellQuoted(file))")
      }
      await examination.examineDirectory(setup)
      await examination.examinePBX(setup)
      await examination.examineState(setup.configuration.state.directory)
      return Reply(
        status: examination.isWell ? .asWanted : .refused, text: examination.text, json: examination.json)
    }
  }
}
