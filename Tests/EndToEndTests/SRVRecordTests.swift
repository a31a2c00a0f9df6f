import Foundation
import TestSupport
import Testing

/// Two directories with the same people, of which DNS lists what a test wants.
@Suite(
  .timeLimit(.minutes(15)),
  .enabled("DNS's port can be taken, and unshare(1) may make mounts") { try await NameServer.canRun() })
struct `With servers that DNS lists` {
  private static let ann = person("ann", "1001", extra: "entryUUID: 5d4e9d6a-0001-4d0c-9a2a-000000000001\n")
  private static let bob = person("bob", "1002", extra: "entryUUID: 5d4e9d6a-0002-4d0c-9a2a-000000000002\n")

  private let it: Installation
  private let second: Slapd
  private let names: NameServer

  init() async throws {
    it = try await Installation(Self.ann + Self.bob)
    // The same authority for both, so that one ca_file does.
    second = try await Slapd.start(ldif: Installation.base + Self.ann)
    names = try await NameServer()
    try configure("allow_plaintext = true")
    try it.write("ldap-password", it.slapd.password)
  }

  private func configure(_ directory: String, srv: String = "example.com") throws {
    try it.configure(contacts: "")
    let text = try it.configuration()
    let lines = text.split(separator: "\n").map { line in
      line.hasPrefix("servers") ? "srv = \"\(srv)\"\n\(directory)" : String(line)
    }
    // Anonymous, because each slapd has a password of its own.
    try it.write(
      "pbxsyncd.toml",
      lines.filter { !$0.hasPrefix("bind_") }.joined(separator: "\n"))
  }

  private func port(_ uri: String) -> Int { Int(uri.split(separator: ":").last ?? "") ?? 0 }

  private func list(_ first: Int, _ second: Int, weights: (Int, Int) = (1, 1)) throws {
    try names.list([
      (first, weights.0, port(it.slapd.ldapURI), "ldap1.example.com"),
      (second, weights.1, port(self.second.ldapURI), "ldap2.example.com"),
    ])
  }

  private func run(_ words: String...) async throws -> ChildProcess.Finished {
    let all = names.command([Installation.binary, "--config", it.configurationFile] + words)
    return try await ChildProcess.run("/usr/bin/env", all)
  }

  private func sync(_ status: Int32, at place: SourceLocation = #_sourceLocation) async throws -> Report {
    let finished = try await run("--sync-now", "--json")
    #expect(finished.exitStatus == status, "\(finished.output)\(finished.errors)", sourceLocation: place)
    return try JSONDecoder().decode(Report.self, from: Data(finished.output.utf8))
  }

  @Test func `a first server that fails hands over to the second, which removes nobody at first`() async throws {
    try list(0, 10)
    #expect(try await sync(0).counts.added == 2)
    try await it.slapd.stop()
    // The second doesn't have Bob: he is held, and no limit but this one could do so.
    let changed = try await sync(4)
    #expect(changed.counts.deleted == 0 && changed.held.flatMap(\.objects).map(\.number) == ["1002"])
    #expect(changed.held[0].limit.contains("another directory server answers: ldap://ldap2.example.com"), "\(changed)")
    // It is the view of the directory from now on, and Bob stays until an admin decides.
    let held = try await sync(4)
    #expect(held.counts.deleted == 0)
    #expect(try await run("approve", held.held[0].name).exitStatus == 0)
    #expect(try await sync(0).counts.deleted == 1)
    // The first is there again and has priority: Bob is back.
    try await it.slapd.restart()
    #expect(try await sync(0).counts.added == 1)
  }

  @Test func `among equals the one that answered last goes on answering`() async throws {
    try list(0, 0, weights: (60_000, 1))
    try await it.slapd.stop()
    #expect(try await sync(0).counts.added == 1)
    try await it.slapd.restart()
    for _ in 0..<3 {
      let report = try await sync(0)
      #expect(report.counts.added == 0 && report.counts.requests == 0)
    }
    // DNS lists it no more.
    try names.list([(0, 1, port(it.slapd.ldapURI), "ldap1.example.com")])
    #expect(try await sync(0).counts.added == 1)
  }

  @Test func `without a server in DNS nothing is read and nobody removed`() async throws {
    try list(0, 10)
    _ = try await sync(0)
    try names.list([])
    let none = try await sync(69)
    #expect(none.changes.isEmpty)
    #expect(none.error?.message.contains("DNS has no SRV record _ldap._tcp.example.com") == true, "\(none)")
  }

  @Test func `a certificate must name the host that DNS gives, by StartTLS and by LDAPS`() async throws {
    for isStartTLS in [true, false] {
      let uri = isStartTLS ? it.slapd.ldapURI : it.slapd.ldapsURI
      try configure(
        "ca_file = \"\(it.slapd.caFile)\"\nstarttls = \(isStartTLS)",
        srv: isStartTLS ? "example.com" : "_ldaps._tcp.example.com")
      try names.list([(0, 0, port(uri), "ldap1.example.com")])
      let good = try await run("--sync-now", "--dry-run")
      #expect(good.exitStatus == 2, "\(good.output)\(good.errors)")
      try names.list([(0, 0, port(uri), "other.example.com")])
      let bad = try await run("--sync-now", "--dry-run")
      #expect(bad.exitStatus == 69 && bad.errors.contains("ca_file"), "\(bad.output)\(bad.errors)")
    }
  }

  @Test func `doctor tries each that DNS lists`() async throws {
    try names.list([
      (0, 1, port(it.slapd.ldapURI), "ldap1.example.com"), (5, 1, port(second.ldapURI), "ldap2.example.com"),
    ])
    let said = try await run("doctor").output
    let uris = [it.slapd, second].enumerated().map { "ldap://ldap\($0 + 1).example.com:\(port($1.ldapURI))" }
    #expect(said.contains("ok    DNS SRV _ldap._tcp.example.com: \(uris.joined(separator: ", "))"), "\(said)")
    for uri in uris { #expect(said.contains("ok    \(uri), connection and bind"), "\(said)") }
  }
}
