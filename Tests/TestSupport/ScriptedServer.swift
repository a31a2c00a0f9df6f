import Foundation
import Glibc
import Synchronization

/// A tiny HTTP/1.1 server on a free loopback port. It keeps what it receives, byte for byte, and answers by a script.
///
/// Bounded: 64 connections, 1 MiB a request, 10 minutes for a client to say something. Each connection has a thread of
/// its own, so a script may wait.
public final class ScriptedServer: Sendable {
  public struct Received: Sendable {
    /// Which connection it came over, from 1 in the order of accepting.
    public let connection: Int
    /// All of it: request line, headers, an empty line, body.
    public let text: String

    public var line: String { text.components(separatedBy: "\r\n").first ?? "" }
    public var body: String { text.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n") }

    /// The value of a header; nil without it.
    public func header(_ name: String) -> String? {
      let head = text.components(separatedBy: "\r\n\r\n")[0].components(separatedBy: "\r\n").dropFirst()
      return head.first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
        .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }
  }

  public enum Answer: Sendable {
    /// A whole answer; the connection stays open.
    case reply(String, status: Int = 200, type: String? = "application/json")
    /// Any bytes, for instance the first part of an answer; then the connection is closed or stays open.
    case bytes([UInt8], closing: Bool)
    /// Nothing, and the connection is closed.
    case close
    /// Nothing until the client goes.
    case silence

    /// An answer of the API, whole.
    public static func status(_ text: String) -> Answer {
      .reply(#"{"status":"\#(text)","errorMessage":"","errorCode":""}"#)
    }

    /// A failure of the API, whole.
    public static func failure(_ code: String, _ message: String = "") -> Answer {
      .reply(#"{"message":"\#(message)","errorCode":"\#(code)"}"#)
    }

    /// The first `count` bytes of a whole answer, and then the end of the connection.
    public static func cut(after count: Int, of body: String) -> Answer {
      .bytes(Array(wholeAnswer(body, 200, "application/json").prefix(count)), closing: true)
    }
  }

  public typealias Script = @Sendable (Received) -> Answer

  private struct State {
    var received: [Received] = []
    var accepted = 0
    var open: Set<Int32> = []
    var stopped = false
  }

  public let port: UInt16
  private let listener: Int32
  private let script: Script
  /// Written by the connections' threads and read by the test.
  private let state = Mutex(State())

  /// With `listening: false` the port is taken and every connection to it is refused.
  public init(listening: Bool = true, _ script: @escaping Script = { _ in .close }) throws {
    (listener, port) = try boundSocket()
    self.script = script
    guard listening else { return }
    guard listen(listener, 64) == 0 else { throw SocketFailure(what: "listen", code: errno) }
    Thread.detachNewThread { self.accept() }
  }

  public var url: String { "http://127.0.0.1:\(port)/api.aspx" }
  public var received: [Received] { state.withLock { $0.received } }
  /// How many connections were accepted in all, and how many are open.
  public var accepted: Int { state.withLock { $0.accepted } }
  public var open: Int { state.withLock { $0.open.count } }

  /// Ends all connections and accepts no more.
  public func stop() {
    state.withLock { state in
      state.stopped = true
      for socket in state.open { shutdown(socket, Int32(SHUT_RDWR)) }
    }
    shutdown(listener, Int32(SHUT_RDWR))
  }

  private func accept() {
    defer { close(listener) }
    while true {
      let socket = acceptConnection(listener)
      guard socket >= 0 else { return }
      let number = state.withLock { state -> Int? in
        guard !state.stopped, state.open.count < 64 else { return nil }
        state.accepted += 1
        state.open.insert(socket)
        return state.accepted
      }
      guard let number else {
        close(socket)
        continue
      }
      Thread.detachNewThread { self.serve(socket, number) }
    }
  }

  private func serve(_ socket: Int32, _ number: Int) {
    defer {
      // Under the lock, so that `stop` never meets another's socket with this number.
      state.withLock { state in
        close(socket)
        state.open.remove(socket)
      }
    }
    var patience = timeval(tv_sec: 600, tv_usec: 0)
    unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    while let text = readRequest(socket) {
      let request = Received(connection: number, text: text)
      state.withLock { $0.received.append(request) }
      switch script(request) {
      case .reply(let body, let status, let type): write(wholeAnswer(body, status, type), to: socket)
      case .bytes(let bytes, let closing):
        write(bytes, to: socket)
        if closing { return }
      case .close: return
      case .silence:
        _ = readSome(socket)
        return
      }
    }
  }
}

/// A header block and as much body as its Content-Length says; nil when the client goes or takes too long.
private func readRequest(_ socket: Int32) -> String? {
  var bytes: [UInt8] = []
  while bytes.count < 1 << 20 {
    let text = String(decoding: bytes, as: UTF8.self)
    if let end = text.range(of: "\r\n\r\n") {
      let length = text[..<end.lowerBound].range(of: "content-length: ", options: .caseInsensitive)
        .flatMap { Int(text[$0.upperBound...].prefix { $0.isASCII && $0.isNumber }) }
      if text[end.upperBound...].utf8.count >= length ?? 0 { return text }
    }
    guard let more = readSome(socket) else { return nil }
    bytes += more
  }
  return nil
}

private func readSome(_ socket: Int32) -> [UInt8]? {
  var buffer = [UInt8](repeating: 0, count: 16_384)
  let count = unsafe recv(socket, &buffer, buffer.count, 0)
  return count > 0 ? Array(buffer.prefix(count)) : nil
}

private func write(_ bytes: [UInt8], to socket: Int32) {
  var sent = 0
  while sent < bytes.count {
    let rest = Array(bytes[sent...])
    let count = unsafe send(socket, rest, rest.count, Int32(MSG_NOSIGNAL))
    guard count > 0 else { return }
    sent += count
  }
}

private func wholeAnswer(_ body: String, _ status: Int, _ type: String?) -> [UInt8] {
  let contentType = type.map { "Content-Type: \($0)\r\n" } ?? ""
  return Array("HTTP/1.1 \(status) Scripted\r\n\(contentType)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
}
