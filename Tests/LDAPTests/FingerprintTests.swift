import LDAP
import TestSupport
import Testing

@Suite struct `An entry's fingerprint` {
  private static let dn = "uid=p0,ou=people,dc=example,dc=com"

  private func fingerprint(_ connection: Connection) async throws -> UInt64 {
    try #require(try await connection.read(Self.dn, attributes: ["cn", "sn", "description"])?.fingerprint)
  }

  @Test(arguments: [
    ("replace: sn\nsn: Neu\n", true), ("replace: cn\ncn: Person\n", true), ("add: description\ndescription: x\n", true),
    ("add: description\ndescription: x\ndescription: y\n", true),
    ("add: telephoneNumber\ntelephoneNumber: 1\n", false),
  ]) func `changes with each value that is asked for, and with no other`(change: String, changes: Bool) async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base + LDAPTests.people(2))
    let connection = try await Connection.open(server(slapd))
    let before = try await fingerprint(connection)
    #expect(try await fingerprint(connection) == before)
    try await slapd.modify("dn: \(Self.dn)\nchangetype: modify\n" + change)
    #expect(try await (fingerprint(connection) != before) == changes)
  }

  @Test func `is another one for each entry, and what a comparison hands on`() async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base + LDAPTests.people(30))
    let connection = try await Connection.open(server(slapd))
    let request = request(pageSize: 7)
    let read = try await connection.search(request, into: Set<UInt64?>()) { $0.insert($1.fingerprint) }.0
    #expect(read.count == 30 && !read.contains(nil))
    let (compared, result) = try await connection.compare(request, with: Set<UInt64?>()) { set, fingerprint in
      set.insert(fingerprint)
      return true
    }
    #expect(compared == read)
    #expect(result?.entries == 30 && result?.pages == 5)
  }

  @Test func `that isn't known ends a comparison, and the session goes on`() async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base + LDAPTests.people(30))
    let connection = try await Connection.open(server(slapd))
    let (count, result) = try await connection.compare(request(pageSize: 7), with: 0) { count, _ in
      count += 1
      return count < 10
    }
    #expect(count == 10 && result == nil)
    #expect(try await connection.search(request(), into: 0) { count, _ in count += 1 }.0 == 30)
  }
}
