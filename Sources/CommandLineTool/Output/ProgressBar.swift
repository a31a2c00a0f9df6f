import Platform
import Synchronization

/// A progress bar while changes are made. Draws nothing if the output isn't a terminal that can move its cursor.
final class ProgressBar: Sendable {
  private let isShown: Bool
  /// Guards the tenths of a percent drawn last, so that the terminal is written only when the bar moves.
  private let drawn = Mutex(-1)

  init() { isShown = Terminal.isInteractive && Terminal.hasSequences }

  func show(_ done: Int, of all: Int) {
    guard isShown, all > 0 else { return }
    let share = done * 1000 / all
    guard
      drawn.withLock({ last in
        defer { last = share }; return last != share
      })
    else { return }
    let width = min(40, max(10, Terminal.width - 40))
    let full = done * width / all
    let bar = String(repeating: "#", count: full) + String(repeating: ".", count: width - full)
    Terminal.draw("\r[\(bar)] \(done) of \(all)\u{1B}[K")
  }

  /// Clears the bar.
  func clear() {
    if isShown { Terminal.draw("\r\u{1B}[K") }
  }
}
