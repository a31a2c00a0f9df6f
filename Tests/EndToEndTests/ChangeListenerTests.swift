import Foundation
import TestSupport
import Testing

/// The poll is so rare that whatever reaches the PBX came by a change notification.
@Suite(.timeLimit(.minutes(15))) struct `A directory that sends change notifications` {
  private static let rarely = "poll = \"1h\""
  private static let eachSecond = "poll = \"1s\""
  private static let watched = "overlay syncprov\nsyncprov-sessionlog 1000\nindex entryUUID eq"

  private func start(
    _ people: String, slapd: String = watched, directory: String = "", users: String = Settings.users,
    schedule: String = rarely
  ) async throws -> (Installation, Service) {
    let it = try await Installation(people, slapd: slapd)
    try await it.change()
    try it.configure(directory: directory, users: users, schedule: schedule)
    let service = try Service(it)
    try await service.runs(1)
    return (it, service)
  }

  @Test func `has each of them reach the PBX without a read of all`() async throws {
    let (it, service) = try await start(person("a", "1001") + partner("X", "+49 30 227 1"))
    #expect(service.said("(content synchronization)") == 1)
    let calls = try await it.calls {
      try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
      try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["Neu"] }
      try await it.slapd.modify("dn: \(uid("b"))\nchangetype: add\n" + body(person("b", "1002")))
      try await service.pbx("the new person") { $0.extensions.count == 2 }
      try await it.slapd.modify(replace(cn("X"), "telephoneNumber", "+49 30 227 2"))
      try await service.pbx("the new number") { $0.contacts.map(\.number) == ["49302272"] }
    }
    #expect(calls == ["addExt 1002", "updateExt 1001", "updatePhonebook 49302271 -> 49302272"])
    #expect(service.reads == 1)
    #expect(await service.stop() == 0)
    let history = try await it.command("history")
    #expect(history.components(separatedBy: ", change,").count > 3)
    #expect(try await it.calls { try await it.sync() } == [], "and a complete read finds nothing left to do")
  }

  @Test func `makes one update of what is changed in several steps`() async throws {
    let (it, service) = try await start(person("a", "1001"))
    let calls = try await it.calls {
      try await it.slapd.modify(
        replace(uid("a"), "sn", "Eins") + replace(uid("a"), "givenName", "Zwei") + replace(uid("a"), "sn", "Drei"))
      try await service.pbx("the last name") { $0.extensions.map(\.lastName) == ["Drei"] }
    }
    #expect(calls == ["updateExt 1001"])
    #expect(await service.stop() == 0)
  }

  @Test func `makes no request, and no history, of what is no phone's affair`() async throws {
    let (it, service) = try await start(person("a", "1001"))
    let calls = try await it.calls {
      try await it.slapd.modify(replace(uid("a"), "description", "tall"))
      try await it.slapd.modify(replace("dc=example,dc=com", "description", "here"))
      try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
      try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["Neu"] }
    }
    #expect(calls == ["updateExt 1001"])
    #expect(await service.stop() == 0)
    let history = try await it.command("history")
    #expect(history.components(separatedBy: ", change,").count == 2, "\(history)")
  }

  @Test(arguments: [
    "changetype: delete\n",
    "changetype: modrdn\nnewrdn: uid=a\ndeleteoldrdn: 0\nnewsuperior: dc=example,dc=com\n",
    "changetype: modify\nreplace: telephoneNumber\ntelephoneNumber: +49 30 9018 1009\n",
    "changetype: modify\nadd: objectClass\nobjectClass: shadowAccount\n-\nadd: shadowExpire\nshadowExpire: 1\n",
  ]) func `removes nobody by itself`(change: String) async throws {
    let (it, service) = try await start(person("a", "1001") + person("b", "1002"))
    let calls = try await it.calls {
      try await it.slapd.modify("dn: \(uid("a"))\n" + change)
      // Notified after it, so that both notifications have arrived.
      try await it.slapd.modify(replace(uid("b"), "sn", "Neu"))
      try await service.pbx("the new name") { $0.extensions.contains { $0.lastName == "Neu" } }
    }
    #expect(!calls.contains { $0.hasPrefix("deleteExt") })
    #expect(await service.stop() == 0)
  }

  @Test func `leaves a removal to a complete read at the next poll, and that removes in the ordinary way`() async throws
  {
    let (it, service) = try await start(person("a", "1001") + person("b", "1002"), schedule: Self.eachSecond)
    try await it.remove("a")
    try await service.pbx("the removal") { $0.extensions.map(\.number) == ["1002"] }
    try await eventually("another complete read") { service.reads == 2 }
    #expect(await service.stop() == 0)
  }

  @Test func `leaves a number that two want to a complete read`() async throws {
    let (it, service) = try await start(person("a", "1001"), schedule: Self.eachSecond)
    let calls = try await it.calls {
      try await it.slapd.modify("dn: \(uid("b"))\nchangetype: add\n" + body(person("b", "1001")))
      try await eventually("a complete read") { service.said("Left out extension 1001") == 1 }
    }
    #expect(calls == [])
    #expect(await service.stop() == 0)
  }

  /// Such as an entry that an admin copied, with the number and the id of the one that it was copied from.
  @Test func `has a branch that moves into a source reach the PBX at the next poll`() async throws {
    let staff = "ou=staff,dc=example,dc=com"
    let branch = "dn: \(staff)\nobjectClass: organizationalUnit\nou: staff\n\n"
    let (it, service) = try await start(
      person("a", "1001") + branch + person("b", "1002").replacing("ou=people,dc", with: "ou=staff,dc"),
      schedule: Self.eachSecond)
    #expect(try await it.pbx.state().extensions.map(\.number) == ["1001"])
    try await it.slapd.modify(
      "dn: \(staff)\nchangetype: modrdn\nnewrdn: ou=staff\ndeleteoldrdn: 0\nnewsuperior: ou=people,dc=example,dc=com\n\n"
    )
    try await service.pbx("the person of the branch") { $0.extensions.count == 2 }
    #expect(await service.stop() == 0)
  }

  @Test func `has no copy of an entry replace the entry's objects`() async throws {
    let a = person("a", "1001", extra: "employeeNumber: 1\n")
    let (it, service) = try await start(
      a + person("b", "1002", extra: "employeeNumber: 2\n"), directory: "identity = \"employeeNumber\"")
    let calls = try await it.calls {
      let copy = body(person("copy", "1001", extra: "employeeNumber: 1\n"))
      try await it.slapd.modify("dn: \(uid("copy"))\nchangetype: add\n" + copy)
      // Notified after it, so that both notifications have arrived.
      try await it.slapd.modify(replace(uid("b"), "sn", "Neu"))
      try await service.pbx("the new name") { $0.extensions.contains { $0.lastName == "Neu" } }
      // A complete read, which the daemon would make at its next poll.
      service.process.send(SIGHUP)
      try await service.runs(1)
    }
    #expect(calls == ["updateExt 1002"])
    #expect(
      service.said("\(uid("a")) and \(uid("copy")) have the same employeeNumber") > 0, "\(service.process.errors)")
    #expect(await service.stop() == 0)
  }

  @Test func `has two people swap their numbers in one step`() async throws {
    let (it, service) = try await start(person("a", "1001") + person("b", "1002"))
    try await it.slapd.modify(
      replace(uid("a"), "telephoneNumber", "+49 30 9018 1002")
        + replace(uid("b"), "telephoneNumber", "+49 30 9018 1001"))
    try await service.pbx("the swap") { $0.extensions.map { $0.firstName + $0.number }.sorted() == ["a1002", "b1001"] }
    #expect(await service.stop() == 0)
  }

  @Test func `is listened to again after it was away, from where it was`() async throws {
    let (it, service) = try await start(person("a", "1001"), schedule: Self.eachSecond)
    try await it.slapd.stop()
    try await it.slapd.restart()
    try await eventually("a new session") { service.said("Receiving change notifications") == 2 }
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["Neu"] }
    #expect(await service.stop() == 0)
  }

  @Test func `needs no complete read after a restart of the daemon, which receives the changes made meanwhile`()
    async throws
  {
    let (it, first) = try await start(person("a", "1001") + person("b", "1002"))
    #expect(await first.stop() == 0)
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    let second = try Service(it)
    try await second.pbx("the new name") { $0.extensions.contains { $0.lastName == "Neu" } }
    #expect(await second.stop() == 0)
    #expect(second.reads == 0)
  }

  @Test(arguments: ["a crash", "another configuration", "somebody gone", "an admin's decision"])
  func `gets a full read after a restart that follows`(what: String) async throws {
    let (it, first) = try await start(
      person("a", "1001") + person("b", "1002"), slapd: what == "somebody gone" ? "overlay syncprov" : Self.watched)
    if what == "a crash" { first.process.send(SIGKILL) }
    _ = await first.stop()
    switch what {
    case "another configuration": try it.configure(schedule: "poll = \"2h\"")
    // Without a session log the server can't say who.
    case "somebody gone": try await it.remove("a")
    case "an admin's decision": try await it.command("adopt", "1003")
    default: break
    }
    let second = try Service(it)
    try await second.runs(1)
    #expect(await second.stop() == 0)
  }

  @Test(arguments: [false, true])
  func `gets a full read after it was restored from a backup`(andChanged: Bool) async throws {
    let (it, service) = try await start(person("a", "1001") + person("b", "1002"), schedule: "poll = \"5s\"")
    try await it.slapd.backUp()
    try await eventually("a new session") { service.said("Receiving change notifications") == 2 }
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await service.pbx("the new name") { $0.extensions.contains { $0.lastName == "Neu" } }
    try await it.slapd.restore()
    // Where the daemon's position looks like one that the server has been at.
    if andChanged { try await it.slapd.modify(replace(uid("b"), "description", "tall")) }
    try await service.pbx("the old name") { !$0.extensions.contains { $0.lastName == "Neu" } }
    #expect(await service.stop() == 0)
  }

  @Test func `gets a full read when a group changes that a source asks for`() async throws {
    let group = "cn=phones,dc=example,dc=com"
    let (it, service) = try await start(
      person("a", "1001") + person("b", "1002")
        + "dn: \(group)\nobjectClass: groupOfNames\ncn: phones\nmember: \(uid("a"))\n\n",
      slapd: "moduleload memberof\noverlay memberof\n" + Self.watched,
      users: Settings.users.replacing(
        "(objectClass=inetOrgPerson)", with: "(&(objectClass=inetOrgPerson)(memberOf=\(group)))"))
    try await it.slapd.modify("dn: \(group)\nchangetype: modify\nreplace: member\nmember: \(uid("b"))\n")
    try await service.pbx("the member") { $0.extensions.contains { $0.number == "1002" } }
    try await eventually("another complete read") { service.reads == 2 }
    #expect(await service.stop() == 0)
  }

  @Test func `gets a full read when very much changes at once`() async throws {
    let (it, service) = try await start(person("a", "1001"))
    // While a call is on its way, notifications gather.
    try await it.pbx.setFaults([.init("delay", ms: 6_000)])
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await eventually("the call") { try await it.pbx.state().requests == 2 }
    try await it.pbx.clearFaults()
    try await it.slapd.modify(
      (0..<600).map { "dn: \(uid("p\($0)"))\nchangetype: add\n" + body(person("p\($0)", "\(2000 + $0)")) }.joined())
    try await service.pbx("all of them") { $0.extensions.count == 601 }
    #expect(await service.stop() == 0)
    #expect(try await it.calls { try await it.sync() } == [])
  }

  /// Each of them once ended the daemon, or left a change to `full`.
  @Test(arguments: ["idle", "FIN", "RST"])
  func `is listened to again after it has closed the session`(by: String) async throws {
    let it = try await Installation(
      person("a", "1001"), slapd: Self.watched, globals: by == "idle" ? "idletimeout 1" : "")
    let proxy = try AlternatingProxy(to: [it.slapd.ldapURI])
    try it.configure(servers: [proxy.uri], schedule: "poll = \"4s\"")
    let service = try Service(it)
    try await service.runs(1)
    for name in ["Eins", "Zwei", "Drei"] {
      if by == "idle" { try await Task.sleep(for: .milliseconds(2500)) } else { proxy.cut(byReset: by == "RST") }
      try await it.slapd.modify(replace(uid("a"), "sn", name))
      try await service.pbx("the name \(name)") { $0.extensions.map(\.lastName) == [name] }
      #expect(service.process.isRunning)
    }
    #expect(await service.stop() == 0)
  }

  @Test func `is subscribed to again if it counts a change without a notification`() async throws {
    let it = try await Installation(person("a", "1001"), slapd: Self.watched)
    try await it.change()
    let proxy = try AlternatingProxy(to: [it.slapd.ldapURI])
    try it.configure(servers: [proxy.uri], schedule: Self.eachSecond)
    let service = try Service(it)
    try await service.runs(1)
    try await eventually("the session that is listened to") { service.said("Receiving change notifications") == 1 }
    proxy.mute()
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["Neu"] }
    #expect(service.reads == 1)
    #expect(await service.stop() == 0)
  }

  /// A call in doubt makes each poll a complete read, which sees all that was heard before it.
  @Test func `isn't read again and again for a change while a call in doubt waits`() async throws {
    let it = try await Installation(person("a", "1001"), slapd: Self.watched)
    try it.configure(pbx: "retries = 0", schedule: "poll = \"5s\"")
    let service = try Service(it)
    try await service.runs(1)
    try await it.pbx.setFaults([.init("error-500", number: "1002")])
    try await it.slapd.modify("dn: \(uid("b"))\nchangetype: add\n" + body(person("b", "1002")))
    try await eventually("a read during the pause that follows") { service.said("2 entries read") > 0 }
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["Neu"] }
    let (begun, before) = (ContinuousClock.now, service.reads)
    try await Task.sleep(for: .seconds(4))
    let polls = Int((ContinuousClock.now - begun) / .seconds(4)) + 1
    #expect(service.reads - before <= polls)
    #expect(await service.stop() == 0)
  }

  @Test func `is listened to again where it searches by indices alone`() async throws {
    let reader = "cn=reader,dc=example,dc=com"
    let others = (0..<40).map { "dn: ou=u\($0),dc=example,dc=com\nobjectClass: organizationalUnit\nou: u\($0)\n\n" }
    let it = try await Installation(
      person("a", "1001") + others.joined() + "dn: \(reader)\nobjectClass: organizationalRole\n"
        + "objectClass: simpleSecurityObject\ncn: reader\nuserPassword: may-read\n\n",
      slapd: "\(Self.watched)\nindex objectClass eq\nlimits dn.exact=\"\(reader)\" size.unchecked=20")
    let proxy = try AlternatingProxy(to: [it.slapd.ldapURI])
    try it.configure(servers: [proxy.uri], schedule: Self.eachSecond)
    try it.write("ldap-password", "may-read")
    try it.write("pbxsyncd.toml", try it.configuration().replacing(it.slapd.rootDN, with: reader))
    let service = try Service(it)
    try await service.runs(1)
    proxy.cut()
    try await eventually("a new session") { service.said("Receiving change notifications") == 2 }
    #expect(await service.stop() == 0)
  }

  @Test func `has who leaves the users and stays in the contacts removed from the users`() async throws {
    let both = { (name: String, number: String) in
      person(name, number, extra: "employeeType: staff\nmobile: +49 171 \(number)\n")
    }
    let source = Settings.users.replacing("(objectClass=inetOrgPerson)", with: "(employeeType=staff)")
    let it = try await Installation(both("a", "1001") + both("b", "1002"), slapd: Self.watched)
    try it.configure(
      users: source,
      contacts: Settings.contacts.replacing("ou=partners", with: "ou=people").replacing(
        "(objectClass=inetOrgPerson)", with: "(mobile=*)"
      ).replacing("\"{telephoneNumber}\", ", with: ""), schedule: Self.eachSecond)
    let service = try Service(it)
    try await service.pbx("the load") { $0.extensions.count == 2 && $0.contacts.count == 2 }
    try await eventually("the end of the run") { service.reads > 0 }
    try await it.slapd.modify("dn: \(uid("a"))\nchangetype: modify\ndelete: employeeType\n\n")
    try await service.pbx("the removal") { $0.extensions.map(\.number) == ["1002"] && $0.contacts.count == 2 }
    #expect(await service.stop() == 0)
  }

  @Test func `has who waits for a number of a pool get one that was freed`() async throws {
    let it = try await Installation(unnumbered("ann") + unnumbered("bob"), slapd: Self.watched)
    try it.configure(
      users: Settings.users + "\nextension.pool = [\"2000-2000\"]", contacts: "", schedule: Self.eachSecond)
    let service = try Service(it)
    try await service.pbx("the first") { $0.extensions.count == 1 }
    try await eventually("the end of the run") { service.reads > 0 }
    let holder = try #require(try await it.pbx.state().extensions.first?.firstName)
    try await it.remove(holder)
    try await service.pbx("the other") { $0.extensions.contains { $0.firstName != holder } }
    #expect(await service.stop() == 0)
  }

  @Test func `isn't listened to where that isn't wanted`() async throws {
    let (it, service) = try await start(
      person("a", "1001"), schedule: "poll = \"1s\"\nchanges = \"poll\"")
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["Neu"] }
    #expect(service.said("Receiving change notifications") == 0)
    try await eventually("another complete read") { service.reads == 2 }
    #expect(await service.stop() == 0)
  }

  @Test func `says once that it can't, and is polled`() async throws {
    let (it, service) = try await start(person("a", "1001"), slapd: "", schedule: Self.eachSecond)
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["Neu"] }
    try await service.runs(2)
    #expect(service.said("No change notifications; checking the directory at each poll") == 1)
    #expect(await service.stop() == 0)
  }

  /// An entry without its name.
  private func body(_ entry: String) -> String {
    entry.split(separator: "\n", maxSplits: 1).last.map(String.init) ?? ""
  }
}

extension Installation {
  /// A directory that nothing has changed yet counts a change that no entry has.
  fileprivate func change() async throws { try await slapd.modify(replace("dc=example,dc=com", "description", "here")) }
}
