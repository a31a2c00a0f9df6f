import Foundation
import Glibc

/// A tiny LDAP server on a free loopback port, for answers that no server at hand gives. It takes every bind, and answers
/// searches by a script.
public final class ScriptedDirectory: Sendable {
  public struct Search: Sendable {
    public let base: String
    /// The values that its filter compares attributes with.
    public let filterValues: [String]
    public let attributes: [String]
    /// The identifiers of its controls.
    public let controls: [String]
    /// Which of the connections it came on, from 1 on.
    public let connection: Int
  }

  public indirect enum Answer: Sendable {
    case entry(String, [String: [String]])
    case reference(String)
    /// There are more pages; this is what the client shows for the next one.
    case cookie(String)
    /// A control of the result, with a value of any bytes or with none.
    case control(String, [UInt8]?)
    /// The result, with a code and a message instead of success.
    case result(Int, String = "")
    /// No result: the search goes on.
    case unended
    /// A message with an operation of any content.
    case operation(tag: UInt8, [UInt8])
    /// Any bytes at all.
    case bytes([UInt8])
    /// The end of the connection.
    case close
    /// Again and again, for as long as somebody takes it.
    case forever(Answer, pause: Duration = .zero)
  }

  public let uri: String
  private let listener: Int32

  /// - Parameter path: of a socket in the file system, in place of a port of the loopback.
  public init(at path: String? = nil, _ script: @escaping @Sendable (Search) -> [Answer]) throws {
    let listener: Int32
    if let path {
      listener = try boundSocket(at: path)
      uri = "ldapi://\(path.replacing("/", with: "%2F"))"
    } else {
      let port: UInt16
      (listener, port) = try boundSocket()
      uri = "ldap://127.0.0.1:\(port)"
    }
    self.listener = listener
    guard listen(listener, 8) == 0 else { throw SocketFailure(what: "listen", code: errno) }
    Thread.detachNewThread {
      var count = 0
      while case let client = acceptConnection(listener), client >= 0 {
        count += 1
        let number = count
        Thread.detachNewThread {
          serve(client, number, script)
          close(client)
        }
      }
      close(listener)
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }
}

/// Answers until the client unbinds or goes.
private func serve(
  _ client: Int32, _ number: Int, _ script: (ScriptedDirectory.Search) -> [ScriptedDirectory.Answer]
) {
  var input: [UInt8] = []
  while true {
    var rest = input[...]
    guard let message = BER(&rest) else {
      var buffer = [UInt8](repeating: 0, count: 65536)
      let count = unsafe read(client, &buffer, buffer.count)
      if count <= 0 { return }
      input += buffer.prefix(count)
      continue
    }
    input = Array(rest)
    // RFC 4511, section 4.1.1: a message is its id and an operation.
    let parts = message.parts
    let id = parts[0].bytes
    switch parts[1].tag {
    case 0x60: send(client, id, 0x61, result())
    case 0x63:
      let fields = parts[1].parts
      let search = ScriptedDirectory.Search(
        base: fields[0].text, filterValues: values(fields[6]),
        attributes: fields[7].parts.map(\.text),
        controls: parts.count > 2 ? parts[2].parts.compactMap { $0.parts.first?.text } : [], connection: number)
      var controls: [UInt8] = []
      var end: [UInt8]? = result()
      for answer in script(search) {
        switch answer {
        case .result(let code, let text): end = result(code, text)
        case .unended: end = nil
        default: if !give(answer, to: client, id, &controls) { return }
        }
      }
      guard let end else { continue }
      guard send(client, id, 0x65, end, controls.isEmpty ? [] : encoded(0xA0, controls)) else { return }
    // Abandoned: the answer is on its way already.
    case 0x50: continue
    default: return
    }
  }
}

/// Sends one answer; false where the client has gone.
private func give(
  _ answer: ScriptedDirectory.Answer, to client: Int32, _ id: [UInt8], _ controls: inout [UInt8]
) -> Bool {
  switch answer {
  case .entry(let dn, let attributes):
    let list = attributes.flatMap { name, values in
      encoded(0x30, encoded(0x04, name) + encoded(0x31, values.flatMap { encoded(0x04, $0) }))
    }
    return send(client, id, 0x64, encoded(0x04, dn) + encoded(0x30, list))
  case .reference(let uri): return send(client, id, 0x73, encoded(0x04, uri))
  case .cookie(let cookie):
    controls += control("1.2.840.113556.1.4.319", encoded(0x30, [2, 1, 0] + encoded(4, cookie)))
  case .control(let oid, let value): controls += control(oid, value)
  case .result, .unended: break
  case .close: return false
  case .operation(let tag, let body): return send(client, id, tag, body)
  case .bytes(let bytes): return sendAll(client, bytes)
  case .forever(let answer, let pause):
    while give(answer, to: client, id, &controls) { usleep(UInt32(pause / .microseconds(1))) }
    return false
  }
  return true
}

/// By default success, without a name and without a message.
private func result(_ code: Int = 0, _ text: String = "") -> [UInt8] {
  let number = code < 0x80 ? [1, UInt8(code)] : [2, UInt8(code >> 8), UInt8(code & 0xFF)]
  return [0x0A] + number + [0x04, 0] + encoded(0x04, text)
}

/// The values in a filter (RFC 4511, section 4.5.1): of an and, an or, a not, and of what compares.
private func values(_ filter: BER) -> [String] {
  switch filter.tag {
  case 0xA0, 0xA1, 0xA2: filter.parts.flatMap(values)
  case 0xA3, 0xA5, 0xA6: filter.parts.dropFirst().map(\.text)
  default: []
  }
}

private func control(_ oid: String, _ value: [UInt8]?) -> [UInt8] {
  encoded(0x30, encoded(0x04, oid) + (value.map { encoded(0x04, $0) } ?? []))
}

@discardableResult
private func send(_ client: Int32, _ id: [UInt8], _ tag: UInt8, _ body: [UInt8], _ controls: [UInt8] = []) -> Bool {
  sendAll(client, encoded(0x30, encoded(0x02, id) + encoded(tag, body) + controls))
}

private func sendAll(_ client: Int32, _ bytes: [UInt8]) -> Bool {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = unsafe rest.withUnsafeBytes { unsafe Glibc.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    guard count > 0 else { return false }
    rest = rest.dropFirst(count)
  }
  return true
}

private func encoded(_ tag: UInt8, _ text: String) -> [UInt8] { encoded(tag, Array(text.utf8)) }

private func encoded(_ tag: UInt8, _ body: [UInt8]) -> [UInt8] {
  [tag, 0x83, UInt8(body.count >> 16 & 0xFF), UInt8(body.count >> 8 & 0xFF), UInt8(body.count & 0xFF)] + body
}
