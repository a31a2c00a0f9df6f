import Foundation
import TestSupport
import Testing

extension Installation {
  /// The configuration names the PBX so from now on.
  fileprivate func name(_ url: String) throws {
    try write("pbxsyncd.toml", try configuration().replacingOccurrences(of: "\"\(pbx.url)\"", with: "\"\(url)\""))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Another PBX than the ledger's` {
  /// Nothing is read or sent, whatever an admin asks for, and each way out leads on.
  @Test func `is refused until an admin says what it is`() async throws {
    let it = try await Installation(person("anna", "1001"))
    try await it.sync()
    let other = try await Simulator.start()
    try it.name(other.url)
    try it.write("pbx-key", other.key)
    try await it.remove("anna")
    for words in [["--sync-now"], ["plan"], ["undo", "1", "--yes"], ["adopt", "1001"]] {
      let finished = try await it.run(words)
      #expect(finished.exitStatus == 78, "\(words): \(finished.errors)")
      #expect((finished.output + finished.errors).contains("ledger pbx same"), "\(words)")
    }
    try await it.command("status", saying: "Stopped: nothing is read or sent")
    #expect(try await other.state().requests == 0)
    try await it.command("ledger", "pbx", "replaced", expecting: 1, saying: "--yes")
    try await it.command("ledger", "pbx", "replaced", "--yes", saying: "unproven: 1 object")
    try await it.sync(expecting: nil)
    #expect(try await other.log().isEmpty, "nothing shows whether its 1001 is managed")
  }

  /// Both kinds, by a daemon whose configuration is edited and reloaded.
  @Test func `gets nothing from a daemon that is reported to reload`() async throws {
    let it = try await Installation(person("anna", "1001") + partner("Bauer", "+49 30 901820"))
    try it.configure(schedule: "poll = \"1s\"")
    let service = try Service(it)
    try await service.runs(1)
    let other = try await Simulator.start()
    try await other.add([Simulator.Extension("1001", "Hand", "Made")])
    try it.name(other.url)
    try it.write("pbx-key", other.key)
    service.process.send(SIGHUP)
    try await service.process.wait(for: "is of the PBX at")
    let calls = try await it.calls {
      try await it.remove("anna")
      try await it.slapd.modify(replace("cn=Bauer,\(Installation.partners)", "o", "Neu"))
      try await eventually("another refusal") { service.said("is of the PBX at") > 1 }
    }
    #expect(calls == [])
    #expect(try await other.state().requests == 0)
    #expect(await service.stop() == 0)
  }

  /// Neither the ledger nor a table without all columns shows what it has.
  @Test(arguments: ["numbers", "a table"])
  func `gets what it lacks, and loses no other values unseen, once all is adopted`(named by: String) async throws {
    let it = try await Installation(
      person("anna", "1001") + person("bea", "1002") + partner("Bauer", "+49 30 901820"))
    try await it.sync()
    let before = try await it.pbx.state()
    let contact = try #require(before.contacts.first?.number)
    let other = try await Simulator.start()
    try await other.add([Simulator.Extension("1002", "Hand", "Made")])
    try it.name(other.url)
    try it.write("pbx-key", other.key)
    try await it.command("ledger", "pbx", "replaced", "--yes", saying: "unproven: 3 objects")
    if by == "numbers" {
      try await it.command("adopt", "1001-1002", contact)
    } else {
      for (name, table) in [("ext.csv", "ExtentionNumber\n1001\n1002\n"), ("book.csv", "PhoneNumber\n\(contact)\n")] {
        try it.write(name, table)
        try it.date(it.folder.path + "/" + name, secondsLater: 1)
        try await it.command("adopt", "--csv", it.folder.path + "/" + name)
      }
    }
    try await it.sync()
    #expect(try await other.state().extensions.sorted { $0.number < $1.number } == before.extensions)
    #expect(try await other.state().contacts == before.contacts)
    let requests = try await other.state().requests
    try await it.sync()
    #expect(try await other.state().requests == requests, "all is managed now")
  }

  @Test func `may have come to the same address`() async throws {
    let it = try await Installation(person("anna", "1001"))
    try await it.sync()
    try await it.command("ledger", "pbx", "same", "--yes", saying: "The ledger belongs to ")
    try await it.command("ledger", "pbx", "replaced", "--yes", saying: "unproven: 1 object")
    try await it.slapd.modify(replace(uid("anna"), "sn", "Neu"))
    // That is refused while it is there.
    #expect(try await it.calls { try await it.sync(expecting: nil) } == ["addExt 1001"])
    #expect(try await it.pbx.state().extensions.map(\.lastName) == ["Muster"])
  }

  @Test func `isn't one that is spelled in another way`() async throws {
    let it = try await Installation(person("anna", "1001"))
    try await it.sync()
    try it.name(it.pbx.url.replacingOccurrences(of: "http://", with: "HTTP://") + "/")
    #expect(try await it.calls { try await it.sync() } == [])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A restore of the ledger` {
  @Test func `names a file that isn't there, or that it can't read`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    for (file, reason) in [
      ("/nowhere/ledger.sqlite", "doesn't exist"), (it.folder.path, "it is a directory"),
      (it.configurationFile, "isn't a ledger"),
    ] {
      let said = try await it.command("ledger", "restore", file, "--yes", expecting: 65)
      #expect(said.contains("the ledger is unchanged: the file \(file) ") && said.contains(reason), "\(said)")
      #expect(!said.contains("can't be written"), "\(said)")
    }
    let backup = try await it.command("ledger", "backup", "/nowhere/copy.sqlite", expecting: 73)
    #expect(backup.contains("the backup can't be written to /nowhere/copy.sqlite: No such file"), "\(backup)")
    #expect(!backup.contains("[state]"), "\(backup)")
    try await it.command("ledger", "verify", saying: "Ledger OK.")
  }

  /// Their numbers from the pool are on the PBX alone, in another order than the pool would give them now.
  @Test func `gives nobody a second number of a pool, and leaves all what an export shows`() async throws {
    func unnumbered(_ name: String) -> String {
      person(name, "").replacing("telephoneNumber: +49 30 9018 \n", with: "")
    }
    let it = try await Installation(person("anna", "1001") + unnumbered("bea"))
    try it.configure(users: Settings.users + "\nextension.pool = [\"2000-2009\"]", contacts: "")
    try await it.sync()
    let backup = it.folder.path + "/backup"
    try await it.command("ledger", "backup", backup)
    for name in ["zoe", "carl", "dora"] {
      try await it.slapd.modify(unnumbered(name).ldapAdd)
      try await it.sync()
    }
    let refused = try await it.command("ledger", "restore", backup, "--json", expecting: 1)
    #expect(
      refused.contains("a restore needs a confirmation\",\"remedy\":\"") && refused.contains("--yes"), "\(refused)")
    let before = try await it.pbx.state().extensions
    #expect(before.map(\.number).sorted() == ["1001", "2000", "2001", "2002", "2003"])

    try await it.command("ledger", "restore", backup, "--yes")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
    try await it.command("conflicts", expecting: 1, saying: " audit --csv FILE --yes")
    let calls = try await it.calls { try await it.command("audit", "--csv", try await it.export(), "--yes") }
    #expect(calls == [])
    #expect(try await it.calls { try await it.sync() } == [])
    #expect(try await it.pbx.state().extensions == before)
    try await it.slapd.modify(unnumbered("emil").ldapAdd + replace(uid("zoe"), "sn", "Neu"))
    #expect(try await it.calls { try await it.sync() } == ["addExt 2004", "updateExt 2001"])
    // An extension adopted like this is managed like any other.
    try await it.remove("zoe")
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 2001"])
  }

