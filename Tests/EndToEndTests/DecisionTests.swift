import Foundation
import TestSupport
import Testing

/// Held removals wait for an admin, who decides on exactly what was shown.
@Suite struct `Held removals` {
  private static let strict = "complete_reads = 1\nafter = \"0s\"\nmax_percent = 0"

  private func held() async throws -> (Installation, name: String) {
    let it = try await Installation((0..<9).map { person("p\($0)", "100\($0)") }.joined())
    try await it.sync()
    try it.configure(removal: Self.strict)
    try await it.remove("p1")
    let report = try await it.sync(expecting: 4)
    return (it, try #require(report.held.first?.name))
  }

  @Test func `are listed by name, with whom they are about`() async throws {
    let (it, name) = try await held()
    let list = try await it.command("approve")
    #expect(list.contains(name) && list.contains("1001 p1 Muster"))
    try await it.command("status", saying: name)
  }

  @Test func `are made once they are approved`() async throws {
    let (it, name) = try await held()
    try await it.command("approve", name)
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 1001"])
    #expect(try await it.command("approve") == "Nothing is held.\n")
  }

  @Test func `are made of exactly the approved set`() async throws {
    let (it, name) = try await held()
    try await it.command("approve", name)
    try await it.remove("p2")
    let calls = try await it.calls {
      let report = try await it.sync(expecting: 4)
      #expect(report.held.first?.objects.map(\.number) == ["1001", "1002"])
    }
    #expect(calls == [], "another set needs another approval")
    try await it.command("approve", name, expecting: 1, saying: "it has changed")
    #expect(try await it.calls { try await it.sync(expecting: 4) } == [])
  }

  @Test func `are refused an approval for a set that never was`() async throws {
    let (it, name) = try await held()
    try await it.command("approve", "extensions-00000000", expecting: 1, saying: name)
    #expect(try await it.calls { try await it.sync(expecting: 4) } == [])
  }

  @Test func `are forgotten once they are rejected, and counted anew`() async throws {
    let (it, name) = try await held()
    try it.configure(removal: "complete_reads = 2\nafter = \"0s\"\nmax_percent = 0")
    try await it.command("reject", name)
    let report = try await it.sync()
    #expect(report.held.isEmpty && report.waiting.map(\.number) == ["1001"])
  }

  @Test func `end when the people come back`() async throws {
    let (it, _) = try await held()
    try await it.slapd.modify(person("p1", "1001").ldapAdd)
    // Made anew upstream with the same values: the extension is as wanted already.
    #expect(try await it.calls { try await it.sync() } == [])
    #expect(try await it.command("approve") == "Nothing is held.\n")
  }
}

@Suite struct `A changed view of the directory` {
  /// The 1-of-1660 case: a filter that matches one person of a whole company.
  @Test func `through a filter that matches one of 1660 removes nobody, and says why`() async throws {
    let it = try await Installation((0..<1660).map { person("p\($0)", String(1000 + $0)) }.joined())
    try await it.sync()
    let typo = Settings.users.replacing("(objectClass=inetOrgPerson)", with: "(uid=p7)")
    try it.configure(users: typo, removal: "complete_reads = 1\nafter = \"0s\"")
    let calls = try await it.calls {
      let report = try await it.sync(expecting: 4)
      #expect(report.held.first?.objects.count == 1659)
      #expect(report.held.first?.limit.contains("1659 extensions are due") == true)
      for _ in 0..<3 { try await it.sync(expecting: 4) }
    }
    #expect(calls == [])
    #expect(try await it.pbx.state().extensions.count == 1660)
  }

