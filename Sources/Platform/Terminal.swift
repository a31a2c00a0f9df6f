import Glibc
import Text

/// The terminal behind standard output, where there is one.
public enum Terminal {
  /// Whether a person reads what we print: colour and progress are for them alone.
  public static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Columns; 80 where nobody says.
  public static var width: Int {
    var size = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes all of `text` at once; a reader that went away is no error.
  ///
  /// Whatever the text came from, it can't steer the terminal or turn the text around it.
  public static func print(_ text: String) { Platform.write(visible(text, keepingLines: true), to: STDOUT_FILENO) }

  /// Writes what steers the terminal: text of this program's own alone.
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
