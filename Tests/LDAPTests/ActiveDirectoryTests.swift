import Synchronization
import TestSupport
import Testing

@testable import LDAP

/// What Samba's domain controller doesn't do as Microsoft's does; scripts/test directories shows the rest.
@Suite(.timeLimit(.minutes(15))) struct `Active Directory` {
  private static let people = "OU=People,DC=example,DC=com"
  private static let group = "CN=All,OU=Groups,DC=example,DC=com"
  private static let members = (0..<3200).map { "CN=p\($0),\(people)" }

  private static let rootDSE = ScriptedDirectory.Answer.entry(
    "",
    [
      "supportedCapabilities": ["1.2.840.113556.1.4.800"], "defaultNamingContext": ["DC=example,DC=com"],
      "rootDomainNamingContext": ["DC=example,DC=com"],
      "configurationNamingContext": ["CN=Configuration,DC=example,DC=com"],
      "schemaNamingContext": ["CN=Schema,CN=Configuration,DC=example,DC=com"],
    ])

  /// The members of the group in parts of 1,500, as Windows gives them.
  private static func parts(_ search: ScriptedDirectory.Search) -> [ScriptedDirectory.Answer] {
    let asked = search.attributes.first { $0.hasPrefix("member") } ?? ""
    let first = asked.split(separator: "=").last.flatMap { Int($0.split(separator: "-")[0]) } ?? 0
    let last = first + 1499
    let name = "member;range=\(first)-" + (last >= members.count - 1 ? "*" : "\(last)")
    let part = Array(members[first..<min(last + 1, members.count)])
    return [.entry(group, first == 0 ? ["member": [], name: part, "cn": ["All"]] : [name: part])]
  }

  private func open(_ script: @escaping @Sendable (ScriptedDirectory.Search) -> [ScriptedDirectory.Answer])
    async throws -> (Connection, ScriptedDirectory)
  {
    let directory = try ScriptedDirectory(script)
    return (
      try await Connection.open(
        ConnectionSettings(
          uris: [directory.uri], connectTimeout: .seconds(10), operationTimeout: .seconds(60),
          idleTimeout: .seconds(60))), directory
    )
  }

  @Test func `returns many values in parts, and all are read`() async throws {
    let (connection, directory) = try await open(Self.parts)
    let entry = try #require(try await connection.read(Self.group, attributes: ["cn", "member"]))
    #expect(entry.values("member").compactMap(\.text) == Self.members)
    #expect(entry.values("member;range=0-1499").isEmpty)
    #expect(entry.first("cn")?.text == "All")
    withExtendedLifetime(directory) {}
  }

  @Test func `fails a read if the rest of the values is missing`() async throws {
    let (connection, directory) = try await open { search in
      search.attributes == ["member"]
        ? [.entry(Self.group, ["member;range=0-1": ["CN=a", "CN=b"]])] : [.entry(Self.group, [:])]
    }
    let error = await searchError(connection, request(base: Self.group, attributes: ["member"], pageSize: 0))
    #expect(error?.detail.contains("member from value 2 on") == true)
    withExtendedLifetime(directory) {}
  }

  @Test(arguments: [
    ("ldap://example.com/CN=Configuration,DC=example,DC=com", true),
    ("ldap://DomainDnsZones.example.com/DC=DomainDnsZones,DC=example,DC=com", true),
    ("ldap://ForestDnsZones.example.com/DC=ForestDnsZones,DC=example,DC=com", true),
    ("ldap://example.com/cn=configuration,%20dc=example,dc=com??sub", true),
    ("ldap://child.example.com/DC=child,DC=example,DC=com", false),
    ("ldap://example.com/DC=Telephony,DC=example,DC=com", false),
    ("ldap://example.com/DC=DomainDnsZones,DC=child,DC=example,DC=com", false),
    ("ldap://example.com/OU=People,CN=Configuration,DC=example,DC=com", false),
    ("ldap://example.com/CN=Configuration,DC=example,DC=%zz", false), ("ldap://example.com", false), ("", false),
  ])
  func `has partitions without people`(referral: String, isWithout: Bool) async throws {
    let (connection, directory) = try await open { _ in [Self.rootDSE] }
    #expect(try await connection.rootDSE().isWithoutPeople(referral) == isWithout)
    withExtendedLifetime(directory) {}
  }

  @Test(arguments: [["9223372036854775807"], ["7", "9223372036854775807"], ["7", "-1"], ["7", "seven"], []])
  func `isn't followed if its count of changes can't rise`(counts: [String]) async throws {
    let left = Mutex(counts)
    let (connection, directory) = try await open { search in
      if search.attributes == ["highestCommittedUSN"] {
        let next = left.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        return [.entry("", next.map { ["highestCommittedUSN": [$0]] } ?? [:])]
      }
      let samba = [
        "supportedCapabilities": ["1.2.840.113556.1.4.800"], "namingContexts": ["DC=example,DC=com"],
        "supportedControl": ["1.2.840.113556.1.4.528"], "vendorName": ["Samba Team"],
      ]
      return [.entry("", samba)]
    }
    let error = await #expect(throws: LDAPError.self) {
      #expect(try await connection.listen(over: ["DC=example,DC=com"], knowing: .objectGUID) == .changeNumbers)
      _ = try await connection.receiveNotifications()
    }
    #expect(error?.detail.contains("highestCommittedUSN is \(counts.last ?? "missing")") == true)
    withExtendedLifetime(directory) {}
  }

  @Test func `is the only server with them`() async throws {
    let slapd = try await Slapd.start(ldif: base)
    let connection = try await Connection.open(server(slapd))
    let referral = "ldap://example.com/CN=Configuration,DC=example,DC=com"
    #expect(try await !connection.rootDSE().isWithoutPeople(referral))
  }

  @Test(arguments: [
    ("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 775, v1db1", "locked out"),
    ("80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 52e, v3839", "wrong password"),
    ("80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 999, v3839", nil),
    ("80090308: LdapErr: DSID-0C09042F, comment: AcceptSecurityContext error, data 2030, v2580", "no such entry"),
    ("80090346: LdapErr: DSID-0C090593, comment: AcceptSecurityContext error, data 80090346, v4563", "channel binding"),
    ("80090308: LdapErr: DSID-0C09042F, comment: AcceptSecurityContext error, data 568, v2580", "too many groups"),
    ("the data 775 are gone", nil), ("AcceptSecurityContext error", nil), ("", nil),
  ])
  func `explains a refused bind`(diagnostic: String, reason: String?) {
    #expect(refusalReason(diagnostic)?.contains(reason ?? "") ?? false == (reason != nil))
  }
}
