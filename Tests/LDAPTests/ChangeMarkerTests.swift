import LDAP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A change marker` {
  private static let people = "ou=people,dc=example,dc=com"

  @Test(arguments: [people, "OU=People, DC=Example, DC=com", "dc=example,dc=com"])
  func `differs after a change, and only then`(base: String) async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base + LDAPTests.people(1), config: "overlay syncprov")
    let connection = try await Connection.open(server(slapd))
    let marker = try #require(try await connection.changeMarker(over: [base]))
    #expect(try await connection.changeMarker(over: [base]) == marker)
    let another = try await Connection.open(server(slapd))
    #expect(try await another.changeMarker(over: [base]) == marker)

    try await slapd.modify("dn: uid=p0,\(Self.people)\nchangetype: modify\nreplace: sn\nsn: Neu\n")
    #expect(try await connection.changeMarker(over: [base]) != marker)
  }

  @Test func `is missing if the server has none`() async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base)
    let connection = try await Connection.open(server(slapd))
    #expect(try await connection.changeMarker(over: [Self.people]) == nil)
  }

  @Test func `is missing if this bind can't read it`() async throws {
    let slapd = try await Slapd.start(
      ldif: LDAPTests.base,
      config: "access to attrs=contextCSN by * none\naccess to * by * read\noverlay syncprov")
    let connection = try await Connection.open(server(slapd, bindDN: "", password: ""))
    #expect(try await connection.changeMarker(over: [Self.people]) == nil)
  }

  @Test(arguments: ["ou=people,dc=example,dc=org", "dc=badexample,dc=com", "", "rubbish"])
  func `is missing if one base is another server's`(base: String) async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base, config: "overlay syncprov")
    let connection = try await Connection.open(server(slapd))
    #expect(try await connection.changeMarker(over: [Self.people, base]) == nil)
  }
}
