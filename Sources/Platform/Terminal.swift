import Glibc
import Text

/// The terminal of standard output, if there is one.
public enum Terminal {
  /// Whether a person reads the output: colour and progress are only for terminals.
  public static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Whether a person starts the process: it reads from a terminal and reports to one, and no service manager waits for it.
  public static var isForPerson: Bool {
    isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 && environment("NOTIFY_SOCKET") == nil
  }

  /// Terminal width in columns; 80 if unknown.
  public static var width: Int {
    var size = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes all of `text` at once; a closed pipe is no error.
  ///
  /// The text can't control the terminal or change its text direction, wherever it comes from.
  public static func print(_ text: String) { Platform.write(visible(text, keepingLines: true), to: STDOUT_FILENO) }

  /// Writes terminal sequences: only for text of this program.
  public static func draw(_ text: String) { Platform.write(text, to: STDOUT_FILENO) }

  /// Asks a question and waits for a line; only `y` or `yes` is a yes.
  public static func confirms(_ question: String) -> Bool {
    print(question)
    return ["y", "yes"].contains(readLine()?.lowercased())
  }

  /// The same as `print`, on standard error.
  public static func printError(_ text: String) {
    Platform.write(visible(text, keepingLines: true), to: STDERR_FILENO)
  }
}
