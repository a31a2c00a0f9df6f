import HTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A request that fails` {
  @Test func `didn't arrive if no server listens`() async throws {
    let server = try ScriptedServer(listening: false)
    defer { server.stop() }
    let error = try #require(await failure(client(), Request(url: server.url)))
    #expect(error.kind == .unreachable)
    #expect(!error.mayHaveArrived)
    #expect(error.code == 7)
  }

  @Test(arguments: ["http://nobody.invalid/", "ftp://127.0.0.1/", "http://127.0.0.1:99999/", "http://a b/", ""])
  func `didn't arrive without an address to go to`(url: String) async throws {
    let error = try #require(await failure(client(), Request(url: url)))
    #expect(!error.mayHaveArrived)
    #expect(!error.detail.isEmpty)
  }

  @Test func `may have arrived when the answer takes too long`() async throws {
    let server = try ScriptedServer { _ in .silence }
    defer { server.stop() }
    let client = client(requestTimeout: .seconds(2))
    let error = try #require(await failure(client, Request(url: server.url)))
    #expect(error.kind == .timedOut)
    #expect(error.mayHaveArrived)
    #expect(server.received.count == 1)
  }

  /// The server takes the connection and then doesn't speak TLS.
  @Test func `didn't arrive if the timeout passed before the connection`() async throws {
    let server = try ScriptedServer()
    defer { server.stop() }
    let client = Client(ClientSettings(connectTimeout: .milliseconds(300), requestTimeout: .seconds(600)))
    let url = "https://127.0.0.1:\(server.port)/"
    let error = try #require(await failure(client, Request(url: url)))
    #expect(error.kind == .timedOut)
    #expect(!error.mayHaveArrived)
    #expect(server.received.isEmpty)
  }

  @Test func `didn't arrive if several connect at once`() async throws {
    let server = try ScriptedServer()
    defer { server.stop() }
    let client = Client(
      ClientSettings(connectTimeout: .milliseconds(300), requestTimeout: .seconds(600), maxInFlight: 4))
    let url = "https://127.0.0.1:\(server.port)/"
    let errors = await withTaskGroup(of: HTTPError?.self) { group in
      for _ in 0..<4 { group.addTask { await failure(client, Request(url: url)) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(errors.compactMap { $0?.kind } == [.timedOut, .timedOut, .timedOut, .timedOut])
    #expect(errors.allSatisfy { $0?.mayHaveArrived == false })
    #expect(server.received.isEmpty)
  }

  @Test(arguments: [0, 5, 20, 23, 30, 60, 90, 170])
  func `may have arrived when the answer is cut off`(count: Int) async throws {
    let server = try ScriptedServer { _ in .cut(after: count, of: String(repeating: "x", count: 100)) }
    defer { server.stop() }
    let error = try #require(await failure(client(), Request(url: server.url)))
    #expect(error.kind == .cutOff || count == 5)
    #expect(error.mayHaveArrived)
    #expect(server.received.count == 1)
  }

  @Test(arguments: ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\nLink: a\n\nHTTP/1.1 200 OK\nA: b\n"])
  func `may have arrived when the answer ends after an interim one`(answer: String) async throws {
    let server = try ScriptedServer { _ in .bytes(Array(answer.utf8), closing: true) }
    defer { server.stop() }
    let error = try #require(await failure(client(), Request(url: server.url)))
    #expect(error.kind == .cutOff)
    #expect(error.mayHaveArrived)
  }

  @Test(arguments: ["HTTP/1.1 abc\r\n\r\n", "220 mail.example.com ESMTP\r\n", "\u{0}\u{1}\u{2}"])
  func `may have arrived when the answer isn't HTTP`(answer: String) async throws {
    let server = try ScriptedServer { _ in .bytes(Array(answer.utf8), closing: true) }
    defer { server.stop() }
    let error = try #require(await failure(client(), Request(url: server.url)))
    #expect(error.mayHaveArrived)
  }

  @Test(arguments: ["?key=secret", "?key=secret\u{1}", "?secret secret"])
  func `is reported without its query and form`(query: String) async throws {
    let server = try ScriptedServer { _ in .cut(after: 3, of: "secret") }
    defer { server.stop() }
    for base in [server.url, "http://nobody.invalid/", "gopher://127.0.0.1/", "http://127.0.0.1:x/"] {
      let error = try #require(await failure(client(), Request(url: base + query, form: "secret=secret")))
      #expect(!"\(error)".contains("secret"))
    }
  }
}
