import Foundation
import TestSupport
import Testing

/// A PBX that was restored to an earlier state, or edited by hand.
@Suite(.timeLimit(.minutes(15))) struct `A PBX that lost something` {
  private func installation() async throws -> Installation {
    let it = try await Installation(
      (0..<6).map { person("p\($0)", String(1000 + $0)) }.joined() + partner("Bauer", "+49 30 901820"))
    try await it.sync()
    return it
  }

  @Test func `gets it back, with one request each and none for what is right`() async throws {
    let it = try await installation()
    #expect(try await it.calls { try await it.command("audit", "--csv", try await it.export()) } == [])
    try await it.pbx.lose(extensions: ["1001"])
    try await it.pbx.add([
      Simulator.Extension("1002", "Edited", "Muster", email: "P2@example.com"), Simulator.Extension("1700", "Fax", ""),
    ])
    let table = try await it.export()
    let said = try await it.command("audit", "--csv", table, expecting: 1, saying: "extension 1001 p1 Muster")
    #expect(said.contains("first_name \"Edited\" instead of \"p2\"") && said.contains("extension 1700 Fax"), "\(said)")
    #expect(said.contains("at most 1 addition and 1 update, with at most 2 mails"), "\(said)")
    #expect(
      try await it.calls { try await it.command("audit", "--csv", table, "--yes") } == [
        "addExt 1001", "updateExt 1002",
      ])
    #expect(try await it.pbx.state().extensions.count == 7)
    #expect(try await it.calls { try await it.command("audit", "--csv", try await it.export()) } == [])
    #expect(try await it.calls { try await it.sync() } == [])
    try await it.slapd.modify(person("fax", "1700").ldapAdd)
    #expect(try await it.calls { try await it.sync(expecting: 3) } == ["addExt 1700"], "which is refused")
    #expect(try await it.pbx.state().extensions.contains { $0.firstName == "Fax" })
  }

  @Test func `is reported though the first request was lost and the object is refused by now`() async throws {
    let it = try await installation()
    try await it.pbx.lose(extensions: ["1001"])
    try await it.slapd.modify(replace(uid("p1"), "sn", "Neu"))
    try await it.pbx.setFaults([
      .init("cut-before", action: "updateExt", times: 1),
      .init("refuse", action: "addExt", message: "no", code: "LNAME_INVALID"),
    ])
    try await it.sync(expecting: 3)
    #expect(try await it.command("status", saying: "Lost by the PBX").contains("extension 1001"))
  }

  @Test func `and has what was removed since has that removed again once an admin approves it`() async throws {
    let it = try await installation()
    let before = try await it.pbx.state().extensions
    try await it.remove("p5")
    try await it.sync()
    try await it.pbx.add(before.filter { $0.number == "1005" })
    let held = try await it.calls {
      try await it.command("audit", "--csv", try await it.export(), "--yes", expecting: 4, saying: "Exist again")
    }
    #expect(held == [])
    let name = try #require(try await it.sync(expecting: 4).held.first?.name)
    try await it.command("approve", name)
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 1005"])
    try await it.command("audit", "--csv", try await it.export(), saying: "5 as they should be")
  }

  /// The present objects are unknown.
  @Test func `and by a table of yesterday removes nothing, whether it was approved or not`() async throws {
    let it = try await installation()
    let before = try await it.pbx.state().extensions
    try await it.remove("p5")
    try await it.sync()
    try await it.pbx.add(before.filter { $0.number == "1005" })
    let held = try await it.command(
      "audit", "--csv", try await it.export(), "--yes", expecting: 4, saying: "Exist again")
    #expect(held.contains("with the values of p5 Muster; somebody may have made the number by hand since"), "\(held)")
    let name = try #require(try await it.sync(expecting: 4).held.first?.name)
    try await it.command("approve", saying: "look at it on the PBX first")
    let tomorrow = "wall+90000,boottime+90000"
    let late = try await it.run(["approve", name], clock: tomorrow)
    #expect(late.exitStatus == 1 && (late.output + late.errors).contains("audit --csv FILE --yes"))
    try await it.command("approve", name)
    let lapsed = try await it.run(["approve"], clock: tomorrow)
    #expect(lapsed.output.contains("\(name): 1 removal of extensions, held since"), "\(lapsed.output)")
    let calls = try await it.calls {
      for _ in 1...2 {
        let run = try await it.run(["--sync-now"], clock: tomorrow)
        #expect(run.exitStatus == 4, "\(run.output + run.errors)")
      }
    }
    #expect(calls == [])
    let list = try await it.run(["approve"], clock: tomorrow)
    #expect(list.output.contains("\(name): 1 removal of extensions, held since"), "\(list.output)")
  }

  @Test func `keeps an extension made by hand under a managed number for a person with the same first name`()
    async throws
  {
    let it = try await installation()
    try await it.pbx.lose(extensions: ["1002"])
    try await it.pbx.add([Simulator.Extension("1002", "p2", "Lang", email: "lang@example.com")])
    let calls = try await it.calls {
      try await it.command("audit", "--csv", try await it.export(), "--yes", expecting: 3, saying: "Replaced")
      try await it.sync(expecting: 3)
    }
    let state = try await it.pbx.state()
    #expect(calls.filter { $0.contains("1002") && !$0.hasPrefix("addExt") } == [])
    #expect(state.mails == [] && state.extensions.contains { $0.lastName == "Lang" })
  }

  /// The PBX doesn't tell, so that only its refusal of an add shows that the table was a part.
  @Test func `knows again by a right table what a wrong one had lacked, and lost no answer`() async throws {
    let it = try await installation()
    let part = try await it.export { $0.removeAll { $0.number == "1005" } }
    let said = try await it.command("audit", "--csv", part, "--yes", expecting: 3)
    #expect(
      said.contains("the PBX didn't have it and now reports the number as taken"), "\(said)")
    #expect(!said.contains("was lost"))
    try await it.command("audit", "--csv", try await it.export(), "--yes", saying: "1 proved to be managed")
    #expect(try await it.calls { try await it.sync() } == [])
  }

  /// A copy of it has a new time. What has the number since, somebody made by hand.
  @Test func `and loses nothing by an old table that shows what was removed since`() async throws {
    let it = try await Installation((0..<6).map { person("p\($0)", String(1000 + $0)) }.joined())
    try it.configure(pbx: "probe = \"auto\"")
    try await it.sync()
    let table = try await it.export()
    try await it.remove("p5")
    try await it.sync()
    try it.date(table, secondsLater: 1)
    try await it.command(
      "audit", "--csv", table, "--yes", expecting: 65, saying: "shows 1005, and the PBX says that it doesn't have it")
    try await it.pbx.add([Simulator.Extension("1005", "Hand", "Made")])
    let calls = try await it.calls {
      try await it.command("audit", "--csv", table, "--yes", expecting: 4)
      try await it.sync(expecting: 4)
    }
    #expect(!calls.contains { $0.hasPrefix("delete") || $0.hasPrefix("update") }, "\(calls)")
    #expect(try await it.pbx.state().extensions.contains { $0.firstName == "Hand" })
  }

  @Test(arguments: [
    ("", "the table is empty"), ("Number\n1\n", "no column is called ExtentionNumber"),
    ("ExtentionNumber\n1000\n10 01\n1000\n", "line 3: \"10 01\" isn't a number; line 4: 1000 is on line 2 already"),
    ("ExtentionNumber\n", "lacks 6 of 6 managed objects"), ("ExtentionNumber\n1000\n", "lacks 5 of 6 managed objects"),
  ])
  func `gets nothing by a table that can't be right`(table: String, reason: String) async throws {
    let it = try await installation()
    try it.write("export.csv", table)
    let calls = try await it.calls {
      try await it.command(
        "audit", "--csv", it.folder.path + "/export.csv", "--yes", expecting: 65, saying: reason)
    }
    #expect(calls == [])
  }

  @Test func `may have lost all, if an admin says so`() async throws {
    let it = try await installation()
    try it.write("export.csv", "ExtentionNumber\n")
    try await it.pbx.lose(extensions: (0..<6).map { String(1000 + $0) })
    let table = it.folder.path + "/export.csv"
    try await it.command("audit", "1000-99", "--csv", table, expecting: 65, saying: "1000-99 is neither a number")
    let some = try await it.calls { try await it.command("audit", "1000-1001", "--csv", table, "--yes") }
    #expect(some == ["addExt 1000", "addExt 1001"])
    // The first part has been sent since the table was made.
    try it.write("export.csv", "ExtentionNumber\n")
    let rest = try await it.calls {
      try await it.command("audit", "1002-1999", "--csv", table, "--yes", "--accept-losses")
    }
    #expect(rest.count == 4)
  }

  /// Two columns are called by each other's names.
  @Test func `is proved by a right table after a wrong one`() async throws {
    let it = try await installation()
    let right = try await it.export()
    let text = try String(contentsOfFile: right, encoding: .utf8)
    try it.write("wrong.csv", text.replacing("FirstName;LastName", with: "LastName;FirstName"))
    let wrong = it.folder.path + "/wrong.csv"
    try await it.command("audit", "--csv", wrong, "--yes", expecting: 65, saying: "lacks")
    try await it.command("audit", "--csv", wrong, "--yes", "--accept-losses", expecting: nil)
    let calls = try await it.calls {
      try await it.command("audit", "--csv", try await it.export(), "--yes", expecting: nil)
      try await it.sync()
    }
    #expect(calls == [])
    try await it.command("audit", "--csv", try await it.export(), saying: "6 as they should be")
  }

  @Test func `keeps what is released, whatever the directory wants`() async throws {
    let it = try await installation()
    try await it.command("release", "1001", "+49999", expecting: 65, saying: "+49999 isn't managed")
    try await it.command("release", "1001", "4930901820", saying: "it stays on the PBX")
    try await it.command("release", "1002-1009", expecting: 65, saying: "release 1002-1009 --yes")
    try await it.command("adopt", "1007-1009")
    try await it.command("release", "1002-1009", saying: "Permissions to adopt that ended: 3")
    try await it.command("status", saying: "Extensions: 5 managed")
    try await it.slapd.modify(replace(uid("p1"), "sn", "Neumann"))
    let calls = try await it.calls { try await it.sync(expecting: 3) }
    #expect(calls == ["addExt 1001"], "which is refused while the PBX has it")
    #expect(try await it.pbx.state().extensions.allSatisfy { $0.lastName == "Muster" })
    try await it.command("why", "1001", saying: "foreign")
    try await it.remove("p1")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
    #expect(try await it.pbx.state().extensions.count == 6)
    try await it.slapd.modify(person("p1", "1001").ldapAdd)
    try await it.command("adopt", "1001")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == ["updateExt 1001"])
  }

  @Test func `is asked for each managed object by an audit without a table, if it reveals those`() async throws {
    let it = try await Installation((0..<6).map { person("p\($0)", String(1000 + $0)) }.joined())
    try await it.sync()
    let never = ["audit", "1000-1999"]
    #expect(
      try await it.calls {
        try await it.command(never[0], never[1], expecting: 65, saying: "probe = \"never\" allows no probes")
      } == [])
    try it.configure(pbx: "probe = \"auto\"")
    try await it.command("audit", expecting: 65, saying: "isn't known to reveal")
    try await it.slapd.modify(person("p6", "1006").ldapAdd)
    try await it.sync()
    #expect(
      try await it.calls { try await it.command("audit", saying: "7 there") }
        == (1000...1006).map { "addExt \($0)" })

    try await it.remove("p6")
    try await it.sync()
    try await it.pbx.lose(extensions: ["1001"])
    try await it.pbx.add([Simulator.Extension("1006", "Hand", "Made"), Simulator.Extension("1700", "Fax")])
    let mails = try await it.pbx.state().mails.count
    let said = try await it.command("audit", expecting: 1, saying: "Lost: no longer on the PBX (1)")
    #expect(said.contains("extension 1001 p1 Muster") && said.contains("extension 1006"), "\(said)")
    #expect(try await it.pbx.state().extensions.count == 7, "asking changes nothing")
    try await it.command("audit", "--yes", saying: "1 added")
    let state = try await it.pbx.state()
    #expect(state.mails.count == mails + 1)
    #expect(state.extensions.filter { $0.firstName == "Hand" }.count == 1)
    try await it.command("audit", "1000-1005", saying: "6 there\nProbed only by number")
    // How the PBX checks a call doesn't depend on the ledger.
    let backup = it.folder.path + "/copy.sqlite"
    try await it.command("ledger", "backup", backup)
    try await it.slapd.modify(person("p9", "1009").ldapAdd)
    try await it.sync()
    try await it.command("ledger", "restore", backup, "--yes", saying: "The next run is run 6.")
    #expect(
      try await it.calls { try await it.command("audit", "1000-1005", expecting: nil) }
        == (1000...1005).map { "addExt \($0)" })
    let restored = try await it.command("history")
    try await it.sync(expecting: 3)
    #expect(try await it.command("history").hasPrefix("6, sync-now"), "\(restored)")
  }

  @Test func `gets all of it back by a table without rows, where it lost everything`() async throws {
    let it = try await Installation((0..<6).map { person("p\($0)", String(1000 + $0)) }.joined())
    try it.configure(pbx: "probe = \"auto\"")
    try await it.sync()
    try await it.pbx.lose(extensions: (1000...1005).map { "\($0)" })
    try await it.command(
      "audit", "--yes", "--accept-losses", expecting: 65, saying: "a file with only the line ExtentionNumber")
    try it.write("nothing.csv", "")
    let table = it.folder.path + "/nothing.csv"
    let empty = ["audit", "--csv", table, "--yes", "--accept-losses"]
    try await it.command(
      empty[0], empty[1], empty[2], empty[3], empty[4], expecting: 65, saying: "its first line names the columns")
    try it.write("nothing.csv", "ExtentionNumber\n")
    try await it.command(empty[0], empty[1], empty[2], empty[3], empty[4], saying: "6 added")
    #expect(try await it.pbx.state().extensions.count == 6)
  }

  @Test func `isn't trusted if it reports every managed number as free`() async throws {
    let it = try await Installation((0..<3).map { person("p\($0)", String(1000 + $0)) }.joined())
    try it.configure(pbx: "probe = \"auto\"")
    try await it.sync()
    try await it.pbx.set(["checks": "name-first"])
    try await it.command("audit", "--yes", expecting: 65, saying: "either it no longer reveals taken numbers")
    try await it.pbx.set(["checks": "unchecked-names"])
    try await it.pbx.lose(extensions: ["1001"])
    try await it.command("audit", expecting: 65, saying: "the probe created extension 1001")
    try await it.sync()
    #expect(try await it.pbx.state().extensions.map(\.firstName) == ["p0", "p1", "p2"])
  }

  /// An update of the PBX: an empty name is a name now.
  @Test func `that makes what it is asked by has that removed again`() async throws {
    let it = try await Installation((0..<3).map { person("p\($0)", String(1000 + $0)) }.joined())
    try it.configure(pbx: "probe = \"auto\"")
    try await it.sync()
    try await it.pbx.set(["checks": "unchecked-names"])
    try await it.command("adopt", "1050-1052", expecting: 65, saying: "the probe created extension 1050")
    #expect(try await it.pbx.state().extensions.contains { $0.number == "1050" && $0.firstName.isEmpty })
    #expect(try await it.calls { try await it.sync(expecting: nil) }.contains("deleteExt 1050"))
    #expect(try await it.pbx.state().extensions.allSatisfy { !$0.firstName.isEmpty })
  }

  @Test func `is asked slowly by the daemon, and for all managed objects once one was lost`() async throws {
    let it = try await Installation((0..<6).map { person("p\($0)", String(1000 + $0)) }.joined())
    try it.configure(pbx: "probe = \"auto\"", schedule: "poll = \"1s\"")
    let service = try Service(it)
    try await service.runs(1)
    try await it.pbx.lose(extensions: ["1001", "1003", "1004"])
    try await it.slapd.modify(replace(uid("p1"), "sn", "Neu"))
    try await service.process.wait(for: "The PBX had lost extension 1001")
    try await service.process.wait(for: "The PBX has lost extension 1003")
    try await service.process.wait(for: "The PBX has lost extension 1004")
    try await service.process.wait(for: "All extensions were asked for")
    #expect(await service.stop() == 0)
    try await it.command("status", saying: "extension 1003, extension 1004")
    try await it.command("audit", "--yes", "--accept-losses", saying: "2 added")
    #expect(try await it.pbx.state().extensions.count == 6)
  }

  @Test func `gets nothing by a table that is older than the last change`() async throws {
    let it = try await installation()
    let table = try await it.export()
    let old = Date(timeIntervalSinceNow: -3600)
    try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: table)
    let said = try await it.command("audit", "--csv", table, "--yes", expecting: 65, saying: "export the table again")
    #expect(said.contains("run 1 has changed extensions on the PBX since"), "\(said)")
  }
}