  /// Only the admin knows that the extension without an address is the joiner's.
  @Test func `gives nobody without a mail address a second number of a pool, once an admin adopts the first`()
    async throws
  {
    let joiner = person("zoe", "").replacing("telephoneNumber: +49 30 9018 \n", with: "").replacing(
      "mail: zoe@example.com\n", with: "")
    let it = try await Installation(person("anna", "1001"))
    try it.configure(users: Settings.users + "\nextension.pool = [\"2000-2009\"]", contacts: "")
    try await it.sync()
    let backup = it.folder.path + "/backup"
    try await it.command("ledger", "backup", backup)
    try await it.slapd.modify(joiner.ldapAdd)
    #expect(try await it.calls { try await it.sync() } == ["addExt 2000"])
    try await it.command("ledger", "restore", backup, "--yes")
    try await it.command("audit", "--csv", try await it.export(), "--yes", expecting: nil)
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
    try await it.command("conflicts", expecting: 1, saying: "or with its names if it has none")
    let calls = try await it.calls {
      try await it.command("adopt", "2000", expecting: nil)
      try await it.sync()
    }
    #expect(calls.filter { $0.hasPrefix("addExt") } == [], "\(calls)")
    #expect(try await it.pbx.state().extensions.map(\.number).sorted() == ["1001", "2000"])
  }

