import Dispatch
import Glibc

/// Waits for data on a connection without blocking a thread.
final class SocketReadiness: Sendable {
  private static let queue = DispatchQueue(label: "ldap arrivals")

  private let descriptor: Int32

  /// - Parameter descriptor: a duplicate of the connection's, so that the number can't be reused for another file.
  init(takingOwnershipOf descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Returns when there is something to read, when the connection has ended, or when the task is cancelled.
  func next() async {
    // May be cancelled from any thread (dispatch_source_cancel(3)).
    nonisolated(unsafe) let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: Self.queue)
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        unsafe source.setEventHandler { unsafe source.cancel() }
        // Called exactly once, by any cancellation.
        unsafe source.setCancelHandler { continuation.resume() }
        unsafe source.resume()
      }
    } onCancel: {
      unsafe source.cancel()
    }
    withExtendedLifetime(self) {}
  }
}
