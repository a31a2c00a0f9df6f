import Foundation
import TestSupport
import Testing

/// A load balancer, of which each connection may lead to another server; they differ for a while after each change.
@Suite(.timeLimit(.minutes(15))) struct `Several servers behind one name` {
  private static let watched = "overlay syncprov"

  /// Two with the same people.
  private func installation(_ people: String) async throws -> (Installation, other: Slapd, AlternatingProxy) {
    let it = try await Installation(people, slapd: Self.watched)
    // It has written its number down then, so that the copy has it too.
    try await it.slapd.modify(replace(uid("a"), "description", "first"))
    let other = try await it.slapd.copy(config: Self.watched)
    return (it, other, try AlternatingProxy(to: [it.slapd.ldapURI, other.ldapURI]))
  }

  @Test func `don't make the PBX change to and fro while one lags behind`() async throws {
    let (it, other, proxy) = try await installation(person("a", "1001"))
    try it.configure(servers: [proxy.uri])
    try await it.sync()
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    // Whichever is asked first, it is the newer one that counts once it was seen.
    var calls: [String] = []
    for _ in 0..<4 { calls += try await it.calls { try await it.sync() } }
    #expect(calls == ["updateExt 1001"])
    #expect(try await it.pbx.state().extensions.map(\.lastName) == ["Neu"])
    withExtendedLifetime((other, proxy)) {}
  }

  @Test(arguments: [true, false])
  func `have each change reach the PBX, whichever of them is listened to`(otherFirst: Bool) async throws {
    let (it, other, proxy) = try await installation(person("a", "1001"))
    try it.configure(servers: [proxy.uri], schedule: "poll = \"2s\"")
    let service = try Service(it)
    try await service.runs(1)
    let change = replace(uid("a"), "sn", "Neu")
    if otherFirst { try await other.modify(change) } else { try await it.slapd.modify(change) }
    // The other one comes to know of it a poll later.
    try await Task.sleep(for: .seconds(3))
    if otherFirst { try await it.slapd.modify(change) } else { try await other.modify(change) }
    try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["Neu"] }
    #expect(await service.stop() == 0)
    withExtendedLifetime((other, proxy)) {}
  }
}