  /// Somebody left after the table was made, and the number is a hand-made extension's now.
  @Test func `believes no table that is older, and none that lacks nearly all`() async throws {
    let it = try await Installation((0..<6).map { person("p\($0)", String(1000 + $0)) }.joined())
    try await it.sync()
    let backup = it.folder.path + "/backup"
    try await it.command("ledger", "backup", backup)
    let old = try await it.export(secondsLater: 0)
    try await it.remove("p1")
    try await it.sync()
    try await it.pbx.add([Simulator.Extension("1001", "Hand", "Made")])
    try await it.command("ledger", "restore", backup, "--yes")
    try await it.command("audit", "--csv", old, "--yes", expecting: 65, saying: "the ledger was restored at")
    try it.write("export.csv", "ExtentionNumber,FirstName,LastName,EmailAddress,OutboundCallerID\n")
    try it.date(old, secondsLater: 1)
    try await it.command("audit", "--csv", old, "--yes", expecting: 65, saying: "lacks 6 of 6 managed objects")
    for _ in 1...2 { try await it.sync(expecting: nil) }
    #expect(try await it.pbx.state().extensions.contains { $0.firstName == "Hand" })
  }

  /// A copy of an old table has a new time.
  @Test func `believes no table that lacks what was made after the backup, or shows what was removed`() async throws {
    let it = try await Installation((0..<6).map { person("p\($0)", String(1000 + $0)) }.joined())
    try await it.sync()
    let backup = it.folder.path + "/backup"
    try await it.command("ledger", "backup", backup)
    let old = try await it.export()
    try await it.remove("p1")
    try await it.slapd.modify(person("dan", "1900").ldapAdd)
    try await it.sync()
    try await it.pbx.add([Simulator.Extension("1001", "Hand", "Made")])
    try await it.command("ledger", "restore", backup, "--yes")
    try it.date(old, secondsLater: 1)
    let reason = "lacks extension 1900, which the ledger before the restore had made, and shows extension 1001"
    try await it.command("audit", "--csv", old, expecting: 1, saying: reason)
    try await it.command("audit", "--csv", old, "--yes", expecting: 65, saying: reason)
    try await it.command("adopt", "--csv", old, expecting: 65, saying: reason)
    try await it.pbx.lose(extensions: ["1001"])
    let right = try await it.export()
    try await it.command("audit", "--csv", right, "--yes", expecting: nil, saying: "5 proved to be managed")
    try it.date(old, secondsLater: 2)
    try await it.command("audit", "--csv", old, expecting: nil)
    #expect(
      try await it.pbx.state().extensions.map(\.number).sorted() == ["1000", "1002", "1003", "1004", "1005", "1900"])
  }

  /// What the first of them had put aside counts as well.
  @Test func `after another one knows what was done before both, and removes nothing unasked`() async throws {
    let it = try await Installation((0..<6).map { person("p\($0)", String(1000 + $0)) }.joined())
    try await it.sync()
    let (older, newer) = (it.folder.path + "/b0", it.folder.path + "/b1")
    try await it.command("ledger", "backup", older)
    try await it.slapd.modify(replace(uid("p5"), "sn", "Neu"))
    try await it.sync()
    try await it.command("ledger", "backup", newer)
    let made = try await it.pbx.state().extensions.filter { $0.number == "1001" }
    try await it.remove("p1")
    try await it.sync()
    // Created again by hand, with the same values.
    try await it.pbx.add(made)
    try await it.command("ledger", "restore", newer, "--yes", saying: "delete extension 1001")
    try await it.command(
      "ledger", "restore", older, "--yes",
      saying: "It also lacks, from before an earlier restore, objects that the PBX had removed: extension 1001.")
    let table = try await it.export()
    try await it.command("audit", "--csv", table, "--yes", expecting: 65, saying: "shows extension 1001")
    let calls = try await it.calls {
      try await it.command(
        "audit", "--csv", table, "--accept-losses", "--yes", expecting: 4, saying: "since an older ledger was restored")
      for _ in 1...2 { try await it.sync(expecting: 4) }
    }
    #expect(!calls.contains("deleteExt 1001"), "\(calls)")
    #expect(try await it.pbx.state().extensions.count == 6)
  }

  @Test func `ends approvals and permissions of before`() async throws {
    let it = try await Installation((0..<12).map { person("p\($0)", String(1000 + $0)) }.joined())
    try await it.sync()
    let backup = it.folder.path + "/backup"
    try await it.command("adopt", "1900")
    let narrow = Settings.users.replacing(
      "(objectClass=inetOrgPerson)", with: "(&(objectClass=inetOrgPerson)(!(uid=p1)))")
    try it.configure(users: narrow)
    let name = try #require(try await it.sync(expecting: 4).held.first?.name)
    try await it.command("approve", name)
    try await it.command("ledger", "backup", backup)
    try await it.command("reject", name)
    try await it.command("release", "1900")
    try await it.pbx.add([Simulator.Extension("1900", "Lobby", "Phone")])
    try await it.command("ledger", "restore", backup, "--yes")
    try await it.slapd.modify(person("dan", "1900").ldapAdd)
    try await it.command("audit", "--csv", try await it.export(), "--yes", expecting: nil)
    for _ in 1...2 { try await it.sync(expecting: nil) }
    let state = try await it.pbx.state().extensions
    #expect(state.count == 13 && state.contains { $0.firstName == "Lobby" })
  }

  @Test func `keeps rejections, also when an object is proved or adopted`() async throws {
    let people = (0..<12).map { person("p\($0)", String(1000 + $0)) }
    let it = try await Installation(people.joined())
    try await it.sync()
    try it.configure(limits: "")
    for index in 0..<6 { try await it.slapd.modify(replace(uid("p\(index)"), "sn", "New")) }
    try await it.command("reject", try #require(try await it.sync(expecting: 4).held.first?.name))
    let backup = it.folder.path + "/backup"
    try await it.command("ledger", "backup", backup)
    try await it.slapd.modify(replace(uid("p9"), "sn", "Later"))
    try await it.sync()
    try await it.command("ledger", "restore", backup, "--yes", saying: "rejected stays so")
    try await it.command("release", "1005", "--yes")
    for number in ["1004", "1005"] { try await it.command("adopt", number) }
    try await it.sync(expecting: nil)
    try await it.command("audit", "--csv", try await it.export(), "--yes", expecting: nil)
    // An entry that is created again.
    try await it.remove("p0")
    try await it.slapd.modify(people[0].replacing("sn: Muster", with: "sn: New").ldapAdd)
    for _ in 1...2 { try await it.sync(expecting: nil) }
    #expect(try await it.pbx.state().extensions.filter { $0.lastName == "New" } == [])
    try await it.command("plan", expecting: nil, saying: "rejected")
  }

  /// Added since the backup, which has none; extensions are audited, contacts aren't.
  @Test func `doubles no contact`() async throws {
    let it = try await Installation(person("anna", "1001"))
    try await it.sync()
    let backup = it.folder.path + "/backup"
    try await it.command("ledger", "backup", backup)
    try await it.slapd.modify(partner("Neu", "+49 89 1234567").ldapAdd)
    try await it.sync()
    try await it.command("ledger", "restore", backup, "--yes")
    try await it.command("audit", "--csv", try await it.export(), "--yes", expecting: nil)
    try await it.sync()
    #expect(try await it.pbx.state().contacts.count == 1)
  }

  /// The number of an entry that left after the backup belongs to another entry by now.
  @Test func `removes no phone in service`() async throws {
    let it = try await Installation(person("anna", "1001") + person("bea", "1002"))
    try await it.sync()
    let backup = it.folder.path + "/backup"
    try await it.command("ledger", "backup", backup)
    try await it.remove("anna")
    try await it.sync()
    try await it.slapd.modify(person("carl", "1001").ldapAdd + partner("Neu", "+49 89 1234567").ldapAdd)
    try await it.sync()

    let said = try await it.command("ledger", "restore", backup, "--yes", saying: "Unproven")
    #expect(said.contains("2 later runs and 3 changes"))
    let calls = try await it.calls { try await it.sync(expecting: nil) }
    #expect(!calls.contains { $0.hasPrefix("delete") || $0.hasPrefix("updateExt") }, "\(calls)")
    let state = try await it.pbx.state()
    #expect(state.extensions.map(\.number).sorted() == ["1001", "1002"])
    #expect(state.extensions.first { $0.number == "1001" }?.firstName == "carl")
    #expect(state.contacts.count == 1, "nobody is there twice")
  }
}
