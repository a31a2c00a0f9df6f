import HTTP
import TestSupport
import Testing

@Suite struct `A server that signed its own certificate` {
  private static let wrongPin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

  private func client(caFile: String? = nil, pin: String? = nil) -> Client {
    Client(
      ClientSettings(
        connectTimeout: .seconds(10), requestTimeout: .seconds(20), caFile: caFile, pinnedPublicKey: pin))
  }

  /// The certificate names another host, so that only the pin can be why it's trusted.
  @Test func `is trusted by its pin alone`() async throws {
    let server = try await TLSServer(name: "DNS:other.example.com")
    defer { server.stop() }
    let client = client(pin: server.pin)
    let url = try await server.url
    #expect(try await client.send(Request(url: url)).body == Array("{}".utf8))
    #expect(try await client.send(Request(url: url)).status == 200)
    #expect(server.requests == 2)
  }

  @Test func `is trusted by its CA file, with the right pin or none`() async throws {
    let server = try await TLSServer()
    defer { server.stop() }
    let url = try await server.url
    for pin in [nil, server.pin] {
      let response = try await client(caFile: server.certificate, pin: pin).send(Request(url: url))
      #expect(response.status == 200)
    }
  }

  @Test func `isn't trusted with nothing that speaks for it`() async throws {
    let server = try await TLSServer()
    defer { server.stop() }
    try await expectNoTrust(in: server, client())
  }

  @Test func `isn't trusted with the wrong pin`() async throws {
    let server = try await TLSServer()
    defer { server.stop() }
    try await expectNoTrust(in: server, client(pin: Self.wrongPin))
    try await expectNoTrust(in: server, client(caFile: server.certificate, pin: Self.wrongPin))
  }

  @Test func `isn't trusted for another's name, whatever its pin`() async throws {
    let server = try await TLSServer(name: "DNS:other.example.com")
    defer { server.stop() }
    try await expectNoTrust(in: server, client(caFile: server.certificate))
    try await expectNoTrust(in: server, client(caFile: server.certificate, pin: server.pin))
  }

  @Test func `isn't trusted by a CA file that isn't there`() async throws {
    let server = try await TLSServer()
    defer { server.stop() }
    try await expectNoTrust(in: server, client(caFile: "/nonexistent.pem"))
  }

  private func expectNoTrust(in server: TLSServer, _ client: Client) async throws {
    let error = try #require(await failure(client, Request(url: try await server.url)))
    #expect(error.kind == .untrusted)
    #expect(!error.mayHaveArrived)
    #expect(server.requests == 0)
  }
}
