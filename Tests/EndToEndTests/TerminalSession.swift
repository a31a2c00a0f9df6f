import Foundation
import TestSupport

/// A person at a terminal: a program on a pseudo-terminal, with answers that are typed when their questions appear.
enum TerminalSession {
  /// Runs a program to its end.
  ///
  /// - Parameters:
  ///   - columns: the terminal's width.
  ///   - answers: each is typed, with Enter, after the text before it has appeared.
  ///   - meanwhile: a command that runs before the first answer; its exit status is on the screen too, as `meanwhile: 0`.
  /// - Returns: The exit status and all that was on the terminal.
  static func run(
    _ command: [String], columns: Int = 80, answers: [(question: String, answer: String)],
    meanwhile: [String] = []
  ) async throws -> (exitStatus: Int32, screen: String) {
    let input = try JSONEncoder().encode([meanwhile] + answers.map { [$0.question, $0.answer] })
    let finished = try await ChildProcess.run(
      "/usr/bin/python3", ["-c", driver, String(columns)] + command, input: String(decoding: input, as: UTF8.self))
    return (finished.exitStatus, finished.output + finished.errors)
  }

  private static let driver = """
    import fcntl, json, os, pty, struct, subprocess, sys, termios
    meanwhile, *answers = json.load(sys.stdin)
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
        os.execv(sys.argv[2], sys.argv[2:])
    screen = seen = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        screen += part
        seen += part
        while answers and answers[0][0].encode() in seen.replace(b"\\r\\n", b" "):
            if meanwhile:
                screen += b"meanwhile: %d\\n" % subprocess.run(meanwhile, capture_output=True).returncode
                meanwhile = []
            os.write(terminal, answers.pop(0)[1].encode() + b"\\n")
            seen = b""
    os.write(1, screen.replace(b"\\r\\n", b"\\n"))
    if answers:
        print("not asked:", answers)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """
}
