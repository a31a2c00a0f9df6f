import HTTP
import Testing

@testable import TestSupport

@Suite(.timeLimit(.minutes(15))) struct `A server that has HTTP/2` {
  /// openssl-s_server(1) shows what the client offers, and answers with lines that are no HTTP.
  @Test func `is only offered HTTP/1.1`() async throws {
    let folder = try TemporaryFolder()
    let tls = try await Certificates(in: folder)
    let server = try ChildProcess(
      launching: "openssl",
      arguments: [
        "s_server", "-accept", "127.0.0.1:0", "-alpn", "h2,http/1.1", "-tlsextdebug", "-rev", "-cert", tls.file, "-key",
        tls.keyFile,
      ])
    let start = "ACCEPT "
    try await server.wait(for: start)
    try await eventually("its address") { server.output.drop { $0 != ":" }.contains("\n") }
    let line = try #require(server.output.split(separator: "\n").first { $0.hasPrefix(start) })
    let address = line.dropFirst(start.count)
    let client = Client(
      ClientSettings(connectTimeout: .seconds(60), requestTimeout: .seconds(60), caFile: tls.caFile))
    #expect(await failure(client, Request(url: "https://\(address)/"))?.mayHaveArrived == true)
    // The end of the list, after its two lengths.
    try await server.wait(for: "...http/1.1")
    #expect(!server.output.contains("h2"))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A server with a certificate of its own` {
  private static let wrongPin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

  private func client(caFile: String? = nil, pin: String? = nil) -> Client {
    Client(
      ClientSettings(
        connectTimeout: .seconds(60), requestTimeout: .seconds(60), caFile: caFile, pinnedPublicKey: pin))
  }

  /// A server whose certificate names 127.0.0.1.
  private func server() async throws -> (Simulator, Certificates) {
    let server = try await Simulator.start(tls: true)
    return (server, try #require(server.tls))
  }

  /// One that answers on an address that its certificate doesn't name, so that only the pin can be why it's trusted.
  private func misnamed() async throws -> (Simulator, Certificates, url: String) {
    let server = try await Simulator.start(tls: true, host: "127.0.0.2")
    return (server, try #require(server.tls), server.url.replacing("127.0.0.1", with: "127.0.0.2"))
  }

  @Test func `is trusted only by its pin`() async throws {
    let (server, tls, url) = try await misnamed()
    let client = client(pin: tls.pin)
    #expect(try await client.send(Request(url: url)).status == 200)
    try await server.stop()
  }

  @Test func `is trusted by its CA file, with the right pin or none`() async throws {
    let (server, tls) = try await server()
    for pin in [nil, tls.pin] {
      #expect(try await client(caFile: tls.caFile, pin: pin).send(Request(url: server.url)).status == 200)
    }
    #expect(try await server.state().requests == 2)
  }

  @Test func `isn't trusted without CA file and pin`() async throws {
    let (server, _) = try await server()
    try await expectNoTrust(in: server.url, client())
    #expect(try await server.state().requests == 0)
  }

  @Test func `isn't trusted with the wrong pin`() async throws {
    let (server, tls) = try await server()
    try await expectNoTrust(in: server.url, client(pin: Self.wrongPin))
    try await expectNoTrust(in: server.url, client(caFile: tls.caFile, pin: Self.wrongPin))
    #expect(try await server.state().requests == 0)
  }

  @Test func `isn't trusted for another's name, whatever its pin`() async throws {
    let (server, tls, url) = try await misnamed()
    try await expectNoTrust(in: url, client(caFile: tls.caFile))
    try await expectNoTrust(in: url, client(caFile: tls.caFile, pin: tls.pin))
    try await server.stop()
  }

  @Test func `isn't trusted with a missing CA file`() async throws {
    let (server, _) = try await server()
    try await expectNoTrust(in: server.url, client(caFile: "/nonexistent.pem"))
    #expect(try await server.state().requests == 0)
  }

  private func expectNoTrust(in url: String, _ client: Client) async throws {
    let error = try #require(await failure(client, Request(url: url)))
    #expect(error.kind == .untrusted)
    #expect(!error.mayHaveArrived)
  }
}
