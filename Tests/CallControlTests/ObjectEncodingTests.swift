import CallControl
import Domain
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A call on the wire` {
  /// The vendor's page, percent-encoded: `action`, `qsValue` before it's encoded, and the success that it answers.
  static let calls: [(asked: Asked, action: String, json: String)] = [
    (
      .addExtension, "addExt",
      #"{"sExtension":[{"ExtentionNumber":"1234","EmailAddress":"ada@example.com","FirstName":"Ada","LastName":"Lovelace","OutboundCallerID":"+4930"}]}"#
    ),
    (
      .addExtensions, "addExt",
      #"{"mExtension":[{"ExtentionNumber":"1234","EmailAddress":"ada@example.com","FirstName":"Ada","LastName":"Lovelace","OutboundCallerID":"+4930"},{"ExtentionNumber":"1235","EmailAddress":"","FirstName":"Bob","LastName":"","OutboundCallerID":""}]}"#
    ),
    (
      .updateExtension, "updateExt",
      #"{"uExtension":[{"ExtentionNumber":"1234","EmailAddress":"ada@example.com","FirstName":"Ada","LastName":"Lovelace","OutboundCallerID":"+4930"}]}"#
    ),
    (.deleteExtension, "deleteExt", #"{"dExtension":[{"ExtentionNumber":"1234"}]}"#),
    (
      .addContact, "addPhonebook",
      #"{"sContact":[{"FirstName":"Carl","LastName":"Benz","PhoneNumber":"49301234","CompanyName":"Benz & Cie."}]}"#
    ),
    (
      .updateContact, "updatePhonebook",
      #"{"uContact":[{"FirstName":"Carl","LastName":"Benz","PhoneNumber":"49301234","CompanyName":"Benz & Cie.","RegisteredPhoneNumber":"4930999"}]}"#
    ),
    (.deleteContact, "deletePhonebook", #"{"dContact":[{"PhoneNumber":"49301234"}]}"#),
  ]

  @Test(arguments: calls)
  func `is the vendor's, byte for byte`(asked: Asked, action: String, json: String) async throws {
    let server = try ScriptedServer { _ in .status(asked.success) }
    defer { server.stop() }
    #expect(await asked.ask(api(server)) == CallResult(.accepted))
    let query = "action=\(action)&qstype=1&qsSecuritykey=\(key)&qsValue=\(encoded(json))"
    let received = try #require(server.received.first)
    #expect(
      received.text == """
        POST /api.aspx?\(query) HTTP/1.1\r
        Host: 127.0.0.1:\(server.port)\r
        User-Agent: pbxsyncd\r
        Accept: */*\r
        Content-Length: 0\r
        \r

        """)
    #expect(server.received.count == 1)
  }

  @Test(arguments: calls)
  func `can be a form`(asked: Asked, action: String, json: String) async throws {
    let server = try ScriptedServer { _ in .status(asked.success) }
    defer { server.stop() }
    #expect(await asked.ask(api(server, parameters: .form)) == CallResult(.accepted))
    let body = "action=\(action)&qstype=1&qsSecuritykey=\(key)&qsValue=\(encoded(json))"
    let received = try #require(server.received.first)
    #expect(
      received.text == """
        POST /api.aspx HTTP/1.1\r
        Host: 127.0.0.1:\(server.port)\r
        User-Agent: pbxsyncd\r
        Accept: */*\r
        Content-Type: application/x-www-form-urlencoded\r
        Content-Length: \(body.utf8.count)\r
        \r
        \(body)
        """)
  }

  /// One call spelled out by hand, so that not everything rests on `encoded`.
  @Test func `is percent-encoded in full`() async throws {
    let server = try ScriptedServer { _ in .status("Extension Deleted") }
    defer { server.stop() }
    _ = await api(server, key: "a+b/c=&ü ~").make(.deleteExtension(number: "12"))
    #expect(
      server.received.first?.line
        == "POST /api.aspx?action=deleteExt&qstype=1&qsSecuritykey=a%2Bb%2Fc%3D%26%C3%BC%20~"
        + "&qsValue=%7B%22dExtension%22%3A%5B%7B%22ExtentionNumber%22%3A%2212%22%7D%5D%7D HTTP/1.1")
  }

  @Test(arguments: [
    ("O'Neil \"Bo\"", #"O'Neil \"Bo\""#), (#"back\slash"#, #"back\\slash"#), ("a\nb\tc\r", #"a\nb\tc\r"#),
    ("\u{1}\u{1f}", #"\u0001\u001F"#), ("Jürgen 日本 🎉", "Jürgen 日本 🎉"), ("a/b+c&d=e%f#g?", "a/b+c&d=e%f#g?"),
  ])
  func `carries any text as JSON and UTF-8`(name: String, written: String) async throws {
    let server = try ScriptedServer { _ in .status("Extension Updated") }
    defer { server.stop() }
    _ = await api(server).make(.updateExtension(Extension(number: "1", firstName: name)))
    let json =
      #"{"uExtension":[{"ExtentionNumber":"1","EmailAddress":"","FirstName":"\#(written)","LastName":"","OutboundCallerID":""}]}"#
    #expect(server.received.first?.line.contains("&qsValue=\(encoded(json)) HTTP/1.1") == true)
  }

  @Test func `uses the names of the settings`() async throws {
    var names = CallProtocol()
    (names.addExtensionAction, names.addExtensionKey, names.addExtensionsKey) = ("a1", "k1", "k2")
    (names.updateExtensionAction, names.updateExtensionKey) = ("a3", "k3")
    (names.deleteExtensionAction, names.deleteExtensionKey) = ("a4", "k4")
    (names.addContactAction, names.addContactKey) = ("a5", "k5")
    (names.updateContactAction, names.updateContactKey) = ("a6", "k6")
    (names.deleteContactAction, names.deleteContactKey) = ("a7", "k7")
    let server = try ScriptedServer { _ in .status("") }
    defer { server.stop() }
    let api = api(server, calls: names)
    for asked in Asked.allCases { _ = await asked.ask(api) }
    let pairs = [("a1", "k1"), ("a1", "k2"), ("a3", "k3"), ("a4", "k4"), ("a5", "k5"), ("a6", "k6"), ("a7", "k7")]
    #expect(server.received.count == pairs.count)
    for (received, (action, key)) in zip(server.received, pairs) {
      #expect(received.line.contains("?action=\(action)&"))
      #expect(received.line.contains(encoded(#"{"\#(key)":["#)))
    }
  }

  @Test func `uses one connection`() async throws {
    let server = try ScriptedServer { _ in .status("Extension Created") }
    defer { server.stop() }
    let api = api(server)
    for asked in Asked.allCases { _ = await asked.ask(api) }
    #expect(server.accepted == 1)
    #expect(server.received.count == Asked.allCases.count)
  }
}
