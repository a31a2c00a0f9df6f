import Foundation

/// The service manager's end of sd_notify(3): a datagram socket.
public final class ServiceManager: Sendable {
  /// What `$NOTIFY_SOCKET` is to be.
  public let address: String
  private let descriptor: Int32

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
  }

  deinit { close(descriptor) }

  /// The lines of the next message that is there; none where there is no message.
  public func hear() -> [String] {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
    }
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
