import Synchronization
import TestSupport
import Testing
import Text

@testable import LDAP

private let paging = "1.2.840.113556.1.4.319"

/// What a server says wrongly, without an end or without measure gives no data, in time, and ends no process.
@Suite(.timeLimit(.minutes(15))) struct `An answer that can't be read` {
  private func search(
    operationTimeout: Duration = .seconds(60), idleTimeout: Duration = .seconds(30),
    _ answers: [ScriptedDirectory.Answer]
  ) async throws -> LDAPError? {
    let directory = try ScriptedDirectory { _ in answers }
    defer { withExtendedLifetime(directory) {} }
    let server = ConnectionSettings(
      uris: [directory.uri], connectTimeout: .seconds(10), operationTimeout: operationTimeout, idleTimeout: idleTimeout)
    let connection = try await Connection.open(server)
    return await #expect(throws: LDAPError.self) {
      try await connection.search(
        SearchRequest(base: "dc=a", scope: .sub, filter: "(cn=*)", attributes: [], pageSize: 100), into: 0
      ) { count, _ in count += 1 }
    }
  }

  @Test(
    arguments: [
      nil, [], [0x30], [0x30, 0x00], [0x30, 0x05, 0x02, 0x01], [0xFF, 0xFF, 0xFF], [0x30, 0x03, 0x04, 0x01, 0x41],
      [0x30, 0x06, 0x02, 0x01, 0x00, 0x04, 0x7F, 0x41],
    ] as [[UInt8]?])
  func `isn't the last page because its paging control is empty`(value: [UInt8]?) async throws {
    let error = try await search([.entry("cn=a", [:]), .control(paging, value)])
    #expect(error?.description.contains("paging control") == true)
  }

  @Test(
    arguments: [
      // Its second attribute is cut short, has no set, or isn't there where the length says so.
      [0x04, 0x04] + Array("cn=a".utf8) + [0x30, 0x0B, 0x30, 0x07, 4, 1, 0x61, 0x31, 2, 4, 0, 0x30, 0x7F],
      [0x04, 0x04] + Array("cn=a".utf8) + [0x30, 0x0E, 0x30, 0x07, 4, 1, 0x61, 0x31, 2, 4, 0, 0x30, 0x03, 4, 1, 0x62],
      [0x04, 0x04] + Array("cn=a".utf8) + [0x30, 0x0C, 0x30, 0x08, 4, 1, 0x61, 0x31, 3, 4, 9, 0x41, 0, 0],
      [0x04, 0x7F], [],
    ] as [[UInt8]])
  func `is no entry that has lost its attributes`(body: [UInt8]) async throws {
    let error = try await search([.operation(tag: 0x64, body)])
    #expect(error?.description.contains("can't be read") == true)
  }

  // libldap itself returns a message's tag where it has 0 for a timeout and -1 for a lost connection.
  @Test(arguments: [0x00, 0x40, 0x61, 0x78] as [UInt8])
  func `is of another kind than the parts of a search have`(tag: UInt8) async throws {
    let error = try await search([.entry("cn=a", [:]), .operation(tag: tag, [0x04, 0x00])])
    #expect(error?.kind == .other && error?.detail.contains("can't be read") == true, "\(String(describing: error))")
  }

  @Test func `is no reference to nowhere`() async throws {
    #expect(try await search([.operation(tag: 0x73, [0x04, 0x7F])]) != nil)
  }

  @Test func `is none of more than 64 MiB`() async throws {
    // A message of 2 GiB, which never comes.
    #expect(try await search([.bytes([0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xF0, 0x02, 0x01, 0x02])])?.kind == .cutOff)
  }

  @Test(
    arguments: [
      .entry("cn=a", ["cn": ["a"]]), .reference("ldap://127.0.0.1/dc=b"),
      .operation(tag: 0x79, [0x80, 0x03] + Array("1.2".utf8)),
    ] as [ScriptedDirectory.Answer])
  func `without an end ends with its timeout`(answer: ScriptedDirectory.Answer) async throws {
    let error = try await search(operationTimeout: .seconds(1), [.forever(answer)])
    #expect(error?.kind == .timedOut)
    #expect(error?.detail.contains("operation_timeout") == true)
  }

  @Test func `that arrives byte by byte ends with its timeout`() async throws {
    let error = try await search(
      operationTimeout: .seconds(1), idleTimeout: .seconds(1),
      [.bytes([0x30, 0x82, 0xFF, 0xFF]), .forever(.bytes([0x02]), pause: .milliseconds(100))])
    #expect(error?.kind == .timedOut)
  }

  @Test func `about itself has a maximum length`() {
    let values = ["dc=a", String(repeating: "x", count: 5000)].map { AttributeValue($0) }
    let entry = Entry(
      dn: "",
      attributes: [
        ("namingContexts", values), ("supportedControl", (0..<5000).map { AttributeValue("1.2.\($0)") }),
        ("vendorName", [values[1]]),
      ])
    let rootDSE = RootDSE(entry)
    #expect(rootDSE.namingContexts == ["dc=a"])
    #expect(rootDSE.supportedControls.count == 1000)
    #expect(rootDSE.vendorName == nil)
  }

  @Test func `has no control characters in the error, nor in that of the connection's end`() async throws {
    let directory = try ScriptedDirectory { search in
      search.base == "dc=a" ? [.result(53, "not\nnow\u{1B}[2J")] : [.close]
    }
    let connection = try await Connection.open(
      ConnectionSettings(
        uris: [directory.uri], connectTimeout: .seconds(10), operationTimeout: .seconds(60), idleTimeout: .seconds(60)))
    for base in ["dc=a", "dc=b"] {
      let error = await #expect(throws: LDAPError.self) { try await connection.read(base, attributes: []) }
      #expect(error?.description.unicodeScalars.allSatisfy { !$0.isInvisible } == true, "\(String(describing: error))")
    }
    // A group's member is a base too.
    #expect(LDAPError(.search, .other, code: 1, detail: "base \"cn=a\nb\"").detail == "base \"cn=a\\nb\"")
    withExtendedLifetime(directory) {}
  }

  @Test func `counts its references, and keeps the first`() async throws {
    let directory = try ScriptedDirectory { search in
      if search.base.isEmpty { return [.entry("", ["namingContexts": ["dc=a"]])] }
      return (0..<1500).map { .reference("ldap://127.0.0.1/dc=\($0)") }
    }
    defer { withExtendedLifetime(directory) {} }
    let server = ConnectionSettings(
      uris: [directory.uri], connectTimeout: .seconds(10), operationTimeout: .seconds(60), idleTimeout: .seconds(60))
    let connection = try await Connection.open(server)
    let result = try await connection.search(
      SearchRequest(base: "dc=a", scope: .sub, filter: "(cn=*)", attributes: [], pageSize: 0), into: 0
    ) { _, _ in }.1
    #expect(result.referralCount == 1500)
    #expect(result.referrals.count == 1000)
    #expect(try await connection.missingPart(of: result) == "ldap://127.0.0.1/dc=0")
  }
}
