import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Asking why` {
  @Test(arguments: ["1001", "ann", "ann@example.com", "uid=ann,ou=people,dc=example,dc=com", "ann Muster"])
  func `tells the whole chain, by whatever the person is called`(who: String) async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neumann"))
    let said = try await it.command("why", who == "ann Muster" ? "ann Neumann" : who)
    for part in [
      uid("ann"), "the entry is outside its base ou=partners", "base and filter (objectClass=inetOrgPerson) match",
      "extension.number = {telephoneNumber | digits | last 4}: telephoneNumber \"+49 30 9018 1001\" -> \"1001\"",
      "wants extension 1001: first_name \"ann\", last_name \"Neumann\"", "Managed: extension 1001, created",
      "Sent: run 1, ", "add extension 1001, first_name \"ann\"", "Next run: update extension 1001: changed",
    ] {
      #expect(said.contains(part), "\(part) in \(said)")
    }
  }

  @Test func `shows a person once whose entry was renamed since the last run`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    try await it.slapd.modify("dn: \(uid("ann"))\nchangetype: modrdn\nnewrdn: uid=anna\ndeleteoldrdn: 1\n\n")
    let said = try await it.command("why", "1001")
    #expect(said.ranges(of: "Next run:").count == 1 && said.contains("uid=anna,"), "\(said)")
  }

  @Test func `tells why a person was not created`() async throws {
    let it = try await Installation(
      person("ann", "1001").replacing("givenName: ann\n", with: "") + person("bob", "1002")
        + person("cleo", "1002"))
    try it.configure(
      users: Settings.users.replacing(
        "(objectClass=inetOrgPerson)", with: "(&(objectClass=inetOrgPerson)(!(uid=dora)))"))
    try await it.slapd.modify(person("dora", "1004").ldapAdd)
    try await it.sync(expecting: 3)
    try await it.command("why", "ann", saying: "invalid data")
    try await it.command("why", "dora", saying: "the entry doesn't match its filter")
    try await it.command("why", "1002", saying: "leave extension 1002 out")
    try await it.command("why", "Nobody", expecting: 1, saying: "with this number, DN, name, uid, mail address or ID")
    try await it.command("why", "nobody", expecting: 1, saying: "Nothing is known of nobody")
  }

  @Test func `finds people by a first name or a surname, also without a phone`() async throws {
    let it = try await Installation(
      person("ann", "1001", first: "Anna", last: "Berg")
        + person("bob", "1002", first: "Otto", last: "Klee").replacing(
          "objectClass: inetOrgPerson", with: "objectClass: inetOrgPerson\nobjectClass: shadowAccount\nshadowExpire: 1")
        + unnumbered("cleo").replacing("sn: Muster", with: "sn: Klee"))
    try await it.sync(expecting: 3)
    try await it.command("why", "otto", saying: uid("bob"))
    let said = try await it.command("why", "Klee", saying: uid("bob"))
    #expect(said.contains(uid("cleo")) && !said.contains(uid("ann")), "\(said)")
  }

  @Test func `asks whether a similar name was meant`() async throws {
    let it = try await Installation(person("mueller", "1001") + person("bob", "1002"))
    try await it.command("why", "mueler", expecting: 1, saying: "Did you mean \(uid("mueller"))?")
    let json = try await it.command("why", "mueler", "--json", expecting: 1)
    #expect(json.contains("\"near_misses\":[\"\(uid("mueller"))\"]"), "\(json)")
  }

  /// Until a run has stored it, neither `status` nor `approve` knows of it.
  @Test func `predicts what the next run holds or begins to count`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002"))
    try it.configure(removal: "complete_reads = 2\nafter = \"1h\"\nmax_percent = 100\nmax_fall = 100")
    try await it.sync()
    try await it.remove("bob")
    try await it.command("why", "bob", saying: "Next run: extension 1002 becomes pending removal: ")
    try await it.sync()
    try await it.command("why", "bob", saying: "extension 1002 is pending removal")
    let left = "because it was \(uid("bob"))'s and is pending removal: no source finds the entry"
    try await it.command("why", "1002", saying: left)
    try it.configure(removal: "max_fall = 100", limits: "[update]\nmax_count = 0")
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neumann"))
    let predicted = try await it.command("why", "ann", saying: "Next run: its update will be held: ")
    #expect(predicted.contains("after that run: "), "\(predicted)")
    try await it.sync(expecting: 4)
    try await it.command("why", "ann", saying: "its update is held")
  }

  @Test func `finds a leaver by the names that the directory had, before and after the removal`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002"))
    try it.configure(removal: "complete_reads = 2\nafter = \"0s\"\nmax_percent = 100")
    try await it.sync()
    try await it.remove("bob")
    for _ in 0..<2 {
      try await it.sync()
      for name in ["bob", "BOB Muster", "bob@example.com", uid("bob"), "1002"] {
        try await it.command("why", name, saying: "The entry is no longer found in the directory")
      }
    }
    try await it.command("why", "bob", saying: "delete extension 1002")
    try await it.command("why", "+49 30 9018-1001", saying: "uid=ann")
  }

  @Test func `says of a number whether it is free, out of range or somebody's, and finds who has moved`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try it.configure(numbers: "extension_ranges = [\"1000-1999\"]\nprotected = [\"1900\"]")
    try await it.sync()
    try await it.command("why", "1500", saying: "1500 is free as far as known")
    try await it.command("why", "4999", saying: "4999 isn't free, because it is outside [numbers] extension_ranges")
    try await it.command("why", "1900", saying: "1900 isn't free, because it is protected")
    let held = try await it.command("why", "1001")
    #expect(held.hasPrefix("1001 isn't free, because \(uid("ann")) has it"), "\(held)")
    try await it.command("why", "1500", saying: "as far as known: pbxsyncd manages no object with it")
    try await it.command("why", "0301234567", expecting: 1, saying: "Nothing is known")
    let moved = "uid=ann,ou=moved,ou=people,dc=example,dc=com"
    try await it.slapd.modify(
      "dn: \(uid("ann"))\nchangetype: moddn\nnewrdn: uid=ann\ndeleteoldrdn: 1\nnewsuperior: ou=moved,\(Installation.people)\n\n"
    )
    let said = try await it.command("why", uid("ann"), saying: moved)
    #expect(!said.contains("no longer found in the directory"), "\(said)")
  }

  @Test func `finds an entry by its earlier name or address, and the earlier holder of a number`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002"))
    try await it.sync()
    try await it.slapd.modify(
      "dn: \(uid("ann"))\nchangetype: moddn\nnewrdn: uid=ada\ndeleteoldrdn: 1\n\n"
        + replace(uid("ada"), "mail", "ada@example.com"))
    try await it.sync()
    for name in ["ann", uid("ann"), "ann@example.com"] {
      try await it.command("why", name, saying: "Managed: extension 1001")
    }
    // What the country's own people dial.
    try await it.command("why", "030 9018-1001", saying: uid("ada"))
    try await it.slapd.modify(
      replace(uid("ada"), "telephoneNumber", "+49 30 9018 1003")
        + replace(uid("bob"), "telephoneNumber", "+49 30 9018 1001"))
    try await it.command("why", "ada", saying: "extension 1001 is handed over to \(uid("bob"))")
  }

  @Test func `reports a disabled account also by a name that the entry had before`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try it.configure(users: Settings.users + "\ndisabled = \"(employeeType=left)\"")
    try await it.sync()
    try await it.slapd.modify(
      "dn: \(uid("ann"))\nchangetype: moddn\nnewrdn: uid=ada\ndeleteoldrdn: 1\n\n"
        + replace(uid("ada"), "employeeType", "left"))
    for name in [uid("ann"), uid("ada"), "uid=Ann, ou=people,dc=example,dc=com"] {
      let said = try await it.command("why", name, saying: "the account is disabled (it matches the filter disabled)")
      #expect(said.contains("Managed: extension 1001") && !said.contains("wants extension"), "\(said)")
    }
  }

  @Test func `shows both entries that have one id, and gives the one's extension to neither's name`() async throws {
    let it = try await Installation(
      person("ann", "1001", extra: "employeeNumber: 7\n") + person("bob", "1002", extra: "employeeNumber: Z8\n"))
    try it.configure(directory: "identity = \"employeeNumber\"")
    try await it.sync()
    try await it.slapd.modify(person("copy", "1005", extra: "employeeNumber: 7\n").ldapAdd)
    let said = try await it.command("why", "7", saying: "\(uid("ann")) (entry 7)")
    for part in [
      "\(uid("copy")) (entry 7)", "\(uid("ann")) has the same employeeNumber",
      "\(uid("copy")) has the same employeeNumber",
      "Managed: extension 1001",
    ] {
      #expect(said.contains(part), "\(part) in \(said)")
    }
    let copy = try await it.command("why", "copy", saying: "\(uid("ann")) has the same employeeNumber")
    #expect(!copy.contains("Managed: extension 1001"), "\(copy)")
    for id in ["z8", "Z8"] { try await it.command("why", id, saying: "Managed: extension 1002") }
  }

  @Test func `says how many reads have missed somebody, and is none of them itself`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002"))
    try it.configure(removal: "complete_reads = 3\nmax_percent = 100")
    try await it.sync()
    try await it.remove("ann")
    try await it.sync()
    for _ in 0..<2 { try await it.command("why", "1001", saying: "missing in 1 of 3 complete reads") }
  }

  @Test func `calls no number free that somebody has in the directory who has no phone`() async throws {
    let it = try await Installation(
      person("ann", "1001") + person("scanner", "1003")
        + person("off", "1002", extra: "shadowExpire: 1\n").replacing(
          "objectClass: inetOrgPerson", with: "objectClass: inetOrgPerson\nobjectClass: shadowAccount"))
    try it.configure(
      users: Settings.users.replacing(
        "(objectClass=inetOrgPerson)", with: "(objectClass=inetOrgPerson)\"\nexclude = \"(uid=scanner)"))
    try await it.sync()
    let off = try await it.command("why", "1002", saying: uid("off"))
    #expect(off.contains("the account is disabled (shadowExpire is 1, which is 1970-01-02"), "\(off)")
    let scanner = try await it.command("why", "1003", saying: uid("scanner"))
    #expect(!off.contains("is free") && !scanner.contains("is free"), "\(off) \(scanner)")
  }

  @Test func `counts each entry that was read`() async throws {
    let it = try await Installation(
      person("ann", "1001")
        + person("off", "1002", extra: "shadowExpire: 1\n").replacing(
          "objectClass: inetOrgPerson", with: "objectClass: inetOrgPerson\nobjectClass: shadowAccount"))
    let added = try await it.sync()
    #expect(added.summary.hasPrefix("2 entries read (1 of them disabled), 1 added"), "\(added.summary)")
    // An account whose time is over is mapped at each read, with the same result.
    let second = try await it.run(["--sync-now", "--debug"])
    #expect(second.output.contains("2 entries read (1 of them disabled), nothing to do"), "\(second.output)")
    #expect(second.errors.contains("Full read of the directory, unchanged: "), "\(second.errors)")
  }

  @Test func `counts the values of each source, and keeps the counts while nothing is new`()
    async throws
  {
    let it = try await Installation(
      person("ann", "1001") + person("bob", "1002").replacing("mail: bob@example.com\n", with: "")
        + partner("Bauer", "+49 30 901820"))
    let counts = "number 2, first_name 2, last_name 2, email 1, caller_id 2"
    let line = "Values in \"\(Installation.people)\", of 2 entries, disabled ones not counted: \(counts)"
    try await it.command("doctor", saying: "email 1")
    for _ in 0..<2 {
      try await it.sync()
      #expect(try await it.command("status").replacing("\n", with: " ").contains(line))
    }
    let read = try #require(
      try JSONSerialization.jsonObject(with: Data(try await it.command("status", "--json").utf8)) as? [String: Any])
    let certificate = try #require(read["last_complete_read"] as? [String: Any])
    let searches = try #require(certificate["searches"] as? [[String: Any]])
    #expect(searches.compactMap { ($0["values"] as? [String: Int])?["number"] } == [2, 1])
    let file = it.folder.path + "/report.html"
    try await it.command("report", "--html", file)
    #expect(try String(contentsOfFile: file, encoding: .utf8).contains("email 1"))
  }

  @Test func `counts the values of an entry that can't be mapped`() async throws {
    let it = try await Installation(
      person("ann", "1001") + person("bob", "1002").replacing("+49 30 9018 1002", with: "junk"))
    try await it.sync(expecting: 3)
    let said = try await it.command("status").replacing("\n", with: " ")
    #expect(said.contains(": number 1, first_name 2, last_name 2, email 2, caller_id 1"), "\(said)")
  }

  @Test func `still tells what the ledger knows when the directory is away`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    try await it.slapd.stop()
    for name in ["1001", "ann"] {
      let said = try await it.command("why", name)
      #expect(said.contains("The directory can't be read now") && said.contains("Sent: run 1, "))
      #expect(!said.contains("no longer found"))
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The history` {
  @Test func `lists the runs, and each call of one`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neumann"))
    try await it.sync()
    #expect(
      try await it.command("history").split(separator: "\n").map { $0.prefix(12) }
        == ["2, sync-now, ", "1, sync-now, "].map { $0.prefix(12) })
    try await it.command("history", "2", saying: "update extension 1001, last_name \"Neumann\": done")
    try await it.command("history", "99", expecting: 1, saying: "there is no run 99")
  }

  @Test func `is undone from the ledger's old values, after it was shown`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002") + partner("Bauer", "+49 30 901820"))
    try await it.sync()
    let before = try await it.pbx.state()
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neumann"))
    try await it.slapd.modify(replace(cn("Bauer"), "telephoneNumber", "+49 30 901829"))
    try await it.remove("bob")
    try await it.slapd.modify(person("cleo", "1003").ldapAdd)
    try await it.sync()
    let calls = try await it.calls {
      try await it.command("undo", "2", expecting: 2, saying: "last_name Neumann -> Muster")
    }
    #expect(calls == [], "it is shown before it is done")
    try await it.command("undo", "2", "--yes", saying: "Undid run 2 (sync-now, ")
    let after = try await it.pbx.state()
    #expect(Set(after.extensions.map(\.number)) == Set(before.extensions.map(\.number)))
    #expect(after.extensions.first { $0.number == "1001" }?.lastName == "Muster")
    #expect(after.contacts == before.contacts)
  }

  @Test func `isn't undone where the numbers are taken by now`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002"))
    try await it.sync()
    try await it.remove("ann")
    try await it.sync()
    try await it.slapd.modify(person("cleo", "1001").ldapAdd)
    try await it.sync()
    let calls = try await it.calls {
      try await it.command("undo", "2", "--yes", expecting: 1, saying: "the number of extension 1001 is taken")
      try await it.command("undo", "77", "--yes", expecting: 1, saying: "there is no run 77")
    }
    #expect(calls == [])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The ledger's care` {
  @Test func `verifies, backs up, restores and exports`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002"))
    try await it.sync()
    #expect(try await it.command("ledger", "verify") == "Ledger OK.\n")
    let backup = it.folder.path + "/copy.sqlite"
    try await it.command("ledger", "backup", backup)
    try await it.remove("ann")
    try await it.sync()
    try await it.command("ledger", "restore", backup, "--yes")
    let export = try await it.command("ledger", "export", "--json")
    #expect(export.contains("\"number\":\"1001\""))
    // It was deleted meanwhile, and somebody else may have the number by now: the restored ledger doesn't know.
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
  }

  @Test func `isn't restored without a yes, nor where the copy holds the same`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    let backup = it.folder.path + "/copy.sqlite"
    try await it.command("ledger", "backup", backup)
    try await it.command("ledger", "restore", backup, "--yes", saying: "Nothing to restore")
    #expect(try await it.calls { try await it.sync() } == [])
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neu"))
    try await it.sync()
    let preview = try await it.command("ledger", "restore", backup, expecting: 1, saying: "Nothing was changed")
    #expect(preview.contains("2 later runs and 1 change that") && preview.contains("update extension 1001"))
    try await it.sync()
    try await it.command("ledger", "restore", backup, "--yes", saying: "Unproven: 1 object")
    let left = try FileManager.default.contentsOfDirectory(atPath: it.stateFolder).filter { $0.contains("restored") }
    #expect(left == [], "what the preview was made from is gone")
  }

  @Test func `finds damage, and a backup repairs it`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    let backup = it.folder.path + "/copy.sqlite"
    try await it.command("ledger", "backup", backup)
    try FileManager.default.removeItem(atPath: it.ledgerFile)
    try Data("scrambled".utf8).write(to: URL(filePath: it.ledgerFile))
    try await it.command("ledger", "verify", expecting: 65)
    try await it.sync(expecting: 65)
    try await it.command("ledger", "restore", backup, "--yes")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
  }

  @Test(arguments: ["nothing.sqlite", "pbxsyncd.toml"])
  func `leaves the ledger as it is where a file can't be restored`(name: String) async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    let said = try await it.command(
      "ledger", "restore", "\(it.folder.path)/\(name)", expecting: 65, saying: "the ledger is unchanged")
    #expect(!said.contains("starts with an empty ledger"), "\(said)")
    try await it.sync()
  }

  @Test func `makes a backup every day by itself`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    try await it.sync()
    let backups = try FileManager.default.contentsOfDirectory(atPath: it.stateFolder + "/backups")
    #expect(backups.count == 1)
    // It is of the ledger after its first load.
    let backup = it.stateFolder + "/backups/" + (backups.first ?? "")
    try await it.command("ledger", "restore", backup, "--yes", saying: "holds the same")
  }

  @Test(arguments: [["verify", "more"], ["restore"], ["frobnicate"], []])
  func `refuses what it can't do with 64`(words: [String]) async throws {
    let it = try await Installation()
    #expect(try await it.run(["ledger"] + words).exitStatus == 64)
  }
}
