import Dispatch
import Glibc

/// A port of the loopback for a program that binds it itself. It belongs to this test as long as this value lives.
///
/// Each port has a file that its test has locked, in a folder shared by all tests of this machine, and is outside the range of the
/// kernel's own choice (ip(7), ip_local_port_range). So a program that is started again finds it free.
final class ReservedPort: Sendable {
  let number: UInt16
  private let lock: Int32

  init() throws {
    let folder = "/tmp/pbxsyncd-test-ports"
    _ = unsafe mkdir(folder, 0o777)
    // Another user's tests may lock them too.
    _ = unsafe chmod(folder, 0o1777)
    for _ in 0..<1000 {
      let number = UInt16.random(in: 12_000..<32_000)
      let lock = unsafe open("\(folder)/\(number)", O_CREAT | O_RDONLY | O_CLOEXEC, 0o644)
      if lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, let socket = try? boundSocket(to: number).socket {
        close(socket)
        (self.number, self.lock) = (number, lock)
        return
      }
      if lock >= 0 { close(lock) }
    }
    throw SocketFailure(what: "reserve a port", code: errno)
  }

  deinit { close(lock) }
}

/// A socket on a free port of the loopback, to listen on.
///
/// - Parameter port: the port that it must be; 0 for any.
func boundSocket(to port: UInt16 = 0) throws -> (socket: Int32, port: UInt16) {
  let descriptor = tcpSocket()
  guard descriptor >= 0 else { throw SocketFailure(what: "socket", code: errno) }
  var address = loopback(port)
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let done = unsafe withUnsafeMutablePointer(to: &address) { address in
    unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
      unsafe bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
    }
  }
  guard done else {
    let failure = SocketFailure(what: "bind", code: errno)
    close(descriptor)
    throw failure
  }
  return (descriptor, UInt16(bigEndian: address.sin_port))
}

/// A socket in the file system, to listen on.
func boundSocket(at path: String) throws -> Int32 {
  // With the byte that ends it (unix(7)).
  guard path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else {
    throw SocketFailure(what: "bind \(path)", code: ENAMETOOLONG)
  }
  let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in
    unsafe bytes.copyBytes(from: path.utf8)
  }
  let done = unsafe withUnsafePointer(to: &address) { address in
    unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
      unsafe bind(descriptor, address, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
    }
  }
  guard done else {
    let failure = SocketFailure(what: "bind \(path)", code: errno)
    close(descriptor)
    throw failure
  }
  return descriptor
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

/// Makes a request in plain HTTP to a server of the loopback.
///
/// - Throws: `SocketFailure` where nobody answers, or not in full.
func httpAnswer(
  of port: UInt16, _ method: String, _ path: String, _ body: [UInt8]
) async throws -> (status: Int, body: [UInt8]) {
  let result = await withCheckedContinuation { continuation in
    // A thread that waits, not one of the few that all tests share.
    DispatchQueue.global().async {
      continuation.resume(returning: Result { try readHTTPAnswer(of: port, method, path, body) })
    }
  }
  return try result.get()
}

private func readHTTPAnswer(
  of port: UInt16, _ method: String, _ path: String, _ body: [UInt8]
) throws -> (status: Int, body: [UInt8]) {
  guard let socket = connection(to: port) else { throw SocketFailure(what: "connect", code: errno) }
  defer { close(socket) }
  // HTTP/1.0: the answer ends with the connection.
  var request = ArraySlice(
    "\(method) \(path) HTTP/1.0\r\nHost: 127.0.0.1:\(port)\r\nContent-Length: \(body.count)\r\n\r\n".utf8 + body)
  while !request.isEmpty {
    let sent = unsafe request.withUnsafeBytes {
      unsafe send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    guard sent > 0 else { throw SocketFailure(what: "send", code: errno) }
    request.removeFirst(sent)
  }
  var answer: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = unsafe recv(socket, &buffer, buffer.count, 0)
    guard count >= 0 else { throw SocketFailure(what: "receive", code: errno) }
    if count == 0 { break }
    answer += buffer[..<count]
  }
  guard let end = answer.firstRange(of: Array("\r\n\r\n".utf8)),
    let status = String(decoding: answer[..<end.lowerBound], as: UTF8.self).split(separator: " ").dropFirst().first,
    let status = Int(status)
  else { throw SocketFailure(what: "read an answer", code: 0) }
  return (status, Array(answer[end.upperBound...]))
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
