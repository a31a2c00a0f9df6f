import Foundation
import TestSupport
import Testing

/// Whatever the directory answers, people keep their phones.
@Suite(.timeLimit(.minutes(15))) struct `Nobody is removed` {
  private static let patient = "complete_reads = 2\nafter = \"1h\""

  private func company(_ count: Int = 20, slapd: String = "") async throws -> Installation {
    let it = try await Installation(
      (0..<count).map { person("p\($0)", String(1000 + $0)) }.joined(), slapd: slapd)
    try await it.sync()
    return it
  }

  @Test func `before the grace is over`() async throws {
    let it = try await company()
    try it.configure(removal: Self.patient)
    try await it.slapd.modify("dn: \(uid("p1"))\nchangetype: delete\n\n")
    for _ in 0..<3 {
      let report = try await it.sync()
      #expect(report.waiting.map(\.number) == ["1001"])
    }
    #expect(try await it.pbx.state().extensions.count == 20)
  }

  @Test func `when too many would be, and the rest goes on`() async throws {
    let it = try await company()
    try it.configure(removal: "complete_reads = 1\nafter = \"0s\"")
    for index in 1...3 { try await it.slapd.modify("dn: \(uid("p\(index)"))\nchangetype: delete\n\n") }
    try await it.slapd.modify(person("new", "1900").ldapAdd)
    let report = try await it.sync(expecting: 4)
    #expect(report.held.map { $0.objects.map(\.number) } == [["1001", "1002", "1003"]])
    #expect(report.held.first?.limit.contains("max_percent") == true)
    #expect(report.counts.added == 1)
    #expect(try await it.pbx.state().extensions.count == 21)
  }

  @Test func `by a filter that matches one person`() async throws {
    let it = try await company()
    try it.configure(
      users: Settings.users.replacingOccurrences(of: "(objectClass=inetOrgPerson)", with: "(uid=p1)"),
      removal: "complete_reads = 1\nafter = \"0s\"")
    try await it.sync(expecting: 4)
    #expect(try await it.pbx.state().extensions.count == 20)
  }

  @Test func `by a filter that matches nobody`() async throws {
    let it = try await company()
    try it.configure(
      users: Settings.users.replacingOccurrences(of: "(objectClass=inetOrgPerson)", with: "(uid=nobody)"))
    let report = try await it.sync(expecting: 69)
    #expect(!report.complete)
    #expect(try await it.pbx.state().extensions.count == 20)
  }

  @Test func `by a read that a size limit cuts short`() async throws {
    let it = try await company(40, slapd: "limits users size.hard=10 size.soft=10 size.prtotal=10")
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
    let root = it.slapd.rootDN
    try it.configure()
    let text = try it.configuration().replacing(root, with: "cn=reader,dc=example,dc=com")
    try it.write("pbxsyncd.toml", text)
    let report = try await it.sync(expecting: 69)
    #expect(report.error?.message.contains("limit") == true, "\(report.summary)")
    #expect(try await it.pbx.state().extensions.count == 40)
  }

  @Test func `when a canary isn't seen`() async throws {
    let it = try await company()
    try it.configure(directory: "canaries = [\"uid=switchboard,ou=people,dc=example,dc=com\"]")
    try await it.slapd.modify("dn: \(uid("p1"))\nchangetype: delete\n\n")
    let report = try await it.sync(expecting: 69)
    #expect(!report.complete)
    #expect(report.summary.contains("uid=switchboard"))
    #expect(try await it.pbx.state().extensions.count == 20)
  }

  @Test func `when a part of the base lies on another server`() async throws {
    let it = try await company()
    try await it.slapd.modify("dn: \(uid("p1"))\nchangetype: delete\n\n")
    try await it.slapd.modify(
      """
      dn: ou=elsewhere,ou=people,dc=example,dc=com
      changetype: add
      objectClass: referral
      objectClass: extensibleObject
      ou: elsewhere
      ref: ldap://127.0.0.1:1/ou=elsewhere,ou=people,dc=example,dc=com


      """)
    let report = try await it.sync(expecting: 69)
    #expect(report.summary.contains("another server"))
    #expect(try await it.pbx.state().extensions.count == 20)
  }

  @Test func `when an entry can no longer be mapped`() async throws {
    let it = try await company()
    try await it.slapd.modify(replace(uid("p1"), "mail", "not a mail address"))
    let report = try await it.sync(expecting: 3)
    #expect(report.problems.map(\.dn) == [uid("p1")])
    #expect(report.problems.first?.attribute == "mail")
    #expect(try await it.pbx.state().extensions.count == 20)
  }

  @Test func `whose number is protected`() async throws {
    let it = try await company()
    try it.configure(numbers: "protected = [\"1001\"]")
    try await it.slapd.modify("dn: \(uid("p1"))\nchangetype: delete\n\n")
    try await it.sync()
    #expect(try await it.pbx.state().extensions.count == 20)
  }
}
