import Foundation
import Glibc

/// Passes bytes on to a server of the loopback, and after so many of the server's own cuts the connection, or falls
/// silent. For one connection after the other.
public final class CuttingProxy: Sendable {
  public let uri: String
  private let listener: Int32

  /// - Parameter uri: `ldap://127.0.0.1:PORT`.
  public init(to uri: String, after limit: Int, isSilent: Bool = false) throws {
    guard let target = uri.split(separator: ":").last.flatMap({ UInt16($0) }) else {
      throw ChildProcessError("\(uri) has no port")
    }
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    var address = loopback(0)
    unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        _ = unsafe bind(listener, pointer, length)
        _ = unsafe getsockname(listener, pointer, &length)
      }
    }
    listen(listener, 8)
    self.uri = "ldap://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    self.listener = listener
    Thread.detachNewThread {
      while case let client = acceptConnection(listener), client >= 0 {
        forward(client, to: target, limit, isSilent)
        close(client)
      }
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }
}

private func loopback(_ port: UInt16) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
  return address
}

private func forward(_ client: Int32, to port: UInt16, _ limit: Int, _ isSilent: Bool) {
  let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  defer { close(server) }
  var address = loopback(port)
  let connected = unsafe withUnsafePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  guard connected == 0 else { return }
  var left = limit
  var buffer = [UInt8](repeating: 0, count: 4096)
  while true {
    var watched = [
      pollfd(fd: client, events: Int16(POLLIN), revents: 0), pollfd(fd: server, events: Int16(POLLIN), revents: 0),
    ]
    guard unsafe poll(&watched, 2, -1) > 0 else { return }
    if watched[0].revents != 0 {
      let count = unsafe read(client, &buffer, buffer.count)
      guard count > 0 else { return }
      _ = unsafe write(server, buffer, count)
    }
    if watched[1].revents != 0 {
      let count = unsafe read(server, &buffer, buffer.count)
      guard count > 0 else { return }
      if left > 0 || !isSilent { _ = unsafe send(client, buffer, min(count, left), Int32(MSG_NOSIGNAL)) }
      left -= min(count, left)
      if left == 0 && !isSilent { return }
    }
  }
}
