import Glibc
import Platform

/// A terminal on standard error, where no journal runs: the message for a person, without the level and the fields.
public struct TerminalSink: Sink {
  /// nil if standard error is no terminal.
  public init?() {
    if isatty(STDERR_FILENO) != 1 { return nil }
  }

  /// Takes the place of a progress bar on the same line, which is drawn again when it moves.
  public func write(_ event: Event) {
    if Terminal.hasSequences { Platform.write("\r\u{1B}[K", to: STDERR_FILENO) }
    Terminal.printError(event.message)
  }
}
