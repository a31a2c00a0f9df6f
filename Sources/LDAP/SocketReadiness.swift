import Dispatch
import Glibc

/// Tells when something arrives at a connection, without a thread that waits for it.
final class SocketReadiness: Sendable {
  private static let queue = DispatchQueue(label: "ldap arrivals")

  private let descriptor: Int32

  /// - Parameter descriptor: a duplicate of the connection's, so that the number can't become another's file meanwhile.
  init(takingOwnershipOf descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Returns when there is something to read, when the connection has ended, or when the task is cancelled.
  func next() async {
    // May be cancelled from any thread (dispatch_source_cancel(3)).
    nonisolated(unsafe) let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: Self.queue)
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        unsafe source.setEventHandler { unsafe source.cancel() }
        // Comes exactly once, whoever cancels.
        unsafe source.setCancelHandler { continuation.resume() }
        unsafe source.resume()
      }
    } onCancel: {
      unsafe source.cancel()
    }
    withExtendedLifetime(self) {}
  }
}
