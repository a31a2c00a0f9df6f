import LDAP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A server's schema` {
  @Test func `knows an attribute by each of its names, and by its identifier`() async throws {
    let slapd = try await Slapd.start(ldif: base)
    let connection = try await Connection.open(server(slapd))
    let schema = try #require(try await connection.schema())
    for name in ["sn", "SURNAME", "2.5.4.4", "telephoneNumber;lang-de", "rfc822Mailbox", "entryUUID", "objectClass"] {
      #expect(schema.knows(name), "\(name)")
    }
    for name in ["moblie", "sm", "", ";", "2.5.4.4.99", "surname "] { #expect(!schema.knows(name), "\(name)") }
    #expect(schema.names(of: "surname") == ["sn", "surname", "2.5.4.4"])
  }

  @Test(arguments: [("moblie", "mobile"), ("mial", "mail"), ("telefonNumber", "telephoneNumber"), ("zzzzzzzz", nil)])
  func `says which attribute was probably meant`(written: String, meant: String?) async throws {
    let slapd = try await Slapd.start(ldif: base)
    let schema = try #require(try await Connection.open(server(slapd)).schema())
    #expect(schema.nearest(to: written) == meant)
  }

  @Test func `that the bind can't see is none`() async throws {
    let slapd = try await Slapd.start(
      ldif: base, globals: "access to dn.base=\"cn=Subschema\" by * none\naccess to * by * read")
    #expect(try await Connection.open(server(slapd)).schema() == nil)
  }

  @Test func `has an entry's values found by the name that was asked for`() async throws {
    let slapd = try await Slapd.start(ldif: base + people(3))
    let connection = try await Connection.open(server(slapd))
    let names = ["userid", "0.9.2342.19200300.100.1.1", "sn"]
    try await connection.answer(toNames: Set(names))
    var asked = request()
    asked.attributes = names
    let (found, _) = try await connection.search(asked, into: [[String]]()) { found, entry in
      found.append(names.flatMap { entry.values($0).compactMap(\.text) })
    }
    #expect(found.first?.count == 3 && found.first?[0] == found.first?[1])
  }
}
