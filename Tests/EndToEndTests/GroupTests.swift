import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `With groups` {
  private static let groups = "ou=groups,dc=example,dc=com"
  private static let phones = "cn=phones,\(groups)"

  private static func group(_ name: String, _ members: [String]) -> String {
    "dn: cn=\(name),\(groups)\nobjectClass: groupOfNames\ncn: \(name)\n"
      + members.map { "member: \($0)\n" }.joined() + "\n"
  }

  private static func users(
    _ keys: String, name: String = "people", number: String = "{telephoneNumber | digits | last 4}"
  )
    -> String
  {
    """
    [[users]]
    name = "\(name)"
    base = "ou=people,dc=example,dc=com"
    filter = "(objectClass=inetOrgPerson)"
    \(keys)
    extension.number = "\(number)"
    extension.first_name = "{givenName}"
    """
  }

  private static let byGroup = users("group = \"\(phones)\"")

  /// Ann is a member, Bob by a group in it, Cid isn't.
  private func install(slapd: String = "", users: String = byGroup) async throws -> Installation {
    let it = try await Installation(
      person("ann", "1001") + person("bob", "1002") + person("cid", "1003")
        + "dn: \(Self.groups)\nobjectClass: organizationalUnit\nou: groups\n\n"
        + Self.group("phones", [uid("ann"), "cn=inner,\(Self.groups)"]) + Self.group("inner", [uid("bob")]),
      slapd: slapd)
    try it.configure(users: users, contacts: "")
    return it
  }

  private func change(_ it: Installation, _ group: String, _ how: String, _ member: String) async throws {
    try await it.slapd.modify(
      "dn: cn=\(group),\(Self.groups)\nchangetype: modify\n\(how): member\nmember: \(member)\n\n")
  }

  @Test func `members have phones, who joins gets one, and who leaves loses it`() async throws {
    let it = try await install()
    #expect(try await it.calls { try await it.sync() } == ["addExt 1001", "addExt 1002"])
    #expect(try await it.calls { try await it.sync() } == [])
    try await change(it, "inner", "add", uid("cid"))
    #expect(try await it.calls { try await it.sync() } == ["addExt 1003"])
    try await change(it, "phones", "delete", uid("ann"))
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 1001"])
    // A circle, and the whole inner group out.
    try await change(it, "inner", "add", Self.phones)
    #expect(try await it.calls { try await it.sync() } == [])
  }

  /// OpenLDAP and 389 Directory Server leave the former DN in the group unless a plug-in replaces it.
  @Test func `a renamed member whose group wasn't changed keeps its phone until the group is corrected`() async throws {
    let it = try await install()
    try await it.sync()
    try await it.slapd.modify("dn: \(uid("ann"))\nchangetype: modrdn\nnewrdn: uid=anna\ndeleteoldrdn: 1\n\n")
    for _ in 0..<2 {
      var report: Report?
      #expect(try await it.calls { report = try await it.sync(expecting: 3) } == [])
      #expect(report?.problems.map(\.dn) == [uid("anna")] && report?.waiting.isEmpty == true)
      #expect(report?.problems.first?.reason.contains("still names its former DN") == true)
    }
    // Another person gets the DN.
    try await it.slapd.modify(person("ann", "1009").ldapAdd)
    #expect(try await it.calls { try await it.sync(expecting: 3) } == ["addExt 1009"])
    try await it.command("why", "1001", saying: uid("anna"))
    try await change(it, "phones", "add", uid("anna"))
    #expect(try await it.calls { try await it.sync() } == [])
    try await it.slapd.modify("dn: \(uid("anna"))\nchangetype: modrdn\nnewrdn: uid=anni\ndeleteoldrdn: 1\n\n")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
    try await change(it, "phones", "delete", uid("anna"))
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 1001"])
  }

  @Test func `that are invisible are reported, and nobody is removed`() async throws {
    let it = try await install()
    try await it.sync()
    try await it.slapd.modify("dn: cn=inner,\(Self.groups)\nchangetype: delete\n\n")
    let hidden = try await it.sync(expecting: 69)
    #expect(hidden.counts.deleted == 0)
    #expect(
      hidden.summary.contains("source \"people\": cn=inner,\(Self.groups), which the group \(Self.phones) names"),
      "\(hidden.summary)")
    try await change(it, "phones", "delete", "cn=inner,\(Self.groups)")
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 1002"])
    try await it.slapd.modify("dn: \(Self.phones)\nchangetype: delete\n\n")
    let gone = try await it.sync(expecting: 69)
    #expect(gone.counts.deleted == 0)
    #expect(gone.summary.contains("source \"people\": the group \(Self.phones) isn't visible"), "\(gone.summary)")
    let said = try await it.command("doctor", expecting: 1, saying: "the group \(Self.phones) isn't visible")
    #expect(said.contains("ldapsearch") && said.contains("-b \(Self.phones)"))
  }

  @Test func `that are empty give nobody, and nobody is removed`() async throws {
    let it = try await install()
    try await it.sync()
    // A groupOfNames must have a member, who may be nobody here.
    try await it.slapd.modify(
      "dn: \(Self.phones)\nchangetype: modify\nreplace: member\nmember: ou=people,dc=example,dc=com\n\n")
    let empty = try await it.sync(expecting: 69)
    #expect(empty.counts.deleted == 0 && empty.summary.contains("gave 0 entries and 2 before"), "\(empty.summary)")
  }

  /// A groupOfNames that is empty has such members.
  @Test func `have members that are nobody, and who leaves is removed all the same`() async throws {
    let it = try await install()
    for nobody in ["cn=dummy,\(Self.groups)", "cn=x,o=elsewhere"] { try await change(it, "phones", "add", nobody) }
    let hidden = try await it.sync(expecting: 69)
    #expect(hidden.summary.contains("cn=dummy,\(Self.groups)") && !hidden.summary.contains("o=elsewhere"))
    #expect(hidden.summary.contains("ignore_members"), "\(hidden.summary)")
    try it.configure(
      users: Self.users("group = \"\(Self.phones)\"\nignore_members = [\"CN=Dummy, \(Self.groups)\"]"), contacts: "")
    try await it.sync()
    try await change(it, "phones", "delete", uid("ann"))
    try await it.sync(expecting: nil)
    #expect(try await it.pbx.state().extensions.map(\.number) == ["1002"])
  }

  @Test func `that are added to a source hold its removals until they are approved`() async throws {
    let it = try await install(users: Self.users(""))
    #expect(try await it.sync().counts.added == 3)
    try it.configure(users: Self.byGroup, contacts: "")
    let held = try await it.sync(expecting: 4)
    #expect(held.held.flatMap(\.objects).map(\.number) == ["1003"])
    #expect(held.held[0].limit.contains("the group of \"people\" was none and is now"), "\(held.held[0].limit)")
    try await it.command("approve", held.held[0].name)
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 1003"])
  }

  @Test func `who is in a source by group and in one by base belongs to the first in the file`() async throws {
    let it = try await install()
    let (first, second) = (
      Self.users("group = \"\(Self.phones)\"", name: "staff"),
      Self.users("", name: "all", number: "7{telephoneNumber | digits | last 3}")
    )
    try it.configure(users: first + "\n" + second, contacts: "")
    #expect(try await it.calls { try await it.sync() } == ["addExt 1001", "addExt 1002", "addExt 7003"])
    // Who leaves the group is in the second source from then on.
    try await change(it, "inner", "add", uid("cid"))
    try await change(it, "inner", "delete", uid("bob"))
    #expect(
      try await it.calls { try await it.sync() } == ["addExt 1003", "addExt 7002", "deleteExt 1002", "deleteExt 7003"])
  }

  @Test func `are reported by why, doctor and the debug log`() async throws {
    let it = try await install()
    try await it.command("why", "cid", saying: "the entry isn't a member of its group \(Self.phones)")
    try await it.command("why", "bob", saying: "Source \"people\" (extensions): base and filter")
    try await it.command("doctor", saying: "groups and exclusions of \"people\": 3 members in 2 groups")
    try await it.command("--sync-now", "--debug", saying: "-b \(Self.phones) -s base")
  }

  @Test func `of POSIX count by the uid, though no template needs it`() async throws {
    let it = try await install()
    try await it.slapd.modify(
      "dn: cn=posix,\(Self.groups)\nchangetype: add\nobjectClass: posixGroup\ncn: posix\ngidNumber: 7\nmemberUid: cid\n\n"
    )
    try it.configure(users: Self.users("group = [\"cn=posix,\(Self.groups)\"]"), contacts: "")
    #expect(try await it.calls { try await it.sync() } == ["addExt 1003"])
    try await it.command("why", "cid", saying: "base and filter")
  }

  /// The daemon's poll is so rare that every change came by a notification.
  @Test func `are followed by change notifications, and entries outside stay out`() async throws {
    let it = try await install(slapd: "overlay syncprov\nsyncprov-sessionlog 1000\nindex entryUUID eq")
    try it.configure(
      users: Self.users("group = \"\(Self.phones)\"\nexclude_list = [\"\(uid("dan"))\"]"), contacts: "",
      schedule: "poll = \"1h\"")
    let service = try Service(it)
    try await service.runs(1)
    func has(_ numbers: [String]) async throws {
      try await service.pbx("\(numbers)") { $0.extensions.map(\.number).sorted() == numbers }
    }
    let calls = try await it.calls {
      // Neither is for the PBX; Ann's change, which is, comes after them.
      try await it.slapd.modify(replace(uid("cid"), "givenName", "Cid"))
      try await it.slapd.modify(replace(uid("ann"), "givenName", "Ann"))
      try await service.pbx("the new name") { $0.extensions.contains { $0.firstName == "Ann" } }
    }
    #expect(calls == ["updateExt 1001"])
    try await change(it, "inner", "add", uid("cid"))
    try await has(["1001", "1002", "1003"])
    try await change(it, "phones", "add", uid("dan"))
    let dan = person("dan", "1004").split(separator: "\n").dropFirst().joined(separator: "\n")
    try await it.slapd.modify("dn: \(uid("dan"))\nchangetype: add\n\(dan)\n\n")
    try await change(it, "inner", "delete", uid("bob"))
    try await has(["1001", "1003"])
    #expect(await service.stop() == 0)
  }
}
