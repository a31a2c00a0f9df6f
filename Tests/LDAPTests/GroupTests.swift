import TestSupport
import Testing

@testable import LDAP

@Suite(.timeLimit(.minutes(15))) struct `Groups` {
  private static let people = "ou=people,dc=example,dc=com"
  private static let groups = "ou=groups,dc=example,dc=com"

  private static func cn(_ name: String) -> String { "cn=\(name),\(groups)" }

  private static func group(_ name: String, _ members: [String], class: String = "groupOfNames") -> String {
    let attribute = `class` == "groupOfNames" ? "member" : "uniqueMember"
    return "dn: \(cn(name))\nobjectClass: \(`class`)\ncn: \(name)\n"
      + members.map { "\(attribute): \($0)\n" }.joined() + "\n"
  }

  /// `mayHold` is true for entries below ou=people.
  private func members(
    of names: [String], _ ldif: String, config: String = "", bindDN: String? = nil
  ) async throws -> Membership {
    let units = "dn: \(Self.groups)\nobjectClass: organizationalUnit\nou: groups\n\n"
    let slapd = try await Slapd.start(ldif: base + LDAPTests.people(12) + units + ldif, config: config)
    let connection = try await Connection.open(server(slapd, bindDN: bindDN, password: bindDN == "" ? "" : nil))
    let people = DN(Self.people)
    return try await connection.members(
      of: names.map(Self.cn), pageSize: 5, mayContain: { $0 != people && people.covers($0) }, willSearch: { _ in })
  }

  private func uids(_ membership: Membership) -> [Int] {
    (0..<12).filter { membership.names.contains(DN("UID=p\($0), OU=People,dc=example,dc=com")) }
  }

  private static func person(_ index: Int) -> String { "uid=p\(index),\(people)" }

  @Test func `have members of nested groups, and may contain each other in a cycle`() async throws {
    let membership = try await members(
      of: ["outer"],
      Self.group("outer", [Self.person(1), Self.cn("inner"), Self.cn("unique")])
        + Self.group("inner", ["UID=P2 , ou=people,dc=example,dc=com", Self.cn("outer")])
        + Self.group("unique", [Self.person(3) + "#'0101'B", Self.cn("unique")], class: "groupOfUniqueNames")
        + Self.group("other", [Self.person(4)]))
    #expect(
      uids(membership) == [1, 2, 3] && membership.groups == 3 && membership.incompleteReason == nil, "\(membership)")
  }

  /// A server could make up groups without an end.
  @Test func `end with an error beyond the most reads, and nobody is a member`() async throws {
    let chain = (0..<9).map { Self.group("g\($0)", [Self.person($0), Self.cn("g\($0 + 1)")]) }.joined()
    let units = "dn: \(Self.groups)\nobjectClass: organizationalUnit\nou: groups\n\n"
    let slapd = try await Slapd.start(
      ldif: base + LDAPTests.people(12) + units + chain + Self.group("g9", [Self.cn("g0")]))
    let connection = try await Connection.open(server(slapd))
    func members(limit: Int) async throws -> Membership {
      try await connection.members(
        of: [Self.cn("g0")], pageSize: 5, limit: limit, mayContain: { DN(Self.people).covers($0) }, willSearch: { _ in }
      )
    }
    #expect(try await members(limit: 10).groups == 10)
    let error = await #expect(throws: LDAPError.self) { try await members(limit: 9) }
    #expect(error?.kind == .tooManyGroups && error?.detail.contains("more than 9 groups") == true)
    #expect(
      error?.detail.contains("\(Self.cn("g0")) contains") == true && error?.remedy.contains("ignore_members") == true)
  }

  @Test func `may be several, and beside the people`() async throws {
    let inner = "cn=team,\(Self.people)"
    let membership = try await members(
      of: ["one", "two"],
      Self.group("one", [Self.person(1)]) + Self.group("two", [inner])
        + "dn: \(inner)\nobjectClass: groupOfNames\ncn: team\nmember: \(Self.person(5))\n\n")
    #expect(uids(membership) == [1, 5] && membership.incompleteReason == nil, "\(membership)")
  }

  @Test func `of POSIX have their members by uid`() async throws {
    let membership = try await members(
      of: ["posix"],
      "dn: \(Self.cn("posix"))\nobjectClass: posixGroup\ncn: posix\ngidNumber: 7\nmemberUid: p1\nmemberUid: P2\n\n")
    func has(_ uid: String) -> Bool {
      membership.contains(Entry(dn: "uid=\(uid),\(Self.people)", attributes: [("uid", [AttributeValue(uid)])]))
    }
    #expect(has("p1") && has("p2") && !has("p3") && membership.attributes == ["uid"])
  }

  private static let hidden = cn("hidden")

  /// The group's member besides a person, and the expected reason; nil if the group is complete.
  @Test(arguments: [
    ("cn=hidden,ou=groups,dc=example,dc=com", "isn't visible: it may be a group (if it is no person: ignore_members)"),
    ("cn=gone,ou=groups,dc=example,dc=com", "isn't visible: it may be a group (if it is no person: ignore_members)"),
    ("cn=gone,ou=elsewhere,dc=example,dc=com", "isn't visible: it may be a group (if it is no person: ignore_members)"),
    ("cn=dummy", nil), ("cn=x,o=elsewhere", nil),
    ("CN=S-1-5-21-1-2-3-1104,CN=ForeignSecurityPrincipals,dc=example,dc=com", nil),
    ("uid=gone,ou=people,dc=example,dc=com", nil), ("ou=groups,dc=example,dc=com", nil),
  ])
  func `that are invisible make the membership incomplete, and leavers don't`(
    member: String, reason: String?
  ) async throws {
    let membership = try await members(
      of: ["top"], Self.group("top", [Self.person(1), member]) + Self.group("hidden", [Self.person(2)]),
      config: "access to dn.base=\"\(Self.hidden)\" by * none\naccess to * by * read", bindDN: "")
    #expect(uids(membership) == [1])
    #expect(
      membership.incompleteReason
        == reason.map { "\(member), which the group \(Self.cn("top")) names as a member, \($0)" })
  }

  /// Whether one of many members elsewhere has gone.
  @Test(arguments: [false, true])
  func `with many members elsewhere are incomplete if one of those is invisible`(isOneGone: Bool) async throws {
    let elsewhere = "ou=elsewhere,dc=example,dc=com"
    let others = (0..<40).map { "uid=q\($0),\(elsewhere)" }
    let entries = others.dropFirst(isOneGone ? 1 : 0).map { "dn: \($0)\nobjectClass: account\n\n" }
    let membership = try await members(
      of: ["top"],
      "dn: \(elsewhere)\nobjectClass: organizationalUnit\n\n" + entries.joined()
        + Self.group("top", [Self.person(1)] + others))
    #expect(uids(membership) == [1] && membership.names.count == 41)
    #expect(
      (membership.incompleteReason?.hasPrefix(others[0]) ?? false) == isOneGone,
      "\(membership.incompleteReason ?? "none")")
  }

  @Test(arguments: [
    ("nowhere", "the group cn=nowhere,ou=groups,dc=example,dc=com isn't visible"),
    ("mute", "shows no members; give the bind identity the right"), ("unit", "isn't a known kind of group"),
  ])
  func `without visible members make the membership incomplete`(name: String, reason: String) async throws {
    let unit = "dn: \(Self.cn("unit"))\nobjectClass: organizationalRole\ncn: unit\n\n"
    let membership = try await members(
      of: [name], Self.group("mute", [Self.person(1)]) + unit,
      config: "access to attrs=member by * none\naccess to * by * read", bindDN: "")
    #expect(
      membership.names.isEmpty && membership.incompleteReason?.contains(reason) == true,
      "\(membership.incompleteReason ?? "none")")
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A filter that excludes entries` {
  @Test(arguments: [
    ("(uid=a)", ["(uid=a)"]), ("(&(uid=a)(!(|(cn=b\\29)(sn=*))))", ["(uid=a)", "(cn=b\\29)", "(sn=*)"]), ("", []),
  ])
  func `is made of comparisons`(filter: String, parts: [String]) { #expect(comparisons(in: filter) == parts) }

  @Test(arguments: [
    ("(uid=boss)", nil), ("(employeeType=robot)", nil), ("(&(uid=a)(!(sn=b)))", nil), ("(mail=*)", nil),
    ("(noSuchAttribute=x)", "(noSuchAttribute=x)"), ("(|(uid=a)(noSuchAttribute=*))", "(noSuchAttribute=*)"),
    ("(uidNumber=abc)", "(uidNumber=abc)"), ("(memberOf=cn=a)", nil),
  ])
  func `would exclude everything if the server can't evaluate it, which is noticed`(filter: String, part: String?)
    async throws
  {
    let slapd = try await Slapd.start(ldif: base + people(2), globals: "moduleload memberof")
    let connection = try await Connection.open(server(slapd))
    #expect(try await connection.undecidedPart(of: filter, at: "ou=people,dc=example,dc=com") == part)
    if part != nil {
      let left = try await connection.search(request("(&(uid=*)(!\(filter)))"), into: 0) { count, _ in count += 1 }.0
      #expect(left == 0)
    }
  }
}
