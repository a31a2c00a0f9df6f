import HTTP
import Synchronization
import TestSupport
import Testing

func client(maxInFlight: Int = 1, requestTimeout: Duration = .seconds(600)) -> Client {
  Client(
    ClientSettings(
      connectTimeout: .seconds(60), requestTimeout: requestTimeout, maxInFlight: maxInFlight, maxIdle: .seconds(600)))
}

/// The error of sending `request`; nil when it was answered.
func failure(_ client: Client, _ request: Request) async -> HTTPError? {
  do {
    _ = try await client.send(request)
    return nil
  } catch {
    return error
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The header lines of an answer` {
  /// RFC 9112, section 2.2; RFC 9110, section 15.2.
  @Test(
    arguments: [
      "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", "HTTP/1.1 200 OK\r\nContent-Length: 2\n\r\nhi",
      "HTTP/1.0 200 OK\n\nhi", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
      "HTTP/1.1 103 Early Hints\nLink: </a>\n\nHTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
    ])
  func `are accepted with any line end, and after those of interim answers`(text: String) async throws {
    let server = try ScriptedServer { _ in .bytes(Array(text.utf8), closing: true) }
    defer { server.stop() }
    let response = try await client().send(Request(url: server.url))
    #expect(response.status == 200)
    #expect(response.body == Array("hi".utf8))
  }

  @Test func `are enough without a body`() async throws {
    let text = "HTTP/1.1 100 Continue\n\nHTTP/1.1 204 No Content\n\n"
    let server = try ScriptedServer { _ in .bytes(Array(text.utf8), closing: true) }
    defer { server.stop() }
    #expect(try await client().send(Request(url: server.url)).status == 204)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A request` {
  @Test(arguments: [true, false])
  func `is sent unchanged, with a length of 0 and without a body`(hasQueryInURL: Bool) async throws {
    let server = try ScriptedServer { _ in .reply("hello", status: 201, type: "text/plain; charset=utf-8") }
    defer { server.stop() }
    let query = "a=%7b%22&b=~"
    let response = try await client().send(
      hasQueryInURL ? Request(url: "\(server.url)?\(query)") : Request(url: server.url, .query(query)))
    #expect(
      response == Response(status: 201, contentType: "text/plain; charset=utf-8", body: Array("hello".utf8)))
    let received = try #require(server.received.first)
    #expect(
      received.text == """
        POST /api.aspx?a=%7b%22&b=~ HTTP/1.1\r
        Host: 127.0.0.1:\(server.port)\r
        User-Agent: pbxsyncd\r
        Accept: */*\r
        Content-Length: 0\r
        \r

        """)
  }

  @Test func `carries a form, and the next one doesn't`() async throws {
    let server = try ScriptedServer { _ in .reply("") }
    defer { server.stop() }
    let client = client()
    _ = try await client.send(Request(url: server.url, form: "a=1&b=%C3%BC"))
    _ = try await client.send(Request(url: server.url))
    #expect(server.received.map(\.body) == ["a=1&b=%C3%BC", ""])
    #expect(server.received.map { $0.header("Content-Type") } == ["application/x-www-form-urlencoded", nil])
    #expect(server.received.map { $0.header("Content-Length") } == ["12", "0"])
  }

  @Test func `carries a query, and the next one doesn't`() async throws {
    let server = try ScriptedServer { _ in .reply("") }
    defer { server.stop() }
    let client = client()
    _ = try await client.send(Request(url: server.url, .query("a=1")))
    _ = try await client.send(Request(url: server.url))
    #expect(server.received.map { $0.text.split(separator: " ")[1] } == ["/api.aspx?a=1", "/api.aspx"])
  }

  @Test(arguments: [
    ("https://host:8000/api.aspx?key=secret", "POST https://host:8000/api.aspx"),
    ("https://me:secret@host/api.aspx?key=secret", "POST https://host/api.aspx"),
    ("http://host/#secret", "POST http://host/"),
    ("", "POST "),
  ])
  func `never prints a key`(url: String, printed: String) {
    let request = Request(url: url, form: "key=secret")
    #expect(request.description == printed)
    var dumped = ""
    dump([request], to: &dumped)
    for text in ["\(request)", String(reflecting: request), "\([request])", dumped] {
      #expect(!text.contains("secret"))
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `An answer` {
  @Test func `keeps its status, be it a redirect or an error`() async throws {
    let server = try ScriptedServer { request in
      .bytes(
        Array("HTTP/1.1 \(request.body) No\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".utf8),
        closing: false)
    }
    defer { server.stop() }
    let client = client()
    for status in [301, 307, 401, 404, 417, 500, 503] {
      let response = try await client.send(Request(url: server.url, form: "\(status)"))
      #expect(response == Response(status: status))
    }
    #expect(server.received.count == 7)
  }

  @Test(arguments: [(0, true), (1, false)])
  func `may be as long as the limit, and no longer`(excess: Int, fits: Bool) async throws {
    let body = String(repeating: "x", count: Response.maxBodyBytes + excess)
    let server = try ScriptedServer { _ in .reply(body) }
    defer { server.stop() }
    let client = client()
    if fits {
      #expect(try await client.send(Request(url: server.url)).body.count == Response.maxBodyBytes)
    } else {
      let error = try #require(await failure(client, Request(url: server.url)))
      #expect(error.kind == .other)
      #expect(error.mayHaveArrived)
      #expect(error.detail.contains("1048576"))
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A connection` {
  @Test func `serves one request after the other`() async throws {
    let server = try ScriptedServer { _ in .reply("") }
    defer { server.stop() }
    let client = client()
    for _ in 0..<5 { _ = try await client.send(Request(url: server.url)) }
    #expect(server.accepted == 1)
    #expect(server.received.count == 5)
  }

  @Test func `that the server closed while idle is replaced, and the request sent once`() async throws {
    let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)
    let server = try ScriptedServer { _ in .bytes(answer, closing: true) }
    defer { server.stop() }
    let client = client()
    for count in 1...3 {
      #expect(try await client.send(Request(url: server.url)).status == 200)
      try await eventually("the end of the connection") { server.open == 0 }
      #expect(server.accepted == count)
    }
    #expect(server.received.count == 3)
  }

  /// libcurl by itself would send the second request again, over a fresh connection.
  @Test(arguments: [nil, "a=b"])
  func `that the server closes instead of answering doesn't send a request twice`(form: String?) async throws {
    let seen = Mutex(0)
    let server = try ScriptedServer { _ in
      seen.withLock {
        $0 += 1
        return $0 == 2 ? .close : .reply("")
      }
    }
    defer { server.stop() }
    let client = client()
    let request = Request(url: server.url, form: form)
    _ = try await client.send(request)
    let error = try #require(await failure(client, request))
    #expect(error.kind == .cutOff)
    #expect(error.mayHaveArrived)
    #expect(server.received.map(\.connection) == [1, 1])

    // And the client is as good as new.
    #expect(try await client.send(request).status == 200)
    #expect(server.received.map(\.connection).dropLast() == [1, 1])
    #expect(server.received.count == 3)
  }
}