  /// What changes in the configuration, and what is said about it.
  @Test(arguments: [
    ("(objectClass=inetOrgPerson)", "(&(objectClass=inetOrgPerson)(!(uid=p1)))", "the filter of"),
    ("base = \"ou=people,", "base = \"ou=berlin,ou=people,", "the base of"),
    ("filter =", "scope = \"one\"\n    filter =", "the scope of"),
  ])
  func `holds every removal once, whatever the limits`(old: String, new: String, reason: String) async throws {
    let berlin = """
      dn: ou=berlin,ou=people,dc=example,dc=com
      objectClass: organizationalUnit
      ou: berlin


      """
    let people = (0..<20).map {
      person("p\($0)", String(1000 + $0)).replacing("ou=people", with: "ou=berlin,ou=people")
    }
    let others = [person("p1", "1901"), person("x1", "1902")]
    let all =
      old.hasPrefix("filter")
      ? [others[1], people[1]] + (2..<20).map { person("q\($0)", String(1100 + $0)) } : people + [others[1]]
    let it = try await Installation(berlin + all.joined())
    try await it.sync()
    try it.configure(users: Settings.users.replacing(old, with: new))
    let calls = try await it.calls {
      let report = try await it.sync(expecting: 4)
      #expect(report.held.first?.limit.contains(reason) == true, "\(report.held)")
      #expect(report.held.first?.objects.count == 1)
    }
    #expect(calls == [])
    // Seen so a second time, the ordinary rules hold again.
    #expect(try await it.calls { try await it.sync() }.count == 1)
  }

  @Test func `through another bind identity holds every removal`() async throws {
    let it = try await Installation((0..<20).map { person("p\($0)", String(1000 + $0)) }.joined())
    try await it.sync()
    try await it.slapd.modify(
      """
      dn: cn=reader,dc=example,dc=com
      changetype: add
      objectClass: person
      objectClass: simpleSecurityObject
      cn: reader
      sn: reader
      userPassword: \(it.slapd.password)


      """)
    try await it.remove("p1")
    try it.write(
      "pbxsyncd.toml", try it.configuration().replacing(it.slapd.rootDN, with: "cn=reader,dc=example,dc=com"))
    let report = try await it.sync(expecting: 4)
    #expect(report.held.first?.limit.contains("read as \"cn=reader,dc=example,dc=com\"") == true)
  }
}

@Suite struct `A sharp fall in a source's entries` {
  @Test func `isn't believed until an admin accepts it`() async throws {
    let it = try await Installation((0..<40).map { person("p\($0)", String(1000 + $0)) }.joined())
    try await it.sync()
    for index in 0..<25 { try await it.remove("p\(index)") }
    let calls = try await it.calls {
      let report = try await it.sync(expecting: 69)
      #expect(report.summary.contains("gave 15 entries and 40 before"))
    }
    #expect(calls == [])
    let name = try #require(try await it.command("approve").split(separator: ":").first.map(String.init))
    #expect(name.hasPrefix("fall-"))
    try await it.command("approve", name)
    #expect(try await it.calls { try await it.sync() }.count == 25)
  }
}

@Suite struct `A freed number` {
  private func freed() async throws -> Installation {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002"))
    try it.configure(numbers: "rest = \"30d\"")
    try await it.sync()
    try await it.remove("ann")
    try await it.sync()
    return it
  }

  @Test func `rests before somebody else gets it`() async throws {
    let it = try await freed()
    try await it.slapd.modify(person("cleo", "1001").ldapAdd)
    let report = try await it.sync(expecting: 3)
    #expect(report.inTheWay.first?.reason?.contains("rests until") == true)
    #expect(try await it.pbx.state().extensions.count == 1)
    try it.configure()
    #expect(try await it.calls { try await it.sync() } == ["addExt 1001"], "without a rest it is free at once")
  }

  @Test func `goes back to its earlier holder at once`() async throws {
    let it = try await Installation(person("ann", "1001", extra: "employeeType: on\n") + person("bob", "1002"))
    let users = Settings.users.replacing("(objectClass=inetOrgPerson)", with: "(!(employeeType=off))")
      .replacing("filter = \"(!", with: "filter = \"(&(objectClass=inetOrgPerson)(!").replacing("off))", with: "off)))")
    try it.configure(users: users, numbers: "rest = \"30d\"")
    try await it.sync()
    try await it.slapd.modify(replace(uid("ann"), "employeeType", "off"))
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 1001"])
    try await it.slapd.modify(replace(uid("ann"), "employeeType", "on"))
    #expect(try await it.calls { try await it.sync() } == ["addExt 1001"])
  }
}
