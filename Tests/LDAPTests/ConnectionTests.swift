import LDAP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A connection` {
  @Test func `opens in plain, with StartTLS and over LDAPS`() async throws {
    let slapd = try await Slapd.start(ldif: base)
    for server in [
      server(slapd), server(slapd, startTLS: true, caFile: slapd.caFile),
      server(slapd, uris: [slapd.ldapsURI], caFile: slapd.caFile),
    ] {
      let connection = try await Connection.open(server)
      #expect(try await connection.read("dc=example,dc=com", attributes: ["o"])?.first("o")?.text == "Example")
    }
  }

  @Test(arguments: [true, false])
  func `refuses a certificate of another CA`(startTLS: Bool) async throws {
    let slapd = try await Slapd.start(ldif: base)
    let uri = startTLS ? slapd.ldapURI : slapd.ldapsURI
    let error = await openingError(server(slapd, uris: [uri], startTLS: startTLS, caFile: slapd.wrongCAFile))
    #expect(error?.kind == .untrusted)
    #expect(error?.remedy.contains("ca_file") == true)
  }

  @Test func `refuses a certificate that doesn't name the host`() async throws {
    let slapd = try await Slapd.start(ldif: base)
    let uri = slapd.ldapsURI.replacing("127.0.0.1", with: "127.0.0.2")
    let error = await openingError(server(slapd, uris: [uri], caFile: slapd.caFile))
    #expect(error?.kind == .untrusted || error?.kind == .unreachable)
  }

  @Test func `isn't opened with a wrong password, nor tried on the next server`() async throws {
    let slapd = try await Slapd.start(ldif: base)
    let error = await openingError(
      server(slapd, uris: [slapd.ldapURI, "ldap://127.0.0.1:1"], password: "wrong"))
    #expect(error?.kind == .badCredentials)
    #expect(error?.detail.contains("127.0.0.1:1") == false || slapd.ldapURI.contains("127.0.0.1:1"))
    #expect(error?.description.contains("wrong") == false)
  }

  @Test func `isn't opened with a DN and no password, which would be anonymous`() async throws {
    let slapd = try await Slapd.start(ldif: base)
    #expect(await openingError(server(slapd, password: ""))?.kind == .badCredentials)
  }

  @Test func `is anonymous without a DN`() async throws {
    let slapd = try await Slapd.start(ldif: base)
    let connection = try await Connection.open(server(slapd, bindDN: "", password: ""))
    #expect(try await connection.read("dc=example,dc=com", attributes: ["o"]) != nil)
  }

  @Test func `is made to the first server that answers`() async throws {
    let slapd = try await Slapd.start(ldif: base)
    let closed = try ScriptedServer(listening: false)
    defer { closed.stop() }
    let connection = try await Connection.open(
      server(slapd, uris: ["ldap://127.0.0.1:\(closed.port)", slapd.ldapURI]))
    #expect(connection.uri == slapd.ldapURI)
  }

  @Test func `names each server if none answers`() async throws {
    let slapd = try await Slapd.start(ldif: base)
    let closed = try (0..<2).map { _ in try ScriptedServer(listening: false) }
    defer { for server in closed { server.stop() } }
    let uris = closed.map { "ldap://127.0.0.1:\($0.port)" }
    let error = await openingError(server(slapd, uris: uris))
    #expect(error?.kind == .unreachable)
    for uri in uris { #expect(error?.detail.contains(uri) == true) }
  }

  @Test(arguments: [("ldap", false), ("ldap", true), ("ldaps", false)])
  func `gives up on a server that never answers`(scheme: String, startTLS: Bool) async throws {
    let silence = try ScriptedServer { _ in .silence }
    defer { silence.stop() }
    let slapd = try await Slapd.start(ldif: base)
    var server = server(
      slapd, uris: ["\(scheme)://127.0.0.1:\(silence.port)"], startTLS: startTLS, idle: .milliseconds(200))
    server.connectTimeout = .milliseconds(500)
    let error = await openingError(server)
    #expect(error?.kind == .timedOut)
  }

  @Test(arguments: [20, 1000], ["ldap", "ldaps"])
  func `gives up on a server that falls silent in the TLS handshake`(bytes: Int, scheme: String) async throws {
    let slapd = try await Slapd.start(ldif: base)
    let uri = scheme == "ldap" ? slapd.ldapURI : slapd.ldapsURI
    let proxy = try CuttingProxy(to: uri, after: bytes, isSilent: true)
    var server = server(
      slapd, uris: [proxy.uri.replacing("ldap:", with: "\(scheme):")], startTLS: scheme == "ldap", caFile: slapd.caFile)
    server.connectTimeout = .seconds(3)
    let error = await openingError(server)
    #expect(error?.kind == .timedOut)
    #expect(error?.detail.contains("handshake") == true)
  }

  @Test func `gives up on many silent servers at once, without delaying others`() async throws {
    let silence = try ScriptedServer { _ in .silence }
    defer { silence.stop() }
    let slapd = try await Slapd.start(ldif: base)
    var server = server(slapd, uris: ["ldaps://127.0.0.1:\(silence.port)"])
    server.connectTimeout = .seconds(1)
    let kinds = await withTaskGroup(of: LDAPError.Kind?.self) { [server] group in
      for _ in 0..<16 { group.addTask { await openingError(server)?.kind } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(kinds == Array(repeating: .timedOut, count: 16))
  }

  @Test func `finds the server's identity attribute in its schema`() async throws {
    let slapd = try await Slapd.start(ldif: base + people(20))
    let connection = try await Connection.open(server(slapd))
    let attribute = try await connection.identityAttribute()
    #expect(attribute == .entryUUID)
    #expect(try await connection.rootDSE().family == .openLDAP)
    let (ids, _) = try await connection.search(request(attributes: ["entryUUID"]), into: Set<String>()) { ids, entry in
      if let id = attribute.id(of: entry) { ids.insert(id) }
    }
    #expect(ids.count == 20)
  }

  @Test func `distinguishes a missing or invisible entry from a failure`() async throws {
    let slapd = try await Slapd.start(
      ldif: base + people(1),
      config: "access to dn.subtree=\"ou=people,dc=example,dc=com\" by * none\naccess to * by * read")
    let root = try await Connection.open(server(slapd))
    #expect(try await root.read("uid=p0,ou=people,dc=example,dc=com", attributes: ["1.1"]) != nil)
    #expect(try await root.read("uid=nobody,ou=people,dc=example,dc=com", attributes: ["1.1"]) == nil)
    let anonymous = try await Connection.open(server(slapd, bindDN: "", password: ""))
    #expect(try await anonymous.read("uid=p0,ou=people,dc=example,dc=com", attributes: ["1.1"]) == nil)
  }
}
