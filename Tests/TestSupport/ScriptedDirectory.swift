import Foundation
import Glibc

/// A tiny LDAP server on a free loopback port, for answers that no server at hand gives. It takes every bind, and answers
/// searches by a script. One connection at a time.
public final class ScriptedDirectory: Sendable {
  public struct Search: Sendable {
    public let base: String
    public let attributes: [String]
  }

  public enum Answer: Sendable {
    case entry(String, [String: [String]])
    case reference(String)
    /// There are more pages; this is what the client shows for the next one.
    case cookie(String)
  }

  public let uri: String
  private let listener: Int32

  public init(_ script: @escaping @Sendable (Search) -> [Answer]) throws {
    let (listener, port) = try boundSocket()
    self.listener = listener
    uri = "ldap://127.0.0.1:\(port)"
    guard listen(listener, 8) == 0 else { throw SocketFailure(what: "listen", code: errno) }
    Thread.detachNewThread {
      while case let client = Glibc.accept(listener, nil, nil), client >= 0 {
        serve(client, script)
        close(client)
      }
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }
}

/// Answers until the client unbinds or goes.
private func serve(_ client: Int32, _ script: (ScriptedDirectory.Search) -> [ScriptedDirectory.Answer]) {
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
    case 0x60: send(client, id, 0x61, result)
    case 0x63:
      let fields = parts[1].parts
      let search = ScriptedDirectory.Search(base: fields[0].text, attributes: fields[7].parts.map(\.text))
      var controls: [UInt8] = []
      for answer in script(search) {
        switch answer {
        case .entry(let dn, let attributes):
          let list = attributes.flatMap { name, values in
            encoded(0x30, encoded(0x04, name) + encoded(0x31, values.flatMap { encoded(0x04, $0) }))
          }
          send(client, id, 0x64, encoded(0x04, dn) + encoded(0x30, list))
        case .reference(let uri): send(client, id, 0x73, encoded(0x04, uri))
        case .cookie(let cookie): controls = paging(cookie)
        }
      }
      send(client, id, 0x65, result, controls)
    // Abandoned: the answer is on its way already.
    case 0x50: continue
    default: return
    }
  }
}

/// Success, without a name and without a message.
private let result: [UInt8] = [0x0A, 1, 0, 0x04, 0, 0x04, 0]

/// RFC 2696, section 2, with a size that isn't known.
private func paging(_ cookie: String) -> [UInt8] {
  let value = encoded(0x30, [0x02, 1, 0] + encoded(0x04, cookie))
  return encoded(0xA0, encoded(0x30, encoded(0x04, "1.2.840.113556.1.4.319") + encoded(0x04, value)))
}

private func send(_ client: Int32, _ id: [UInt8], _ tag: UInt8, _ body: [UInt8], _ controls: [UInt8] = []) {
  let message = encoded(0x30, encoded(0x02, id) + encoded(tag, body) + controls)
  _ = unsafe Glibc.send(client, message, message.count, Int32(MSG_NOSIGNAL))
}

private func encoded(_ tag: UInt8, _ text: String) -> [UInt8] { encoded(tag, Array(text.utf8)) }

private func encoded(_ tag: UInt8, _ body: [UInt8]) -> [UInt8] {
  [tag, 0x83, UInt8(body.count >> 16 & 0xFF), UInt8(body.count >> 8 & 0xFF), UInt8(body.count & 0xFF)] + body
}

/// One element of BER (X.690), as far as LDAP uses it.
private struct BER {
  let tag: UInt8
  let bytes: [UInt8]

  /// Takes the first element off; nil where it isn't all there.
  init?(_ input: inout ArraySlice<UInt8>) {
    var rest = input
    guard let tag = rest.popFirst(), var length = rest.popFirst().map(Int.init) else { return nil }
    if length >= 0x80 {
      let count = length & 0x7F
      guard rest.count >= count else { return nil }
      length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(count)
    }
    guard rest.count >= length else { return nil }
    self.tag = tag
    bytes = Array(rest.prefix(length))
    input = rest.dropFirst(length)
  }

  var parts: [BER] {
    var rest = bytes[...]
    var parts: [BER] = []
    while let part = BER(&rest) { parts.append(part) }
    return parts
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }
}
