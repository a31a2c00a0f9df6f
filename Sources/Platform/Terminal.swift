import Glibc
import Synchronization
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
  public static var width: Int { width(of: STDOUT_FILENO) ?? 80 }

  /// Whether it understands sequences that move the cursor or set a colour.
  public static var hasSequences: Bool { !["", "dumb"].contains(environment("TERM") ?? "") }

  /// The width in columns, 80 if unknown; nil if it is no terminal.
  static func width(of descriptor: Int32) -> Int? {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes a page in the form for the terminal or the pipe.
  public static func print(_ page: Page) {
    var text = ""
    TextLayout(of: STDOUT_FILENO).write(page) { line in
      text += line
      if text.utf8.count >= 65_536 {
        draw(text)
        text = ""
      }
    }
    draw(text)
  }

  /// Writes all of `text` at once; a closed pipe is no error.
  ///
  /// The text can't control the terminal or change its text direction, wherever it comes from.
  public static func print(_ text: String) { draw(visible(text, keepingLines: true)) }

  /// Writes terminal sequences: only for text of this program.
  public static func draw(_ text: String) {
    if Platform.write(text, to: STDOUT_FILENO) { return }
    let code = errno
    failure.withLock { failure in if failure == nil { failure = FileError(code: code) } }
  }

  /// The first failure to write to standard output.
  private static let failure = Mutex<FileError?>(nil)

  /// Why output was lost, such as on a full disk; nil if none was. A reader that has closed its pipe wants no more, which is no error.
  public static var outputError: FileError? { failure.withLock { $0?.code == EPIPE ? nil : $0 } }

  /// Opens the standard descriptors that the caller closed on /dev/null, so that no file or connection gets their number and with it the
  /// output. What would be written there is lost, which `outputError` shows.
  public static func openStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number is this one, because those below are open.
      _ = unsafe open("/dev/null", O_RDONLY)
    }
  }

  /// Asks a question and waits for a line; only `y` or `yes` is a yes.
  public static func confirms(_ question: String) -> Bool {
    var text = TextLayout(of: STDOUT_FILENO).text(of: Page(question))
    // A wrapped line has lost its last blank.
    while text.last?.isWhitespace == true { text.removeLast() }
    draw(text + " ")
    return ["y", "yes"].contains(readLine()?.lowercased())
  }

  /// Whether a person can be asked: standard input and output are a terminal.
  public static var canAsk: Bool { isInteractive && isatty(STDIN_FILENO) == 1 }

  /// Asks a question and waits for a line; nil at the end of the input.
  public static func ask(_ question: String) -> String? {
    print(question)
    return readLine()
  }

  /// Asks for a secret, which isn't shown while it is typed; nil at the end of the input. Ctrl-C ends the program as usual.
  public static func askSecret(_ question: String) -> String? {
    var before = termios()
    guard unsafe tcgetattr(STDIN_FILENO, &before) == 0 else { return nil }
    var hidden = before
    // Without signals, because one would leave the terminal without its echo.
    hidden.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
    guard unsafe tcsetattr(STDIN_FILENO, TCSANOW, &hidden) == 0 else { return nil }
    print(question)
    let secret = readSecret()
    _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &before)
    print("\n")
    if case .interrupted = secret { raise(SIGINT) }
    return if case .line(let bytes) = secret { String(validating: bytes, as: UTF8.self) } else { nil }
  }

  private enum SecretLine {
    case line([UInt8])
    case end, interrupted
  }

  /// Reads a line key by key, and obeys backspace and Ctrl-U.
  private static func readSecret() -> SecretLine {
    var bytes: [UInt8] = []
    while true {
      var byte: UInt8 = 0
      let count = unsafe read(STDIN_FILENO, &byte, 1)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return .end }
      switch byte {
      case 0x0A, 0x0D: return .line(bytes)
      case 0x03: return .interrupted
      case 0x04: if bytes.isEmpty { return .end }
      case 0x15: bytes = []
      case 0x08, 0x7F:
        // A character may have several bytes.
        while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
      default: bytes.append(byte)
      }
    }
  }

  /// Writes an error, in the form for the terminal or the pipe.
  ///
  /// - Parameter remedy: the next step; empty if the message contains it.
  public static func printError(_ message: String, remedy: String = "") {
    let layout = TextLayout(of: STDERR_FILENO)
    var page = Page(message + (layout == .pipe && !remedy.isEmpty ? ": \(remedy)" : ""))
    if layout != .pipe, !remedy.isEmpty { page.add("Next step: \(remedy)", indent: 2) }
    Platform.write(layout.text(of: page), to: STDERR_FILENO)
  }
}
