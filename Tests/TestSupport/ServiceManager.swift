import Foundation
import Synchronization

/// The service manager's end of sd_notify(3): a datagram socket that is always read, as systemd does, for a full one
/// makes the service wait.
public final class ServiceManager: Sendable {
  /// What `$NOTIFY_SOCKET` is to be.
  public let address: String
  private let descriptor: Int32
  /// Written by the thread that reads the socket.
  private let messages = Mutex<[[String]]>([])

  public init() throws {
    let name = "pbxsyncd-test-\(UUID().uuidString)"
    address = "@\(name)"
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var socketAddress = sockaddr_un()
    socketAddress.sun_family = sa_family_t(AF_UNIX)
    // A leading NUL: an abstract name, which needs no file (unix(7)).
    unsafe withUnsafeMutableBytes(of: &socketAddress.sun_path) { unsafe $0[1...].copyBytes(from: name.utf8) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
    let bound = unsafe withUnsafePointer(to: &socketAddress) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, length) }
    }
    guard bound == 0 else { throw ChildProcessError("can't bind \(address)") }
    Thread.detachNewThread { [descriptor, weak self] in
      var buffer = [UInt8](repeating: 0, count: 4096)
      defer { close(descriptor) }
      while true {
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0, let self else { return }
        let lines = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
        self.messages.withLock { $0.append(lines) }
      }
    }
  }

  deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// The lines of the next message that has come; none where there is no message.
  public func receive() -> [String] { messages.withLock { $0.isEmpty ? [] : $0.removeFirst() } }

  /// The lines of the next message; waits for it.
  public func next() async throws -> [String] {
    var message: [String] = []
    try await eventually("a message to \(address)") {
      message = receive()
      return !message.isEmpty
    }
    return message
  }
}
