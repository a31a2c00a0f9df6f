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
    let (listener, port) = try boundSocket()
    guard listen(listener, 8) == 0 else { throw SocketFailure(what: "listen", code: errno) }
    self.uri = "ldap://127.0.0.1:\(port)"
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

private func forward(_ client: Int32, to port: UInt16, _ limit: Int, _ isSilent: Bool) {
  guard let server = connection(to: port) else { return }
  defer { close(server) }
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
