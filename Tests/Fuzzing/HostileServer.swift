import Foundation
import Glibc

@testable import TestSupport

/// A server on a socket of this process that answers with the bytes of an input, and then ends the connection.
///
/// After each request it sends the input's next part, up to a message that ends an answer. If the client doesn't ask on, because it
/// waits for more of the same answer, the next part follows after a moment. So each input ends, and nobody waits for a timeout.
final class HostileServer: Sendable {
  enum Language { case ldap, smtp }

  let uri: String
  private let listener: Int32
  /// In the file system; nil for a port.
  private let path: String?

  /// LDAP is spoken over a socket in the file system, which is quick to make; libcurl connects to a port.
  init(_ language: Language, answering input: [UInt8]) throws {
    switch language {
    case .ldap:
      let path = "\(Self.folder)/\(getpid())"
      _ = unsafe unlink(path)
      listener = try boundSocket(at: path)
      self.path = path
      uri = "ldapi://\(path.replacing("/", with: "%2F"))"
    case .smtp:
      let port: UInt16
      (listener, port) = try boundSocket()
      path = nil
      uri = "smtp://127.0.0.1:\(port)"
    }
    guard listen(listener, 8) == 0 else { throw SocketFailure(what: "listen", code: errno) }
    Thread.detachNewThread { [listener] in
      while case let client = acceptConnection(listener), client >= 0 {
        // Otherwise a second small part waits for the acknowledgement of the first.
        var on: Int32 = 1
        _ = unsafe setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        var answers = Answers(language, input)
        answers.give(to: client)
        close(client)
      }
      close(listener)
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    if let path { _ = unsafe unlink(path) }
  }

  private static let folder: String = {
    let folder = "/tmp/pbxsyncd-fuzz"
    _ = unsafe mkdir(folder, 0o700)
    return folder
  }()
}

/// What is left of an input, for one connection.
private struct Answers {
  private let language: HostileServer.Language
  private var rest: ArraySlice<UInt8>
  /// The last request's ID in LDAP, or the last bytes of any other request.
  private var request: [UInt8] = [1]

  init(_ language: HostileServer.Language, _ input: [UInt8]) { (self.language, rest) = (language, input[...]) }

  mutating func give(to client: Int32) {
    // In SMTP the server begins.
    if language == .smtp, !send(nextPart(), to: client) { return }
    while !rest.isEmpty {
      if isReadable(client), !receive(from: client) { return }
      if !send(nextPart(), to: client) { return }
    }
    shutdown(client, Int32(SHUT_WR))
    // A connection that is closed before everything is read may lose what was sent.
    while isReadable(client), receive(from: client) {}
  }

  private func isReadable(_ client: Int32) -> Bool {
    var descriptor = pollfd(fd: client, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&descriptor, 1, 5) == 1
  }

  /// False at the end of the connection.
  private mutating func receive(from client: Int32) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = unsafe recv(client, &buffer, buffer.count, 0)
    if count <= 0 { return false }
    switch language {
    case .smtp: request = Array(buffer.prefix(min(count, 512)))
    case .ldap:
      var messages = buffer.prefix(count)
      while let parts = BER(&messages)?.parts {
        // An abandoned request, and the end, have no answer.
        if parts.count > 1, ![0x42, 0x50].contains(parts[1].tag) { request = parts[0].bytes }
      }
    }
    return true
  }

  private mutating func nextPart() -> [UInt8] { language == .ldap ? nextMessages() : nextReply() }

  /// Up to the first message that ends an answer. The message ID 1 becomes the request's.
  private mutating func nextMessages() -> [UInt8] {
    // The results of bind, search, modify and extended operations (RFC 4511, section 4.2).
    let ends: Set<UInt8> = [0x61, 0x65, 0x67, 0x78]
    var part: [UInt8] = []
    while !rest.isEmpty {
      var after = rest
      guard let message = BER(&after) else {
        part += rest
        rest = []
        break
      }
      var bytes = Array(rest.prefix(rest.count - after.count))
      let head = bytes.count - message.bytes.count
      if message.bytes.starts(with: [2, 1, 1]), request.count == 1 { bytes[head + 2] = request[0] }
      part += bytes
      rest = after
      if let operation = message.parts.dropFirst().first, ends.contains(operation.tag) { break }
    }
    return part
  }

  /// Up to the last line of a reply (RFC 5321, section 4.2.1). A byte 1 becomes the client's own request.
  private mutating func nextReply() -> [UInt8] {
    var part: [UInt8] = []
    while !rest.isEmpty {
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      part += line.flatMap { $0 == 1 ? request : [$0] } + [UInt8(ascii: "\n")]
      rest = rest.dropFirst(line.count + 1)
      if line.count < 4 || line[line.startIndex + 3] != UInt8(ascii: "-") { break }
    }
    return part
  }
}

/// False where the client has gone.
private func send(_ bytes: [UInt8], to client: Int32) -> Bool {
  unsafe Glibc.send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
}

/// Does asynchronous work while libFuzzer's thread waits.
func waitFor(_ work: @escaping @Sendable () async -> Void) {
  let done = DispatchSemaphore(value: 0)
  Task {
    await work()
    done.signal()
  }
  done.wait()
}
