import Glibc
import Synchronization

/// Waits until `condition` is true, with growing pauses between checks: each check may start a program, and must not slow down
/// what it waits for.
///
/// - Parameter what: the condition as text, for the error.
/// - Throws: if it isn't true within ten minutes, far more than a loaded machine needs.
public func eventually(_ what: @autoclosure () -> String, _ condition: () async throws -> Bool) async throws {
  let start = ContinuousClock.now
  while try await !condition() {
    let waited = ContinuousClock.now - start
    if waited > .seconds(600) { throw ChildProcessError("waited in vain for \(what())") }
    try await Task.sleep(for: min(max(waited / 8, .milliseconds(5)), .milliseconds(250)))
  }
}

/// Holds the threads of a scripted server back until the test lets them go on.
public final class Gate: Sendable {
  /// Written by the test, read by the server's threads.
  private let state = Atomic(false)

  public var isOpen: Bool { state.load(ordering: .acquiring) }

  public init() {}

  public func open() { state.store(true, ordering: .releasing) }

  /// Blocks the thread.
  public func wait() { while !isOpen { usleep(5000) } }
}
