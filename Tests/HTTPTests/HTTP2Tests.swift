import HTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A server that speaks HTTP/2` {
  private func client(_ tls: Certificates, maxInFlight: Int = 1, usesHTTP2: Bool = true) -> Client {
    Client(
      ClientSettings(
        connectTimeout: .seconds(60), requestTimeout: .seconds(60), maxInFlight: maxInFlight, usesHTTP2: usesHTTP2,
        caFile: tls.caFile, maxIdle: .seconds(600)))
  }

  /// Sends `count` requests at once and returns their statuses.
  private func statuses(_ client: Client, _ count: Int, _ url: String) async throws -> [Int] {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<count {
        group.addTask { try await client.send(Request(url: "\(url)?n=\(number)", form: "a=\(number)")).status }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }

  @Test func `gets all requests over one connection, be they many at once`() async throws {
    let server = try ScriptedServer { _ in .reply("") }
    defer { server.stop() }
    let proxy = try await HTTP2Proxy.start(before: server.port)
    // Many clients, as libcurl is the likeliest to overlook an answer while a connection is new.
    for count in 1...20 {
      let client = client(proxy.tls, maxInFlight: 8)
      #expect(try await statuses(client, 40, proxy.url) == Array(repeating: 200, count: 40))
      #expect(server.received.count == 40 * count)
      try await eventually("nghttpx's log") { proxy.answered.count == 40 * count }
      #expect(Set(proxy.answered.map(\.port)).count == count)
    }
    #expect(Set(proxy.answered.map(\.protocol)) == ["h2"])
    #expect(Set(server.received.map(\.body)).count == 40)
  }

  @Test func `and one that doesn't gets them over as many as are in flight`() async throws {
    let server = try ScriptedServer { _ in .reply("") }
    defer { server.stop() }
    let proxy = try await HTTP2Proxy.start(before: server.port, protocols: "http/1.1")
    let client = client(proxy.tls, maxInFlight: 3)
    #expect(try await statuses(client, 30, proxy.url) == Array(repeating: 200, count: 30))
    #expect(server.received.count == 30)
    try await eventually("nghttpx's log") { proxy.answered.count == 30 }
    #expect(Set(proxy.answered.map(\.protocol)) == ["http/1.1"])
    #expect((1...3).contains(Set(proxy.answered.map(\.port)).count))
  }

  @Test func `isn't spoken to by it where that isn't wished for`() async throws {
    let server = try ScriptedServer { _ in .reply("") }
    defer { server.stop() }
    let proxy = try await HTTP2Proxy.start(before: server.port)
    let client = client(proxy.tls, usesHTTP2: false)
    #expect(try await statuses(client, 3, proxy.url) == [200, 200, 200])
    try await eventually("nghttpx's log") { proxy.answered.count == 3 }
    #expect(Set(proxy.answered.map(\.protocol)) == ["http/1.1"])
  }

  /// libcurl by itself would send each of them again.
  @Test(arguments: [HTTP2Server.Treatment.refuse, .wantHTTP1, .goAway, .close], [true, false])
  func `gets a request that it refuses once`(treatment: HTTP2Server.Treatment, isFirst: Bool) async throws {
    let server = try await HTTP2Server.start(isFirst ? [treatment] : [.answer, treatment])
    let client = client(server.tls)
    if !isFirst { #expect(try await client.send(Request(url: server.url)).body == Array("h2".utf8)) }
    let error = try #require(await failure(client, Request(url: server.url + "?refused")))
    #expect(error.mayHaveArrived)
    #expect(error.kind == .cutOff)
    #expect(server.received.filter { $0.hasSuffix("?refused") }.count == 1)

    // And the client is as good as new.
    #expect(try await client.send(Request(url: server.url + "?next")).status == 200)
    #expect(server.received.count == (isFirst ? 2 : 3))
    #expect(server.received.filter { $0.hasSuffix("?refused") }.count == 1)
  }

  @Test(arguments: [HTTP2Server.Treatment.refuse, .goAway])
  func `answers the others beside a request that it refuses`(treatment: HTTP2Server.Treatment) async throws {
    let server = try await HTTP2Server.start([.answer, .hold, treatment])
    let client = client(server.tls, maxInFlight: 2)
    #expect(try await client.send(Request(url: server.url)).status == 200)
    async let held = client.send(Request(url: server.url + "?held"))
    try await eventually("the request that is held") { server.received.count == 2 }
    let error = try #require(await failure(client, Request(url: server.url + "?refused")))
    #expect(error.mayHaveArrived)
    #expect(try await held.status == 200)
    // libcurl takes an idle connection for dead where it has something to read that is no answer, such as a session's ticket.
    // One that is in use it keeps.
    let beside = server.received.dropFirst().map { $0.split(separator: " ") }
    #expect(beside.map { $0[2] } == ["/api.aspx?held", "/api.aspx?refused"])
    #expect(Set(beside.map { $0[0] }).count == 1)
  }

  @Test func `has each request fail that was on its way when it closed the connection`() async throws {
    let server = try await HTTP2Server.start([.answer, .hold, .hold, .close])
    let client = client(server.tls, maxInFlight: 3)
    #expect(try await client.send(Request(url: server.url)).status == 200)
    let errors = await withTaskGroup(of: HTTPError?.self) { group in
      for number in 0..<3 { group.addTask { await failure(client, Request(url: server.url + "?n=\(number)")) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(errors.compactMap { $0?.mayHaveArrived } == [true, true, true])
    #expect(server.received.count == 4)
    #expect(Set(server.received).count == 4)
  }
}
