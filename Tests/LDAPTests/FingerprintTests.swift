import LDAP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `An entry's fingerprint` {
  private static let dn = "uid=p0,ou=people,dc=example,dc=com"

  private func fingerprint(_ connection: Connection) async throws -> UInt64 {
    let request = SearchRequest(
      base: Self.dn, scope: .base, filter: "(objectClass=*)", attributes: ["cn", "sn", "description"], pageSize: 0)
    let found = try await connection.search(
      request, into: [UInt64?](),
      choosing: { found, fingerprint in
        found.append(fingerprint)
        return .skip
      }, { _, _ in })
    return try #require(found.0.first ?? nil)
  }

  @Test(arguments: [
    ("replace: sn\nsn: Neu\n", true), ("replace: cn\ncn: Person\n", true), ("add: description\ndescription: x\n", true),
    ("add: description\ndescription: x\ndescription: y\n", true),
    ("add: telephoneNumber\ntelephoneNumber: 1\n", false),
  ]) func `changes with each requested value, and with no other`(change: String, changes: Bool) async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base + LDAPTests.people(2))
    let connection = try await Connection.open(server(slapd))
    let before = try await fingerprint(connection)
    #expect(try await fingerprint(connection) == before)
    try await slapd.modify("dn: \(Self.dn)\nchangetype: modify\n" + change)
    #expect(try await (fingerprint(connection) != before) == changes)
  }

  @Test func `is different for each entry, and part of chosen ones`() async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base + LDAPTests.people(30))
    let connection = try await Connection.open(server(slapd))
    let (seen, result) = try await connection.search(
      request(pageSize: 7), into: (offered: [UInt64?](), taken: [UInt64?]()),
      choosing: { seen, fingerprint in
        seen.offered.append(fingerprint)
        return seen.offered.count.isMultiple(of: 2) ? .read : .skip
      }
    ) { seen, entry in seen.taken.append(entry.fingerprint) }
    #expect(Set(seen.offered).count == 30 && !seen.offered.contains(nil))
    let everySecond = stride(from: 1, to: 30, by: 2)
    #expect(seen.taken == everySecond.map { seen.offered[$0] })
    #expect(result?.entries == 30 && result?.pages == 5)
  }

  @Test func `may end the search, and the connection stays usable`() async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base + LDAPTests.people(30))
    let connection = try await Connection.open(server(slapd))
    let (count, result) = try await connection.search(
      request(pageSize: 7), into: 0,
      choosing: { count, _ in
        count += 1
        return count < 10 ? .skip : .end
      }, { _, _ in })
    #expect(count == 10 && result == nil)
    #expect(try await connection.search(request(), into: 0) { count, _ in count += 1 }.0 == 30)
  }
}
