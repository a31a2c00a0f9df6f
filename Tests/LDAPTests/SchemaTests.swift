import TestSupport
import Testing

@testable import LDAP

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
  func `suggests the nearest attribute`(written: String, meant: String?) async throws {
    let slapd = try await Slapd.start(ldif: base)
    let schema = try #require(try await Connection.open(server(slapd)).schema())
    #expect(schema.nearest(to: written) == meant)
  }

  @Test func `has the attributes that an entry may have by its classes and their superiors`() async throws {
    let slapd = try await Slapd.start(ldif: base)
    let classes = try #require(try await Connection.open(server(slapd)).objectClasses())
    #expect(classes.allow("mobile", in: ["top", "inetOrgPerson"]))
    #expect(classes.allow("TelephoneNumber", in: ["INETORGPERSON"]), "a class above has it")
    #expect(classes.allow("sn", in: ["2.5.6.6"]), "it must be there")
    #expect(!classes.allow("mobile", in: ["person", "account"]))
    #expect(!classes.allow("mobile", in: ["nothing", ""]) && !classes.allow("mobile", in: []))
  }

  @Test func `that the bind can't read is none`() async throws {
    let slapd = try await Slapd.start(
      ldif: base, globals: "access to dn.base=\"cn=Subschema\" by * none\naccess to * by * read")
    #expect(try await Connection.open(server(slapd)).schema() == nil)
  }

  @Test func `finds an entry's values by the requested name`() async throws {
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

  @Test func `distinguishes an attribute with a language option`() async throws {
    let entry =
      "dn: uid=a,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: a\ncn: Ελένη\nsn: Παππά\nsn;lang-en: Pappa\n\n"
    let slapd = try await Slapd.start(ldif: base + entry)
    let connection = try await Connection.open(server(slapd))
    let names = ["sn;lang-en", "sn", "surname;lang-en", "surname", "SURNAME;lang-de"]
    try await connection.answer(toNames: Set(names))
    var asked = request()
    (asked.attributes, asked.filter) = (names, "(surname;lang-en=pappa)")
    let (found, _) = try await connection.search(asked, into: [[String?]]()) { found, entry in
      found.append(names.map { entry.first($0)?.text })
    }
    #expect(found == [["Pappa", "Παππά", "Pappa", "Παππά", nil]])
  }

  @Test func `makes a search with the server's own names`() async throws {
    let directory = try ScriptedDirectory { search in
      switch search.base {
      case "": [.entry("", ["subschemaSubentry": ["cn=s"]])]
      case "cn=s": [.entry("cn=s", ["attributeTypes": ["( 2.5.4.4 NAME ( 'sn' 'surname' ) )"]])]
      default: search.attributes == ["sn", "cn"] ? [.entry("cn=a", ["sn": ["A"]])] : []
      }
    }
    let connection = try await Connection.open(
      ConnectionSettings(
        uris: [directory.uri], connectTimeout: .seconds(10), operationTimeout: .seconds(60), idleTimeout: .seconds(60)))
    try await connection.answer(toNames: ["2.5.4.4", "surname", "cn"])
    var asked = request()
    asked.attributes = ["2.5.4.4", "cn", "Surname"]
    #expect(try await connection.search(asked, into: 0) { count, _ in count += 1 }.0 == 1)
    withExtendedLifetime(directory) {}
  }

  @Test(arguments: [
    ("(&(2.5.4.4=a)(!(SURNAME~=b))(cn=surname))", "(&(sn=a)(!(sn~=b))(cn=surname))"),
    ("(surname:caseExactMatch:=a)", "(sn:caseExactMatch:=a)"), ("(surname;lang-de=*)", "(sn;lang-de=*)"),
    ("(:dn:2.4.6.8:=a)", "(:dn:2.4.6.8:=a)"), ("( surname=a)", "( surname=a)"), ("(", "("), ("", ""),
  ])
  func `renames a filter's attributes`(filter: String, expected: String) {
    #expect(renamed(filter, ["surname": "sn", "2.5.4.4": "sn"]) == expected)
  }
}
