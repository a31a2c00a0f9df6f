import Glibc

/// A port of the loopback that nobody had a moment ago. Somebody may take it meanwhile: whoever uses it tries again.
public func freePort() throws -> UInt16 {
  let (socket, port) = try boundSocket()
  close(socket)
  return port
}

/// A socket on a free port of the loopback, to listen on.
func boundSocket() throws -> (socket: Int32, port: UInt16) {
  let descriptor = tcpSocket()
  guard descriptor >= 0 else { throw SocketFailure(what: "socket", code: errno) }
  var address = loopback(0)
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let done = unsafe withUnsafeMutablePointer(to: &address) { address in
    unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
      unsafe bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
    }
  }
  guard done else { throw SocketFailure(what: "bind", code: errno) }
  return (descriptor, UInt16(bigEndian: address.sin_port))
}

/// A connection to a port of the loopback; nil where nobody listens.
func connection(to port: UInt16) -> Int32? {
  let descriptor = tcpSocket()
  var address = loopback(port)
  let connected = unsafe withUnsafePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  if connected == 0 { return descriptor }
  close(descriptor)
  return nil
}

/// The next connection of a listener; negative where there won't be one.
///
/// Not for children: one that inherits the connection would keep it open when the test closes it. (accept4(2) would do
/// both at once, but Swift's Glibc doesn't have it.)
func acceptConnection(_ listener: Int32) -> Int32 {
  let connection = accept(listener, nil, nil)
  if connection >= 0 { _ = fcntl(connection, F_SETFD, FD_CLOEXEC) }
  return connection
}

struct SocketFailure: Error {
  let what: String
  let code: Int32
}

private func tcpSocket() -> Int32 {
  socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
}

private func loopback(_ port: UInt16) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
  return address
}
