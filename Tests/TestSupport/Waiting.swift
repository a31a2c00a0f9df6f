import Glibc
import Synchronization

/// Waits until `condition` holds.
///
/// - Parameter what: what is waited for, as the error says it.
/// - Throws: when it doesn't hold in a minute, which is far beyond what a loaded machine needs.
public func eventually(_ what: @autoclosure () -> String, _ condition: () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(60)
  while try await !condition() {
    if ContinuousClock.now > deadline { throw ChildProcessError("waited in vain for \(what())") }
    try await Task.sleep(for: .milliseconds(5))
  }
}

/// Holds the threads of a scripted server back until the test lets them go on.
public final class Gate: Sendable {
  /// Written by the test, read by the server's threads.
  private let isOpen = Atomic(false)

  public init() {}

  public func open() { isOpen.store(true, ordering: .releasing) }

  /// Blocks the thread.
  public func wait() { while !isOpen.load(ordering: .acquiring) { usleep(5000) } }
}
