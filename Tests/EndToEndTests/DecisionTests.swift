import Foundation
import TestSupport
import Testing

/// Held removals wait for an admin, who decides on exactly what was shown.
@Suite(.timeLimit(.minutes(15))) struct `Held removals` {
  private static let strict = "complete_reads = 1\nafter = \"0s\"\nmax_percent = 0"

  private func held() async throws -> (Installation, name: String) {
    let it = try await Installation((0..<9).map { person("p\($0)", "100\($0)") }.joined())
    try await it.sync()
    try it.configure(removal: Self.strict)
    try await it.remove("p1")
    let report = try await it.sync(expecting: 4)
    return (it, try #require(report.held.first?.name))
  }

  @Test func `are listed by name, with the people concerned`() async throws {
    let (it, name) = try await held()
    let list = try await it.command("approve")
    #expect(list.contains(name) && list.contains("1001  p1 Muster"))
    try await it.command("status", saying: name)
  }

  @Test func `are made once they are approved`() async throws {
    let (it, name) = try await held()
    try await it.command("approve", name)
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 1001"])
    #expect(try await it.command("approve") == "Nothing is held.\n")
  }

  @Test func `are made of exactly the approved set, and who is due beside them is held`() async throws {
    let (it, name) = try await held()
    try await it.command("approve", name)
    try await it.remove("p2")
    let calls = try await it.calls {
      let report = try await it.sync(expecting: 4)
      #expect(report.held.first?.objects.map(\.number) == ["1002"])
    }
    #expect(calls == ["deleteExt 1001"], "another one needs another approval")
    try await it.command("approve", name, expecting: 1, saying: "no set \(name) is held now")
    #expect(try await it.calls { try await it.sync(expecting: 4) } == [])
  }

  @Test func `are refused an approval for a set that never was`() async throws {
    let (it, name) = try await held()
    try await it.command("approve", "extensions-00000000", expecting: 1, saying: name)
    #expect(try await it.calls { try await it.sync(expecting: 4) } == [])
  }

  @Test func `are dropped once they are rejected, and counted from the start`() async throws {
    let (it, name) = try await held()
    try it.configure(removal: "complete_reads = 2\nafter = \"0s\"\nmax_percent = 0")
    try await it.command("reject", name)
    let report = try await it.sync()
    #expect(report.held.isEmpty && report.waiting.map(\.number) == ["1001"])
  }

  @Test func `end when the people come back`() async throws {
    let (it, _) = try await held()
    try await it.slapd.modify(person("p1", "1001").ldapAdd)
    // The directory has a new entry with the same values: the extension is as wanted already.
    #expect(try await it.calls { try await it.sync() } == [])
    #expect(try await it.command("approve") == "Nothing is held.\n")
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Changed search settings` {
  /// The 1-of-1660 case: a filter that matches one person of a whole company.
  @Test func `that leave one entry of 1660 remove nobody, and the reason is reported`() async throws {
    let it = try await Installation((0..<1660).map { person("p\($0)", String(1000 + $0)) }.joined())
    try await it.sync()
    let typo = Settings.users.replacing("(objectClass=inetOrgPerson)", with: "(uid=p7)")
    try it.configure(users: typo, removal: "complete_reads = 1\nafter = \"0s\"")
    let calls = try await it.calls {
      let report = try await it.sync(expecting: 4)
      #expect(report.held.first?.objects.count == 1659)
      #expect(
        report.held.first?.limit.contains("1659 extensions whose entries no source finds since the filter of") == true)
      for _ in 0..<3 { try await it.sync(expecting: 4) }
    }
    #expect(calls == [])
    #expect(try await it.pbx.state().extensions.count == 1660)
  }

  /// A change of the configuration, and its report.
  @Test(arguments: [
    ("(objectClass=inetOrgPerson)", "(&(objectClass=inetOrgPerson)(!(uid=p1)))", "the filter of"),
    ("base = \"ou=people,", "base = \"ou=berlin,ou=people,", "the base of"),
    ("filter =", "scope = \"one\"\n    filter =", "the scope of"),
  ])
  func `hold every removal until it is approved, whatever the limits`(old: String, new: String, reason: String)
    async throws
  {
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
    let name = try #require(try await it.sync(expecting: 4).held.first?.name)
    #expect(try await it.calls { try await it.sync(expecting: 4) } == [], "however often it is read so")
    try await it.command("approve", name)
    #expect(try await it.calls { try await it.sync() }.count == 1)
  }

  /// The filter is still the wrong one.
  @Test func `hold what an undo brought back until its entry is found again`() async throws {
    let it = try await Installation((0..<6).map { person("p\($0)", String(1000 + $0)) }.joined())
    try await it.sync()
    try it.configure(users: Settings.users.replacing("(objectClass=inetOrgPerson)", with: "(&(uid=*)(!(uid=p1)))"))
    try await it.command("approve", try #require(try await it.sync(expecting: 4).held.first?.name))
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 1001"])
    let run = try #require(try await it.command("history").split(separator: ",").first.map(String.init))
    try await it.command("undo", run, "--yes")
    var name = ""
    let calls = try await it.calls {
      for _ in 1...3 {
        let held = try #require(try await it.sync(expecting: 4).held.first)
        #expect(held.limit.contains("since an undo reverted the removal"))
        name = held.name
      }
      try await it.command("reject", name, saying: "until a source finds their entries again")
      try await it.sync(expecting: nil)
      try it.configure()
      try await it.sync()
    }
    #expect(calls == [])
    try await it.remove("p1")
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 1001"], "from then on as any other")
  }

  /// A filter that hides three of sixty, as shipped but for the grace; then another edit, and back.
  @Test(arguments: ["run-begun", "notes-taken", "holds-kept", "read-recorded"])
  func `hold all that they hide even if the first run is killed`(point: String) async throws {
    let it = try await Installation((0..<12).map { person("p\($0)", String(1000 + $0)) }.joined())
    try await it.sync()
    try it.configure(
      users: Settings.users.replacing("(objectClass=inetOrgPerson)", with: "(&(objectClass=inetOrgPerson)(!(uid=p1)))"))
    let killed = try await ChildProcess.run(
      "/usr/bin/env",
      ["PBXSYNCD_CRASH_AT=\(point):1", Installation.binary, "--config", it.configurationFile, "--sync-now"])
    #expect(killed.exitStatus != 0)
    for _ in 1...3 { try await it.sync(expecting: 4) }
    #expect(try await it.pbx.state().extensions.count == 12)
  }

  @Test func `hold all that they hide, however few, over any number of runs and edits`() async throws {
    let people = (0..<60).map {
      person("p\($0)", String(1000 + $0), extra: "l: \($0 < 3 ? "B" : $0 < 5 ? "C" : "A")\n")
    }
    let it = try await Installation(people.joined())
    try await it.sync()
    let grace = "complete_reads = 2\nafter = \"0s\""
    func hide(_ filter: String) throws {
      try it.configure(
        users: Settings.users.replacing("(objectClass=inetOrgPerson)", with: filter), removal: grace)
    }
    try hide("(&(objectClass=inetOrgPerson)(!(l=B)))")
    let calls = try await it.calls {
      for _ in 0..<4 {
        let report = try await it.sync(expecting: 4)
        #expect(report.held.first?.objects.map(\.number) == ["1000", "1001", "1002"])
      }
      let list = try await it.command(
        "approve", saying: "was (objectClass=inetOrgPerson) and is now (&(objectClass=inetOrgPerson)(!(l=B)))")
      #expect(list.contains("3 of 3 can still be read in the directory by their ID"), "\(list)")
      #expect(
        list.contains("no source selects the entry") && !list.contains("no longer"), "\(list)")
      #expect(list.contains("hides them"), "\(list)")
      let reason = "such as \(uid("p0")): the filter of \"ou=people,dc=example,dc=com\" doesn't match it"
      #expect(list.contains(reason), "\(list)")
      try await it.command("status", saying: reason)
      try await it.command("plan", expecting: 2, saying: reason)
      try hide("(&(objectClass=inetOrgPerson)(!(|(l=B)(l=C))))")
      for _ in 0..<3 {
        let report = try await it.sync(expecting: 4)
        #expect(report.held.map(\.objects.count) == [5])
      }
      try await it.remove("p0")
      try await it.sync(expecting: 4)
      let rest = try await it.command("approve", saying: "4 of 5 can still be read")
      #expect(rest.contains("the entry is no longer in the directory"), "\(rest)")
      try it.configure(removal: grace)
      let report = try await it.sync(expecting: 4)
      #expect(report.held.map { $0.objects.map(\.number) } == [["1000"]], "the others are back without a trace")
    }
    #expect(calls == [])
  }

  @Test func `without the pool hold all objects with a number from it`() async throws {
    let unnumbered = person("p0", "").replacing("telephoneNumber: +49 30 9018 \n", with: "")
    let it = try await Installation(unnumbered + (1..<12).map { person("p\($0)", String(1000 + $0)) }.joined())
    try it.configure(users: Settings.users + "\nextension.pool = [\"2000-2009\"]")
    try await it.sync()
    try it.configure()
    let calls = try await it.calls {
      for _ in 1...3 {
        let report = try await it.sync(expecting: nil)
        #expect(report.held.isEmpty || report.held.first?.limit.contains("the pool of") == true, "\(report.held)")
      }
    }
    #expect(calls == [])
    #expect(!(try await it.command("approve").contains("hides them")), "only the number has changed")
    #expect(try await it.pbx.state().extensions.count == 12)
  }

  /// Back and forth between two filters; each change is reported.
  @Test func `are reported with each change, and in every output about the held set`() async throws {
    let it = try await Installation((0..<12).map { person("p\($0)", String(1000 + $0)) }.joined())
    try await it.sync()
    let narrow = "(&(objectClass=inetOrgPerson)(!(uid=p1)))"
    let change = "(objectClass=inetOrgPerson) and is now \(narrow)"
    for _ in 0..<2 {
      try it.configure(users: Settings.users.replacing("(objectClass=inetOrgPerson)", with: narrow))
      try await it.command("--sync-now", expecting: 4, saying: "have changed")
      for command in ["plan", "status", "approve"] {
        let said = try await it.command(command, expecting: command == "plan" ? 2 : 0)
        #expect(said.contains(change), "\(command): \(said)")
      }
      try it.configure()
      try await it.command("--sync-now", saying: "have changed")
    }
  }

  @Test func `keep rejected removals until they are approved after all`() async throws {
    let it = try await Installation((0..<9).map { person("p\($0)", "100\($0)") }.joined())
    try await it.sync()
    try it.configure(
      users: Settings.users.replacing("(objectClass=inetOrgPerson)", with: "(&(objectClass=inetOrgPerson)(!(uid=p1)))"))
    let name = try #require(try await it.sync(expecting: 4).held.first?.name)
    try await it.command("reject", name)
    #expect(try await it.calls { for _ in 0..<3 { try await it.sync() } } == [])
    try await it.command("status", saying: "rejected")
    try await it.command("why", "1001", expecting: nil, saying: "an admin rejected its removal")
    try await it.command("approve", name)
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 1001"])
  }

  @Test func `with a server restored from an older backup hold entries that it doesn't have yet`() async throws {
    let it = try await Installation(
      person("a", "1001") + person("b", "1002"), slapd: "overlay syncprov\nsyncprov-checkpoint 1 1")
    try await it.sync()
    try await it.slapd.modify(replace(uid("a"), "description", "before the copy"))
    try await it.slapd.backUp()
    try await it.slapd.modify(person("c", "1003").ldapAdd + replace(uid("b"), "telephoneNumber", "+49 30 9018 1009"))
    try await it.sync()
    try await it.slapd.restore()
    for _ in 0..<2 {
      let run = try await it.run(["--sync-now"])
      #expect(run.exitStatus == 4 && run.output.contains("went back in time"), "\(run.output)\(run.errors)")
    }
    #expect(Set(try await it.pbx.state().extensions.map(\.number)).isSuperset(of: ["1001", "1003", "1009"]))
  }

  @Test func `with another bind identity hold every removal`() async throws {
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

@Suite(.timeLimit(.minutes(15))) struct `A large drop in a source's entries` {
  @Test func `makes the read incomplete until an admin accepts it`() async throws {
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
    let page = it.folder.path + "/report.html"
    func report() async throws -> String {
      try await it.command("report", "--html", page)
      return try String(contentsOfFile: page, encoding: .utf8)
    }
    try await it.command("status", "--check", expecting: 2, saying: "| held=1 ")
    #expect(try await report().contains("<h2 id=\"held\">Held (1)</h2>"))
    try await it.command("reject", name, saying: "nobody is removed while")
    for command in ["status", "approve"] {
      try await it.command(command, saying: "before, so the read is incomplete; rejected")
    }
    try await it.command("status", "--check", expecting: 2, saying: "| held=0 ")
    #expect(try await it.calls { try await it.sync(expecting: 69) } == [], "it is as before")
    try await it.command("status", "--check", expecting: 2, saying: "| held=0 ")
    try await it.command("approve", name)
    for command in ["status", "approve"] {
      try await it.command(command, saying: "; approved, the next run reads it again")
    }
    #expect(try await !report().contains("approve \(name)</code>"))
    try await it.command("status", "--check", expecting: 2, saying: "| held=0 ")
    #expect(try await it.calls { try await it.sync() }.count == 25)
    #expect(try await !it.command("status").contains(name))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A person who moves to the next source` {
  /// The first source has one person, who moves to where the second searches.
  @Test func `isn't missed, also where the first has nobody left`() async throws {
    let it = try await Installation(
      person("p0", "1000").replacing("ou=people,", with: "ou=moved,ou=people,") + person("p1", "1001"))
    let moved = Settings.users.replacing(
      "base = \"ou=people,", with: "name = \"first\"\n    base = \"ou=moved,ou=people,")
    let rest = Settings.users.replacing("filter =", with: "scope = \"one\"\n    filter =")
    try it.configure(users: moved + "\n" + rest)
    try await it.sync()
    try await it.slapd.modify(
      """
      dn: uid=p0,ou=moved,ou=people,dc=example,dc=com
      changetype: modrdn
      newrdn: uid=p0
      deleteoldrdn: 0
      newsuperior: ou=people,dc=example,dc=com


      """)
    #expect(try await it.calls { try await it.sync() } == [])
    try await it.remove("p0")
    try await it.slapd.modify(person("p2", "1002").ldapAdd)
    #expect(try await it.calls { try await it.sync() } == ["addExt 1002", "deleteExt 1000"])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The number of a former holder` {
  private func leaver() async throws -> Installation {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002"))
    try it.configure(numbers: "rest = \"30d\"")
    try await it.sync()
    try await it.remove("ann")
    try await it.sync()
    return it
  }

  @Test func `rests before somebody else gets it`() async throws {
    let it = try await leaver()
    try await it.slapd.modify(person("cleo", "1001").ldapAdd)
    let report = try await it.sync(expecting: 3)
    #expect(report.conflicts.first?.reason?.contains("is in quarantine until") == true)
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
