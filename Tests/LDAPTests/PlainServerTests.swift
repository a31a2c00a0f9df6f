import Synchronization
import TestSupport
import Testing

@testable import LDAP

/// Servers that lack what others have: pages, a root DSE, a schema, an id of their own.
@Suite(.timeLimit(.minutes(15))) struct `A server with few features` {
  private static let paging = "1.2.840.113556.1.4.319"

  /// A session, once it is known what the server says about itself.
  private func open(
    _ rootDSE: [String: [String]]?,
    _ script: @escaping @Sendable (ScriptedDirectory.Search) -> [ScriptedDirectory.Answer]
  ) async throws -> (Connection, ScriptedDirectory) {
    let directory = try ScriptedDirectory { search in
      if search.base.isEmpty { return rootDSE.map { [.entry("", $0)] } ?? [.result(32)] }
      return script(search)
    }
    let connection = try await Connection.open(
      ConnectionSettings(
        uris: [directory.uri], connectTimeout: .seconds(10), operationTimeout: .seconds(60), idleTimeout: .seconds(60)))
    _ = try await connection.rootDSE()
    return (connection, directory)
  }

  private func count(_ connection: Connection) async throws -> Int {
    try await connection.search(request(), into: 0) { count, _ in count += 1 }.0
  }

  @Test func `is read without paging after it has refused it, and isn't asked for it again`() async throws {
    let paged = Mutex(0)
    let (connection, directory) = try await open([:]) { search in
      if !search.controls.contains(Self.paging) { return [.entry("cn=a", [:]), .entry("cn=b", [:])] }
      paged.withLock { $0 += 1 }
      return [.result(12)]
    }
    for _ in 0..<2 { #expect(try await count(connection) == 2) }
    #expect(paged.withLock { $0 } == 1)
    #expect(await connection.pageSize(500) == 0)
    withExtendedLifetime(directory) {}
  }

  @Test func `isn't asked for paging if it lists none`() async throws {
    let (connection, directory) = try await open(["supportedControl": ["1.2.3"]]) { search in
      search.controls.isEmpty ? [.entry("cn=a", [:])] : [.result(2, "an unknown control")]
    }
    #expect(try await count(connection) == 1)
    withExtendedLifetime(directory) {}
  }

  @Test func `gives no data if it refuses the second page`() async throws {
    let number = Mutex(0)
    let (connection, directory) = try await open([:]) { _ in
      let isFirst = number.withLock { number in
        number += 1
        return number == 1
      }
      return isFirst ? [.entry("cn=a", [:]), .cookie("next")] : [.result(12)]
    }
    #expect(await searchError(connection, request())?.code == 12)
    withExtendedLifetime(directory) {}
  }

  @Test func `is asked for an attribute if it ends a search for none after the first page`() async throws {
    let number = Mutex(0)
    let (connection, directory) = try await open(["vendorName": ["Apache Software Foundation"]]) { search in
      let isFirst = number.withLock { number in
        number += 1
        return number == 1
      }
      return [.entry("cn=\(isFirst ? "a" : "b")", [:])]
        + (isFirst && search.attributes != ["1.1"] ? [.cookie("next")] : [])
    }
    let request = SearchRequest(base: "dc=a", scope: .sub, filter: "(cn=*)", attributes: ["1.1"], pageSize: 1)
    #expect(try await connection.search(request, into: 0) { count, _ in count += 1 }.0 == 2)
    withExtendedLifetime(directory) {}
  }

  @Test(arguments: [("Kanidm Project", true), ("389 Project", false)])
  func `may accept few attributes at once`(vendor: String, takesFew: Bool) {
    #expect(
      RootDSE(Entry(dn: "", attributes: [("vendorName", [AttributeValue(vendor)])])).limitsAttributes == takesFew)
  }

  @Test(arguments: [4, 11]) func `and a limit gives no data, with and without pages`(code: Int) async throws {
    let (connection, directory) = try await open([:]) { search in
      search.controls.contains(Self.paging) ? [.result(12)] : [.entry("cn=a", [:]), .result(code)]
    }
    #expect(await searchError(connection, request())?.kind == .limitExceeded)
    withExtendedLifetime(directory) {}
  }

  @Test(arguments: [32, 50, 53]) func `needs no readable root DSE`(code: Int) async throws {
    let directory = try ScriptedDirectory { search in
      search.base.isEmpty ? [.result(code)] : [.entry("uid=a", ["uid": ["A"]])]
    }
    let connection = try await Connection.open(
      ConnectionSettings(
        uris: [directory.uri], connectTimeout: .seconds(10), operationTimeout: .seconds(60), idleTimeout: .seconds(60)))
    #expect(try await connection.rootDSE().isHidden)
    #expect(try await count(connection) == 1)
    #expect(try await connection.changeMarker(over: ["dc=a"]) == nil)
    #expect(try await connection.listen(over: ["dc=a"], knowing: IdentityAttribute("uid")) == nil)
    #expect(await connection.isAlive())
    let error = await #expect(throws: LDAPError.self) { _ = try await connection.identityAttribute() }
    #expect(error?.kind == .unknownIdentity && error?.remedy.contains("[directory] identity") == true)
    withExtendedLifetime(directory) {}
  }

  @Test(
    arguments: [
      (["( 1.3.18.0.2.4.1780 NAME 'ibm-entryUUID' )"], "ibm-entryUUID"),
      (["( 2.16.840.1.113719.1.1.4.1.501 NAME 'GUID' )"], "GUID"), (["( 1.2.3 NAME 'uid' )"], nil), ([], nil),
    ] as [([String], String?)]) func `has the immutable ID of its schema, if known`(
      types: [String], name: String?
    ) async throws
  {
    let (connection, directory) = try await open(["subschemaSubentry": ["cn=schema"]]) { _ in
      [.entry("cn=schema", ["attributeTypes": types])]
    }
    if let name {
      #expect(try await connection.identityAttribute().name == name)
    } else {
      let error = await #expect(throws: LDAPError.self) { _ = try await connection.identityAttribute() }
      #expect(
        error?.kind == .unknownIdentity && error?.detail.contains(types.isEmpty ? "shows no schema" : "known") == true)
    }
    withExtendedLifetime(directory) {}
  }

  @Test func `may be a slapd that hides its root DSE and its schema`() async throws {
    let slapd = try await Slapd.start(
      ldif: base + people(3),
      globals: "access to dn.base=\"\" by * none\naccess to dn.base=\"cn=Subschema\" by * none\naccess to * by * read")
    let connection = try await Connection.open(server(slapd))
    #expect(try await connection.rootDSE().isHidden)
    #expect(try await count(connection) == 3)
    let id = try #require(
      try await connection.read("uid=p0,ou=people,dc=example,dc=com", attributes: ["entryUUID"]).flatMap {
        IdentityAttribute.entryUUID.id(of: $0)
      })
    #expect(
      try await connection.name(ofID: id, .entryUUID, below: ["dc=example,dc=com"])
        == "uid=p0,ou=people,dc=example,dc=com")
  }
}
