import Dispatch
import Glibc

/// The signals that this program handles, delivered outside of signal context.
public struct Signals: ~Copyable {
  public enum Signal: Hashable, Sendable {
    /// SIGTERM or SIGINT: finish the request in flight and end.
    case stop
    /// SIGHUP: read the configuration again.
    case reload
    /// SIGUSR1: make a run now.
    case runNow
  }

  private let sources: [any DispatchSourceSignal]

  /// Calls `handler` for each signal, on a private queue, until the value goes out of scope.
  public init(_ handler: @escaping @Sendable (Signal) -> Void) {
    let queue = DispatchQueue(label: "signals")
    sources = [(SIGTERM, Signal.stop), (SIGINT, .stop), (SIGHUP, .reload), (SIGUSR1, .runNow)].map { number, signal in
      // The default would end the process before the source sees the signal (signal(7)).
      _ = Glibc.signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { handler(signal) }
      source.resume()
      return source
    }
    // A closed pipe of a report's reader must not end a run.
    outliveBrokenPipes()
  }

  /// Stops handling them, so that they have their usual effect again.
  public consuming func end() {
    for number in [SIGTERM, SIGINT, SIGHUP, SIGUSR1] { _ = Glibc.signal(number, SIG_DFL) }
  }

  deinit { for source in sources { source.cancel() } }
}

/// Lets a write to a pipe or a connection that the other side closed fail with EPIPE instead of ending the process.
///
/// For the whole process (signal(7)). Called before writes whose reader may be gone: libldap writes to its sockets with write(2)
/// and has no flag for a single one.
public func outliveBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }
