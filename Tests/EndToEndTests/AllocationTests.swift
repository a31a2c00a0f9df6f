import TestSupport
import Testing

/// People with no number get one of a pool, for good.
@Suite(.timeLimit(.minutes(15))) struct `A pool` {
  private static let writer = "cn=writer,dc=example,dc=com"

  private func installation(
    _ people: String, pool: String = "\"2000-2009\""
  ) async throws -> Installation {
    let it = try await Installation(people)
    try it.configure(users: Settings.users + "\nextension.pool = [\(pool)]", contacts: "")
    return it
  }

  private func numbers(_ it: Installation) async throws -> [String: String] {
    let extensions = try await it.pbx.state().extensions
    return Dictionary(extensions.map { ($0.firstName, $0.number) }, uniquingKeysWith: { first, _ in first })
  }

  @Test func `gives the lowest free numbers, and the same ones for ever`() async throws {
    let it = try await installation(unnumbered("ann") + person("bob", "2000") + unnumbered("cleo"))
    let planned = try await it.sync("--dry-run", expecting: 2)
    #expect(planned.changes.count == 3 && planned.problems.isEmpty)
    try await it.command("plan", expecting: 2, saying: "allocated from the pool")
    try await it.sync()
    let first = try await numbers(it)
    #expect(first["bob"] == "2000" && Set(first.values) == ["2000", "2001", "2002"])
    #expect(try await it.calls { try await it.sync() } == [], "a second run has nothing to do")

    // Somebody who leaves and comes back has the same number, though lower ones are free.
    let cleos = try #require(first["cleo"])
    try await it.remove("cleo")
    #expect(try await it.calls { try await it.sync() } == ["deleteExt \(cleos)"])
    try await it.slapd.modify(unnumbered("dora").ldapAdd)
    try await it.sync()
    #expect(try await numbers(it)["dora"] == cleos, "it was free")
    #expect(try await it.calls { try await it.sync() } == [])
    try await it.command("why", "ann", saying: "from the pool")
    try await it.command("why", first["ann"] ?? "", saying: "allocated to uid=ann")
    try await it.command("status", saying: "Numbers allocated from pools: 2")
  }

  @Test func `gives everybody the same number again after a run was undone`() async throws {
    let it = try await installation(unnumbered("ann") + unnumbered("bob"))
    try await it.sync()
    let before = try await numbers(it)
    try await it.command("undo", "1", "--yes", saying: "2")
    #expect(try await it.pbx.state().extensions.isEmpty)
    try await it.slapd.modify(unnumbered("cleo").ldapAdd)
    try await it.sync()
    let after = try await numbers(it)
    #expect(after.filter { before.keys.contains($0.key) } == before)
    #expect(after.count == 3)
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test func `gives a disabled account its number back`() async throws {
    let it = try await installation(unnumbered("ann") + unnumbered("bob"))
    try await it.sync()
    let before = try await numbers(it)
    let off =
      "dn: \(uid("ann"))\nchangetype: modify\nadd: objectClass\nobjectClass: shadowAccount\n-\n"
      + "add: shadowExpire\nshadowExpire: 1\n\n"
    try await it.slapd.modify(off)
    #expect(try await it.calls { try await it.sync() }.count == 1)
    try await it.slapd.modify("dn: \(uid("ann"))\nchangetype: modify\ndelete: shadowExpire\n\n")
    #expect(try await it.calls { try await it.sync() } == ["addExt \(before["ann"] ?? "")"])
    #expect(try await numbers(it) == before)
  }

  @Test func `skips a foreign number at the next run`() async throws {
    let it = try await installation(unnumbered("ann"))
    try await it.pbx.add([.init("2000", "Foreign")])
    #expect(try await it.calls { try await it.sync(expecting: 3) } == ["addExt 2000"])
    #expect(try await it.calls { try await it.sync() } == ["addExt 2001"])
    #expect(try await numbers(it) == ["Foreign": "2000", "ann": "2001"])
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test func `that is exhausted leaves out the last ones and names them`() async throws {
    let it = try await installation(
      unnumbered("ann") + unnumbered("bob") + unnumbered("cleo"), pool: "\"2000-2001\"")
    let report = try await it.sync(expecting: 3)
    #expect(report.counts.added == 2)
    #expect(report.conflicts.map(\.reason).count == 1)
    #expect(report.conflicts.first?.reason?.contains("the pool 2000-2001") == true)
    try await it.command("conflicts", expecting: 1, saying: "widen extension.pool")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
  }

  @Test func `gives nobody a number that another entry has, whatever else is wrong with it`() async throws {
    let bad = person("mail", "2000").replacing("givenName: mail\n", with: "")
    let off = person("off", "2001", extra: "shadowExpire: 1\n").replacing(
      "objectClass: inetOrgPerson", with: "objectClass: inetOrgPerson\nobjectClass: shadowAccount")
    let it = try await installation(
      unnumbered("ann") + bad + off + person("excluded", "2002", extra: "title: none\n") + person("listed", "2003")
        + person("other", "2004", extra: "title: other\n").replacing("givenName: other\n", with: ""))
    try it.write("list", "\(uid("listed"))\n")
    let others = Settings.users.replacing("(objectClass=inetOrgPerson)", with: "(title=other)")
    let people = Settings.users.replacing("(objectClass=inetOrgPerson)", with: "(!(title=other))")
    try it.configure(
      users: people + "\nexclude = \"(title=none)\"\nexclude_file = \"list\"\nextension.pool = [\"2000-2009\"]\n"
        + others, contacts: "")
    try await it.sync(expecting: 3)
    #expect(try await numbers(it) == ["ann": "2005"])
  }

  @Test func `gives foreign numbers again once they are free, and names them while they aren't`() async throws {
    let it = try await installation(unnumbered("ann"), pool: "\"2000-2001\"")
    try await it.pbx.add([.init("2000", "Foreign"), .init("2001", "Foreign")])
    try await it.sync(expecting: 3)
    try await it.sync(expecting: 3)
    try await it.command("conflicts", expecting: 1, saying: "than the ledger knows there (2000, 2001)")
    try await it.command("release", "2000-2001", saying: "Foreign from now on, and left to the PBX: 2000, 2001")
    try await it.sync(expecting: 3)
    let said = try await it.command("conflicts", expecting: 1, saying: "foreign extensions under 2000, 2001")
    #expect(!said.contains("changetype"), "no number of the pool is free")
    try await it.pbx.lose(extensions: ["2001"])
    // One of them is asked for in each run, by turns from second to second.
    try await eventually("the number") {
      try await it.sync(expecting: nil)
      return try await numbers(it) == ["Foreign": "2000", "ann": "2001"]
    }
    try await it.command("conflicts", expecting: 1, saying: "the pool skips it")
  }

  @Test func `is in a range that may be adopted`() async throws {
    let it = try await installation(unnumbered("ann") + person("bob", "2001"))
    try await it.pbx.add([.init("2000", "Foreign"), .init("2001", "Robert")])
    try await it.command("adopt", "2000-2009")
    let calls = try await it.calls { try await it.sync(expecting: 3) }
    #expect(calls == ["addExt 2000", "updateExt 2001"])
    try await it.sync()
    #expect(try await numbers(it) == ["Foreign": "2000", "bob": "2001", "ann": "2002"])
  }

  @Test func `gives another number if an unproven one is released as foreign`() async throws {
    let it = try await installation(unnumbered("ann"))
    try await it.pbx.add([.init("2000", "Foreign")])
    try await it.pbx.setFaults([.init("cut-before", action: "addExt", times: 1)])
    try await it.sync(expecting: 3)
    try await it.command("conflicts", expecting: 1, saying: "2000")
    try await it.command("release", "2000")
    try await it.sync(expecting: nil)
    #expect(try await numbers(it) == ["Foreign": "2000", "ann": "2001"])
  }

  @Test func `is no finding of lint, and a number that has gone is one`() async throws {
    let it = try await installation(unnumbered("ann") + person("bob", "1001"))
    try await it.command("lint", saying: "no errors")
    try await it.sync()
    try await it.slapd.modify("dn: \(uid("bob"))\nchangetype: modify\ndelete: telephoneNumber\n\n")
    let calls = try await it.calls { try await it.sync(expecting: 3) }
    #expect(calls == [], "a hidden attribute looks the same")
    try await it.command("conflicts", expecting: 1, saying: "and still has extension 1001")
  }

  /// Two audits, for a later one shows what is there and forgets nobody.
  @Test func `gives none to those whose number is hidden and was lost by the PBX`() async throws {
    let it = try await installation(person("ann", "1001") + person("bob", "1002") + person("cleo", "1003"))
    try await it.sync()
    try await it.pbx.lose(extensions: ["1001"])
    try await it.slapd.modify("dn: \(uid("ann"))\nchangetype: modify\ndelete: telephoneNumber\n\n")
    try it.write("rest.csv", "ExtentionNumber\n1002\n1003\n")
    for _ in 0..<2 {
      let calls = try await it.calls {
        try await it.command(
          "audit", "--csv", it.folder.path + "/rest.csv", "--yes", "--accept-losses", expecting: nil)
        try await it.sync(expecting: 3)
      }
      #expect(calls == [])
    }
    try await it.command("conflicts", expecting: 1, saying: "the PBX lost its extension 1001")
    let shown = "dn: \(uid("ann"))\nchangetype: modify\nadd: telephoneNumber\ntelephoneNumber: +49 30 9018 1001\n\n"
    try await it.slapd.modify(shown)
    #expect(try await it.calls { try await it.sync() } == ["addExt 1001"])
  }

  /// An entry that is created again gets another entryUUID, and here none of the numbers.
  @Test func `gives none to an entry that was created again and shows no number`() async throws {
    let people = person("ann", "1001") + person("bob", "1002") + person("cleo", "1003")
    let it = try await installation(people)
    try await it.sync()
    try it.configure(
      users: Settings.users + "\nextension.pool = [\"2000-2009\"]", contacts: "", removal: "complete_reads = 2")
    try await it.remove("ann")
    try await it.slapd.modify(unnumbered("ann").ldapAdd)
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
    let list = try await it.command("conflicts", expecting: 1, saying: "which no source finds and which still has 1001")
    #expect(
      !list.contains("removal is held") && list.contains("once it is held"), "its grace period has just begun: \(list)")
  }

  /// The number is gone first, which keeps the extension, and the entryUUID is renewed later.
  @Test func `takes no extension of an entry that was created again, and gives it no other`() async throws {
    let it = try await installation(person("ann", "1001") + person("bob", "1002") + person("cleo", "1003"))
    try await it.sync()
    try it.configure(
      users: Settings.users + "\nextension.pool = [\"2000-2009\"]", contacts: "",
      removal: "complete_reads = 1\nafter = \"0s\"")
    try await it.slapd.modify("dn: \(uid("ann"))\nchangetype: modify\ndelete: telephoneNumber\n\n")
    try await it.sync(expecting: 3)
    try await it.remove("ann")
    try await it.slapd.modify(unnumbered("ann").ldapAdd)
    for _ in 1...3 { #expect(try await it.calls { try await it.sync(expecting: 4) } == []) }
    #expect(try await numbers(it)["ann"] == "1001")
    let name = try #require(try await it.sync(expecting: 4).held.first?.name)
    try await it.command(
      "reject", name, saying: "its objects stay as they are until a source finds their entries again")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
    // It shows its number again.
    let shown = "dn: \(uid("ann"))\nchangetype: modify\nadd: telephoneNumber\ntelephoneNumber: +49 30 9018 1001\n\n"
    try await it.slapd.modify(shown)
    #expect(try await it.calls { try await it.sync() } == [])
    #expect(try await numbers(it)["ann"] == "1001")
  }

  @Test func `gives nothing new while the read is incomplete`() async throws {
    let it = try await installation(unnumbered("ann"))
    try it.configure(
      directory: "canaries = [\"\(uid("nobody"))\"]", users: Settings.users + "\nextension.pool = [\"2000-2009\"]")
    #expect(try await it.calls { try await it.sync(expecting: 69) } == [])
  }

  @Test(arguments: ["notes-taken", "intents-committed", "request-answered", "outcomes-committed"])
  func `gives no number twice though a run is killed`(point: String) async throws {
    let it = try await installation(unnumbered("ann") + unnumbered("bob"))
    try it.configure(
      users: Settings.users + "\nextension.pool = [\"2000-2009\"]", contacts: "", pbx: "probe = \"auto\"")
    let killed = try await ChildProcess.run(
      "/usr/bin/env",
      ["PBXSYNCD_CRASH_AT=\(point):1", Installation.binary, "--config", it.configurationFile, "--sync-now"])
    #expect(killed.exitStatus != 0)
    // Somebody with a smaller id may come: nobody's number changes by that.
    try await it.slapd.modify(unnumbered("cleo").ldapAdd)
    // An add that was under way beside the one at which it was killed can't be proved: an admin says whose it is.
    for change in try await it.sync(expecting: nil).changes where change.outcome == "unproven" {
      try await it.command("adopt", change.number)
    }
    try await it.sync()
    let extensions = try await it.pbx.state().extensions
    #expect(Set(extensions.map(\.number)) == ["2000", "2001", "2002"] && extensions.count == 3)
    #expect(Set(extensions.map(\.firstName)).count == 3)
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test func `serves a newcomer at the next poll if the directory sends change notifications`() async throws {
    let it = try await Installation(
      unnumbered("ann"), slapd: "overlay syncprov\nsyncprov-sessionlog 1000\nindex entryUUID eq")
    try it.configure(
      users: Settings.users + "\nextension.pool = [\"2000-2009\"]", contacts: "", schedule: "poll = \"1s\"")
    let service = try Service(it)
    try await service.runs(1)
    try await it.slapd.modify(unnumbered("bob").ldapAdd)
    try await service.pbx("the newcomer") { $0.extensions.map(\.number) == ["2000", "2001"] }
    try await it.slapd.modify(replace(uid("bob"), "sn", "Neu"))
    try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["Muster", "Neu"] }
    #expect(await service.stop() == 0)
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test func `is applied from a plan as it was reviewed`() async throws {
    let it = try await installation(unnumbered("ann"))
    let plan = it.folder.path + "/plan"
    try await it.command("plan", "--out", plan, expecting: 2)
    #expect(try await it.calls { try await it.command("apply", plan) } == ["addExt 2000"])
    #expect(try await it.calls { try await it.sync() } == [])
  }

  // MARK: Written back

  private func writing(_ people: String, right: String = "add") async throws -> Installation {
    let it = try await Installation(
      """
      dn: \(Self.writer)
      objectClass: organizationalRole
      objectClass: simpleSecurityObject
      cn: writer
      userPassword: may-write

      """ + "\n" + people,
      slapd: """
        access to attrs=telephoneNumber by dn.exact="\(Self.writer)" \(right) by * read
        access to * by anonymous auth by * read
        """)
    try it.write("writer-password", "may-write")
    try it.configure(
      directory: "[directory.write]\nbind_dn = \"\(Self.writer)\"\nbind_password_file = \"writer-password\"",
      users: Settings.users
        + """

        extension.pool = ["2000-2009"]
        extension.write_back = "telephoneNumber"
        extension.write_back_value = "+49 30 9018 {number}"
        """, contacts: "")
    return it
  }

  @Test func `is written back once the PBX has the number, and nothing follows from that`() async throws {
    let it = try await writing(unnumbered("ann"))
    try await it.command("doctor", saying: "bind of [directory.write]: \(Self.writer)")
    let planned = try await it.sync("--dry-run", expecting: 2)
    #expect(planned.directoryChanges.map(\.value) == ["+49 30 9018 2000"])
    try await it.command("plan", expecting: 2, saying: "telephoneNumber: +49 30 9018 2000")
    let report = try await it.sync()
    #expect(report.directoryChanges.map(\.outcome) == ["done"])
    #expect(try await it.slapd.value("telephoneNumber", of: uid("ann")) == "+49 30 9018 2000")
    #expect(try await it.pbx.state().extensions.map(\.callerID) == ["493090182000"])
    var again: Report?
    #expect(try await it.calls { again = try await it.sync() } == [], "the directory says the same now")
    #expect(again?.directoryChanges.isEmpty == true)
    // If the directory loses the number again, the extension stays, and so does the write-back.
    try await it.slapd.modify("dn: \(uid("ann"))\nchangetype: modify\ndelete: telephoneNumber\n\n")
    #expect(try await it.calls { try await it.sync() } == [])
    #expect(try await it.slapd.value("telephoneNumber", of: uid("ann")) == "+49 30 9018 2000")
  }

  @Test func `is written back to an entry that is created again and keeps its extension`() async throws {
    let it = try await writing(unnumbered("ann"))
    try await it.sync()
    try await it.remove("ann")
    try await it.slapd.modify(unnumbered("ann").ldapAdd)
    #expect(try await it.calls { try await it.sync() } == [])
    #expect(try await it.slapd.value("telephoneNumber", of: uid("ann")) == "+49 30 9018 2000")
    #expect(try await it.sync().directoryChanges.isEmpty)
  }

  @Test func `isn't written before the PBX has it`() async throws {
    let it = try await writing(unnumbered("ann"))
    try await it.pbx.add([.init("2000", "Foreign")])
    try await it.sync(expecting: 3)
    #expect(try await it.slapd.value("telephoneNumber", of: uid("ann")) == nil)
    try await it.sync()
    #expect(try await it.slapd.value("telephoneNumber", of: uid("ann")) == "+49 30 9018 2001")
  }

  @Test func `isn't written without the right to, and is tried again`() async throws {
    let it = try await writing(unnumbered("ann"), right: "read")
    for calls in [["addExt 2000"], []] {
      var report: Report?
      #expect(try await it.calls { report = try await it.sync(expecting: 3) } == calls)
      #expect(report?.directoryChanges.map(\.outcome) == ["failed"])
      #expect(report?.directoryChanges.first?.message?.contains("Insufficient access") == true)
    }
    try await it.command("--sync-now", expecting: 3, saying: "add: telephoneNumber\ntelephoneNumber: +49 30 9018 2000")
  }

  @Test func `isn't written by one whose password is wrong, and all else goes on`() async throws {
    let it = try await writing(unnumbered("ann") + unnumbered("bob"))
    try it.write("writer-password", "wrong")
    let report = try await it.sync(expecting: 3)
    #expect(report.counts.added == 2 && report.directoryChanges.map(\.outcome) == ["failed", "failed"])
    try it.write("writer-password", "may-write")
    #expect(try await it.calls { try await it.sync() } == [])
    #expect(try await it.slapd.value("telephoneNumber", of: uid("bob")) != nil)
  }

  @Test func `never overwrites what is there`() async throws {
    let it = try await writing(unnumbered("ann"))
    let settings = try it.configuration().replacing("digits | last 4", with: "match '9018 ([0-9]+)$'")
    try it.write("pbxsyncd.toml", settings.replacing("'9018 ([0-9]+)$'", with: "\\\"9018 ([0-9]+)$\\\""))
    try await it.slapd.modify(replace(uid("ann"), "telephoneNumber", "+49 171 1234567"))
    let report = try await it.sync(expecting: 3)
    #expect(report.counts.added == 1)
    #expect(report.directoryChanges.first?.message?.contains("it has the value \"+49 171 1234567\" already") == true)
    #expect(try await it.slapd.value("telephoneNumber", of: uid("ann")) == "+49 171 1234567")
  }
}
