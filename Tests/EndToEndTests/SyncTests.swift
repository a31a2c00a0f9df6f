import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The PBX after a sync` {
  enum Transport: CaseIterable { case plain, startTLS, ldaps }

  @Test(arguments: Transport.allCases)
  func `equals the directory, over each transport`(transport: Transport) async throws {
    let it = try await Installation(
      person("anna", "1001", first: "Anna", last: "Müller") + person("sean", "1002", first: "Seán", last: "O'Brien")
        + partner("Łukasz", "+48 22 555 12 34", company: "Żuraw & Söhne", extra: "mobile: +48 601 234 567"),
      tls: transport != .plain)
    switch transport {
    case .plain: break
    case .startTLS:
      try it.configure(directory: "starttls = true\nca_file = \"\(it.slapd.caFile)\"")
    case .ldaps:
      try it.configure(servers: [it.slapd.ldapsURI], directory: "ca_file = \"\(it.slapd.caFile)\"")
    }

    try await it.sync()

    let state = try await it.pbx.state()
    #expect(
      state.extensions == [
        .init("1001", "Anna", "Müller", email: "anna@example.com", callerID: "493090181001"),
        .init("1002", "Seán", "O'Brien", email: "sean@example.com", callerID: "493090181002"),
      ])
    #expect(
      state.contacts == [
        .init("48225551234", "Łukasz", "Extern", company: "Żuraw & Söhne"),
        .init("48601234567", "Łukasz", "Extern", company: "Żuraw & Söhne"),
      ])
    #expect(try await it.calls { try await it.sync() } == [], "a second run has nothing to do")
    #expect(try await it.pbx.state().requests == 0)
  }

  /// One change in the directory, and exactly the calls that it leads to.
  @Test(arguments: [
    (person("new", "1009").ldapAdd, ["addExt 1009"]),
    (partner("New", "+49 89 1234567").ldapAdd, ["addPhonebook 49891234567"]),
    (replace(uid("a"), "givenName", "Changed"), ["updateExt 1001"]),
    (replace(uid("a"), "sn", "Changed"), ["updateExt 1001"]),
    (replace(uid("a"), "mail", "changed@example.com"), ["updateExt 1001"]),
    (replace(uid("a"), "telephoneNumber", "+49 40 9018 1001"), ["updateExt 1001"]),
    (replace(uid("a"), "description", "not mapped"), []),
    (replace(uid("a"), "telephoneNumber", "+49 30 9018 1008"), ["addExt 1008", "deleteExt 1001"]),
    ("dn: \(uid("a"))\nchangetype: delete\n\n", ["deleteExt 1001"]),
    ("dn: \(uid("a"))\nchangetype: modrdn\nnewrdn: uid=renamed\ndeleteoldrdn: 1\n\n", []),
    (
      "dn: \(uid("a"))\nchangetype: modrdn\nnewrdn: uid=a\ndeleteoldrdn: 0\n"
        + "newsuperior: ou=moved,ou=people,dc=example,dc=com\n\n", []
    ),
    (
      replace(uid("a"), "telephoneNumber", "+49 30 9018 1002")
        + replace(uid("b"), "telephoneNumber", "+49 30 9018 1001"),
      ["updateExt 1001", "updateExt 1002"]
    ),
    (
      replace(uid("a"), "telephoneNumber", "+49 30 9018 1002")
        + replace(uid("b"), "telephoneNumber", "+49 30 9018 1003")
        + replace(uid("c"), "telephoneNumber", "+49 30 9018 1004"),
      ["addExt 1004", "deleteExt 1001", "updateExt 1002", "updateExt 1003"]
    ),
    (replace(cn("X"), "telephoneNumber", "+49 30 227 9"), ["updatePhonebook 49302271 -> 49302279"]),
    (replace(cn("X"), "o", "Changed"), ["updatePhonebook 49302271"]),
    (replace(cn("X"), "givenName", "Changed"), ["updatePhonebook 49302271"]),
    (replace(cn("X"), "mobile", "+49 171 1234567"), ["addPhonebook 491711234567"]),
    (
      replace(cn("X"), "telephoneNumber", "+49 30 227 2") + replace(cn("Y"), "telephoneNumber", "+49 30 227 3"),
      ["updatePhonebook 49302271 -> 49302272", "updatePhonebook 49302272 -> 49302273"]
    ),
    (
      replace(cn("X"), "telephoneNumber", "+49 30 227 2") + replace(cn("Y"), "telephoneNumber", "+49 30 227 1"),
      ["updatePhonebook 49302271", "updatePhonebook 49302272"]
    ),
    ("dn: \(cn("X"))\nchangetype: delete\n\n", ["deletePhonebook 49302271"]),
    (
      "dn: \(uid("a"))\nchangetype: modify\nadd: objectClass\nobjectClass: shadowAccount\n-\n"
        + "add: shadowExpire\nshadowExpire: 1\n\n", ["deleteExt 1001"]
    ),
  ])
  func `has had exactly the calls that a change needs`(ldif: String, calls: [String]) async throws {
    let it = try await Installation(
      person("a", "1001") + person("b", "1002") + person("c", "1003") + partner("X", "+49 30 227 1")
        + partner("Y", "+49 30 227 2"))
    try await it.sync()

    try await it.slapd.modify(ldif)
    #expect(try await it.calls { try await it.sync() } == calls.sorted())
    #expect(try await it.calls { try await it.sync() } == [], "the next run has nothing to do")
  }

  @Test func `mails nobody without need`() async throws {
    let it = try await Installation((1...30).map { person("p\($0)", String(1000 + $0)) }.joined())
    try await it.sync()
    #expect(try await it.pbx.state().mails.count == 30)
    try await it.slapd.modify(replace(uid("p7"), "sn", "Other"))
    try await it.sync()
    #expect(try await it.pbx.state().mails.count == 31)
  }

  @Test func `has each extension of many, several to a request`() async throws {
    let it = try await Installation((0..<200).map { person("p\($0)", String(1000 + $0)) }.joined())
    let report = try await it.sync()
    #expect(report.counts.added == 200)
    #expect(report.counts.requests < 80)
    #expect(try await it.pbx.state().extensions.map(\.number) == (1000..<1200).map(String.init))
  }

  @Test func `is reported of with all the memory that this took`() async throws {
    let it = try await Installation((1000..<4000).map { person("p\($0)", "\($0)") }.joined())
    // What wait4(2) counts of a process begins with what its parent had: a small one in between.
    let measure = """
      import resource, subprocess, sys
      subprocess.run(sys.argv[1:], check=False)
      print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
      """
    let run = try await ChildProcess.run(
      "/usr/bin/python3",
      ["-c", measure, Installation.binary, "--config", it.configurationFile, "--sync-now"])
    #expect(run.output.contains("3000 added"))
    let said = try #require(run.output.firstMatch(of: /peak memory ([0-9]+) MiB/)?.1)
    let peak = try #require(run.output.split(separator: "\n").last.flatMap { Int($0) })
    #expect(peak <= Int(said)! + 1, "the table is made before the memory is measured")
  }

  @Test func `is left alone by a dry run, which says what it would do`() async throws {
    let it = try await Installation(person("a", "1001"))
    let report = try await it.sync("--dry-run", expecting: 2)
    #expect(report.changes.map(\.action) == ["add"])
    #expect(try await it.pbx.state().requests == 0)
    try await it.sync()
    try await it.sync("--dry-run", expecting: 0)
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    let change = try #require(try await it.sync("--dry-run", expecting: 2).changes.first)
    #expect(change.fields.map { "\($0.field) \($0.old) -> \($0.new)" } == ["last_name Muster -> Neu"])
    let table = try await it.run(["--sync-now", "--dry-run"])
    #expect(table.output.contains("last_name Muster -> Neu"))
  }
}

extension String {
  /// An entry as a record that ldapmodify adds.
  var ldapAdd: String {
    let lines = split(separator: "\n", omittingEmptySubsequences: true)
    return ([lines[0], "changetype: add"] + lines.dropFirst()).joined(separator: "\n") + "\n\n"
  }
}
