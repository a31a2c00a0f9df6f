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

  @Test func `don't take back what an incomplete read showed`() async throws {
    let (it, other, _) = try await installation(person("a", "1001"))
    try await it.sync()
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try it.configure(directory: "canaries = [\"\(uid("gone"))\"]")
    #expect(try await it.calls { try await it.sync(expecting: 69) } == ["updateExt 1001"])
    try it.configure(servers: [other.ldapURI])
    #expect(try await it.calls { try await it.sync(expecting: 69) } == [])
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

  /// A domain controller of that name, whose one person has that surname.
  private func domainController(_ name: String, _ surname: String) throws -> ScriptedDirectory {
    try ScriptedDirectory { search in
      if search.base.isEmpty {
        return [
          .entry(
            "",
            [
              "supportedCapabilities": ["1.2.840.113556.1.4.800"], "defaultNamingContext": ["dc=example,dc=com"],
              "namingContexts": ["dc=example,dc=com"], "supportedControl": ["1.2.840.113556.1.4.319"],
              "dnsHostName": [name],
            ])
        ]
      }
      guard search.attributes.contains("telephoneNumber") else { return [.entry(search.base, [:])] }
      return [
        .entry(
          "cn=ada,ou=people,dc=example,dc=com",
          [
            "objectGUID": ["0123456789abcdef"], "givenName": ["Ada"], "sn": [surname], "mail": ["ada@example.com"],
            "telephoneNumber": ["+49 30 9018 1001"], "userAccountControl": ["512"],
          ])
      ]
    }
  }

  @Test func `that say who they are have the one asked again that was read last, and doctor says what to do`()
    async throws
  {
    let controllers = [
      try domainController("dc1.example.com", "Neu"), try domainController("dc2.example.com", "Alt"),
    ]
    let proxy = try AlternatingProxy(to: controllers.map(\.uri))
    let it = try await Installation()
    try it.configure(servers: [proxy.uri], contacts: "")
    #expect(try await it.calls { for _ in 0..<5 { try await it.sync() } } == ["addExt 1001"])
    let said = try await it.command(
      "doctor", expecting: 1, saying: "several servers have this name: dc1.example.com, dc2.example.com")
    #expect(said.contains("name each of them in [directory] servers"))
    withExtendedLifetime((controllers, proxy)) {}
  }
}
