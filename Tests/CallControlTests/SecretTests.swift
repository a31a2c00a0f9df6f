import CallControl
import Domain
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The security key` {
  /// An ordinary one, and one that every way of quoting writes differently.
  private static let keys = [key, #"Pa+ss/"<w&ord>'\ü"#]

  /// Servers that send back what they got, each in its own way.
  private static let echoes: [@Sendable (_ target: String, _ key: String) -> String] = [
    { target, _ in "<html>404: \(target)</html>" },
    { target, _ in #"{"errorCode":"WEBSERVICE_ERROR","message":"\#(target)"}"# },
    { target, _ in #"{"errorCode":"\#(target)","message":""}"# },
    { target, _ in #"{"errorCode":"","status":"\#(target)"}"# },
    { target, _ in target.lowercased() },
    { target, _ in target.uppercased() },
    { target, _ in "see " + encoded(target) },
    { target, _ in String(target.prefix(target.count - 12)) },
    { _, key in "bad key \(key)!" },
    { _, key in "bad key \(encoded(key))!" },
    { _, key in String(repeating: "x", count: 180) + key },
    { _, key in
      let value = (try? JSONEncoder().encode([key])).map { String(decoding: $0.dropFirst().dropLast(), as: UTF8.self) }
      return #"{"errorCode":"INVALID_AUTH_ID","message":\#(value ?? "")}"#
    },
    { _, key in
      "<b>"
        + key.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        .replacing("\"", with: "&quot;").replacing("'", with: "&#39;") + "</b>"
    },
  ]

  @Test(arguments: echoes.indices, keys)
  func `isn't in an answer though the server sends it back`(echo: Int, key: String) async throws {
    let server = try ScriptedServer { request in
      .reply(Self.echoes[echo](String(request.line.split(separator: " ")[1].prefix(4000)), key), status: 404)
    }
    defer { server.stop() }
    for asked in [Asked.addExtension, .deleteContact] {
      let answer = await asked.ask(api(server, key: key))
      #expect(answer.status != .accepted)
      expectNoTrace(of: key, in: "\(answer)")
    }
  }

  @Test(arguments: keys)
  func `isn't in an answer when nothing came back`(key: String) async throws {
    let closed = try ScriptedServer(listening: false)
    let silent = try ScriptedServer { _ in .close }
    defer { silent.stop() }
    for url in [closed.url, silent.url, "http://nobody.invalid/", "http://127.0.0.1:x/", "gopher://x/", ""] {
      let answer = await api(url: url, key: key).make(.addExtension(ada))
      #expect(!answer.message.isEmpty)
      expectNoTrace(of: key, in: "\(answer)")
    }
  }

  @Test(arguments: keys)
  func `isn't printed by any value with it`(key: String) {
    let settings = CallControlSettings(url: "http://127.0.0.1/", key: SecurityKey(key))
    let api = api(url: "http://127.0.0.1/", key: key)
    var dumped = ""
    dump(settings, to: &dumped)
    dump(api, to: &dumped)
    dump(SecurityKey(key), to: &dumped)
    for text in ["\(settings)", "\(api)", "\(SecurityKey(key))", String(reflecting: [settings.key]), dumped] {
      expectNoTrace(of: key, in: text)
      // Nor byte by byte.
      #expect(!text.contains("\(Array(key.utf8.prefix(4)).map(String.init).joined(separator: ", "))"))
    }
    for part in Array(key.utf8).prefix(4) { #expect(!dumped.contains("- \(part)\n")) }
    #expect("\(SecurityKey(key))" == "***")
  }

  /// Not even eight characters of it, nor of what a URL makes of it.
  private func expectNoTrace(of key: String, in text: String) {
    let text = text.lowercased()
    for form in [key.lowercased(), encoded(key).lowercased()] {
      for start in form.indices where form[start...].count >= 8 {
        #expect(!text.contains(form[start...].prefix(8)), "\(text)")
      }
    }
  }
}
